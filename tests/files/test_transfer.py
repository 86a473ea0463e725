"""The command `transfer`: every score of files, what is missing and why, one sentence if bad."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from substrate.cli import app
from substrate.files.metrics import load_vector
from substrate.files.transfer import transfer_files
from substrate.numerics.metrics.spec import FeaturesError
from substrate.numerics.transfer import (
    TRANSFER_SCORES,
    Evidence,
)
from substrate.numerics.transfer.battery import score_all
from substrate.numerics.transfer.hscore import h_score
from substrate.numerics.transfer.leep import leep
from substrate.numerics.transfer.logme import logme
from substrate.numerics.transfer.probe import linear_probe

DOCUMENTED = {
    *TRANSFER_SCORES,
    "linear_probe",
    "nearest_neighbours",
    "undefined",
    "seconds",
    "samples",
    "units",
    "classes",
    "groups",
    "seed",
}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    rng = np.random.default_rng(0)
    kind = np.arange(60) % 3
    x = 1.2 * rng.normal(size=(3, 9))[kind] + rng.normal(size=(60, 9))
    arrays = {
        "x": x,
        "labels": np.array(["ant", "bee", "cat"])[kind],
        "numbers": kind.astype(float),
        "groups": np.arange(60) // 2,
        "logits": x[:, :4],
        "other": rng.normal(size=(60, 30)),
        "short": x[:40],
        "nan": np.where(np.arange(9) == 3, np.nan, x),
        "one": np.zeros(60),
        "halves": kind + 0.5,
        "column": kind[:, None],
        "few": kind[:40],
    }
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    np.save(folder / "objects.npy", np.array([1, "a", None], dtype=object), allow_pickle=True)
    np.savez(folder / "archive.npz", a=x, b=x)
    (folder / "damaged.npy").write_bytes(b"\x93NUMPY\x01\x00garbage")
    (folder / "damaged.npz").write_bytes(b"PK\x03\x04garbage")
    (folder / "archive.npy").write_bytes((folder / "archive.npz").read_bytes())
    return folder


def command(files, *words):
    return CliRunner().invoke(
        app, ["transfer", *(str(files / w) if w[-4:-2] in (".n",) else w for w in words)]
    )


def test_every_documented_key_is_there_and_what_is_missing_says_why(files):
    done = command(files, "x.npy", "labels.npy", "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert set(found) == DOCUMENTED
    assert set(found["undefined"]) == {"consensus", "leep", "nce", "size", "untrained"}
    assert all(found[key] is None for key in found["undefined"])
    assert "classifier head" in found["undefined"]["leep"]
    assert (found["samples"], found["units"], found["classes"], found["groups"]) == (60, 9, 3, 60)
    x, labels = np.load(files / "x.npy"), np.load(files / "labels.npy")
    assert found["logme"] == pytest.approx(logme(x, labels))
    assert found["hscore"] == pytest.approx(h_score(x, labels))
    probe = linear_probe(x, labels, np.arange(60), seed=0).accuracy
    assert found["linear_probe"]["accuracy"] == pytest.approx(probe.overall.value)
    assert found["linear_probe"]["accuracy_interval"] == pytest.approx(
        [probe.overall.low, probe.overall.high]
    )
    assert found["linear_probe"]["chance"] == pytest.approx(1 / 3)
    assert all(seconds >= 0 for seconds in found["seconds"].values())


def test_with_everything_given_nothing_is_missing(files):
    found = transfer_files(
        files / "x.npy",
        files / "numbers.npy",
        groups=files / "groups.npy",
        logits=files / "logits.npy",
        others=[files / "other.npy"],
        untrained=files / "other.npy",
        parameters=1000,
        seed=3,
    )
    assert found["undefined"] == {} and found["size"] == pytest.approx(3)
    assert found["leep"] == pytest.approx(
        leep(np.load(files / "logits.npy"), np.load(files / "numbers.npy"))
    )
    assert (found["groups"], found["seed"]) == (30, 3)
    assert found["untrained"] < found["linear_probe"]["balanced_accuracy"]


def test_words_without_json(files):
    done = command(files, "x.npy", "labels.npy", "--groups", "groups.npy")
    assert done.exit_code == 0
    assert "linear_probe.accuracy_interval" in done.stdout and "logme  " in done.stdout


def test_classes_of_one_group_have_scores_and_no_accuracy(files):
    found = transfer_files(files / "x.npy", files / "labels.npy", groups=files / "numbers.npy")
    assert found["linear_probe"] is None and found["logme"] is not None
    assert "comes from 1 group" in found["undefined"]["linear_probe"]


def test_fewer_than_ten_groups_of_a_class_give_no_interval():
    rng = np.random.default_rng(1)
    labels = np.arange(40) % 2
    groups = np.arange(40) % 8
    found = score_all(Evidence(rng.normal(size=(40, 5)), labels, groups))
    assert found["linear_probe"]["accuracy_interval"] is None
    assert "at least 10" in found["linear_probe"]["reason"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("nothing.npy", "labels.npy"), "There is no file"),
        (("x.npy", "nothing.npy"), "There is no file"),
        (("x.npy", "objects.npy"), "cannot be read as .npy"),
        (("x.npy", "damaged.npy"), "cannot be read as .npy"),
        (("x.npy", "archive.npy"), "cannot be read as .npy"),
        (("damaged.npz", "labels.npy"), "cannot be read as .npz"),
        (("archive.npz", "labels.npy"), "holds 2 arrays"),
        (("x.npy", "x.npy"), "one label per sample"),
        (("x.npy", "column.npy"), "one label per sample"),
        (("x.npy", "few.npy"), "expected (60,)"),
        (("x.npy", "halves.npy"), "labels name classes"),
        (("x.npy", "one.npy"), "all 60 samples carry one label"),
        (("nan.npy", "labels.npy"), "60 values that are not finite"),
        (("labels.npy", "labels.npy"), "expected real numbers"),
        (("x.npy", "labels.npy", "--groups", "few.npy"), "one group per sample"),
        (("x.npy", "labels.npy", "--logits", "short.npy"), "must be the same, in order"),
        (("x.npy", "labels.npy", "--other", "short.npy"), "must be the same, in order"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(files, words, says):
    done = command(files, *words)
    assert done.exit_code == 2
    assert says in " ".join(done.stderr.split()) and done.stdout == ""
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", [("x.npy",), ("x.npy", "labels.npy", "--seed", "-1")])
def test_a_wrong_command_line_is_refused(files, words):
    assert command(files, *words).exit_code == 2


def test_labels_that_are_not_finite_are_counted(tmp_path):
    np.save(tmp_path / "a.npy", np.array([0.0, np.nan, np.inf]))
    with pytest.raises(FeaturesError, match="2 values that are not finite"):
        load_vector(tmp_path / "a.npy", "label", 3)
