"""The lower part of one network, a linear map of channels, the upper part of another.

Lenc & Vedaldi, CVPR 2015; Csiszárik et al., NeurIPS 2021; Bansal et al., NeurIPS 2021.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64, UInt8
from torch.nn import functional

from substrate.zoo.data import LabelledImages
from substrate.zoo.staged import Staged

#: Images in one batch of passes without gradients.
BATCH = 500
#: Directions of the lower part's activity below this share of the largest are not mapped.
RANK_TOLERANCE = 1e-7


@dataclass(frozen=True, eq=False)
class ChannelMap:
    """y = x W + b of channels, the same at every position: a 1x1 convolution."""

    weight: torch.Tensor
    bias: torch.Tensor

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Map the channels of maps (n, c, h, w) or of tokens (n, t, c)."""
        if x.ndim == 3:
            return x @ self.weight + self.bias
        return functional.conv2d(x, self.weight.T[:, :, None, None], self.bias)


@torch.inference_mode()
def outputs(network: Staged, cut: int, images: UInt8[np.ndarray, "n h w 3"]) -> torch.Tensor:
    """Return a network's outputs at a stage for some images."""
    return torch.cat([network.lower(network.seen(batch), cut) for batch in _parts(images)])


def least_squares(lower: torch.Tensor, upper: torch.Tensor) -> ChannelMap:
    """Return the affine map of channels with the least squared error, positions as samples.

    Sums are in float64. Channels of the lower network that do nothing are mapped to nothing.
    """
    n, sums = 0, [np.zeros(1)] * 4
    for a, b in zip(_parts(lower), _parts(upper), strict=True):
        x, y = _positions(a), _positions(b)
        new = (x.sum(axis=0), y.sum(axis=0), x.T @ x, x.T @ y)
        sums = [s + t for s, t in zip(sums, new, strict=True)]
        n += len(x)
    mean_x, mean_y = sums[0] / n, sums[1] / n
    square = sums[2] / n - np.outer(mean_x, mean_x)
    cross = sums[3] / n - np.outer(mean_x, mean_y)
    weight = np.linalg.pinv(square, rcond=RANK_TOLERANCE, hermitian=True) @ cross
    bias = mean_y - mean_x @ weight
    return ChannelMap(torch.from_numpy(weight).float(), torch.from_numpy(bias).float())


def trained_map(
    start: ChannelMap,
    lower: torch.Tensor,
    labels: Int64[np.ndarray, " n"],
    network: Staged,
    cut: int,
    *,
    steps: int,
    batch: int,
    rate: float,
    seed: int,
) -> ChannelMap:
    """Train a map from one network's outputs for the classes of another's upper part.

    Adam on the cross-entropy, from ``start``, its rate falling to 0 along half a cosine; the
    network above stays as it is.
    """
    weight, bias = (p.clone().requires_grad_(True) for p in (start.weight, start.bias))
    optimiser = torch.optim.Adam([weight, bias], lr=rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    classes = torch.from_numpy(labels)
    for rows in _batches(len(labels), steps, batch, seed):
        seen = lower[rows].clone()  # made in inference mode, which gradients refuse
        scores = network.upper(ChannelMap(weight, bias)(seen), cut)
        loss = functional.cross_entropy(scores, classes[rows])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return ChannelMap(weight.detach(), bias.detach())


@torch.inference_mode()
def right(
    mapped: ChannelMap,
    lower: torch.Tensor,
    labels: Int64[np.ndarray, " n"],
    network: Staged,
    cut: int,
) -> Bool[np.ndarray, " n"]:
    """Say of each image whether the stitched network tells its class."""
    decided = [network.upper(mapped(part), cut).argmax(1).numpy() for part in _parts(lower)]
    return np.concatenate(decided) == labels


def squares(
    mapped: ChannelMap, lower: torch.Tensor, upper: torch.Tensor
) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, " n"]]:
    """Return each image's squared error and squared deviation, over channels and positions.

    Deviations are from the channels' means over these images: R2 is 1 less the ratio of sums.
    """
    over = (0, 2, 3) if upper.ndim == 4 else (0, 1)
    mean = upper.double().mean(over, keepdim=True)
    error, deviation = [], []
    for a, b in zip(_parts(lower), _parts(upper), strict=True):
        error.append((mapped(a) - b).double().flatten(1).square().sum(1).numpy())
        deviation.append((b.double() - mean).flatten(1).square().sum(1).numpy())
    return np.concatenate(error), np.concatenate(deviation)


@torch.inference_mode()
def right_alone(network: Staged, data: LabelledImages) -> Bool[np.ndarray, " n"]:
    """Say of each image whether a network by itself tells its class."""
    last = len(network.stages) - 1
    decided = [
        network.upper(network.lower(network.seen(batch), last), last).argmax(1).numpy()
        for batch in _parts(data.images)
    ]
    return np.concatenate(decided) == data.labels


def _parts(x: Any) -> Iterator[Any]:
    """Yield an array or a tensor in batches of its rows."""
    for start in range(0, len(x), BATCH):
        yield x[start : start + BATCH]


def _positions(x: torch.Tensor) -> Float[np.ndarray, "p c"]:
    channels_last = x if x.ndim == 3 else x.permute(0, 2, 3, 1)
    return channels_last.reshape(-1, channels_last.shape[-1]).double().numpy()


def _batches(n: int, steps: int, batch: int, seed: int) -> Iterator[Int64[np.ndarray, " b"]]:
    """Yield so many batches of rows, every row once before any comes again."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(n)
    for _ in range(steps):
        if len(order) < min(batch, n):
            order = rng.permutation(n)
        yield order[:batch]
        order = order[batch:]
