"""One layer's image statistics, labels and dimension, on all samples or without some."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.layers.kept_targets import (
    FAMILIES,
    METRIC,
    LabelTargets,
    StatisticTargets,
    classes,
    drawn,
    statistics,
)
from substrate.analyses.spec import AnalysisError
from substrate.numerics.depth.dimension import nearest_in_groups, two_nearest
from substrate.numerics.depth.held_out import held_out_ridge, r_squared
from substrate.numerics.metrics import METRICS
from substrate.numerics.metrics.spec import UndefinedScoreError
from substrate.numerics.metrics.support.features import constant_units
from substrate.numerics.scales import scale_of
from substrate.numerics.whitening import standardisation
from substrate.runs import Run

#: What is followed along depth, by the names of the switch.
ALL_STATISTICS, IMBALANCE, LABELS, DIMENSION = (
    "all statistics",
    "information imbalance",
    "labels",
    "intrinsic dimension",
)
QUANTITIES = (ALL_STATISTICS, *FAMILIES, IMBALANCE, LABELS, DIMENSION)
SCALES = {IMBALANCE: scale_of(*METRICS[METRIC].bounds), DIMENSION: scale_of(0.0, np.inf)}
#: Where the last third of the depth begins, as a share of the depth of the last features.
LAST_THIRD = 2 / 3


@dataclass(frozen=True, eq=False)
class LayerTargets:
    """What a layer is to predict, made once for every layer of every encoder."""

    rows: Int[np.ndarray, " n"]
    groups: np.ndarray
    statistics: StatisticTargets | None
    classes: LabelTargets | None
    space: Any
    missing: dict[str, str]
    spaces: dict[bytes, Any] = field(default_factory=dict)

    def space_of(self, place: Int[np.ndarray, " k"]) -> Any:
        """Return the ranks by statistics of some samples, made once for all layers."""
        key = place.tobytes()
        if key not in self.spaces:
            self.spaces[key] = METRICS[METRIC].take_rows(self.space, place)
        return self.spaces[key]

    def members(self, rows: Int[np.ndarray, " n"], kept: Int[np.ndarray, " k"]) -> np.ndarray:
        """Return the places in ``rows`` of the samples that a replicate keeps."""
        drawn_too = np.zeros(int(max(rows.max(), self.rows.max())) + 1, dtype=bool)
        drawn_too[self.rows[kept]] = True
        return np.flatnonzero(drawn_too[rows])


def layer_targets(run: Run, domain: str, seed: int) -> LayerTargets:
    """Return what the layers of a domain are to predict, and why not the rest."""
    rows = drawn(run, domain, seed)
    missing: dict[str, str] = {}
    targets, labels, space = None, None, None
    try:
        targets = statistics(run, domain, seed)
        missing |= {
            name: f"On these images {name} is the same everywhere."
            for name in FAMILIES
            if name not in targets.varying
        }
        space = statistics_space(targets, run.groups(domain)[targets.task.rows])
    except UndefinedScoreError as error:
        missing[IMBALANCE] = str(error)
    except AnalysisError as error:
        missing |= dict.fromkeys((ALL_STATISTICS, *FAMILIES, IMBALANCE), str(error))
    try:
        labels = classes(run, domain, seed)
    except AnalysisError as error:
        missing[LABELS] = str(error)
    return LayerTargets(rows, run.groups(domain)[rows], targets, labels, space, missing)


def statistics_space(targets: StatisticTargets, groups: np.ndarray) -> Any:
    """Rank neighbours by all statistics: each of variance one, each family of one weight."""
    scaled = standardisation(targets.task.values, groups=groups, least=0.0).apply(
        targets.task.values
    )
    width = np.array([len(targets.columns(name)) for name in targets.families])
    return METRICS[METRIC].prepare(scaled / np.sqrt(width), groups=groups)


@dataclass(frozen=True, eq=False)
class FittedLayer:
    """A layer's quantities by the kept places in the drawn rows.

    Without some photographs statistics are fitted anew: where fits stay, their part of the variance
    is missing. Labels keep theirs, as the accuracies of the Transfer page do: ``right`` says which
    were decided rightly.
    """

    of: Callable[[Int[np.ndarray, " k"]], Float[np.ndarray, " q"]]
    right: np.ndarray | None


def fitted(x: Float[np.ndarray, "n p"], targets: LayerTargets) -> FittedLayer:
    """Fit a layer to all targets; one that is constant has no value."""
    if constant_units(x[targets.rows]).size == x.shape[1]:
        return FittedLayer(lambda _: np.full(len(QUANTITIES), np.nan), None)
    right = None if targets.classes is None else _right(x, targets.classes)
    parts: list[tuple[tuple[str, ...], Callable[[np.ndarray], Any]]] = []
    if targets.statistics is not None:
        parts.append(((ALL_STATISTICS, *FAMILIES), _of_statistics(x, targets, targets.statistics)))
    if targets.space is not None:
        parts.append(((IMBALANCE,), _of_space(x, targets)))
    if targets.classes is not None and right is not None:
        parts.append(((LABELS,), _of_labels(right, targets, targets.classes)))
    nearest = nearest_in_groups(x[targets.rows], targets.groups)
    codes = np.unique(targets.groups, return_inverse=True)[1]

    def dimension(kept: np.ndarray) -> float:
        return two_nearest(nearest[np.ix_(kept, np.unique(codes[kept]))])

    parts.append(((DIMENSION,), dimension))

    def statistic(kept: Int[np.ndarray, " k"]) -> Float[np.ndarray, " q"]:
        out = np.full(len(QUANTITIES), np.nan)
        for names, part in parts:
            try:
                out[[QUANTITIES.index(name) for name in names]] = part(kept)
            except UndefinedScoreError:
                continue
        return out

    return FittedLayer(statistic, right)


def _of_statistics(
    x: Float[np.ndarray, "n p"], targets: LayerTargets, of_statistics: StatisticTargets
) -> Callable[[np.ndarray], Float[np.ndarray, " f"]]:
    task = of_statistics.task
    families = [of_statistics.columns(name) for name in of_statistics.varying]
    features = x[task.rows]

    def part(kept: np.ndarray) -> Float[np.ndarray, " f"]:
        at = targets.members(task.rows, kept)
        predicted = held_out_ridge(
            features[at], task.values[at], task.groups[at], task.fold[at], families
        )
        explained = r_squared(predicted.errors, predicted.spreads)
        of = dict(
            zip(
                of_statistics.varying,
                [explained[columns].mean() for columns in families],
                strict=True,
            )
        )
        mean = float(np.mean(list(of.values())))
        return np.array([mean, *(of.get(name, np.nan) for name in FAMILIES)])

    return part


def _of_space(x: Float[np.ndarray, "n p"], targets: LayerTargets) -> Callable[[np.ndarray], float]:
    assert targets.statistics is not None
    task, metric = targets.statistics.task, METRICS[METRIC]
    state = metric.prepare(x[task.rows], groups=task.photographs)

    def part(kept: np.ndarray) -> float:
        place = targets.members(task.rows, kept)
        whole = len(place) == len(task.rows)
        own = state if whole else metric.take_rows(state, place)
        return float(metric.compare(own, targets.space if whole else targets.space_of(place)))

    return part


def _right(x: Float[np.ndarray, "n p"], labels: LabelTargets) -> np.ndarray:
    task = labels.task
    columns = [list(range(labels.count))]
    fit = held_out_ridge(x[task.rows], task.values, task.groups, task.fold, columns)
    return np.asarray(fit.predicted.argmax(axis=1) == labels.codes)


def _of_labels(
    right: np.ndarray, targets: LayerTargets, labels: LabelTargets
) -> Callable[[np.ndarray], float]:
    def part(kept: np.ndarray) -> float:
        place = targets.members(labels.task.rows, kept)
        codes = labels.codes[place]
        of_class = [right[place][codes == c].mean() for c in np.unique(codes)]
        return float(np.mean(of_class)) - 1 / labels.count

    return part


def last_change(depth: Float[np.ndarray, " a"], values: Float[np.ndarray, "... a"]) -> Any:
    """Return the last value less that at two thirds of the depth, on the line between layers."""
    at = LAST_THIRD * depth[-1]
    after = int(np.clip(np.searchsorted(depth, at), 1, len(depth) - 1)) if len(depth) > 1 else 0
    if after == 0:
        return np.full(values.shape[:-1], np.nan)
    gap = depth[after] - depth[after - 1]
    share = np.clip((at - depth[after - 1]) / gap, 0.0, 1.0) if gap > 0 else 0.0
    start = (1 - share) * values[..., after - 1] + share * values[..., after]
    return values[..., -1] - start
