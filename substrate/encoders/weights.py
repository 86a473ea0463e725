"""The weights of an encoder's layers as arrays, in the order of its modules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from substrate.encoders.spec import Encoder


@dataclass(frozen=True, eq=False)
class LayerWeights:
    """What one layer has learned, float32: outputs by inputs, kernels by height and width too."""

    name: str
    weights: np.ndarray


@torch.inference_mode()
def weights_of(encoder: Encoder) -> Iterator[LayerWeights]:
    """Yield the matrices and kernels of convolutions and linear layers; no norms or biases.

    A joint matrix of queries, keys and values is divided into the three. An encoder that is known
    by its features alone has none.
    """
    if encoder.model is None:
        return
    for name, module in encoder.model.named_modules():
        if not isinstance(module, nn.Conv2d | nn.Linear):
            continue
        weights = module.weight.detach().float().cpu().numpy()
        if name.endswith("qkv") and weights.ndim == 2 and len(weights) % 3 == 0:
            for part, one in zip("qkv", np.split(weights, 3), strict=True):
                yield LayerWeights(f"{name.removesuffix('qkv')}{part}", one)
        else:
            yield LayerWeights(name, weights)
