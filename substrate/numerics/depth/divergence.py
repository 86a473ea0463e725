"""How the distance of two networks changes along their depth, and which layers correspond."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int

from substrate.numerics.depth.steps import distances_of, moving, stages
from substrate.numerics.metrics.imbalance import RankState, compare


def comparable_stages(
    first: Float[np.ndarray, "a a"], second: Float[np.ndarray, "b b"]
) -> tuple[Int[np.ndarray, " s"], Int[np.ndarray, " s"]]:
    """Return the layers of two networks that are compared with each other, in their order.

    As many as the shorter one has layers that differ from the one before, evenly spaced in both
    (`substrate.numerics.depth.steps.stages`); the ends where one network never changes.

    Parameters
    ----------
    first, second
        The distances of each network's layers from each other.
    """
    count = min(len(moving(first)), len(moving(second)))
    if count < 2:
        return np.array([0, len(first) - 1]), np.array([0, len(second) - 1])
    return stages(first, count), stages(second, count)


def stage_distances(
    first: Sequence[RankState], second: Sequence[RankState]
) -> Float[np.ndarray, " s"]:
    """Return how far each stage of one network is from the same stage of the other.

    Information imbalance both ways, calibrated as `substrate.numerics.depth.steps.distances`.
    """
    return np.array([_between(a, b) for a, b in zip(first, second, strict=True)])


def resolution(first: Sequence[RankState], second: Sequence[RankState]) -> Float[np.ndarray, " s"]:
    """Return the distance at each stage that one network read at unequal places would have.

    Its other list lies within a stage, so it is no further than the further neighbouring stage;
    that holds for both networks, so of the two the smaller is returned.
    """
    reach = []
    for side in (first, second):
        steps = np.array([_between(a, b) for a, b in pairwise(side)])
        reach.append(np.maximum(np.append(0.0, steps), np.append(steps, 0.0)))
    return np.minimum(*reach)


def _between(a: RankState, b: RankState) -> float:
    both = (compare(a, b) + compare(b, a)) / 2
    two = np.array([[compare(a, a), both], [both, compare(b, b)]])
    return float(distances_of(two)[0, 1])


def slopes(
    values: Float[np.ndarray, "... a"], depth: Float[np.ndarray, " a"]
) -> Float[np.ndarray, "... s"]:
    """Return the change of a value from each layer to the next per unit of relative depth.

    NaN where two layers share a depth.
    """
    gaps = np.diff(depth)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(gaps > 0, np.diff(values, axis=-1) / gaps, np.nan)


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
