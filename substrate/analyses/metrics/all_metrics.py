"""Every metric for one pair of layers: value, null, interval, and why one has no value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from substrate.analyses.shared.effort import chosen_rows
from substrate.analyses.spec import Analysis, Inputs
from substrate.numerics import nulls
from substrate.numerics.estimates import Estimate, Null
from substrate.numerics.metrics import METRICS
from substrate.numerics.metrics.spec import (
    Metric,
    UndefinedScoreError,
)
from substrate.representation import require_same_samples
from substrate.runs import Run
from substrate.wording import Nouns, samples_of, shuffled

#: Blocks of groups that the jackknife leaves out at most.
BLOCKS = 20
#: Samples that are compared at most, drawn at random: many metrics look at every pair of them.
SAMPLES = 2048
#: Metrics whose cost grows with the cube of the width: above WIDE units they get a null of FEW.
COSTLY = ("correlation_match", "permutation_procrustes", "pwcca", "linear_predictivity")
#: 39 is the fewest whose 95 % level is exact: the second largest of 40, the observed included.
WIDE, FEW = 256, 39
UNPAIRED = "It ignores which row is which: no permutation null."


@dataclass(frozen=True)
class MetricsParams:
    """Which two layers on which domain, and how large the null is."""

    first: str
    first_layer: str
    second: str
    second_layer: str
    domain: str
    permutations: int
    seed: int


def params_of(
    run: Run, first: str, first_layer: str, second: str, second_layer: str, domain: str
) -> MetricsParams:
    """Return the parameters of a pair, with the study's permutations and seed."""
    permutations, seed = (int(run.study[name]) for name in ("permutations", "seed"))
    return MetricsParams(first, first_layer, second, second_layer, domain, permutations, seed)


@dataclass(frozen=True, kw_only=True)
class MetricRow:
    """One metric, in one direction where the two differ.

    ``estimate`` holds the value (None where there is none) with its interval and its null, and the
    reasons for what is missing; ``calibrated`` is 0 for the null's mean and 1 for identity.
    """

    key: str
    label: str
    direction: str
    estimate: Estimate
    calibrated: float | None = None
    permutations: int = 0


@dataclass(frozen=True)
class MetricsResult:
    """All scalar metrics of a pair, and what they rest on: ``n`` of the ``available`` samples."""

    rows: tuple[MetricRow, ...]
    n: int
    groups: int
    widths: tuple[int, int]
    permutations: int
    seed: int
    available: int
    nouns: Nouns

    @property
    def counted(self) -> str:
        """Return "2,048 tiles (of 20,000) of 7 photographs"."""
        return samples_of(self.n, self.groups, self.nouns, available=self.available)

    @property
    def within(self) -> bool:
        """Say whether the photographs are too few for an interval or a p-value."""
        return self.groups < nulls.MIN_GROUPS

    @property
    def shuffled(self) -> str:
        """Return what gives 0 on the calibrated scale: samples shuffled."""
        return shuffled(self.nouns, within=self._inside)

    @property
    def permuted(self) -> str:
        """Return what the null permutes; `substrate.numerics.nulls.row_orders` decides."""
        groups = f"{self.nouns.group}s"
        return f"{self.nouns.sample}s within {groups}" if self._inside else groups

    @property
    def _inside(self) -> bool:
        return self.within and self.groups < self.n


def _compute(run: Run, params: MetricsParams) -> MetricsResult:
    x = run.representation(params.first, params.domain, params.first_layer)
    y = run.representation(params.second, params.domain, params.second_layer)
    require_same_samples(x, y)
    every = run.groups(params.domain)
    kept = chosen_rows(every, SAMPLES, params.seed)
    first, second, groups = x.features[kept], y.features[kept], every[kept]
    rows: list[MetricRow] = []
    nouns = run.domains[params.domain].nouns
    for metric in METRICS.values():
        if metric.output == "scalar":
            rows += _rows(metric, first, second, groups, params, f"{nouns.group}s")
    widths = (x.features.shape[1], y.features.shape[1])
    units = len(np.unique(groups))
    return MetricsResult(
        tuple(rows),
        len(groups),
        units,
        widths,
        params.permutations,
        params.seed,
        len(every),
        nouns,
    )


