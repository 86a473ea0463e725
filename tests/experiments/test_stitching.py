"""Stitched networks: parts make the whole, maps by another route, and a run that resumes."""

import json

import numpy as np
import pytest
import torch
from scipy import stats

from substrate.analyses.experiments import stitching, tables
from substrate.encoders.bundled import SOURCE
from substrate.exhibits.experiments import stitching_words as words
from substrate.exhibits.experiments.exhibits import FIGURES
from substrate.exhibits.verdict import Badge
from substrate.experiments import ExperimentError, Options
from substrate.experiments import stitching as experiment
from substrate.experiments.record import read_finished
from substrate.figures.theme import LIGHT
from substrate.zoo import staged as parts
from substrate.zoo import stitching as zoo
from substrate.zoo.data import Cifar, LabelledImages
from substrate.zoo.errors import ZooInputError
from tests.support.experiment_files import stitching_file

#: One network of each family that can be cut.
FAMILIES = ("resnet", "vgg", "convnext", "vit")


def staged(name, **config):
    return parts.Staged.of(SOURCE.load({"name": name, "layers": "penultimate", **config}))


@pytest.fixture(scope="module")
def networks():
    return {name: staged(name) for name in FAMILIES}


@pytest.fixture(scope="module")
def images():
    rng = np.random.default_rng(0)
    low = rng.integers(0, 256, size=(24, 8, 8, 3), dtype=np.uint8)
    return np.repeat(np.repeat(low, 4, axis=1), 4, axis=2)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_networks_parts_make_the_whole(networks, images, name):
    network = networks[name]
    model = network.encoder.model
    with torch.inference_mode():
        seen = network.seen(images)
        whole = model(seen)
        for cut in range(len(network.stages)):
            joined = network.upper(network.lower(seen, cut), cut)
            torch.testing.assert_close(joined, whole, rtol=1e-5, atol=1e-5)
    assert len(network.shapes()) == len(network.names) == len(network.stages)
    assert not any(p.requires_grad for p in model.parameters())
    modules = dict(model.named_modules())
    assert all(name in modules for name in network.names)


def test_networks_are_joined_where_their_grids_are_one(networks):
    found = parts.cuts(networks["vgg"], networks["resnet"])
    assert [cut.grid for cut in found] == ["16 x 16", "8 x 8", "4 x 4", "2 x 2"]
    for cut in found:
        shapes = networks["vgg"].shapes()[cut.lower], networks["resnet"].shapes()[cut.upper]
        assert shapes[0][1:] == shapes[1][1:]
    tokens = parts.cuts(networks["vit"], networks["vit"])
    assert [cut.lower for cut in tokens] == [1, 3, 4, 6]
    with pytest.raises(ZooInputError, match="no stages of the two have outputs of one size"):
        parts.cuts(networks["vit"], networks["resnet"])


@pytest.mark.parametrize("name", ["resnet", "vit"])
def test_a_network_stitched_to_itself_loses_nothing(networks, images, name):
    network = networks[name]
    for cut in parts.cuts(network, network)[::3]:
        own = zoo.outputs(network, cut.lower, images)
        mapped = zoo.least_squares(own, own)
        error, deviation = zoo.squares(mapped, own, own)
        assert error.sum() / deviation.sum() < 1e-4
        with torch.inference_mode():
            whole = network.encoder.model(network.seen(images)).argmax(1).numpy()
        assert zoo.right(mapped, own, whole, network, cut.upper).all()


def test_least_squares_and_r2_by_another_route():
    rng = np.random.default_rng(1)
    x = torch.from_numpy(rng.normal(size=(30, 3, 2, 2))).float()
    mixing = torch.from_numpy(rng.normal(size=(3, 5))).float()
    y = torch.einsum("nchw,cd->ndhw", x, mixing) + 2.0
    y = y + 0.3 * torch.from_numpy(rng.normal(size=y.shape)).float()
    x[:, 1] = 0.0  # a channel that does nothing
    mapped = zoo.least_squares(x, y)
    rows = x.permute(0, 2, 3, 1).reshape(-1, 3).numpy().astype(float)
    wanted = y.permute(0, 2, 3, 1).reshape(-1, 5).numpy().astype(float)
    design = np.hstack([rows, np.ones((len(rows), 1))])
    coefficients = np.linalg.lstsq(design, wanted, rcond=None)[0]
    np.testing.assert_allclose(mapped.weight.numpy(), coefficients[:3], atol=1e-4)
    np.testing.assert_allclose(mapped.bias.numpy(), coefficients[3], atol=1e-4)
    error, deviation = zoo.squares(mapped, x, y)
    left = np.square(wanted - design @ coefficients).sum()
    spread = np.square(wanted - wanted.mean(axis=0)).sum()
    assert 1 - error.sum() / deviation.sum() == pytest.approx(1 - left / spread, abs=1e-5)


