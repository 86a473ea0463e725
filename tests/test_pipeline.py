"""A run from configuration to store: one pass, resume without repeats, ids that follow content."""

import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from substrate import catalogue, jobs, pipeline
from substrate.analyses import spec
from substrate.encoder_ref import EncoderRef
from substrate.pipeline import Pipeline
from substrate.progress import CancelledError, Progress
from substrate.runs import list_runs, open_run, save_record
from substrate.store import ARRAYS, Store
from substrate.study import FeaturesEncoder, to_yaml


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """Local weights of a tiny timm architecture."""
    import substrate.encoders.torchvision_guard  # noqa: F401

    # isort: split
    import timm
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(3)
    path = tmp_path_factory.mktemp("weights") / "tiny.safetensors"
    save_file(timm.create_model("test_resnet", num_classes=7).state_dict(), path)
    return path


@pytest.fixture
def folder(tmp_path):
    """A folder of photographs with two classes."""
    rng = np.random.default_rng(0)
    for label in ("one", "two"):
        (tmp_path / "photos" / label).mkdir(parents=True)
        for i in range(10):
            picture = rng.integers(0, 255, (40, 50, 3), dtype=np.uint8)
            Image.fromarray(picture).save(tmp_path / "photos" / label / f"{i}.png")
    return tmp_path / "photos"


def study_of(weights, folder, **more):
    encoder = {
        "source": "timm",
        "architecture": "test_resnet",
        "weights": str(weights),
        "name": "tiny",
        "size": 32,
    }
    domain = {"source": "folder", "path": str(folder), "name": "photos"}
    return catalogue.parse_study(
        {
            "name": "T",
            "encoders": [encoder],
            "domains": [domain],
            "samples": 20,
            "untrained": 1,
            "permutations": 20,
            **more,
        }
    )


def run(study, store, warn=lambda _message: None):
    job = jobs.new_job(store, study)
    progress = Progress(store, job)
    try:
        run_id = Pipeline(study, store, progress, warn).run()
    finally:
        progress.close("done")
    return open_run(store, run_id)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def test_a_run_stores_every_layer_of_every_pair_and_its_twins(weights, folder, store):
    found = run(study_of(weights, folder), store)
    assert set(found.pairs) == {"tiny/photos", "tiny~0/photos"}
    names = [layer.name for layer in found.encoders["tiny"].layers]
    assert names[-2:] == ["penultimate", "logits"]
    for layer in found.encoders["tiny"].layers:
        features = found.representation("tiny", "photos", layer.name).features
        assert features.shape == (20, layer.width)
        assert features.dtype == np.float32
    trained = found.representation("tiny", "photos").features
    twin = found.representation(EncoderRef("tiny", twin=0), "photos").features
    assert not np.allclose(trained, twin)
    assert found.domains["photos"].caption == "20 photographs"
    assert len(found.thumbnails("photos")) == 20
    assert [r.run_id for r in list_runs(store)] == [found.run_id]


def test_features_are_those_of_a_plain_forward_pass(weights, folder, store):
    import torch

    from substrate.domains import DOMAIN_SOURCES
    from substrate.encoders import ENCODER_SOURCES
    from substrate.extraction import preprocess

    study = study_of(weights, folder)
    found = run(study, store)
    config = study.encoders[0].model_dump(mode="json")
    encoder = ENCODER_SOURCES["timm"].load(config)
    domain = DOMAIN_SOURCES["folder"].load(
        study.domains[0].model_dump(mode="json", exclude_none=True), limit=20, seed=0, tile=32
    )
    with torch.inference_mode():
        batch = torch.stack([preprocess(i, encoder.preprocessing) for i in domain.images()])
        logits = encoder.model.eval()(batch).numpy()
    stored = found.representation("tiny", "photos", "logits").features
    np.testing.assert_allclose(stored, logits, rtol=1e-4, atol=1e-5)


def test_a_second_run_extracts_nothing(weights, folder, store, monkeypatch):
    first = run(study_of(weights, folder), store)
    monkeypatch.setattr(pipeline, "extract", lambda *_a, **_k: pytest.fail("extracted again"))
    assert run(study_of(weights, folder), store).run_id == first.run_id


