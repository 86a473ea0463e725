"""The experiment on weights: projections, redrawn neurons, and curves from small networks."""

from copy import deepcopy

import numpy as np
import pytest
import torch
from torch import nn

from substrate.analyses.experiments.weights import first_beyond, half_way
from substrate.encoders.bundled import DIRECTORY, SOURCE
from substrate.encoders.networks.architectures import build
from substrate.experiments.weights_chosen import PAIRS, TRAINED
from substrate.experiments.weights_training import along_training
from substrate.zoo.changed import weights as changed_weights
from substrate.zoo.changed.weights import learned_layers, projected, redrawn, widest

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).integers(0, 256, (24, 32, 32, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def network():
    kwargs = {"num_classes": 10, "config": [8, "M", 12, "M", 12, "M"]}
    return build("vgg_factorised", seed=0, **kwargs).eval()


def kernels(model):
    return [module.weight.detach().numpy()[:, :, 0, 0] for _, module in learned_layers(model)]


def test_a_projection_on_all_directions_changes_nothing(network, images):
    same = projected(network, widest(network), "leading", images)
    for before, after in zip(kernels(network), kernels(same), strict=True):
        np.testing.assert_allclose(after, before, atol=1e-6)


def test_leading_directions_and_the_others_add_up_and_keep_most(network, images):
    parts = [kernels(projected(network, 2, kept, images)) for kept in ("leading", "others")]
    other = kernels(projected(network, 2, "random", images, seed=1))
    for whole, leading, rest, drawn in zip(kernels(network), *parts, other, strict=True):
        np.testing.assert_allclose(leading + rest, whole, atol=1e-6)
        assert np.linalg.matrix_rank(leading, tol=1e-4) == 2 == np.linalg.matrix_rank(drawn, 1e-4)
        kept = np.linalg.svd(whole, compute_uv=False)[:2]
        assert np.square(leading).sum() == pytest.approx(np.square(kept).sum(), rel=1e-5)
        assert np.square(drawn).sum() < np.square(leading).sum()


def test_statistics_are_measured_anew_and_the_network_itself_stays(network, images):
    before = {name: value.clone() for name, value in network.state_dict().items()}
    changed = projected(network, 2, "leading", images)
    first, second = (
        [m for m in model.modules() if isinstance(m, nn.BatchNorm2d)]
        for model in (network, changed)
    )
    assert not torch.allclose(first[1].running_mean, second[1].running_mean)
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())


def test_redrawn_neurons_have_the_covariance_of_the_layer(network, images):
    """Of the first layer, whose inputs nothing changes: means over draws."""
    w = kernels(network)[0]
    own, white = w.T @ w / len(w), np.eye(w.shape[1]) * np.square(w).mean()
    for drawn, expected in (("fitted", own), ("isotropic", white)):
        draws = [kernels(redrawn(network, drawn, images, images, seed=s))[0] for s in range(25)]
        found = np.mean([v.T @ v / len(v) for v in draws], axis=0)
        assert np.trace(found) == pytest.approx(np.trace(expected), rel=0.15)
        assert np.linalg.norm(found - expected) < 0.45 * np.linalg.norm(expected)


def test_a_plain_network_is_redrawn_as_far_as_its_classifier():
    """Its classifier has another name, and its kernels have positions."""
    images = np.random.default_rng(1).integers(0, 256, (120, 32, 32, 3), dtype=np.uint8)
    plain = SOURCE.load({"name": "matched_vgg", "layers": "penultimate"}).network.eval()
    changed = redrawn(plain, "fitted", images, images, seed=0)
    for (_, before), (_, after) in zip(learned_layers(plain), learned_layers(changed), strict=True):
        a, b = (
            m.weight.detach().double().numpy().reshape(len(m.weight), -1) for m in (before, after)
        )
        assert np.abs(a - b).max() > 0.05
        assert np.linalg.matrix_rank(b) <= np.linalg.matrix_rank(a)
        assert np.linalg.norm(b) == pytest.approx(np.linalg.norm(a), rel=0.3)
    head, turned = plain.head.fc.weight.detach(), changed.head.fc.weight.detach()
    assert not torch.allclose(head, turned)
    np.testing.assert_allclose(turned @ turned.T, head @ head.T, atol=1e-4)


def test_redrawing_differs_by_seed_alone(network, images):
    one, again, other = (redrawn(network, "fitted", images, images, seed=s) for s in (0, 0, 1))
    assert torch.equal(one.fc.weight, again.fc.weight)
    assert not torch.allclose(one.fc.weight, other.fc.weight)
    assert np.linalg.norm(one.fc.weight.detach()) == pytest.approx(
        float(np.linalg.norm(network.fc.weight.detach())), rel=1e-4
    )


def two_layers(scales):
    """Return 1 x 1 kernels with outputs of these scales, a rectifier, and a layer that reads it."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, len(scales), 1), nn.ReLU(), nn.Conv2d(len(scales), 5, 1))
    with torch.no_grad():
        model[0].weight *= torch.tensor(scales, dtype=torch.float32)[:, None, None, None]
        model[0].bias *= torch.tensor(scales, dtype=torch.float32)
    return model.eval()


def test_inputs_of_very_unequal_size_are_aligned_as_on_the_page(images):
    """Channels in another order: the alignment is that order, of the faintest channel too."""
    model = two_layers([1, 1e-2, 1e-4, 3e-6])
    changed, order = deepcopy(model), [2, 0, 3, 1]
    with torch.no_grad():
        for name in ("weight", "bias"):
            part = getattr(changed[0], name)
            part.copy_(getattr(model[0], name)[order])
    turned = changed_weights._alignment(model, changed, "2", images)
    np.testing.assert_allclose(turned, np.eye(4)[order].T, atol=1e-3)
    assert np.vdot(turned, turned) == pytest.approx(4, abs=1e-9)


def test_an_alignment_is_fitted_to_four_samples_for_each_input(images, monkeypatch):
    """Of 24 images in batches of two: all positions of one batch, or as many images as needed."""
    seen = []
    inputs = changed_weights._inputs

    def counted(model, name, batch):
        seen.append(len(batch))
        return inputs(model, name, batch)

    monkeypatch.setattr(changed_weights, "BATCH", 2)
    monkeypatch.setattr(changed_weights, "_inputs", counted)
    model = two_layers([1.0] * 4)
    pooled = nn.Sequential(*model[:2], nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3))
    changed_weights._alignment(model, model, "2", images)
    assert seen == [2, 2]  # 2,048 samples of 4 inputs: one batch of either network
    seen.clear()
    changed_weights._alignment(pooled, pooled, "4", images)
    assert sum(seen) == 2 * 16  # one sample of an image


def test_filters_along_a_training_end_as_the_shipped_weights_are():
    """The last step against a few lines of NumPy; the first one lies where random bases lie."""
    from safetensors.numpy import load_file

    points = along_training(SOURCE, "vae", ["vgg"], seed=0)
    assert points[0].x == 0 and points[-1].x == 1560 and len(points) == 13

    def covariances(name):
        held = load_file(DIRECTORY / f"{name}.safetensors")
        kernels = [w for w in held.values() if w.ndim == 4 and w.shape[2:] == (3, 3)]
        flat = [w.astype(np.float64).reshape(-1, 9) for w in kernels if w.shape[1] > 3]
        return [w.T @ w / np.vdot(w, w) for w in flat]

    mean = np.linalg.eigh(np.mean(covariances("vgg"), axis=0))[1][:, ::-1]
    values = [
        np.abs(np.sum(np.linalg.eigh(c)[1][:, ::-1] * mean, axis=0))[:5].mean()
        for c in covariances("vae")
    ]
    assert sorted(points[-1].beside["layers"]) == pytest.approx(sorted(values), abs=1e-3)
    start = points[0]
    assert start.value.value < start.beside["level"][0] + 0.05


def test_pairs_are_bundled_and_differ_as_their_relation_says():
    """Networks of other labels start alike; the others differ in what their cards say."""
    from substrate.analyses.experiments.weights import CLASSES, KIND, LABELS, RELATIONS, WIDTH

    assert {relation for relation, *_ in PAIRS} == set(RELATIONS)
    for relation, first, second in PAIRS:
        a, b = (SOURCE.card(name)["recipe"] for name in (first, second))
        parts = {name for name in a if a[name] != b[name]} - {
            "name",
            "title",
            "control_of",
            "differs_in",
        }
        expected = {
            "another initialisation": {"seed"},
            LABELS: {"labels"},
            KIND: {"architecture"},
            WIDTH: {"architecture"},
        }.get(relation, {"labels", "seed"})
        allowed = {WIDTH: {"seed"}, CLASSES: {"architecture"}}.get(relation, set())
        assert expected <= parts <= expected | allowed, (first, second, parts)
    assert all(SOURCE.steps({"name": name}) for name in TRAINED)


def test_when_filters_appear_and_when_half_of_the_way_is_made():
    from tests.support.experiment_files import weights_file

    curve = weights_file().repeats[-1]
    assert first_beyond(curve).x == 10
    assert half_way([point.value.value for point in curve.points]) == 2
    assert half_way([0.9, 0.5, 0.1]) == 1


def test_shipped_alignments_of_another_initialisation_beat_permuted_images():
    """On images that no alignment was fitted to, in every layer of the re-initialised pairs."""
    from substrate.analyses.experiments.catalogue import read_results
    from substrate.analyses.experiments.weights import INITIALISATION

    pairs = [one for one in read_results("weights").repeats if one.relation == INITIALISATION]
    rows = [point for pair in pairs for point in pair.points]
    assert len(pairs) >= 1 and len(rows) == 8 * len(pairs)
    for point in rows:
        assert point.beside["error"][0] < min(point.beside["error permuted"]), point.label


def test_shipped_alignments_rest_on_more_samples_than_inputs_and_on_half_of_the_images():
    from substrate.analyses.experiments.catalogue import read_results
    from substrate.analyses.experiments.weights import ALIGNMENT, changed, measured_points, of_part

    pairs = of_part(read_results("weights").repeats, ALIGNMENT)
    assert {pair.images for pair in pairs} == {1000}
    for point in (point for pair in pairs for point in pair.points):
        seen, inputs = point.beside["inputs seen"]
        assert seen >= inputs - 1, point.label
    found = [point for pair in pairs for point in measured_points(pair)]
    assert all(point.beside["identical"][0] > 1.3 for point in found)
    assert len(found) == 21 and sum(changed(point) for point in found) == 9