def test_training_moves_the_map_alone_and_lowers_its_loss(networks, images):
    lower, upper = networks["vgg"], networks["resnet"]
    cut = parts.cuts(lower, upper)[2]
    before = {k: v.clone() for k, v in upper.encoder.model.state_dict().items()}
    labels = np.arange(len(images)) % 3
    own = zoo.outputs(lower, cut.lower, images)
    start = zoo.least_squares(own, zoo.outputs(upper, cut.upper, images))

    def trained(seed):
        options = {"steps": 40, "batch": 12, "rate": 0.02, "seed": seed}
        return zoo.trained_map(start, own, labels, upper, cut.upper, **options)

    first = trained(0)
    assert zoo.right(start, own, labels, upper, cut.upper).mean() < 0.5
    assert zoo.right(first, own, labels, upper, cut.upper).mean() > 0.9
    torch.testing.assert_close(trained(0).weight, first.weight, rtol=0, atol=0)
    assert not torch.equal(trained(1).weight, first.weight)
    for name, value in upper.encoder.model.state_dict().items():
        assert torch.equal(value, before[name]), name


def test_estimates_by_hand():
    rng = np.random.default_rng(2)
    original, own = rng.random(60) < 0.8, rng.random(60) < 0.7
    error, deviation = rng.random(60), 1 + rng.random(60)
    trained = stitching.Measured(own, own, error, deviation)
    twins = [
        stitching.Measured(rng.random(60) < 0.3 + 0.02 * i, own, error, deviation) for i in range(5)
    ]
    found = stitching.estimates(original, trained, twins)
    drop = own.astype(float) - original
    assert found["drop"].value == pytest.approx(drop.mean())
    assert found["r2"].value == pytest.approx(1 - error.sum() / deviation.sum())
    means = [twin.stitched.mean() for twin in twins]
    assert found["gain"].value == pytest.approx(own.mean() - np.mean(means))
    spread = np.var(means, ddof=1) * (1 + 1 / 5)
    assert found["gain"].standard_error ** 2 > spread  # photographs are in it, too
    alone = stitching.estimates(original, trained, [])
    assert alone["gain"].value is None and alone["untrained"] == ()
    every = [stitching.Measured(own[:10], own[:10], error[:10], deviation[:10])]
    ten = stitching.estimates(original[:10], every[0], [])["drop"]
    reach = stats.t.ppf(0.975, 9) * drop[:10].std(ddof=1) / np.sqrt(10)
    assert ten.high - ten.value == pytest.approx(reach)


class Silent:
    """Progress that nobody watches."""

    def __init__(self):
        self.skipped, self.done = 0, 0

    def phase(self, _text):
        pass

    def declare(self, weights):
        self.declared = weights

    def step(self, _key, share, *, skipped=False):
        self.skipped += skipped
        self.done += share >= 1


@pytest.fixture
def small(monkeypatch):
    """A CIFAR of eighty random pictures, and an experiment as small."""
    rng = np.random.default_rng(3)
    part = LabelledImages(
        rng.integers(0, 256, size=(40, 32, 32, 3), dtype=np.uint8), np.arange(40) % 10
    )
    monkeypatch.setattr(experiment, "load_cifar", lambda *_, **__: Cifar(part, part, "c" * 64))
    for name in ("images", "tested"):
        monkeypatch.setattr(experiment.Stitching, name, 30)
    whole = parts.cuts
    monkeypatch.setattr(parts, "cuts", lambda a, b: whole(a, b)[2:])


