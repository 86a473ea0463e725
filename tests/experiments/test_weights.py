"""The experiment on weights: projections, redrawn neurons, and curves from small networks."""

import numpy as np
import pytest
import torch
from torch import nn

from substrate.encoders.architectures import build
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
        draws = [kernels(redrawn(network, drawn, images, seed=s))[0] for s in range(25)]
        found = np.mean([v.T @ v / len(v) for v in draws], axis=0)
        assert np.trace(found) == pytest.approx(np.trace(expected), rel=0.15)
        assert np.linalg.norm(found - expected) < 0.45 * np.linalg.norm(expected)


def test_redrawing_differs_by_seed_alone(network, images):
    one, again, other = (redrawn(network, "fitted", images, seed=s) for s in (0, 0, 1))
    assert torch.equal(one.fc.weight, again.fc.weight)
    assert not torch.allclose(one.fc.weight, other.fc.weight)
    assert np.linalg.norm(one.fc.weight.detach()) == pytest.approx(
        float(np.linalg.norm(network.fc.weight.detach())), rel=1e-4
    )
