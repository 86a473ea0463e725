import os
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
import yaml

from substrate.zoo import train as training
from substrate.zoo.card import load_card, load_weights, sha256
from substrate.zoo.checkpoint import read_state, read_tensors
from substrate.zoo.evaluate import evaluate, report
from substrate.zoo.loop import trajectory_steps
from substrate.zoo.recipe import parse_recipe
from tests.support.zoo_fixtures import write_cifar

TINY = {
    "name": "tiny",
    "title": "Tiny",
    "architecture": {"kind": "resnet", "kwargs": {"channels": [8, 8, 8, 8]}},
    "optimiser": {"learning_rate": 0.05},
    "augmentation": {"name": "crop_flip", "chunk": 4},
    "epochs": 6,
    "batch": 20,
    "trajectory": True,
}


@pytest.fixture(scope="module")
def cifar(tmp_path_factory):
    return write_cifar(tmp_path_factory.mktemp("cifar"))


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory, one_thread):
    """Keep decoded images and unfinished trainings in a folder of these tests' own."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder))
        yield folder


def write_recipe(path, **changes):
    path.write_text(yaml.safe_dump(TINY | changes))
    return path


@pytest.fixture(scope="module")
def shipped(tmp_path_factory, cifar, cache):
    """The tiny recipe trained without interruption."""
    out = tmp_path_factory.mktemp("whole")
    code = training.train(write_recipe(out / "recipe"), data=cifar, device="cpu", out=out)
    assert code == 0
    return out


def test_a_card_states_what_the_shipped_weights_reach(shipped, cifar):
    card, recipe = load_card(shipped / "tiny.yaml")
    weights = shipped / "tiny.safetensors"
    assert card["sha256"] == sha256(weights)
    tensors, _ = read_tensors(weights)
    assert {v.dtype for v in tensors.values() if v.is_floating_point()} == {torch.float16}
    model = load_weights(recipe, weights)
    assert card["parameters"] == sum(p.numel() for p in model.parameters())
    assert card["accuracy"]["kind"] == "test"
    assert card["accuracy"]["value"] > 0.5
    assert card["training"]["steps"] == 60
    assert [row.agrees for row in evaluate(shipped, data=cifar, device="cpu")] == [True]


def test_a_card_can_be_trained_again_and_gives_the_same_weights(shipped, cifar, tmp_path):
    again = tmp_path / "again"
    assert training.train(shipped / "tiny.yaml", data=cifar, device="cpu", out=again) == 0
    assert sha256(again / "tiny.safetensors") == sha256(shipped / "tiny.safetensors")


def test_a_trajectory_begins_with_the_untrained_twin_and_ends_with_the_encoder(shipped):
    card, recipe = load_card(shipped / "tiny.yaml")
    steps = [entry["step"] for entry in card["trajectory"]]
    assert steps == trajectory_steps(60)
    first, last = (read_tensors(shipped / card["trajectory"][i]["file"])[0] for i in (0, -1))
    final, _ = read_tensors(shipped / "tiny.safetensors")
    assert all(torch.equal(last[key], final[key]) for key in final)
    from substrate.zoo.card import untrained

    twin = untrained(recipe).state_dict()
    assert torch.equal(first["conv1.weight"], twin["conv1.weight"].half())
    assert card["trajectory"][-1]["accuracy"] == card["accuracy"]["value"]


def test_a_killed_training_resumes_to_the_same_weights(shipped, cifar, cache, tmp_path, one_thread):
    recipe, out = write_recipe(tmp_path / "r.yaml", name="killed"), tmp_path / "out"
    script = (
        "import sys, pathlib; from substrate.zoo.train import train;"
        "sys.exit(train(*map(pathlib.Path, sys.argv[1:2]), data=pathlib.Path(sys.argv[2]),"
        "out=pathlib.Path(sys.argv[3]), device='cpu', resume=True, checkpoint_seconds=0.0))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, recipe, cifar, out],
        stderr=subprocess.DEVNULL,
        env=os.environ | {"XDG_CACHE_HOME": str(cache)} | one_thread,
    )
    checkpoint = cache / "substrate" / "training" / "killed" / "checkpoint.safetensors"
    deadline = time.monotonic() + 120
    while not checkpoint.exists() and time.monotonic() < deadline:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (out / "killed.yaml").exists()
    assert 0 < read_state(checkpoint)["step"] < 60
    assert training.train(recipe, data=cifar, device="cpu", out=out, resume=True) == 0
    whole, resumed = (
        read_tensors(p)[0] for p in (shipped / "tiny.safetensors", out / "killed.safetensors")
    )
    assert all(torch.equal(whole[key], resumed[key]) for key in whole)


def test_resuming_with_another_recipe_is_refused(shipped, cifar, tmp_path, capsys):
    changed = write_recipe(tmp_path / "changed.yaml", seed=9)
    assert training.train(changed, data=cifar, device="cpu", out=shipped, resume=True) == 2
    assert "was begun with another recipe" in capsys.readouterr().err


def test_a_recipe_in_training_is_left_to_its_worker(cifar, tmp_path, monkeypatch, capsys):
    recipe = parse_recipe(TINY, "x")
    monkeypatch.setattr(training, "panel_recipes", lambda: [recipe])
    with training._lock(training.training_cache() / "tiny") as mine:
        assert mine
        assert training.train(None, panel=True, data=cifar, device="cpu", out=tmp_path) == 0
        path = write_recipe(tmp_path / "r.yaml")
        assert training.train(path, data=cifar, device="cpu", out=tmp_path) == 2
    assert "is being trained by another process" in capsys.readouterr().err
    assert not (tmp_path / "tiny.yaml").exists()


def test_the_lock_of_a_killed_worker_is_free_at_once(tmp_path):
    script = (
        "import pathlib, sys, time; from substrate.zoo.train import _lock\n"
        "with _lock(pathlib.Path(sys.argv[1])) as mine:\n"
        "    print(mine, flush=True); time.sleep(60)"
    )
    worker = subprocess.Popen(
        [sys.executable, "-c", script, tmp_path], stdout=subprocess.PIPE, text=True
    )
    assert worker.stdout.readline() == "True\n"
    with training._lock(tmp_path) as mine:
        assert not mine
    worker.send_signal(signal.SIGKILL)
    worker.communicate()
    with training._lock(tmp_path) as mine:
        assert mine
    with training._lock(tmp_path) as mine:  # let go of by whoever left the block
        assert mine


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"card": None}, "Name a recipe or card"),
        ({"data": "nowhere", "device": "cpu"}, "CIFAR-10"),
        ({"device": "abacus"}, "There is no device 'abacus'"),
    ],
)
def test_bad_input_is_one_sentence_and_code_2(
    arguments, message, cifar, tmp_path, capsys, monkeypatch
):
    def offline(*args, **kwargs):
        raise OSError("no network")

    monkeypatch.setattr("torchvision.datasets.CIFAR10", offline)
    options = {"card": write_recipe(tmp_path / "r.yaml"), "data": cifar} | arguments
    options["data"] = tmp_path / "nowhere" if options["data"] == "nowhere" else options["data"]
    assert training.train(options.pop("card"), out=tmp_path, **options) == 2
    error = capsys.readouterr().err
    assert message in error
    assert len(error.splitlines()) == 1


def test_evaluation_fails_on_a_difference_and_on_an_altered_file(shipped, cifar, tmp_path, capsys):
    shipped = shutil.copytree(shipped, tmp_path / "copy")
    path = shipped / "tiny.yaml"
    card = yaml.safe_load(path.read_text())
    card["accuracy"]["value"] -= 0.02
    path.write_text(yaml.safe_dump(card))
    assert report(shipped, data=cifar, device="cpu") == 4
    assert "DIFFERS" in capsys.readouterr().out
    assert report(shipped, data=tmp_path / "nowhere", device="cpu") == 2
    assert "CIFAR-10 is not in" in capsys.readouterr().err
    weights = shipped / "tiny.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(bytes(content))
    assert report(shipped, data=cifar, device="cpu") == 2
    assert "its SHA-256 differs" in capsys.readouterr().err


def test_trajectory_steps_are_log_spaced_and_end_with_the_last():
    steps = trajectory_steps(9360)
    assert (steps[0], steps[-1]) == (0, 9360)
    assert len(steps) >= 11
    ratios = np.diff(np.log(steps[1:]))
    assert ratios.max() / ratios.min() < 1.2
