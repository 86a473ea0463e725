"""Features from files: what is read comes back, and what is wrong is said with both sides."""

import io
import os
import pickle

import numpy as np
import pandas as pd
import pytest

from substrate.domains.spec import DomainError
from substrate.encoder_ref import EncoderRef
from substrate.encoders import ENCODER_SOURCES
from substrate.encoders.spec import EncoderError
from substrate.extraction import extract
from substrate.inputs.feature_folder import (
    FeatureFolderError,
    domains_in,
    layer_files,
    open_array,
    read_features,
    read_table,
    rows_of,
)
from substrate.study import StudyError, parse
from tests.support.domains import load_domain

SOURCE = ENCODER_SOURCES["features"]
N = 20


@pytest.fixture
def folder(tmp_path):
    """Two domains, one encoder of three layers, one of one file, with twins of the first."""
    rng = np.random.default_rng(0)
    for domain in ("day", "night"):
        home = tmp_path / domain
        home.mkdir()
        rows = [f"s{i:02d},g{i // 2},{'odd' if i % 2 else 'even'}" for i in range(N)]
        (home / "samples.csv").write_text("\n".join(["id,group,label", *rows]) + "\n")
        for name in ("deep", "deep~0", "deep~1"):
            (home / name).mkdir()
            for layer, width in (("block.10", 5), ("block.9", 4), ("penultimate", 6)):
                np.save(home / name / f"{layer}.npy", rng.normal(size=(N, width)))
        np.save(home / "flat.npy", rng.normal(size=(N, 7)).astype(np.float16))
    return tmp_path


def domain(folder, name="day", **more):
    return load_domain({"source": "features", "path": str(folder), "name": name}, **more)


def encoder(folder, name="deep", **more):
    return SOURCE.load({"path": str(folder), "name": name, **more})


def features(loaded, of):
    return extract(loaded, of, progress=lambda _n: None)


def test_features_come_back_in_the_order_of_the_samples(folder):
    read = features(encoder(folder), domain(folder))
    assert list(read) == ["block.9", "block.10", "penultimate"]
    for layer, array in read.items():
        stored = np.load(folder / "day" / "deep" / f"{layer}.npy")
        assert array.dtype == np.float32
        np.testing.assert_allclose(array, stored, rtol=1e-6)
    some = domain(folder, limit=7, seed=3)
    rows = [int(name.removeprefix("day/s")) for name in some.samples["sample_id"]]
    np.testing.assert_array_equal(
        features(encoder(folder), some)["penultimate"], read["penultimate"][rows]
    )


def test_layers_have_depths_and_one_file_is_the_penultimate_layer(folder):
    deep, flat = encoder(folder), encoder(folder, "flat")
    assert [(x.name, x.depth, x.width) for x in deep.layers] == [
        ("block.9", 0.0, 4),
        ("block.10", 0.5, 5),
        ("penultimate", 1.0, 6),
    ]
    assert [(x.name, x.depth, x.width) for x in flat.layers] == [("penultimate", 1.0, 7)]
    assert [x.name for x in encoder(folder, layers="penultimate").layers] == ["penultimate"]


def test_a_sample_table_gives_groups_and_labels(folder):
    found = domain(folder)
    assert found.caption == "20 samples of 10 groups"
    assert found.groups[:4].tolist() == ["g0", "g0", "g1", "g1"]
    assert found.samples["label"].tolist()[:2] == ["even", "odd"]
    assert not found.pictured
    with pytest.raises(DomainError, match="day has no images"):
        found.read(0)


def test_parquet_says_the_same_as_csv_and_ids_alone_are_enough(folder):
    before = read_table(folder / "day")
    table = pd.read_csv(folder / "day" / "samples.csv", dtype=str)
    (folder / "day" / "samples.csv").unlink()
    table.to_parquet(folder / "day" / "samples.parquet")
    after = read_table(folder / "day")
    assert (after.ids, after.groups, after.labels) == (before.ids, before.groups, before.labels)
    table[["id"]].to_parquet(folder / "day" / "samples.parquet")
    alone = read_table(folder / "day")
    assert alone.groups == alone.ids and set(alone.labels) == {""}