def test_runs_of_one_study_at_once_all_finish_and_do_the_work_once(
    weights, folder, store, monkeypatch
):
    study = study_of(weights, folder, untrained=2)
    extracted, computed, names = Counter(), Counter(), {}
    extract, compute = pipeline.extract, spec._computed

    def counted_extract(encoder, domain, **more):
        extracted[encoder.weights_digest, domain.name] += 1
        return extract(encoder, domain, **more)

    def counted_compute(analysis, opened, params, inputs):
        key = spec.result_key(analysis, opened, params)
        computed[key], names[key] = computed[key] + 1, analysis.key
        return compute(analysis, opened, params, inputs)

    monkeypatch.setattr(pipeline, "extract", counted_extract)
    monkeypatch.setattr(spec, "_computed", counted_compute)
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda _: run(study, store), range(3)))
    assert len({one.run_id for one in found}) == 1
    assert set(found[0].pairs) == {"tiny/photos", "tiny~0/photos", "tiny~1/photos"}
    assert len(extracted) == 3 and set(extracted.values()) == {1}
    done = {key: n for key, n in computed.items() if key in store}
    assert len(done) > 3
    assert {names[key]: n for key, n in done.items() if n > 1} == {}


def test_two_processes_run_one_study_at_once(weights, folder, store, tmp_path):
    (tmp_path / "study.yaml").write_text(to_yaml(study_of(weights, folder)))
    line = [
        sys.executable,
        "-m",
        "substrate",
        "run",
        str(tmp_path / "study.yaml"),
        "--store",
        str(store.root),
    ]
    both = [subprocess.Popen(line, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    printed = [process.communicate(timeout=180)[0].split() for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert printed[0][-1] == printed[1][-1]
    assert [job.state for job in jobs.list_jobs(store)] == ["done", "done"]
    assert set(open_run(store, printed[0][-1]).pairs) == {"tiny/photos", "tiny~0/photos"}


def test_pairs_that_another_process_adds_stay_in_the_record(weights, folder, store):
    found = run(study_of(weights, folder), store)
    added = {"tiny@3/photos": found.pairs["tiny/photos"], "other/photos": "0" * 64}
    save_record(store, {**found.record, "pairs": added})
    run(study_of(weights, folder), store)
    pairs = open_run(store, found.run_id).pairs
    assert set(pairs) == {"tiny/photos", "tiny~0/photos", "tiny@3/photos"}


def test_a_renamed_folder_is_the_same_run_and_an_edited_image_another(weights, folder, store):
    first = run(study_of(weights, folder, name="First"), store)
    moved = folder.rename(folder.with_name("moved"))
    second = run(study_of(weights, moved, name="Second"), store)
    assert second.run_id == first.run_id
    picture = next(moved.rglob("*.png"))
    Image.fromarray(np.zeros((40, 50, 3), np.uint8)).save(picture)
    assert run(study_of(weights, moved), store).run_id != first.run_id


def test_a_damaged_entry_is_reported_and_computed_again(weights, folder, store):
    first = run(study_of(weights, folder), store)
    expected = np.array(first.representation("tiny", "photos").features)
    path = store.path(first.pairs["tiny/photos"]) / ARRAYS
    path.write_bytes(path.read_bytes()[:-7])
    heard = []
    again = run(study_of(weights, folder), store, heard.append)
    assert any("damaged" in message for message in heard)
    np.testing.assert_array_equal(again.representation("tiny", "photos").features, expected)


def test_an_unreadable_file_is_named_and_the_rest_is_used(weights, folder, store):
    (folder / "one" / "broken.png").write_bytes(b"\x89PNG not really")
    heard = []
    found = run(study_of(weights, folder), store, heard.append)
    assert any("broken.png" in message for message in heard)
    assert any("broken.png" in path for path, _ in found.domains["photos"].skipped)


def test_a_request_to_stop_is_obeyed_between_batches(weights, folder, store):
    study = study_of(weights, folder)
    job = jobs.new_job(store, study)
    progress = Progress(store, job)
    jobs.job_directory(store, job).joinpath("cancel").write_text("")
    with pytest.raises(CancelledError):
        Pipeline(study, store, progress, lambda _m: None).run()
    progress.close("cancelled")
    assert jobs.read_status(store, job).state == "cancelled"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"architecture": "test_resnt"}, "no architecture 'test_resnt'.*test_resnet"),
        ({"weights": "absent.safetensors"}, "no weights file"),
        ({"weights": "model.pt"}, "only .safetensors"),
        ({"architecture": "test_vit"}, "does not fit test_vit"),
        ({"kwargs": {"depths": 3}}, "'depths', which does not shape"),
        ({"kwargs": {"layers": 3}}, "cannot be built"),
        ({"size": 16, "architecture": "test_vit", "weights": None}, "hub|16 x 16"),
    ],
)
def test_an_encoder_that_cannot_be_had_is_one_sentence(weights, tmp_path, change, sentence):
    from substrate.encoders import ENCODER_SOURCES
    from substrate.encoders.spec import EncoderError

    config = {"architecture": "test_resnet", "weights": str(weights), "name": "t", "size": 32}
    with pytest.raises(EncoderError, match=sentence):
        ENCODER_SOURCES["timm"].load(config | change)


