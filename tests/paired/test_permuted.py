"""A whole network whose hidden channels are permuted is the same network, layer by layer."""

from copy import deepcopy

import numpy as np
import pytest
import torch
from torch import nn

from substrate.encoders.networks.architectures import build
from substrate.numerics.weights.alignment import joint_sum, turned_inputs
from substrate.numerics.weights.similarity import Learned, comparison
from substrate.numerics.weights.spectrum import neurons, weight_spectrum

pytestmark = pytest.mark.filterwarnings("ignore")

CONFIG = [24, "M", 32, "M", 40, "M"]
SPIKES = np.array([30.0, 15.0, 8.0, 4.0])


def convolutions(model):
    return {name: m for name, m in model.named_modules() if isinstance(m, nn.Conv2d)}


@torch.no_grad()
def planted(seed):
    """Return a plain network in float64 whose kernels hold four learned channel directions."""
    model = build("vgg", seed=seed, num_classes=10, config=CONFIG).double().eval()
    rng = np.random.default_rng(seed)
    for module in convolutions(model).values():
        o, d, k, _ = module.weight.shape
        w = rng.standard_normal((o * k * k, d))
        axes = np.linalg.qr(rng.standard_normal((d, min(d, 4))))[0]
        w += (w @ axes * (np.sqrt(1 + SPIKES[: axes.shape[1]]) - 1)) @ axes.T
        kernels = w.reshape(o, k, k, d).transpose(0, 3, 1, 2) / np.sqrt(9 * d)
        module.weight.copy_(torch.from_numpy(np.ascontiguousarray(kernels)))
    return model


@torch.no_grad()
def permuted(model, seed):
    """Permute the outputs of every convolution, and undo it in what reads them."""
    changed, rng, order = deepcopy(model), np.random.default_rng(seed), np.arange(3)
    orders = {}
    for name, module in changed.named_modules():
        if isinstance(module, nn.Conv2d):
            orders[name], new = order, rng.permutation(module.out_channels)
            module.weight.copy_(module.weight[new][:, order])
            if module.bias is not None:
                module.bias.copy_(module.bias[new])
            order = new
        elif isinstance(module, nn.BatchNorm2d):
            for part in (module.weight, module.bias, module.running_mean, module.running_var):
                if part is not None:
                    part.copy_(part[order].clone())
        elif isinstance(module, nn.Linear):
            module.weight.copy_(module.weight[:, order].clone())
    return changed, orders


@torch.no_grad()
def seen(model, images):
    """Return what goes into every convolution, a row per image and position."""
    inputs, handles = {}, []
    for name, module in convolutions(model).items():
        handles.append(
            module.register_forward_pre_hook(
                lambda _m, given, name=name: inputs.__setitem__(
                    name, given[0].permute(0, 2, 3, 1).flatten(0, 2).numpy()
                )
            )
        )
    output = model(images)
    for handle in handles:
        handle.remove()
    return inputs, output


def test_permuted_hidden_channels_change_neither_s_nor_cosines_and_are_found():
    model = planted(0)
    changed, orders = permuted(model, 1)
    assert len(orders) == 3 and (orders[list(orders)[1]] != np.arange(24)).any()
    images = torch.from_numpy(np.random.default_rng(2).standard_normal((24, 3, 32, 32)))
    (x, before), (y, after) = seen(model, images), seen(changed, images)
    torch.testing.assert_close(after, before)
    told = 0
    for name, order in orders.items():
        own = turned_inputs(joint_sum(x[name], x[name]))
        turned = turned_inputs(joint_sum(x[name], y[name]))
        assert (np.abs(turned).argmax(axis=0) == order).all()
        spectra = [
            weight_spectrum(neurons(convolutions(m)[name].weight.detach().numpy()), variance=None)
            for m in (model, changed)
            if order.size > 3
        ]
        if not spectra:
            continue  # three colours have no noise to be told
        one, other = spectra
        layers = [Learned(s.learned, s.neurons, s.inputs) for s in spectra]
        assert len(layers[0].values) == 4
        cosines = one.vectors.T @ turned @ other.vectors
        alone = one.vectors.T @ own @ one.vectors
        np.testing.assert_allclose(np.abs(cosines), np.abs(alone), atol=1e-6)
        reached = comparison(*layers, draws=4).through(cosines)
        itself = comparison(layers[0], layers[0], draws=4).through(alone)
        assert reached.value == pytest.approx(itself.value, abs=1e-6)
        told += 1
    assert told == 2