def test_the_same_ids_in_two_domains_are_other_samples(folder):
    day, night = domain(folder), domain(folder, "night")
    assert not set(day.samples["content_sha256"]) & set(night.samples["content_sha256"])


def test_identity_follows_content_of_features_and_of_twins(folder):
    before = encoder(folder).weights_digest
    assert encoder(folder, title="Another").weights_digest == before
    np.save(folder / "night" / "deep~1" / "block.9.npy", np.ones((N, 4)))
    twin_changed = encoder(folder).weights_digest
    assert twin_changed != before
    np.save(folder / "day" / "deep" / "block.9.npy", np.ones((N, 4)))
    assert encoder(folder).weights_digest not in (before, twin_changed)


def test_there_are_as_many_twins_as_every_domain_has(folder):
    config = {"path": str(folder), "name": "deep"}
    assert SOURCE.draws(config, 5) == 2
    assert SOURCE.draws(config, 1) == 1
    assert SOURCE.draws({**config, "name": "flat"}, 5) == 0
    twin = SOURCE.untrained(config, 1)
    np.testing.assert_allclose(
        features(twin, domain(folder))["penultimate"],
        np.load(folder / "day" / "deep~1" / "penultimate.npy"),
        rtol=1e-6,
    )
    for path in (folder / "night" / "deep~1").iterdir():
        path.unlink()
    assert SOURCE.draws(config, 5) == 1


def test_ids_that_a_table_does_not_list_are_counted_and_named(folder):
    day = read_table(folder / "day")
    with pytest.raises(FeatureFolderError, match="does not list 1 of 2 samples, the first 'x'"):
        rows_of(day, ["s01", "x"])


def header(shape, descr="<f8"):
    """Return a .npy file that says this shape and holds nothing."""
    out = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        out, {"descr": descr, "fortran_order": False, "shape": shape}
    )
    return out.getvalue()


def saved(array, **more):
    out = io.BytesIO()
    np.save(out, array, **more)
    return out.getvalue()


def archive():
    out = io.BytesIO()
    np.savez(out, a=np.zeros((N, 3)))
    return out.getvalue()


class Exploding:
    def __reduce__(self):
        return os._exit, (3,)


NOTHING_READ = {
    "empty": (b"", "cannot be read as a .npy array"),
    "text": (b"1,2,3\n", "cannot be read as a .npy array"),
    "cut": (saved(np.zeros((N, 3)))[:-9], "cannot be read as a .npy array"),
    "a pickle": (pickle.dumps(Exploding()), "cannot be read as a .npy array"),
    "objects": (
        saved(np.array([[Exploding()]] * N, dtype=object), allow_pickle=True),
        "cannot be read as a .npy array",
    ),
    "an archive": (archive(), "holds several arrays|cannot be read"),
    "a vector": (saved(np.zeros(N)), r"has shape \(20,\); expected \(samples, units\)"),
    "a stack": (saved(np.zeros((N, 3, 2))), r"has shape \(20, 3, 2\)"),
    "texts": (saved(np.array([["a"]] * N)), "expected real numbers"),
    "complex": (saved(np.zeros((N, 3), complex)), "complex128 values; expected real"),
    "truths": (saved(np.zeros((N, 3), bool)), "bool values; expected real"),
    "no unit": (saved(np.zeros((N, 0))), "has 0 units|cannot be read"),
    "a huge shape": (header((10**9, 10**9)), "cannot be read as a .npy array"),
    "a shape below zero": (header((-1, 3)), "cannot be read as a .npy array"),
    "too many units": (header((1, 200_000)) + bytes(1_600_000), "200000 units"),
    "a damaged head": (saved(np.zeros((N, 3))).replace(b"descr", b"d_scr"), "cannot be read"),
}


@pytest.mark.parametrize("name", NOTHING_READ)
def test_what_is_no_array_of_features_is_one_sentence(folder, name):
    content, sentence = NOTHING_READ[name]
    (folder / "day" / "flat.npy").write_bytes(content)
    with pytest.raises(FeatureFolderError, match=sentence):
        open_array(folder / "day" / "flat.npy")
    with pytest.raises(EncoderError, match="flat.npy"):
        encoder(folder, "flat")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300])
