"""Images beside texts: units are photographs, and texts from files are checked."""

import numpy as np
import pytest

from substrate.analyses.experiments.text_agreement import (
    ModalityError,
    agreement,
    even_rows,
    kept_kinds,
    text_features,
)
from substrate.experiments.modality import KINDS
from substrate.experiments.record import ExperimentError
from substrate.experiments.texts import CAPTIONS, read_texts

NAMES = tuple(f"photo{i}" for i in range(6))


def tiles(photographs, each, seed, *, shared):
    """Tiles that look like their photograph, whose text agrees with the looks only if shared."""
    rng = np.random.default_rng(seed)
    looks = rng.normal(size=(photographs, 4))
    words = looks @ rng.normal(size=(4, 3)) if shared else rng.normal(size=(photographs, 3))
    groups = np.repeat([f"p{i:02d}" for i in range(photographs)], each)
    rows = np.repeat(np.arange(photographs), each)
    return looks[rows] + 0.3 * rng.normal(size=(len(rows), 4)), words[rows], groups


def test_shuffling_tiles_rejects_what_is_not_there_where_shuffling_photographs_does_not():
    """Texts that have nothing to do with the images, thirty times over."""
    found = [
        agreement(*tiles(14, 6, seed, shared=False), permutations=60, seed=seed)
        for seed in range(30)
    ]
    naive = np.array([f.naive_p for f in found])
    honest = np.array([f.estimate.null.p for f in found])
    assert (naive <= 0.05).mean() > 0.8
    assert (honest <= 0.05).mean() <= 0.15
    assert 0.3 < honest.mean() < 0.7


def test_what_is_shared_is_found():
    found = agreement(*tiles(14, 6, 0, shared=True), permutations=60).estimate
    null = found.null
    assert null.p == pytest.approx(1 / 61)
    assert found.low < found.value < found.high
    assert null.low < null.mean < null.high < found.value
    assert (found.reason, found.unit, found.n_units) == ("", "photographs", 14)


def test_seven_photographs_cannot_be_tested():
    found = agreement(*tiles(7, 6, 0, shared=True), permutations=40)
    estimate = found.estimate
    assert estimate.null.p is None and estimate.low is None and estimate.high is None
    assert "Cannot be tested here: at most 7 photographs, and at least 10" in estimate.reason
    assert found.photographs == 7 and found.tiles == 42


def test_within_kinds_the_largest_kind_counts():
    x, text, groups = tiles(14, 4, 0, shared=True)
    kinds = np.repeat(["wall", "page"], 28)
    found = agreement(x, text, groups, kinds=kinds, permutations=40).estimate
    assert found.null.p is None and "at most 7 photographs of one kind" in found.reason
    orders = kept_kinds(groups, kinds, 30, seed=0)
    assert (kinds[orders] == kinds).all()
    assert (groups[orders] != groups).any()
    blocks = groups[orders].reshape(30, 14, 4)
    assert (blocks == blocks[:, :, :1]).all(), "a photograph was torn apart"


def test_a_kind_of_one_photograph_stays_where_it_is():
    groups, kinds = np.repeat(["a", "b", "c"], 2), np.repeat(["x", "x", "y"], 2)
    assert (kept_kinds(groups, kinds, 20, seed=0)[:, 4:] == [4, 5]).all()


def test_every_photograph_gives_the_same_number_of_tiles():
    groups = np.repeat(["a", "b", "c"], [3, 9, 5])
    rows = even_rows(groups, 4, seed=0)
    assert np.unique(groups[rows], return_counts=True)[1].tolist() == [3, 3, 3]
    assert (np.diff(rows) > 0).all()


