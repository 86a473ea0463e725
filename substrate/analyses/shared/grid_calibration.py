"""Set a grid of scores, and what is summarised from it, beside the grids of permuted samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from substrate.analyses.shared.grid import Grid
from substrate.numerics.nulls import (
    LEVEL,
    MIN_GROUPS,
    best_value,
    calibrate,
    layer_calibration,
)

Values = Float[np.ndarray, "a b"]
Summary = Callable[[Values], Sequence[float]]


@dataclass(frozen=True)
class Statement:
    """One number with its interval and null; what is None is explained by ``reason``."""

    value: float | None
    low: float | None
    high: float | None
    null_mean: float | None
    null_high: float | None
    p: float | None
    reason: str


def identical_values(grid: Grid) -> Float[np.ndarray, " b"]:
    """Return what the metric gives for each layer of the second side beside itself; NaN without."""
    return np.array(
        [np.nan if state is None else best_value(grid.metric, state) for state in grid.second]
    )


def calibrated_pairs(
    grid: Grid, values: Values, null: Float[np.ndarray, "c a b"], photographs: int
) -> dict[str, Any]:
    """Calibrate each pair on its own and against the closest of all pairs.

    Below ten photographs the null keeps them together: its mean and range stand beside the values,
    and no level is given.
    """
    few = photographs < MIN_GROUPS
    names = ("null_mean", "null_low", "null_high", "tau", "p", "p_any", "calibrated")
    out = {name: np.full(values.shape, np.nan) for name in names}
    counted = np.isfinite(values) & np.isfinite(null).all(axis=0)
    if grid.second is grid.first:
        np.fill_diagonal(counted, val=False)
    if not len(null) or not counted.any():
        return out | {"tau_any": None}
    metric, best = grid.metric, np.broadcast_to(identical_values(grid), values.shape)
    tail = (1 - LEVEL) / 2
    for i, j in np.argwhere(counted):
        cell = calibrate(
            values[i, j],
            null[:, i, j],
            n_groups=photographs,
            best=float(best[i, j]),
            closer=metric.closer,
        )
        out["null_mean"][i, j], out["tau"][i, j] = cell.mean_null, np.nan if few else cell.tau
        out["calibrated"][i, j] = cell.calibrated
        out["p"][i, j] = np.nan if cell.p is None else cell.p
        out["null_low"][i, j], out["null_high"][i, j] = np.quantile(null[:, i, j], [tail, 1 - tail])
    every = layer_calibration(
        values[counted][None],
        null[:, counted][:, None],
        n_groups=photographs,
        best=best[counted],
        closer=metric.closer,
    )
    if every.p is not None:
        out["p_any"][counted] = every.p[0]
    return out | {"tau_any": None if few else every.tau}


def statements(
    summary: Summary,
    values: Values,
    null: Float[np.ndarray, "c a b"],
    low: Float[np.ndarray, " s"],
    high: Float[np.ndarray, " s"],
    reason: str,
    photographs: int,
) -> tuple[Statement, ...]:
    """Return what is summarised from a grid, each with its interval and its null."""
    observed = np.asarray(summary(values), dtype=float)
    chance = np.array([summary(one) for one in null], dtype=float).reshape(len(null), observed.size)
    return tuple(
        _statement(
            value,
            chance[np.isfinite(chance[:, k]), k],
            (low[k], high[k]) if len(low) > k else (np.nan, np.nan),
            reason,
            photographs,
        )
        for k, value in enumerate(observed)
    )


def changes(gain: Statement) -> bool:
    """Say whether an alignment changed by more than its interval; without one, whether at all."""
    if gain.value is None:
        return False
    if gain.low is None or gain.high is None:
        return gain.value != 0
    return gain.low > 0 or gain.high < 0


def _statement(
    value: float,
    null: Float[np.ndarray, " c"],
    interval: tuple[float, float],
    reason: str,
    photographs: int,
) -> Statement:
    if not np.isfinite(value):
        return Statement(None, None, None, None, None, None, "It has no value here.")
    low, high = (float(edge) if np.isfinite(edge) else None for edge in interval)
    if low is not None and high is not None and high - low < 1e-9:
        low, high = None, None
        reason = "No interval: it is the same whichever photographs are left out."
    elif low is None and not reason:
        reason = "No interval: it has no value without some of the photographs."
    if not len(null):
        return Statement(float(value), low, high, None, None, None, reason)
    beside = calibrate(float(value), null, n_groups=photographs)
    level = None if photographs < MIN_GROUPS else beside.tau
    return Statement(float(value), low, high, beside.mean_null, level, beside.p, reason)