def test_values_that_are_none_are_counted_and_placed(folder, value):
    array = np.zeros((N, 7))
    array[12, 3] = array[15, :2] = value
    np.save(folder / "day" / "flat.npy", array)
    with pytest.raises(EncoderError, match="3 values of 140 .* is of sample 13, 's12'"):
        features(encoder(folder, "flat"), domain(folder))


def test_another_number_of_rows_names_both_files(folder):
    np.save(folder / "day" / "flat.npy", np.zeros((N - 1, 7)))
    with pytest.raises(EncoderError, match="flat.npy has 19 rows and .*samples.csv lists 20"):
        features(encoder(folder, "flat"), domain(folder))


TABLES = {
    "no table": (None, "no samples.csv"),
    "empty": ("", "cannot be read as a CSV"),
    "no id": ("name,group\na,b\nc,d\n", "column 'name'; known are id, group, label"),
    "no ids": ("group\nb\nd\n", "lacks the column 'id'"),
    "a slip": ("id,groups\na,b\nc,d\n", "column 'groups'"),
    "one sample": ("id\na\n", "lists 1 samples"),
    "twice": ("id\na\nb\na\n", "samples 1 and 3 have one id, 'a'"),
    "an empty id": ("id,group\n,b\nc,d\n", "sample 1 has the id ''"),
    "a long id": (f"id\n{'a' * 201}\nb\n", "sample 1 has the id"),
    "a bell": ("id\na\x07\nb\n", "sample 1 has the id"),
    "ragged": ("id,group\na\nb,c\n", "row 2 has 1 values, the names 2"),
    "a column twice": ("id,id\na,b\nc,d\n", "names a column twice"),
    "not utf-8": (b"id\n\xff\nb\n", "not a UTF-8"),
    "a null": ("id\na\x00\nb\n", "sample 1 has the id|cannot be read"),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_that_cannot_be_used_is_one_sentence(folder, name):
    content, sentence = TABLES[name]
    path = folder / "day" / "samples.csv"
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DomainError, match=sentence) as error:
        domain(folder)
    assert str(path) in str(error.value) or str(path.parent) in str(error.value)


def test_two_tables_or_a_damaged_parquet_are_refused(folder):
    (folder / "day" / "samples.parquet").write_bytes(b"PAR1 nothing")
    with pytest.raises(DomainError, match="both samples.csv and samples.parquet"):
        domain(folder)
    (folder / "day" / "samples.csv").unlink()
    with pytest.raises(DomainError, match="cannot be read as parquet"):
        domain(folder)


def test_links_out_of_the_folder_are_not_followed(folder, tmp_path_factory):
    secret = tmp_path_factory.mktemp("elsewhere") / "secret.npy"
    np.save(secret, np.zeros((N, 7)))
    (folder / "day" / "flat.npy").unlink()
    (folder / "day" / "flat.npy").symlink_to(secret)
    with pytest.raises(EncoderError, match="flat.npy is a link out of"):
        encoder(folder, "flat")
    (folder / "day" / "flat.npy").unlink()
    os.mkfifo(folder / "day" / "flat.npy")
    with pytest.raises(EncoderError, match="no regular file"):
        encoder(folder, "flat")


def test_layers_and_units_must_agree_over_domains_and_with_the_twin(folder):
    np.save(folder / "night" / "flat.npy", np.zeros((N, 8)))
    with pytest.raises(EncoderError, match="day/flat.npy has 7 units and .*night/flat.npy has 8"):
        encoder(folder, "flat")
    (folder / "day" / "deep~0" / "block.9.npy").unlink()
    (folder / "night" / "deep~0" / "block.9.npy").unlink()
    with pytest.raises(EncoderError, match="deep~0 has other layers or units than deep"):
        SOURCE.untrained({"path": str(folder), "name": "deep"}, 0)
    (folder / "night" / "deep" / "block.9.npy").unlink()
    with pytest.raises(EncoderError, match="hold other layers of one encoder"):
        encoder(folder)
    (folder / "night" / "deep" / "penultimate.npy").unlink()
    with pytest.raises(EncoderError, match="holds no penultimate.npy"):
        encoder(folder)


