"""The distillation's losses by their laws, its data, and its resuming after a kill."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from substrate.analyses.experiments.catalogue import read_results
from substrate.experiments import Options, run_experiment, state_of
from substrate.numerics.metrics.cka import linear_cka as reference
from substrate.store import Store
from substrate.zoo import distillation_targets as targets
from substrate.zoo.data import LabelledImages
from substrate.zoo.distillation import (
    STUDENT,
    Distillation,
    Teacher,
    linear_cka,
    student_recipe,
    teacher_loss,
)
from substrate.zoo.errors import ZooInputError
from tests.support.zoo_fixtures import (
    coloured_images,
    write_cifar,
)

ROOT = Path(__file__).parents[2]


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def pair(rng, n=60, p=9, q=5):
    x = rng.normal(size=(n, p)) + 3.0
    return x, x[:, :3] @ rng.normal(size=(3, q)) + rng.normal(size=(n, q))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_the_loss_has_the_value_of_the_metric(rng, dtype):
    x, y = (torch.tensor(v).to(dtype) for v in pair(rng))
    found = linear_cka(x, y).item()
    assert found == pytest.approx(reference(x.double().numpy(), y.double().numpy()), rel=2e-6)


def test_the_loss_keeps_the_metrics_invariances(rng):
    x, y = (torch.tensor(v) for v in pair(rng))
    turn = torch.linalg.qr(torch.tensor(rng.normal(size=(9, 9))))[0]
    assert linear_cka(x @ turn * 7.0 + 5.0, y).item() == pytest.approx(linear_cka(x, y).item())
    assert linear_cka(x, x).item() == pytest.approx(1.0)
    order = torch.tensor(rng.permutation(60))
    assert linear_cka(x[order], y[order]).item() == pytest.approx(linear_cka(x, y).item())
    assert linear_cka(x[order], y).item() < linear_cka(x, y).item()


def test_its_gradient_is_the_true_one_and_leads_to_the_target(rng):
    x, y = (torch.tensor(v) for v in pair(rng, n=12, p=3, q=2))
    x.requires_grad_(True)
    assert torch.autograd.gradcheck(lambda v: linear_cka(v, y), (x,))
    before = linear_cka(x, y)
    (gradient,) = torch.autograd.grad(before, x)
    assert linear_cka(x + 0.1 * gradient / gradient.norm(), y) > before


def test_autocast_does_not_coarsen_it(rng):
    x, y = (torch.tensor(v, dtype=torch.float32) for v in pair(rng))
    with torch.autocast("cpu", torch.bfloat16):
        inside = linear_cka(x, y).item()
    assert inside == linear_cka(x, y).item()


def test_features_without_variance_are_nan_not_a_score():
    assert torch.isnan(linear_cka(torch.ones(8, 2), torch.randn(8, 2)))


def test_a_teacher_followed_exactly_costs_nothing(rng):
    teacher = torch.tensor(rng.normal(size=(7, 10)))
    assert teacher_loss(teacher + 3.0, teacher, 4.0).item() == pytest.approx(
        0.0, abs=1e-5
    )  # float32
    assert teacher_loss(-teacher, teacher, 4.0) > 0


def test_the_teachers_loss_by_hand():
    student, teacher = torch.zeros(1, 2), torch.tensor([[np.log(3.0) * 2, 0.0]])
    p = np.array([0.75, 0.25])  # the temperature of 2 halves the logits
    by_hand = 4 * (p * np.log(p / 0.5)).sum()
    assert teacher_loss(student, teacher, 2.0).item() == pytest.approx(by_hand, rel=1e-6)


def test_a_high_temperature_compares_centred_logits(rng):
    """Hinton et al.: T² times the divergence tends to half the mean squared difference."""
    s, t = (torch.tensor(rng.normal(size=(20, 10)), dtype=torch.float64) for _ in range(2))
    s, t = (v - v.mean(1, keepdim=True) for v in (s, t))
    limit = (s - t).square().sum(1).mean() / (2 * 10)
    # teacher_loss works in float32, so that T cannot grow without end.
    assert teacher_loss(s, t, 50.0).item() == pytest.approx(limit.item(), rel=0.05)


def loss_of(wish, weight=1.0):
    from substrate.encoders.networks.architectures import build

    images, labels = coloured_images(20, 0)
    recipe = student_recipe(name="s", batch=10, seed=0)
    encoder = build(STUDENT.kind, seed=0, **recipe.model_kwargs)
    objective = Distillation(encoder, recipe, labels, wish, weight=weight, temperature=4.0)
    torch.manual_seed(0)
    pixels = torch.tensor(images).permute(0, 3, 1, 2).float() / 255
    return objective, objective(pixels, torch.arange(20))


def test_without_a_wish_the_loss_is_cross_entropy(rng):
    scores, logits = rng.normal(size=(20, 4)), rng.normal(size=(20, 10))
    _, plain = loss_of(Teacher())
    for wish in (Teacher(scores=scores), Teacher(logits=logits)):
        assert loss_of(wish, weight=0.0)[1].item() == pytest.approx(plain.item())
        assert loss_of(wish, weight=1.0)[1] > plain
    _, aligned = loss_of(Teacher(scores=scores))
    assert plain < aligned <= plain + 1


def test_targets_are_in_no_checkpoint(rng):
    objective, _ = loss_of(Teacher(scores=rng.normal(size=(20, 4))))
    assert not {"labels", "scores", "logits"} & set(objective.state_dict())


def test_labelled_images_are_even_over_classes_and_nested():
    labels = np.repeat(np.arange(10), 100)
    few, more = (targets.labelled_rows(labels, f, seed=3) for f in (0.05, 0.2))
    assert set(few) <= set(more)
    assert (np.bincount(labels[few]) == 5).all() and (np.bincount(labels[more]) == 20).all()
    assert not np.array_equal(few, targets.labelled_rows(labels, 0.05, seed=4))
    with pytest.raises(ZooInputError, match="leaves none of airplane"):
        targets.labelled_rows(labels, 0.001, seed=0)


def test_the_substrate_is_the_panels_own(rng):
    from substrate.numerics.panel import substrate_basis
    from substrate.numerics.whitening import standardisation

    x, y = rng.normal(size=(40, 6)), rng.normal(size=(40, 8)) * 9 + 1
    found = targets.Substrate.of([x, y], 3)
    blocks = [standardisation(v).apply(v) for v in (x, y)]
    expected = np.hstack(blocks) @ substrate_basis(blocks, 3).vectors
    assert np.allclose(found.scores([x, y]), expected)
    assert found.scores([x[:5], y[:5]]) == pytest.approx(expected[:5])


def test_a_probe_knows_its_labels_and_no_others(rng):
    x, labels = rng.normal(size=(50, 60)), np.arange(50) % 10
    logits = targets.probe_logits(x, labels)
    assert logits.shape == (50, 10)
    assert (logits.argmax(1) == labels).mean() > 0.95


# --- the whole experiment, small -----------------------------------------------------------------

SMALL = Options(seeds=1, steps=2, fractions=(0.5,), encoders=("resnet", "simclr"), device="cpu")


class Quiet:
    """A progress that only counts."""

    def __init__(self):
        self.skipped = []

    def phase(self, _text):
        pass

    def declare(self, weights):
        self.keys = list(weights)

    def step(self, name, _share, *, skipped=False):
        if skipped:
            self.skipped.append(name)


@pytest.fixture(scope="module")
def cifar(tmp_path_factory):
    return write_cifar(tmp_path_factory.mktemp("cifar"), train=300, test=60)


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


def line(cifar, store, out):
    options = [
        "--seeds",
        "1",
        "--steps",
        "2",
        "--fraction",
        "0.5",
        "--encoder",
        "resnet",
        "--encoder",
        "simclr",
        "--device",
        "cpu",
    ]
    return [
        sys.executable,
        "-m",
        "substrate",
        "experiment",
        "distill",
        *options,
        "--data",
        str(cifar),
        "--store",
        str(store),
        "--out",
        str(out),
        "--resume",
    ]


def test_killed_and_resumed_it_repeats_nothing_that_was_finished(cifar, tmp_path, one_thread):
    out, place = tmp_path / "distill.json", tmp_path / "store"
    process = subprocess.Popen(
        line(cifar, place, out),
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | one_thread,
    )
    deadline = time.monotonic() + 120
    while len(finished := list(place.glob("experiments/distill/*/repeats/*.json"))) < 2:
        assert time.monotonic() < deadline and process.poll() is None, "it ended before it was shot"
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not out.exists()
    stamps = {path.name: path.stat().st_mtime_ns for path in finished}

    options = Options(**{**vars(SMALL), "data": cifar})
    progress = Quiet()
    assert run_experiment(Store(place), "distill", options, progress, resume=True, out=out) == out
    assert len(progress.skipped) >= 2
    for path in place.glob("experiments/distill/*/repeats/*.json"):
        assert stamps.get(path.name, path.stat().st_mtime_ns) == path.stat().st_mtime_ns
    found = read_results("distill", tmp_path)
    assert found.status == "complete" and len(found.repeats) == 7 == len(progress.keys)
    assert found.encoders.keys() == {"resnet", "simclr"}
    assert {r.images for r in found.repeats} == {150}
    assert found.configuration["label_free"] == ["simclr"]
    assert len(found.data["CIFAR-10"]) == 64
    assert "--seeds 1 --steps 2" in found.command and str(cifar) not in out.read_text()

    again = Quiet()
    run_experiment(Store(place), "distill", options, again, resume=True, out=out)
    assert len(again.skipped) == 7
    assert read_results("distill", tmp_path).repeats == found.repeats
    damaged = next(state_of(Store(place), "distill").glob("*/repeats/*.json"))
    damaged.write_text(damaged.read_text()[:30])
    mended = Quiet()
    run_experiment(Store(place), "distill", options, mended, resume=True, out=out)
    assert len(mended.skipped) == 6
    timeless = [r.model_copy(update={"seconds": 0}) for r in found.repeats]
    assert [
        r.model_copy(update={"seconds": 0}) for r in read_results("distill", tmp_path).repeats
    ] == timeless


def test_partial_results_never_replace_complete_ones(tmp_path):
    from substrate.experiments.record import finish
    from tests.support.experiment_files import distill_file

    path = tmp_path / "distill.json"
    finish(path, distill_file(status="partial"))
    assert json.loads(path.read_text())["status"] == "partial"
    finish(path, distill_file())
    finish(path, distill_file(status="partial"))
    assert json.loads(path.read_text())["status"] == "complete"


def test_images_are_not_mixed_up():
    assert LabelledImages(*coloured_images(4, 0)).labels.tolist() == [0, 1, 2, 3]
