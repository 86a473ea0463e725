"""A grid of scores with what each may be set against: null, threshold, p-value and interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.shared.effort import (
    chosen_rows,
    effort,
)
from substrate.analyses.shared.grid import (
    Grid,
    prepare,
)
from substrate.analyses.shared.grid_calibration import (
    Summary,
    calibrated_pairs,
    identical_values,
    summarised,
)
from substrate.numerics.estimates import Estimate
from substrate.numerics.intervals import (
    MIN_GROUPS,
    Jackknife,
    group_jackknife,
)
from substrate.numerics.metrics.spec import Metric
from substrate.numerics.nulls import row_orders
from substrate.numerics.scales import (
    PLAIN,
    Scale,
)
from substrate.wording import TILES, Nouns, samples_of, shuffled

Values = Float[np.ndarray, "a b"]
WITHIN = "within photograph"
PHOTOGRAPHS = "photographs"


@dataclass(frozen=True, eq=False)
class Scores:
    """All pairs of two sides; NaN marks a pair without a value.

    ``tau`` is each pair's own 95 % threshold and ``tau_any`` that of the closest of all pairs,
    which is what a pair picked by eye has to pass; ``p`` and ``p_any`` belong to them. ``low`` and
    ``high`` are each pair's own 95 % interval, ``low_any`` and ``high_any`` those that cover all
    pairs at once, and so the closest one. ``identical`` is what each layer of the second side
    scores beside itself. Axes run from ``floor`` to ``ceiling``, which is None for a distance
    without a largest value. ``unit`` is "photographs" where these are permuted and left out, and
    "within photograph" where there are fewer than ten: then tiles are permuted inside their
    photograph and no p is given.
    """

    metric: str
    label: str
    closer: Literal["higher", "lower"]
    identical: Float[np.ndarray, " b"]
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
    low_any: Values
    high_any: Values
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
    summaries: tuple[Estimate, ...]
    nouns: Nouns

    @property
    def within(self) -> bool:
        """Whether there are too few photographs for a statement about the domain."""
        return self.unit == WITHIN

    @property
    def shuffled(self) -> str:
        """Name what the null is of: photographs shuffled, or tiles inside each photograph."""
        return shuffled(self.nouns, within=self.within)

    @property
    def crosses(self) -> str:
        """Say what a cross on a chart marks, or why there is none."""
        if self.tau_any is None:
            return "no cross: nothing is compared with chance"
        return "a cross marks what shuffling may give"

    @property
    def counted(self) -> str:
        """Return "256 tiles of 7 photographs"."""
        return samples_of(self.n, self.photographs, self.nouns, available=self.available)

    @property
    def facts(self) -> str:
        """Return what the numbers rest on, in one line."""
        groups = f"{self.nouns.group}s"
        what = f"{self.nouns.sample}s within {groups}" if self.within else groups
        null = f"{self.permutations} permutations of {what}, the observed counted among them"
        blocks = "" if self.blocks == self.photographs else f"{self.blocks} blocks of "
        interval = f"95 % jackknife over {blocks}{self.photographs} {groups}"
        if self.interval_reason:
            reason = self.interval_reason[0].lower() + self.interval_reason[1:].rstrip(".")
            interval = f"within {self.nouns.group}, {reason}"
        return " · ".join(
            [
                self.counted,
                "no permutation null" if self.null_reason else null,
                interval,
                f"seed {self.seed}",
            ]
        )


def score(
    metric: str,
    first: Sequence[Float[np.ndarray, "n _"]],
    second: Sequence[Float[np.ndarray, "n _"]],
    groups: np.ndarray,
    *,
    permutations: int,
    seed: int,
    nouns: Nouns = TILES,
    summary: Summary = lambda _values: (),
    summary_scales: Sequence[Scale] = (),
    settings: Mapping[str, Any] | None = None,
) -> Scores:
    """Score each pair of two sides and set it beside its null and its interval.

    ``nouns`` say what the rows and their groups are. ``summary`` turns a grid into a few numbers,
    which then get a null and an interval too, on ``summary_scales`` (plain where none are given).
    Where both sides are one list, a pair of an item with itself counts for no threshold.
    ``settings`` are the metric's own, its number of neighbours say.
    """
    work = effort(metric, permutations)
    rows = chosen_rows(groups, work.samples, seed)
    kept = groups[rows]
    sides = [[x[rows] for x in first]]
    sides.append(sides[0] if second is first else [x[rows] for x in second])
    grid = prepare(metric, sides[0], sides[1], kept, **(settings or {}))
    values, missing = grid.values()
    null, null_reason = _null(grid, values.shape, kept, work.permutations, seed)
    jackknife = _jackknife(grid, summary, kept, work.blocks, seed, nouns)
    return _assembled(
        grid,
        values,
        null,
        jackknife,
        kept,
        summary=summary,
        summary_scales=summary_scales,
        available=len(groups),
        seed=seed,
        permutations=len(null),
        blocks=min(work.blocks, len(np.unique(kept))),
        null_reason=null_reason,
        missing=(*grid.reasons, *missing),
        nouns=nouns,
    )


def _null(
    grid: Grid, shape: tuple[int, ...], groups: np.ndarray, count: int, seed: int
) -> tuple[Float[np.ndarray, "c a b"], str]:
    if not grid.metric.needs_pairing:
        reason = "No permutation null: this score does not look at which sample is which."
        return np.empty((0, *shape)), reason
    return grid.permuted(row_orders(groups, count, seed)), ""


def _jackknife(
    grid: Grid, summary: Summary, groups: np.ndarray, blocks: int, seed: int, nouns: Nouns
) -> Jackknife:
    """Compute all pairs, and what is summarised from them, without each block of photographs."""
    enough = len(np.unique(groups)) >= MIN_GROUPS
    of_rows = grid.of_rows() if enough else lambda _rows: grid.values()[0]

    def statistic(rows: Int[np.ndarray, " k"]) -> Float[np.ndarray, " v"]:
        values = of_rows(rows)
        return np.append(values.ravel(), np.asarray(summary(values), dtype=float))

    unit = f"{nouns.group}s"
    return group_jackknife(statistic, groups, unit=unit, max_units=blocks, seed=seed)


def _ends(
    jackknife: Jackknife, scale: Scale, *, jointly: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Return both ends of each interval, NaN where there is none."""
    interval = jackknife.interval(scale, jointly=jointly)
    if interval.low is None:
        return np.full(len(jackknife.value), np.nan), np.full(len(jackknife.value), np.nan)
    return interval.low, interval.high


