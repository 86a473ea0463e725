"""How the distance of two networks changes along their depth, and which layers correspond."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

from substrate.numerics.depth.steps import distances_of
from substrate.numerics.metrics.imbalance import RankState, compare


def equal_depth_distances(
    first: Sequence[RankState], second: Sequence[RankState], equal: Int[np.ndarray, " a"]
) -> Float[np.ndarray, " a"]:
    """Return how far each layer of one network is from the other's at equal depth (``equal``).

    Information imbalance both ways, calibrated as `substrate.numerics.depth.steps.distances`.
    """
    out = []
    for a, at in zip(first, equal, strict=True):
        b = second[at]
        both = (compare(a, b) + compare(b, a)) / 2
        two = np.array([[compare(a, a), both], [both, compare(b, b)]])
        out.append(distances_of(two)[0, 1])
    return np.array(out)


def slopes(
    values: Float[np.ndarray, "... a"], depth: Float[np.ndarray, " a"]
) -> Float[np.ndarray, "... s"]:
    """Return the change of a value from each layer to the next per unit of relative depth.

    NaN where two layers share a depth.
    """
    gaps = np.diff(depth)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(gaps > 0, np.diff(values, axis=-1) / gaps, np.nan)


def divergent(low: Float[np.ndarray, " s"]) -> Int[np.ndarray, " d"]:
    """Return the steps whose joint interval lies above 0: there the two networks part for sure.

    ``low`` are the lower ends of intervals that cover all steps at once.
    """
    return np.flatnonzero(np.isfinite(low) & (low > 0))


def warped_path(costs: Float[np.ndarray, "a b"]) -> Int[np.ndarray, "p 2"]:
    """Return the cheapest path from both first layers to both last, never backwards.

    Dynamic time warping: each step goes on by one layer in one network or in both, and the path
    has the least sum of costs (Sakoe & Chiba 1978); of equally cheap ways the diagonal.
    """
    rows, columns = costs.shape
    total = np.full((rows + 1, columns + 1), np.inf)
    total[0, 0] = 0.0
    for i in range(rows):
        for j in range(columns):
            total[i + 1, j + 1] = costs[i, j] + min(total[i, j], total[i, j + 1], total[i + 1, j])
    at, path = (rows, columns), []
    while at != (0, 0):
        path.append((at[0] - 1, at[1] - 1))
        before = ((at[0] - 1, at[1] - 1), (at[0] - 1, at[1]), (at[0], at[1] - 1))
        at = min(before, key=lambda one: total[one])
    return np.array(path[::-1])
