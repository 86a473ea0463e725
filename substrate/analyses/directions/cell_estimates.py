"""Cells beside their null and their interval: permutations, jackknife and what they give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from substrate.numerics.nulls import (
    MIN_GROUPS,
    group_jackknife,
    group_members,
    layer_calibration,
    row_orders,
    too_few,
)
from substrate.numerics.scales import CORRELATION, Scale
from substrate.numerics.spectra import SpectrumError
from substrate.wording import Nouns

Cells = Float[np.ndarray, "a b"]


@dataclass(frozen=True, eq=False)
class CellEstimates:
    """Cells beside their null and interval; what is None is explained by the reason next to it.

    ``low`` and ``high`` are each cell's own interval, ``low_any`` and ``high_any`` cover all cells
    at once, and so the largest one.
    ``level`` is the 95 % level of the largest absolute cell of a null panel, ``p`` the p-value of
    each cell against those largest cells, ``extremes`` the largest cells themselves.
    """

    values: Cells
    low: Cells | None
    high: Cells | None
    interval_reason: str
    level: float | None
    p: Cells | None
    extremes: Float[np.ndarray, " c"]
    null_reason: str
    low_any: Cells | None = None
    high_any: Cells | None = None

    @property
    def above(self) -> np.ndarray:
        """Tell which cells exceed what chance alone reaches in the largest cell."""
        if self.level is None:
            return np.zeros(self.values.shape, dtype=bool)
        return np.abs(self.values) > self.level


class Ends(NamedTuple):
    """The ends of intervals, each value's own and those of all together, or why there are none."""

    low: np.ndarray | None
    high: np.ndarray | None
    reason: str
    low_any: np.ndarray | None = None
    high_any: np.ndarray | None = None

    def cut(self, part: slice, shape: tuple[int, ...]) -> Ends:
        """Return some of the values, in a shape."""
        ends = (self.low, self.high, self.low_any, self.high_any)
        low, high, low_any, high_any = (
            None if end is None else end[part].reshape(shape) for end in ends
        )
        return Ends(low, high, self.reason, low_any, high_any)


def permutations_of(
    groups: np.ndarray, count: int, seed: int, nouns: Nouns
) -> tuple[Int[np.ndarray, "c n"], str]:
    """Return permutations of whole groups, of tiles inside of few, or none and the reason."""
    if len(group_members(groups)) < 2:
        return np.empty((0, len(groups)), dtype=np.int64), (
            f"No null: all samples come from one {nouns.group}, so nothing can be permuted."
        )
    return row_orders(groups, count, seed), ""


def null_kind(groups: np.ndarray, nouns: Nouns) -> str:
    """Name what the null of these test samples permutes."""
    if len(np.unique(groups)) < min(MIN_GROUPS, len(groups)):
        return f"test {nouns.sample}s permuted inside each {nouns.group}"
    return f"test {nouns.groups} permuted"


def estimate_cells(
    values: Cells,
    null: Float[np.ndarray, "c a b"],
    n_groups: int,
    *,
    null_reason: str = "",
    interval: Ends | None = None,
    unit: str = "groups",
) -> CellEstimates:
    """Set cells beside their null; signs are ignored, as a direction's sign is a convention."""
    ends = interval or Ends(None, None, "")
    if not len(null) or not np.isfinite(values).all():
        reason = null_reason or "No null: a direction does not vary over the test samples."
        return CellEstimates(
            values,
            ends.low,
            ends.high,
            ends.reason,
            None,
            None,
            np.empty(0),
            reason,
            ends.low_any,
            ends.high_any,
        )
    calibration = layer_calibration(np.abs(values), np.abs(null), n_groups=n_groups)
    few = n_groups < MIN_GROUPS
    reason = too_few(n_groups, unit, MIN_GROUPS, "comparison with chance") if few else ""
    level = None if few else calibration.tau
    return CellEstimates(
        values,
        ends.low,
        ends.high,
        ends.reason,
        level,
        calibration.p,
        calibration.extreme_null,
        reason,
        ends.low_any,
        ends.high_any,
    )


def jackknifed(
    statistic: Callable[[Int[np.ndarray, " k"]], np.ndarray],
    groups: np.ndarray,
    seed: int,
    *,
    scale: Scale = CORRELATION,
    unit: str = "groups",
    blocks: int = 40,
) -> Ends:
    """Return the delete-group intervals of an array, or the reason why there are none."""
    have = len(group_members(groups))
    if have < MIN_GROUPS:
        return Ends(None, None, too_few(have, unit, MIN_GROUPS, "interval"))
    try:
        interval = group_jackknife(statistic, groups, unit=unit, max_units=blocks, seed=seed)
    except SpectrumError as error:
        return Ends(None, None, f"No interval: without some {unit}, {error}")
    if interval.reason:
        return Ends(None, None, interval.reason)
    own, every = interval.interval(scale), interval.interval(scale, jointly=True)
    return Ends(own.low, own.high, "", every.low, every.high)