def _ends_of_each(
    jackknife: Jackknife, size: int, scales: Sequence[Scale]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends of what is summarised, each on its own scale."""
    count = len(jackknife.value) - size
    scale_of = scales or (PLAIN,) * count
    ends = [_ends(jackknife.at(slice(size + k, size + k + 1)), scale_of[k]) for k in range(count)]
    low, high = (np.array([float(end[side][0]) for end in ends]) for side in range(2))
    return low, high


def _assembled(
    grid: Grid,
    values: Values,
    null: Float[np.ndarray, "c a b"],
    jackknife: Jackknife,
    groups: np.ndarray,
    *,
    summary: Summary,
    summary_scales: Sequence[Scale],
    available: int,
    permutations: int,
    blocks: int,
    seed: int,
    null_reason: str,
    missing: tuple[str, ...],
    nouns: Nouns,
) -> Scores:
    metric, size, photographs = grid.metric, values.size, len(np.unique(groups))
    pairs = jackknife.at(slice(None, size))
    low, high = _ends(pairs, metric.scale)
    low_any, high_any = _ends(pairs, metric.scale, jointly=True)
    cells = calibrated_pairs(grid, values, null, photographs)
    return Scores(
        metric=metric.key,
        label=metric.label,
        closer=metric.closer,
        identical=identical_values(grid),
        floor=_floor(metric.bounds[0], values),
        ceiling=_ceiling(metric, [values, null, low, high]),
        values=values,
        **cells,
        low=low.reshape(values.shape),
        high=high.reshape(values.shape),
        low_any=low_any.reshape(values.shape),
        high_any=high_any.reshape(values.shape),
        n=len(groups),
        available=available,
        photographs=photographs,
        unit=PHOTOGRAPHS if photographs >= MIN_GROUPS else WITHIN,
        permutations=permutations,
        blocks=blocks,
        seed=seed,
        null_reason=null_reason,
        interval_reason=jackknife.reason,
        missing=missing,
        nouns=nouns,
        summaries=summarised(
            summary,
            values,
            null,
            _ends_of_each(jackknife, size, summary_scales),
            jackknife.reason,
            jackknife.unit,
            photographs,
        ),
    )


def _ceiling(metric: Metric, drawn: Sequence[np.ndarray]) -> float | None:
    """Return where an axis ends: at the metric's largest value, or before if all is below."""
    if not np.isfinite(metric.bounds[1]):
        return None
    if metric.axis_end is None:
        return metric.bounds[1]
    highest = max(float(np.max(one, initial=0.0, where=np.isfinite(one))) for one in drawn)
    return float(min(metric.bounds[1], max(metric.axis_end, np.ceil(10 * highest) / 10)))


def _floor(smallest: float, values: Values) -> float:
    """Return where an axis begins: at 0, or at the tenth below the lowest value where some are."""
    finite = values[np.isfinite(values)]
    lowest = float(finite.min(initial=0.0))
    return max(smallest, np.floor(10 * lowest) / 10) if lowest < 0 else max(smallest, 0.0)