def test_what_is_not_there_is_named(folder):
    with pytest.raises(EncoderError, match="There are no features of absent"):
        encoder(folder, "absent")
    with pytest.raises(DomainError, match="There is no folder .*absent"):
        domain(folder, "absent")
    (folder / "night" / "flat.npy").unlink()
    with pytest.raises(EncoderError, match="no features of flat on night"):
        features(encoder(folder, "flat"), domain(folder, "night"))
    np.save(folder / "day" / "deep.npy", np.zeros((N, 3)))
    with pytest.raises(EncoderError, match="holds both deep.npy and a folder"):
        encoder(folder)
    with pytest.raises(EncoderError, match="deep has no checkpoint"):
        SOURCE.checkpoint({"name": "deep"}, 3)


def test_an_encoder_without_a_network_says_so(folder):
    from substrate.extraction import activation_map

    loaded = encoder(folder)
    picture = np.zeros((8, 8, 3), np.uint8)
    with pytest.raises(EncoderError, match="no network to run"):
        activation_map(loaded, picture, loaded.layers[-1])


def test_domains_are_the_folders_with_a_table(folder):
    (folder / "notes").mkdir()
    assert domains_in(folder) == ("day", "night")
    assert set(layer_files(folder / "day", "flat")) == {"penultimate"}
    table = read_table(folder / "day")
    assert read_features(folder / "day" / "flat.npy", table, np.array([3])).shape == (1, 7)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"encoders": ["resnet"]}, "features for all of its encoders and domains or for none"),
        ({"domains": ["digits"]}, "features for all of its encoders and domains or for none"),
        ({"domains": [{"source": "features", "path": "x"}]}, "name"),
        (
            {"encoders": [{"source": "features", "path": "x", "name": "a", "weights": "y"}]},
            "Unknown key .*weights.*Known: source, path, name, title",
        ),
        (
            {"domains": [{"source": "features", "path": "x", "name": "a", "groups": "y"}]},
            "Unknown key .*groups.*Known: .*source, path, name",
        ),
        (
            {"encoders": [{"source": "features", "path": "x", "name": "a", "title": "<b>"}]},
            "title '<b>' may not contain",
        ),
    ],
)
def test_a_study_of_features_is_checked(change, sentence):
    study = {
        "encoders": [{"source": "features", "path": "x", "name": "a"}],
        "domains": [{"source": "features", "path": "x", "name": "d"}],
    }
    assert parse(study).encoders[0].name == "a"
    with pytest.raises(StudyError, match=sentence):
        parse(study | change)


def test_a_run_of_features_needs_no_network(folder):
    """The pipeline asks an encoder for its memory and its batches: there are none here."""
    from substrate import jobs
    from substrate.pipeline import Pipeline
    from substrate.progress import Progress
    from substrate.runs import NoImagesError, open_run
    from substrate.store import Store

    items = [{"source": "features", "path": str(folder), "name": n} for n in ("deep", "flat")]
    domains = [{"source": "features", "path": str(folder), "name": n} for n in ("day", "night")]
    study = parse({"encoders": items, "domains": domains, "samples": N, "untrained": 3})
    store = Store(folder / "store")
    progress = Progress(store, jobs.new_job(store, study))
    run = open_run(store, Pipeline(study, store, progress, pytest.fail, analyses=False).run())
    progress.close("done")
    assert len(run.pairs) == 8  # two encoders and two twins of one of them, on two domains
    assert run.untrained_seeds("deep", "day") == (0, 1)
    np.testing.assert_allclose(
        run.representation(EncoderRef("deep", twin=1), "night", "block.9").features,
        np.load(folder / "night" / "deep~1" / "block.9.npy"),
        rtol=1e-6,
    )
    with pytest.raises(NoImagesError, match="day has no images"):
        run.thumbnails("day")
