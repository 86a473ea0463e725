"""Set a grid of scores, and what is summarised from it, beside the grids of permuted samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Float

from substrate.analyses.shared.grid import Grid
from substrate.analyses.shared.refusals import lost_without
from substrate.numerics.estimates import Estimate, Null
from substrate.numerics.nulls import (
    LEVEL,
    MIN_GROUPS,
    best_value,
    calibrate,
    layer_calibration,
)

Values = Float[np.ndarray, "a b"]
Summary = Callable[[Values], Sequence[float]]


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


def summarised(
    summary: Summary,
    values: Values,
    null: Float[np.ndarray, "c a b"],
    ends: tuple[Float[np.ndarray, " s"], Float[np.ndarray, " s"]],
    reason: str,
    unit: str,
    photographs: int,
) -> tuple[Estimate, ...]:
    """Return what is summarised from a grid, each with its interval's ends and its null.

    ``reason`` says why there are no ends, ``unit`` what the ``photographs`` are called.
    """
    observed = np.asarray(summary(values), dtype=float)
    chance = np.array([summary(one) for one in null], dtype=float).reshape(len(null), observed.size)
    low, high = ends
    return tuple(
        _summarised(
            value,
            chance[np.isfinite(chance[:, k]), k],
            (low[k], high[k]) if len(low) > k else (np.nan, np.nan),
            Estimate(None, reason=reason, unit=unit, n_units=photographs),
        )
        for k, value in enumerate(observed)
    )


def changes(gain: Estimate) -> bool:
    """Say whether an alignment changed by more than its interval; without one, whether at all."""
    if gain.value is None:
        return False
    if gain.low is None or gain.high is None:
        return bool(gain.value != 0)
    return bool(gain.low > 0 or gain.high < 0)


def _summarised(
    value: float, null: Float[np.ndarray, " c"], interval: tuple[float, float], blank: Estimate
) -> Estimate:
    """Fill in what is known of a value; ``blank`` has its units and why there is no interval."""
    if not np.isfinite(value):
        return replace(blank, reason="It has no value here.")
    low, high = (float(edge) if np.isfinite(edge) else None for edge in interval)
    reason = blank.reason
    if low is not None and high is not None and high - low < 1e-9:
        low, high = None, None
        reason = f"No interval: it is the same whichever {blank.unit} are left out."
    elif low is None and not reason:
        reason = lost_without(blank.unit)
    chance = _null(float(value), null, blank.n_units) if len(null) else None
    return replace(blank, value=float(value), low=low, high=high, reason=reason, null=chance)


def _null(value: float, null: Float[np.ndarray, " c"], photographs: int) -> Null:
    calibration = calibrate(value, null, n_groups=photographs)
    level = None if photographs < MIN_GROUPS else calibration.tau
    return Null(mean=calibration.mean_null, level=level, p=calibration.p)
