"""Layers of two networks that belong together, and where what their weights act on is read.

A convolution acts on its input. In a transformer queries, keys, values and the first matrix of an
MLP read the residual stream, as it is normalised before them; the attention's output matrix and
the second one of an MLP write into it, so that their columns are neurons over its directions, which
are read after they were added. The published method knows convolutions alone: this extends it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import nn

from substrate.encoders.readout import INPUT
from substrate.encoders.spec import Encoder, EncoderError, Layer
from substrate.numerics.weights.spectrum import neurons
from substrate.wording import not_finite

_MATRIX = re.compile(r"(blocks\.\d+)\.(attn\.qkv|attn\.proj|mlp\.fc1|mlp\.fc2)")


@dataclass(frozen=True, eq=False)
class WeightLayer:
    """The weights of one layer: neurons over the directions of what is read at ``read``.

    ``shape`` is that of a convolution's kernels, empty for a matrix.
    """

    name: str
    read: str
    weights: np.ndarray
    shape: tuple[int, ...] = ()

    @property
    def layer(self) -> Layer:
        """Return the place where what the weights act on is read."""
        pooling = "spatial" if self.shape else "tokens"
        return Layer(self.read, self.read, 0.0, pooling, self.weights.shape[1])


def paired_layers(first: Encoder, second: Encoder) -> list[tuple[WeightLayer, WeightLayer]]:
    """Return the layers of both networks whose weights act on the same, in their order.

    Convolutions of the same place in depth, where the networks have as many (of any width), else
    those of one name and shape; and the matrices of transformers of one name.

    Raises
    ------
    EncoderError
        If there is none.
    """
    a, b = (list(_convolutions(encoder.network)) for encoder in (first, second))
    if a and len(a) == len(b):
        pairs = list(zip(a, b, strict=True))
    else:
        by_name = {one.name: one for one in b}
        pairs = [
            (one, by_name[one.name])
            for one in a
            if one.name in by_name and by_name[one.name].shape == one.shape
        ]
    matrices = {one.name: one for one in _matrices(second.network)}
    pairs += [(one, matrices[one.name]) for one in _matrices(first.network) if one.name in matrices]
    if not pairs:
        raise EncoderError(
            f"{first.name} and {second.name} have no convolutions of one name and shape, and not "
            "as many of them: weights are compared between networks of one architecture."
        )
    return pairs


def require_finite(encoder: Encoder) -> None:
    """Refuse a network of which a weight, a bias or a statistic is no number, by its name.

    Raises
    ------
    EncoderError
        If one is not finite: what it makes of images would not be either, from there on.
    """
    for name, values in encoder.network.state_dict().items():
        if values.is_floating_point() and not bool(torch.isfinite(values).all()):
            count = int((~torch.isfinite(values)).sum())
            raise EncoderError(not_finite(f"{encoder.name}: {name}", count, values.numel()))


def reading(encoder: Encoder, layers: Sequence[WeightLayer]) -> Encoder:
    """Return the encoder with the places where its weights' directions are read as its layers."""
    places = {one.read: one.layer for one in layers}
    return replace(encoder, layers=tuple(places.values()))


def _convolutions(network: nn.Module) -> Iterator[WeightLayer]:
    for name, module in network.named_modules():
        if isinstance(module, nn.Conv2d) and module.groups == 1:
            w = _values(module)
            yield WeightLayer(name, f"{INPUT}{name}", neurons(w), w.shape)


def _matrices(network: nn.Module) -> Iterator[WeightLayer]:
    """Yield the matrices that read and write the residual stream of a plain transformer."""
    for name, module in network.named_modules():
        match = _MATRIX.fullmatch(name)
        if match is None or not isinstance(module, nn.Linear):
            continue
        block, kind = match.groups()
        w = _values(module)
        if kind == "attn.qkv":
            for part, one in zip("qkv", np.split(w, 3), strict=True):
                yield WeightLayer(f"{block}.attn.{part}", f"{INPUT}{name}", one)
        elif kind == "mlp.fc1":
            yield WeightLayer(name, f"{INPUT}{name}", w)
        else:
            after = f"{INPUT}{block}.norm2" if kind == "attn.proj" else block
            yield WeightLayer(name, after, np.ascontiguousarray(w.T))


@torch.inference_mode()
def _values(module: nn.Conv2d | nn.Linear) -> np.ndarray:
    w: np.ndarray = module.weight.double().cpu().numpy()
    return w