def without_time(repeat):
    """Return what is written down of a cut, but for how long it took."""
    return {k: v for k, v in json.loads(repeat.model_dump_json()).items() if k != "seconds"}


def test_a_killed_run_goes_on_where_it_was(tmp_path, small, monkeypatch):
    options = Options(steps=2, seeds=1, encoders=("vgg", "resnet"))
    measured = experiment.Stitching._measured
    calls = []

    def counted(self, *args):
        calls.append(args)
        if len(calls) == 4:
            raise KeyboardInterrupt  # the second cut's untrained network is not finished
        return measured(self, *args)

    monkeypatch.setattr(experiment.Stitching, "_measured", counted)
    with pytest.raises(KeyboardInterrupt):
        experiment.run(options, Silent(), state=tmp_path, keep=lambda _: None)
    progress = Silent()
    file = experiment.run(options, progress, state=tmp_path, keep=lambda _: None)
    assert progress.skipped == 1 and len(calls) == 6 and len(progress.declared) == 2
    assert [r.grid for r in file.repeats] == ["4 x 4", "2 x 2"]
    [first, last] = file.repeats
    assert (first.first_layer, first.second_layer) == ("features.20", "layer3")
    assert last.depth == 1 and last.channels == (160, 112) and len(last.untrained) == 1
    again = experiment.run(options, Silent(), state=tmp_path / "other", keep=lambda _: None)
    assert [without_time(r) for r in again.repeats] == [without_time(r) for r in file.repeats]
    damaged = next((tmp_path).glob("*/repeats/*.json"))
    damaged.write_text("{", encoding="utf-8")
    assert read_finished(damaged, stitching.StitchRepeat) is None


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"encoders": ("resnet",)}, "name two, the lower network first"),
        ({"encoders": ("resnet", "nobody")}, "There is no bundled encoder 'nobody'"),
        ({"encoders": ("resnet", "simclr")}, "does not tell CIFAR-10's ten classes"),
        ({"encoders": ("vit", "resnet")}, "no stages of the two have outputs of one size"),
        ({"steps": 0}, "give at least 0 and 1"),
        ({"device": "cuda"}, "has no --device"),
    ],
)
def test_what_cannot_be_stitched_is_one_sentence_before_any_image_is_asked_for(
    tmp_path, monkeypatch, options, sentence
):
    monkeypatch.setattr(experiment, "load_cifar", lambda *_, **__: pytest.fail("images were read"))
    with pytest.raises((ExperimentError, ZooInputError), match=sentence):
        experiment.run(Options(**options), Silent(), state=tmp_path, keep=lambda _: None)


def test_words_and_figures_hold_what_the_file_holds():
    file = stitching_file()
    summary = stitching.summarise(file)
    assert (summary.better, summary.tested) == (3, 4)  # 60 against 55 points is not told apart
    assert "ResNet → Same keeps 100 %; ResNet → Other keeps 75 to 95 %" in words.sentence(summary)
    assert "Untrained lower parts keep 25 to 75 %" in words.sentence(summary)
    assert "ResNet → Other at 16 x 16: −20.0" in words.context(summary)
    assert "At 3 of 4 cuts" in words.context(summary)
    text = words.r2_sentence(summary)
    assert "predicts 0.30 to 0.90" in text and "(ResNet → Other, 2 x 2)" in text
    assert "keeps 95 % of the accuracy" in text
    rows, r2 = FIGURES["stitching"](file, None, LIGHT)
    assert rows.verdict.badge is Badge.SEVERAL and "at 3 cuts" in rows.verdict.short
    drawn = {trace.name: trace for trace in rows.figure.data}
    assert list(drawn["Map trained for the classes"].x) == [0.8, 0.8, 0.6, 0.76]
    assert list(drawn["Untrained lower network, 2 draws"].x[:2]) == [0.5, 0.6]
    other = next(trace for trace in r2.figure.data if trace.name == "ResNet → Other")
    assert list(other.x) == [0.5, 0.3] and other.y[1] == pytest.approx(0.95)
    table = tables.stitching_table(summary)
    assert table["less the upper network"].tolist() == [0.0, 0.0, -20.0, -4.0]
    json.dumps(file.model_dump(mode="json"))
