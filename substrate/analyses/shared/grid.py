"""Every layer of one side against every layer of the other: values, permuted, without a group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.shared.grid_cka import (
    BIASED,
    DEBIASED,
    StackOfRows,
    permuted_stack,
    resampled_stack,
)
from substrate.numerics.metrics import METRICS
from substrate.numerics.metrics.spec import (
    FeaturesError,
    Metric,
    UndefinedScoreError,
    are_permutations,
)

#: Metrics whose whole grid has a closed form on Gram matrices: any null and interval is affordable.
STACKED = (BIASED, DEBIASED)

Values = Float[np.ndarray, "a b"]
Many = Float[np.ndarray, "c a b"]


@dataclass(frozen=True, eq=False)
class Grid:
    """Prepared layers of two sides; a layer that a metric cannot take is None, with its reason."""

    metric: Metric
    first: tuple[Any, ...]
    second: tuple[Any, ...]
    reasons: tuple[str, ...]

    def values(self) -> tuple[Values, tuple[str, ...]]:
        """Return the score of every pair, NaN where the metric has none, and why it has none."""
        reasons: list[str] = []
        values = _compared(self.metric, self.first, self.second, reasons)
        return values, tuple(dict.fromkeys(reasons))

    @property
    def _any(self) -> bool:
        """Say whether the metric can take one layer at least."""
        return any(state is not None for state in (*self.first, *self.second))

    def permuted(self, permutations: Int[np.ndarray, "c n"]) -> Many:
        """Return all scores with the second side's rows in each of these orders.

        All of its layers get the same ones. Orders may repeat rows, as those of groups do that
        stand in for groups of another size (`substrate.numerics.nulls.group_permutations`).
        """
        if self.metric.key in STACKED and self._any:
            stack = permuted_stack if are_permutations(permutations) else resampled_stack
            return stack(self.metric.key, self.first, self.second, permutations)
        out = np.full((len(permutations), len(self.first), len(self.second)), np.nan)
        if self.metric.permuted_all is not None:
            rows = [i for i, a in enumerate(self.first) if a is not None]
            for j, b in enumerate(self.second):
                if rows and b is not None:
                    present = [self.first[i] for i in rows]
                    out[:, rows, j] = self.metric.permuted_all(present, b, permutations)
            return out
        for i, a in enumerate(self.first):
            for j, b in enumerate(self.second):
                if a is not None and b is not None:
                    out[:, i, j] = _permuted_pair(self.metric, a, b, permutations)
        return out

    def of_rows(self) -> Callable[[Int[np.ndarray, " k"]], Values]:
        """Return the function that gives all scores from some of the rows alone."""
        if self.metric.key in STACKED and self._any:
            return StackOfRows(self.metric.key, self.first, self.second)
        return lambda rows: _compared(
            self.metric,
            first := _taken(self.metric, self.first, rows),
            first if self.second is self.first else _taken(self.metric, self.second, rows),
        )


def prepare(
    metric: str,
    first: Sequence[Float[np.ndarray, "n _"]],
    second: Sequence[Float[np.ndarray, "n _"]],
    groups: np.ndarray | None = None,
    **settings: Any,
) -> Grid:
    """Prepare each layer once; the same list twice is prepared once.

    ``groups`` are for the metrics that split samples themselves, ``settings`` the metric's own.
    """
    chosen, reasons = METRICS[metric], []
    own = {"groups": groups} if "groups" in chosen.parameters and groups is not None else {}
    options = {**own, **settings}
    sides = []
    for side in (first,) if second is first else (first, second):
        states = []
        for x in side:
            try:
                states.append(chosen.prepare(x, **options))
            except (UndefinedScoreError, FeaturesError) as error:
                states.append(None)
                reasons.append(str(error))
        sides.append(tuple(states))
    return Grid(chosen, sides[0], sides[-1], tuple(dict.fromkeys(reasons)))


def _compared(
    metric: Metric,
    first: tuple[Any, ...],
    second: tuple[Any, ...],
    reasons: list[str] | None = None,
) -> Values:
    out = np.full((len(first), len(second)), np.nan)
    rows = [i for i, a in enumerate(first) if a is not None]
    columns = [j for j, b in enumerate(second) if b is not None]
    if not rows or not columns:
        return out
    present = [first[i] for i in rows]
    others = present if second is first else [second[j] for j in columns]
    try:
        out[np.ix_(rows, columns)] = metric.compare_all(present, others)
    except UndefinedScoreError:
        for i in rows:
            for j in columns:
                out[i, j] = _compared_pair(metric, first[i], second[j], reasons)
    return out


def _compared_pair(metric: Metric, a: Any, b: Any, reasons: list[str] | None) -> float:
    try:
        return float(metric.compare(a, b))
    except UndefinedScoreError as error:
        if reasons is not None:
            reasons.append(str(error))
        return float("nan")


def _permuted_pair(
    metric: Metric, a: Any, b: Any, permutations: Int[np.ndarray, "c n"]
) -> Float[np.ndarray, " c"]:
    try:
        return metric.compare_permuted(a, b, permutations)
    except UndefinedScoreError:
        return np.full(len(permutations), np.nan)


def _taken(metric: Metric, states: tuple[Any, ...], rows: Int[np.ndarray, " k"]) -> tuple[Any, ...]:
    out: list[Any] = []
    for state in states:
        try:
            out.append(None if state is None else metric.take_rows(state, rows))
        except UndefinedScoreError:
            out.append(None)
    return tuple(out)
