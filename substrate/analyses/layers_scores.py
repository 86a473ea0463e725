"""A grid of scores with what each may be set against: null, threshold, p-value and interval."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.layers_calibration import (
    Statement,
    Summary,
    calibrated_pairs,
    identical_value,
    statements,
)
from substrate.analyses.layers_choice import chosen_rows, effort
from substrate.analyses.layers_grid import Grid, prepare
from substrate.nulls import MIN_GROUPS, Interval, delete_group_jackknife, row_orders

Values = Float[np.ndarray, "a b"]
_BOUNDS = {
    "1": 1.0,
    "2": 2.0,
    "π/2": np.pi / 2,
    "π": np.pi,
    "sqrt 2": np.sqrt(2.0),
    "0": 0.0,
    "-1": -1.0,
}
WITHIN = "within photograph"
PHOTOGRAPHS = "photographs"


@dataclass(frozen=True, eq=False)
class Scores:
    """All pairs of two sides; NaN marks a pair without a value.

    ``tau`` is each pair's own 95 % threshold and ``tau_any`` that of the closest of all pairs,
    which is what a pair picked by eye has to pass; ``p`` and ``p_any`` belong to them. ``ceiling``
    is None for a distance without a largest value. ``unit``
    is "photographs" where these are permuted and left out, and "within photograph" where there
    are fewer than ten: then tiles are permuted inside their photograph and no p is given.
    """

    metric: str
    label: str
    closer: Literal["higher", "lower"]
    identical: float
    floor: float
    ceiling: float | None
    values: Values
    null_mean: Values
    null_low: Values
    null_high: Values
    tau: Values
    tau_any: float | None
    p: Values
    p_any: Values
    calibrated: Values
    low: Values
    high: Values
    n: int
    available: int
    photographs: int
    unit: str
    permutations: int
    blocks: int
    seed: int
    null_reason: str
    interval_reason: str
    missing: tuple[str, ...]
    summaries: tuple[Statement, ...]

    @property
    def within(self) -> bool:
        """Whether there are too few photographs for a statement about the domain."""
        return self.unit == WITHIN

    @property
    def counted(self) -> str:
        """Return "256 tiles of 7 photographs"."""
        of = f" (of {self.available:,})" if self.available > self.n else ""
        if self.n == self.photographs:
            return f"{self.n:,} photographs{of}"
        plural = "" if self.photographs == 1 else "s"
        return f"{self.n:,} tiles{of} of {self.photographs:,} photograph{plural}"

    @property
    def facts(self) -> str:
        """Return what the numbers rest on, in one line."""
        what = "tiles within photographs" if self.within else "photographs"
        null = f"{self.permutations} permutations of {what}"
        blocks = "" if self.blocks == self.photographs else f"{self.blocks} blocks of "
        interval = f"95 % jackknife over {blocks}{self.photographs} photographs"
        if self.interval_reason:
            reason = self.interval_reason[0].lower() + self.interval_reason[1:].rstrip(".")
            interval = f"within photograph, {reason}"
        return " · ".join(
            [self.counted, "no permutation null" if self.null_reason else null, interval,
             f"seed {self.seed}"]
        )  # fmt: skip


def score(
    metric: str,
    first: Sequence[Float[np.ndarray, "n _"]],
    second: Sequence[Float[np.ndarray, "n _"]],
    groups: np.ndarray,
    *,
    permutations: int,
    seed: int,
    summary: Summary = lambda _values: (),
) -> Scores:
    """Score each pair of two sides and set it beside its null and its interval.

    ``summary`` turns a grid into a few numbers, which then get a null and an interval too. Where
    both sides are one list, a pair of an item with itself counts for no threshold.
    """
    work = effort(metric, permutations)
    rows = chosen_rows(groups, work.samples, seed)
    kept = groups[rows]
    sides = [[x[rows] for x in first]]
    sides.append(sides[0] if second is first else [x[rows] for x in second])
    grid = prepare(metric, sides[0], sides[1], kept)
    values, missing = grid.values()
    null, null_reason = _null(grid, values.shape, kept, work.permutations, seed)
    interval = _jackknife(grid, summary, kept, work.blocks, seed)
    return _assembled(
        grid, values, null, interval, kept,
        summary=summary, available=len(groups), seed=seed, permutations=len(null),
        blocks=min(work.blocks, len(np.unique(kept))), null_reason=null_reason,
        missing=(*grid.reasons, *missing),
    )  # fmt: skip


def _null(
    grid: Grid, shape: tuple[int, ...], groups: np.ndarray, count: int, seed: int
) -> tuple[Float[np.ndarray, "c a b"], str]:
    if not grid.metric.needs_pairing:
        reason = "No permutation null: this score does not look at which sample is which."
        return np.empty((0, *shape)), reason
    return grid.permuted(row_orders(groups, count, seed)), ""


def _jackknife(
    grid: Grid, summary: Summary, groups: np.ndarray, blocks: int, seed: int
) -> Interval:
    if len(np.unique(groups)) < MIN_GROUPS:
        return delete_group_jackknife(lambda _rows: 0.0, groups, unit="photographs")
    of_rows = grid.of_rows()

    def statistic(rows: Int[np.ndarray, " k"]) -> Float[np.ndarray, " v"]:
        values = of_rows(rows)
        return np.append(values.ravel(), np.asarray(summary(values), dtype=float))

    return delete_group_jackknife(
        statistic, groups, unit="photographs", max_units=blocks, seed=seed
    )


def _assembled(
    grid: Grid,
    values: Values,
    null: Float[np.ndarray, "c a b"],
    interval: Interval,
    groups: np.ndarray,
    *,
    summary: Summary,
    available: int,
    permutations: int,
    blocks: int,
    seed: int,
    null_reason: str,
    missing: tuple[str, ...],
) -> Scores:
    metric, size, photographs = grid.metric, values.size, len(np.unique(groups))
    blank = np.full(size, np.nan)
    low, high = (
        blank if edge is None else np.asarray(edge, dtype=float)
        for edge in (interval.low, interval.high)
    )
    cells = calibrated_pairs(grid, values, null, photographs)
    return Scores(
        metric=metric.key,
        label=metric.label,
        closer=metric.closer,
        identical=identical_value(grid),
        floor=_bound(metric.value_range, 0) or 0.0,
        ceiling=_bound(metric.value_range, 1),
        values=values,
        **cells,
        low=low[:size].reshape(values.shape),
        high=high[:size].reshape(values.shape),
        n=len(groups),
        available=available,
        photographs=photographs,
        unit=PHOTOGRAPHS if photographs >= MIN_GROUPS else WITHIN,
        permutations=permutations,
        blocks=blocks,
        seed=seed,
        null_reason=null_reason,
        interval_reason=interval.reason.replace("groups", "photographs"),
        missing=missing,
        summaries=statements(
            summary, values, null, low[size:], high[size:], interval.reason, photographs
        ),
    )


def _bound(value_range: str, end: int) -> float | None:
    """Return one end of a range such as "[0, π/2]"; None where it is open to infinity."""
    ends = re.split(r"[\]\)]", value_range, maxsplit=1)[0].strip("[(").split(",")
    return _BOUNDS.get(ends[end].strip()) if len(ends) == 2 else None