def test_captions_become_components_that_know_their_words():
    same = ["a red cat", "a red cat", "the grey moon", "one grey moon"]
    x = text_features(same, 2, seed=0)
    assert np.allclose(x[0], x[1], atol=1e-9)
    assert np.allclose(x[2], x[3], atol=1e-9)
    assert abs(x[0] @ x[2]) < 1e-6
    with pytest.raises(ModalityError, match="no words but the commonest"):
        text_features(["the", "of the", "and"], 2, seed=0)
    with pytest.raises(ModalityError, match="too few to compare"):
        text_features(["cat"], 2, seed=0)


def test_every_packaged_photograph_has_its_caption():
    from substrate.domains.photographs import PACKAGED_DOMAINS

    there = {p.name for kind in KINDS for p in PACKAGED_DOMAINS[kind].photographs}
    order = [line.split(",")[0] for line in CAPTIONS.read_text().splitlines()[1:]]
    assert set(order) == there and len(order) == len(there) == 18
    texts = read_texts(CAPTIONS, order, k=8, seed=0)
    assert texts.features.shape == (18, 8) and texts.photographs == tuple(order)


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def test_features_may_come_as_a_table_or_an_array(tmp_path):
    rows = "\n".join(f"photo{i},{i},{i**2}" for i in range(5))
    table = read_texts(write(tmp_path / "x.csv", f"photograph,a,b\n{rows}\n"), NAMES, k=8, seed=0)
    assert table.features.tolist() == [[i, i**2] for i in range(5)]
    assert table.photographs == NAMES[:5]
    np.save(tmp_path / "x.npy", np.arange(12.0).reshape(6, 2))
    array = read_texts(tmp_path / "x.npy", NAMES, k=8, seed=0)
    assert array.photographs == NAMES and array.features.shape == (6, 2)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("absent.csv", None, "There is no file"),
        ("x.pkl", b"\x80\x04.", "ends in '.pkl'"),
        ("x.csv", b"", "has the columns none"),
        ("x.csv", b"\xff\xfe\x00\x01", "not a CSV file in UTF-8"),
        ("x.csv", b"a,b\n1,2\n", "needs photograph and either caption or numeric columns"),
        ("x.csv", b"photograph,caption\nphoto0,a cat\nphoto0,a dog\n", "'photo0' twice"),
        ("x.csv", b"photograph,caption\nphoto0,a cat\n../etc,a dog\n", "'../etc', which is none"),
        ("x.csv", b"photograph,a\nphoto0,1\nphoto1,2\n", "describes 2 photographs"),
        ("x.csv", b"photograph,a\nphoto0,1\nphoto1,x\nphoto2,3\n", "a cell that is no number"),
        ("x.csv", b"photograph,a\nphoto0,1\nphoto1\nphoto2,3\n", "a cell that is no number"),
        ("x.csv", b"photograph,a\nphoto0,1\nphoto1,nan\nphoto2,3\n", "1 NaN or infinite"),
        ("x.csv", b"photograph,a\nphoto0,1\nphoto1,1\nphoto2,1\n", "the same of every photograph"),
        ("x.csv", b"photograph\nphoto0\nphoto1\nphoto2\n", "no features"),
        ("x.npy", b"no array", "cannot be read as .npy without pickle"),
    ],
)
def test_texts_that_cannot_be_used_are_refused_in_one_sentence(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises((ExperimentError, ModalityError), match=message) as caught:
        read_texts(tmp_path / name, NAMES, k=8, seed=0)
    assert "\n" not in str(caught.value)


def test_arrays_of_the_wrong_form_are_refused(tmp_path):
    np.save(tmp_path / "x.npy", np.ones((5, 2)))
    with pytest.raises(ExperimentError, match="5 rows for 6 photographs"):
        read_texts(tmp_path / "x.npy", NAMES, k=8, seed=0)
    np.save(tmp_path / "y.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(ExperimentError, match="without pickle"):
        read_texts(tmp_path / "y.npy", NAMES, k=8, seed=0)
    np.save(tmp_path / "z.npy", np.ones(6))
    with pytest.raises(ExperimentError, match=r"of shape \(6,\)"):
        read_texts(tmp_path / "z.npy", NAMES, k=8, seed=0)