def test_weights_that_are_no_safetensors_are_one_sentence(tmp_path):
    from substrate.encoders import ENCODER_SOURCES
    from substrate.encoders.spec import EncoderError

    path = tmp_path / "w.safetensors"
    path.write_bytes(b"not a tensor file")
    with pytest.raises(EncoderError, match="not a readable safetensors"):
        ENCODER_SOURCES["timm"].load(
            {"architecture": "test_resnet", "weights": str(path), "name": "t"}
        )


def test_real_weights_in_a_timm_architecture_see_what_they_should(shared_data, tmp_path):
    """ImageNet weights from a local file put development photographs into the right class."""
    import json

    import torch

    from substrate.encoders import ENCODER_SOURCES
    from substrate.extraction import preprocess

    meta = json.loads((shared_data / "weights/mobilenetv2_100.tfslim_qat_in1k.json").read_text())
    encoder = ENCODER_SOURCES["timm"].load(
        {
            "architecture": meta["builder"]["model"],
            "kwargs": meta["builder"]["kwargs"],
            "weights": str(shared_data / "weights/mobilenetv2_100.tfslim_qat_in1k.safetensors"),
            "name": "mobilenet",
            "mean": meta["mean"],
            "std": meta["std"],
            "size": 224,
        }
    )
    names = json.loads((shared_data / "imagenet_class_names.json").read_text())
    names = list(names.values()) if isinstance(names, dict) else names
    image = np.asarray(Image.open(shared_data / "test_images/hot_dog.jpg").convert("RGB"))
    with torch.inference_mode():
        logits = encoder.model.eval()(preprocess(image, encoder.preprocessing)[None])[0]
    top = [str(names[i]).lower() for i in logits.topk(3).indices]
    assert any("hot" in name and "dog" in name for name in top), top


def test_renaming_an_encoder_changes_neither_the_run_nor_a_feature_of_it_or_its_twin(
    weights, folder, store
):
    first = run(study_of(weights, folder), store)
    before = {
        n: first.representation(EncoderRef("tiny", twin=n), "photos").features for n in (None, 0)
    }
    renamed = {**study_of(weights, folder).encoders[0].model_dump(mode="json"), "name": "other"}
    second = run(study_of(weights, folder, encoders=[renamed]), store)
    assert second.run_id == first.run_id
    assert second.pairs == {pair.replace("tiny", "other"): key for pair, key in first.pairs.items()}
    for untrained, x in before.items():
        again = second.representation(EncoderRef("other", twin=untrained), "photos").features
        np.testing.assert_array_equal(again, x)


def test_two_entries_of_one_weights_file_have_different_twins(weights, folder, store):
    one = study_of(weights, folder).encoders[0].model_dump(mode="json")
    found = run(study_of(weights, folder, encoders=[one, {**one, "name": "again"}]), store)
    assert found.pairs["tiny/photos"] == found.pairs["again/photos"]
    assert found.pairs["tiny~0/photos"] != found.pairs["again~0/photos"]


def test_what_the_study_says_of_an_encoder_makes_another_run():
    """It decides which encoders are compared, so that one address cannot show two panels."""
    one = {"source": "features", "path": ".", "name": "a"}
    said = [one, {**one, "recipe": "r"}, {**one, "paradigm": "p"}, {**one, "family": "f"}]
    stated = []
    for config in said:
        encoders = [FeaturesEncoder.model_validate(config)]
        stated.append(Pipeline._stated(SimpleNamespace(study=SimpleNamespace(encoders=encoders))))
    assert stated == [
        {},
        {"stated": [["", "", "r"]]},
        {"stated": [["", "p", ""]]},
        {"stated": [["f", "", ""]]},
    ]


def test_family_paradigm_and_recipe_come_from_the_study_or_from_timm(weights, folder, store):
    one = study_of(weights, folder).encoders[0].model_dump(mode="json")
    own = {**one, "name": "own", "family": "mine", "paradigm": "masked", "recipe": "mine too"}
    found = run(study_of(weights, folder, encoders=[one, own]), store)
    assert (found.family("tiny"), found.paradigm("tiny")) == ("resnet", "unstated")
    assert found.recipe(EncoderRef("tiny", twin=0)) == "test_resnet, unstated"
    assert (found.family("own"), found.paradigm(EncoderRef("own", twin=0))) == ("mine", "masked")
    assert found.recipe(EncoderRef("own", step=3)) == "mine too"
    assert found.panel == ("tiny", "own")
