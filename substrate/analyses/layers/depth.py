"""Where along the depth two encoders agree: equal depth, best match, and how they relate."""

from __future__ import annotations

from typing import Literal

import numpy as np
from jaxtyping import Float, Int
from scipy import stats

from substrate.numerics.depth.divergence import warped_path

Closer = Literal["higher", "lower"]
Values = Float[np.ndarray, "a b"]


def equal_depth(
    first: Float[np.ndarray, " a"], second: Float[np.ndarray, " b"]
) -> Int[np.ndarray, " a"]:
    """Return for each layer of the first side the second side's layer nearest in relative depth.

    Of two equally near depths the earlier (distances are rounded, so that rounding does not
    choose); layers that share a depth, such as the last features and the logits, meet in order.
    """
    distance = np.abs(first[:, None] - second).round(9)
    return np.array([_met(row, i, first, second) for i, row in enumerate(distance)])


def _met(
    distance: Float[np.ndarray, " b"],
    row: int,
    first: Float[np.ndarray, " a"],
    second: Float[np.ndarray, " b"],
) -> int:
    nearest = second[distance.argmin()]
    alike = np.flatnonzero(second == nearest)
    before = int(np.count_nonzero(first[:row] == first[row]))
    return int(alike[min(before, len(alike) - 1)])


def best_match(values: Values, closer: Closer) -> Int[np.ndarray, " a"]:
    """Return for each row its closest column; -1 where the row has no value."""
    worst = -np.inf if closer == "higher" else np.inf
    filled = np.where(np.isfinite(values), values, worst)
    best = filled.argmax(axis=1) if closer == "higher" else filled.argmin(axis=1)
    return np.where(np.isfinite(values).any(axis=1), best, -1)


def diagonal_gap(values: Values, equal: Int[np.ndarray, " a"], closer: Closer) -> float:
    """Return how much closer layers of equal depth are than all other pairs, on average.

    Positive where equal depth is closer, for a similarity and for a distance alike; NaN where
    either side of the comparison is empty.
    """
    on = np.zeros(values.shape, dtype=bool)
    on[np.arange(len(equal)), equal] = True
    finite = np.isfinite(values)
    if not (on & finite).any() or not (~on & finite).any():
        return float("nan")
    gap = float(values[on & finite].mean() - values[~on & finite].mean())
    return gap if closer == "higher" else -gap


def warped(values: Values, closer: Closer) -> Int[np.ndarray, "p 2"]:
    """Return the path through all layers that never goes back and whose pairs are closest.

    Dynamic time warping; a pair without a value costs as much as the furthest one.
    """
    finite = np.isfinite(values)
    if not finite.any():
        return np.empty((0, 2), dtype=int)
    sign = -1.0 if closer == "higher" else 1.0
    costs = np.where(finite, sign * values, np.nan)
    return warped_path(np.where(finite, costs, np.nanmax(costs)) - np.nanmin(costs))


def depth_correlation(
    values: Values,
    first: Float[np.ndarray, " a"],
    second: Float[np.ndarray, " b"],
    closer: Closer,
) -> float:
    """Return Spearman's correlation of a layer's depth with its best match's depth.

    1 where the order of processing is the same; NaN where fewer than three layers have a match,
    or all of them the same one.
    """
    best = best_match(values, closer)
    depth, matched = first[best >= 0], second[best[best >= 0]]
    if len(depth) < 3 or np.ptp(matched) == 0 or np.ptp(depth) == 0:
        return float("nan")
    return float(np.corrcoef(stats.rankdata(depth), stats.rankdata(matched))[0, 1])