def _rows(
    metric: Metric,
    x: np.ndarray,
    y: np.ndarray,
    groups: np.ndarray,
    params: MetricsParams,
    unit: str,
) -> Iterator[MetricRow]:
    none = Estimate(None, unit=unit, n_units=len(np.unique(groups)))
    blank = MetricRow(key=metric.key, label=metric.label, direction="", estimate=none)
    options = {**metric.parameters}
    if "groups" in options:
        options["groups"] = groups
    costly = metric.key in COSTLY and min(x.shape[1], y.shape[1]) > WIDE
    directions = ("",) if metric.symmetric else ("first to second", "second to first")
    try:
        sides = metric.prepare(x, **options), metric.prepare(y, **options)
    except UndefinedScoreError as reason:
        yield replace(blank, estimate=replace(none, reason=str(reason)))
        return
    for direction in directions:
        named = replace(blank, direction=direction)
        a, b = reversed(sides) if direction == "second to first" else sides
        try:
            yield _row(metric, a, b, groups, params, named, costly=costly)
        except UndefinedScoreError as reason:
            yield replace(named, estimate=replace(none, reason=str(reason)))


def _row(
    metric: Metric,
    a: Any,
    b: Any,
    groups: np.ndarray,
    params: MetricsParams,
    blank: MetricRow,
    *,
    costly: bool,
) -> MetricRow:
    """Score one direction; a null or an interval that is undefined leaves the value as it is."""
    row, value = blank, float(metric.compare(a, b))
    reasons = [metric.caveat(a, b)] if metric.caveat is not None else []
    try:
        count = FEW if costly else params.permutations
        null = nulls.calibrate_pair(metric, a, b, groups, count, params.seed)
        row = _with_null(row, null, count)
        reasons.append(null.reason)
    except UndefinedScoreError as error:
        reasons.append(f"No null: {error}" if metric.needs_pairing else UNPAIRED)
    interval = nulls.delete_group_jackknife(
        _statistic(metric, a, b),
        groups,
        unit=blank.estimate.unit,
        seed=params.seed,
        max_units=BLOCKS // 2 if costly else BLOCKS,
        scale=metric.scale,
    )
    reasons.append(interval.reason)
    reason = " ".join(dict.fromkeys(filter(None, reasons)))
    estimate = replace(interval, value=value, reason=reason, null=row.estimate.null)
    return replace(row, estimate=estimate)


def _with_null(row: MetricRow, calibration: nulls.Calibration, count: int) -> MetricRow:
    few = calibration.n_groups < nulls.MIN_GROUPS
    null = Null(mean=calibration.mean_null, level=None if few else calibration.tau, p=calibration.p)
    return replace(
        row,
        estimate=replace(row.estimate, null=null),
        calibrated=calibration.calibrated,
        permutations=count,
    )


def _statistic(metric: Metric, a: Any, b: Any) -> Callable[[np.ndarray], float]:
    return lambda rows: float(metric.compare(metric.take_rows(a, rows), metric.take_rows(b, rows)))


def _inputs(_run: Run, params: MetricsParams) -> Inputs:
    return tuple(dict.fromkeys((params.first, params.second))), (params.domain,)


METRICS_PAIR = Analysis(
    key="metrics.all_metrics",
    version=6,
    params=MetricsParams,
    result=MetricsResult,
    inputs=_inputs,
    compute=_compute,
)


def defaults(run: Run) -> Iterator[tuple[Analysis, Any]]:
    """Yield what the Metrics page shows at first: the last layers of the panel's first two."""
    first, second = run.first_two
    layers = [run.encoders[name].default_layer for name in (first, second)]
    yield METRICS_PAIR, params_of(run, first, layers[0], second, layers[1], run.main_domain)
