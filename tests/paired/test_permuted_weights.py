"""A network whose hidden channels have another order is the same network: S and cosines stay."""

from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from substrate.analyses.weights.aligned import PARTIAL, measured
from substrate.encoders.bundled import SOURCE
from substrate.numerics.weights.alignment import joint_sum, turned_inputs
from substrate.paired.arrays import images_as_domain
from substrate.paired.weights import crossed_layers
from substrate.zoo.changed.weights import normalised_anew

pytestmark = pytest.mark.filterwarnings("ignore")

IMAGES = 60


def convolutions(model):
    return [one for one in model.features if isinstance(one, torch.nn.Conv2d)]


@torch.no_grad()
def planted(encoder, images):
    """Return the network with six directions above the noise of every layer after the first."""
    model, rng = deepcopy(encoder.network), np.random.default_rng(0)
    for one in convolutions(model)[1:]:
        o, i, h, w = one.weight.shape
        x = rng.standard_normal((o, h, w, i))
        x[..., :6] *= np.sqrt(1 + 20 * np.exp(-np.arange(6) / 3))
        x = x @ np.linalg.qr(rng.standard_normal((i, i)))[0] / np.sqrt(9 * i)
        one.weight.copy_(torch.from_numpy(x.transpose(0, 3, 1, 2)))
    return replace(encoder, model=normalised_anew(model, images))


@torch.no_grad()
def permuted(encoder):
    """Return the network with its hidden channels in other orders, each undone by what reads it."""
    model, rng = deepcopy(encoder.network), np.random.default_rng(1)
    order, orders = np.arange(3), []
    for one in model.features:
        if isinstance(one, torch.nn.Conv2d):
            orders.append(order)
            inputs, order = order, rng.permutation(len(one.weight))
            one.weight.copy_(one.weight[order][:, inputs].clone())
            one.bias.copy_(one.bias[order].clone())
        elif isinstance(one, torch.nn.BatchNorm2d):
            for part in (one.running_mean, one.running_var, one.weight, one.bias):
                part.copy_(part[order].clone())
    model.head.fc.weight.copy_(model.head.fc.weight[:, order].clone())
    return replace(encoder, model=model), orders


def pictures(count):
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (count, 6, 6, 3), dtype=np.uint8)
    how = Image.Resampling.BICUBIC
    return np.stack([np.asarray(Image.fromarray(c).resize((32, 32), how)) for c in coarse])


def test_permuted_hidden_channels_of_a_whole_network_change_nothing():
    images = pictures(IMAGES)
    one = planted(SOURCE.load({"name": "matched_vgg", "layers": "penultimate"}), images)
    other, orders = permuted(one)
    domain = images_as_domain(images, np.zeros(IMAGES, dtype=np.int64), "pictures")
    x = torch.randn(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        difference = (one.network.eval()(x) - other.network.eval()(x)).abs().max()
    assert difference < 1e-3
    found, itself = (crossed_layers(one, second, domain) for second in (other, one))
    told = 0
    for moved, same in zip(found, itself, strict=True):
        assert moved.crossing.error < 1e-6 < min(moved.crossing.error_permuted)
        np.testing.assert_allclose(np.abs(np.diag(moved.crossing.aligned)), 1.0, atol=1e-6)
        values = [measured(layer, seed=0).similarity for layer in (moved, same)]
        if np.isfinite(values[1]):
            told += 1
            assert values[0] == pytest.approx(values[1], abs=1e-6)
    assert told >= 5
    seen = []
    for encoder in (one, other):
        module = convolutions(encoder.network)[3]
        handle = module.register_forward_pre_hook(lambda _module, given: seen.append(given[0]))
        with torch.inference_mode():
            encoder.network(x)
        handle.remove()
    a, b = (v.permute(0, 2, 3, 1).flatten(0, 2).numpy() for v in seen)
    assert (np.abs(turned_inputs(joint_sum(a, b))).argmax(axis=0) == orders[3]).all()


def test_copies_are_known_in_half_precision_and_by_their_last_layer_too():
    images = pictures(IMAGES)
    one = planted(SOURCE.load({"name": "matched_vgg", "layers": "penultimate"}), images)
    domain = images_as_domain(images, np.zeros(IMAGES, dtype=np.int64), "pictures")
    half, _ = permuted(one)
    held = half.network.state_dict()
    half.network.load_state_dict(
        {k: v.half().float() if v.is_floating_point() else v for k, v in held.items()}
    )
    assert all(layer.crossing.copied for layer in crossed_layers(one, half, domain))
    other = replace(one, model=deepcopy(one.network))
    last, third = (convolutions(other.network)[place].weight for place in (-1, 2))
    draws = torch.Generator().manual_seed(1)
    with torch.no_grad():
        last.copy_(torch.randn(last.shape, generator=draws))
    found = [layer.crossing.copied for layer in crossed_layers(one, other, domain)]
    assert found == [True] * 7 + [False]
    with torch.no_grad():
        last.copy_(convolutions(one.network)[-1].weight)
        third.mul_(1 + 0.02 * torch.randn(third.shape, generator=draws))
    found = [layer.crossing.copied for layer in crossed_layers(one, other, domain)]
    assert found[:2] == [True] * 2 and not any(found[2:])


def test_layers_of_which_few_images_show_a_part_are_the_same_in_any_order():
    """Ten images of four positions show 40 of the last layers' directions: a copy is not itself."""
    images = pictures(20)
    one = planted(SOURCE.load({"name": "matched_vgg", "layers": "penultimate"}), pictures(IMAGES))
    domain = images_as_domain(images, np.zeros(20, dtype=np.int64), "pictures")
    found, itself = (crossed_layers(one, other, domain) for other in (permuted(one)[0], one))
    partly = [layer for layer in itself if layer.crossing.seen < layer.widths[0][1]]
    assert [layer.crossing.seen for layer in partly] == [40, 40]
    for moved, same in zip(found, itself, strict=True):
        assert moved.crossing.seen == same.crossing.seen
        for part in ("aligned", "halved"):
            a, b = (getattr(side.crossing, part) for side in (moved, same))
            np.testing.assert_allclose(np.abs(a), np.abs(b), atol=1e-4)
        a, b = (measured(layer, seed=0) for layer in (moved, same))
        assert a.reason == b.reason
        np.testing.assert_allclose(a.identical_seen, b.identical_seen, atol=1e-4)
    for layer in partly:
        told = measured(layer, seed=0)
        assert told.reason == PARTIAL and told.seen == 40 < told.inputs
        assert told.identical > 1 > told.identical_seen + 0.1 and np.isnan(told.similarity)
