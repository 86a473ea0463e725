"""Every layer of every encoder against every layer of all of them, as one matrix."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.layers.side_by_side import layers_side_by_side
from substrate.analyses.shared.effort import DEFAULT_METRIC, chosen_rows, known_metric
from substrate.analyses.shared.grid import STACKED, prepare
from substrate.analyses.shared.order import alike_order
from substrate.analyses.shared.samples import Sizes, sizes
from substrate.analyses.spec import Analysis, AnalysisError, Inputs
from substrate.numerics.estimates import Estimate, too_few
from substrate.numerics.intervals import encoder_jackknife
from substrate.numerics.metrics import METRICS
from substrate.numerics.nulls import MIN_GROUPS, row_orders, threshold
from substrate.runs import Run

#: Samples that are compared at most, and orders of the null: what gives a 95 % level and no more.
SAMPLES, ORDERS = 512, 19
#: Milliseconds that a layer takes to be prepared and a pair to be compared and shuffled: 512
#: samples, 192 units, one core. A pair of a symmetric metric is compared once for both ways.
COSTS = {
    "linear_cka": (2, 2),
    "debiased_cka": (3, 2),
    "information_imbalance": (80, 3),
    "rbf_cka": (54, 0.2),
    "mean_cca": (21, 8),
    "r2_cca": (16, 4),
    "svcca": (51, 16),
    "pwcca": (29, 34),
    "procrustes_angular": (3, 14),
    "procrustes_normalised": (1, 15),
    "procrustes_size_and_shape": (3, 13),
    "nuclear_similarity": (3, 10),
    "shape_alpha": (57, 11),
    "bures": (18, 3),
    "bures_cosine": (19, 2.5),
    "mutual_knn": (27, 1),
    "jaccard_knn": (24, 4),
    "cknna": (44, 0.5),
    "linear_predictivity": (6, 252),
    "correlation_match": (1, 10),
    "soft_match": (5, 1.5),
    "permutation_procrustes": (0.4, 27),
}
USUAL = (70, 0.5)


@dataclass(frozen=True)
class EveryLayerParams:
    """Encoders on one domain, by one metric."""

    encoders: tuple[str, ...]
    domain: str
    metric: str = DEFAULT_METRIC
    seed: int = 0


@dataclass(frozen=True, eq=False)
class EveryLayer:
    """All layers up to the last features, in the order of their depth, encoder by encoder.

    ``owner`` numbers the encoder of each layer; rows are the side that a metric with two directions
    starts from. ``level`` is the 95 % level of the closest of all pairs of different encoders with
    whole photographs shuffled, ``null_mean`` what all such pairs then give on average; None where
    ``null_reason`` says why. ``by_family`` holds, for a metric with two directions, the mean over
    pairs of encoders of two of the ``families`` (row by row, their last features), over recipes.
    ``kin`` holds the mean over all layers of two different encoders of these families, row by row,
    and behind them the mean within families less that between, over recipes; NaN where a family
    has one encoder alone.
    """

    domain: str
    size: Sizes
    metric: str
    label: str
    closer: str
    symmetric: bool
    encoders: tuple[str, ...]
    owner: Int[np.ndarray, " l"]
    layers: tuple[str, ...]
    depth: Float[np.ndarray, " l"]
    values: Float[np.ndarray, "l l"]
    null_mean: float | None
    level: float | None
    null_reason: str
    missing: tuple[str, ...]
    families: tuple[str, ...]
    by_family: Estimate | None
    kin: Estimate

    @property
    def between(self) -> np.ndarray:
        """Tell which cells with a value are of two different encoders."""
        return (self.owner[:, None] != self.owner) & np.isfinite(self.values)


@dataclass(frozen=True)
class Cost:
    """How many layers and ordered pairs of them there are, and about how long they take."""

    layers: int
    pairs: int
    seconds: float


def cost(run: Run, params: EveryLayerParams) -> Cost:
    """Return what a grid is about to cost, about, from measured times."""
    count = sum(len(run.encoders[name].feature_layers) for name in params.encoders)
    ready, pair = COSTS.get(params.metric, USUAL)
    pairs = count * count
    alone = pairs / 2 if METRICS[params.metric].symmetric else pairs
    share = max(0.25, min(1.0, run.domains[params.domain].n / SAMPLES))
    return Cost(count, pairs, share * (count * ready + alone * pair) / 1000)


def _inputs(run: Run, params: EveryLayerParams) -> Inputs:
    return params.encoders, (params.domain,)


def _compute(run: Run, params: EveryLayerParams) -> EveryLayer:
    metric = METRICS[known_metric(params.metric)]
    if len(params.encoders) < 2:
        raise AnalysisError("All layers of one encoder stand in Two encoders; choose two at least.")
    rows = chosen_rows(run.groups(params.domain), SAMPLES, params.seed)
    groups = run.groups(params.domain)[rows]
    every = layers_side_by_side(run, params.encoders, params.domain, rows)
    grid = prepare(params.metric, every.features, every.features, groups)
    values, missing = grid.values()
    owner = every.owner
    between = (owner[:, None] != owner) & np.isfinite(values)
    unit = run.domains[params.domain].nouns.groups
    mean, level, reason = None, None, _no_null(params.metric, groups, unit)
    if not reason and between.any():
        null = grid.permuted(row_orders(groups, ORDERS, params.seed))[:, between]
        sign = 1.0 if metric.closer == "higher" else -1.0
        closest = np.append((sign * null).max(axis=1), (sign * values[between]).max())
        mean, level = float(null.mean()), sign * threshold(closest)
    return EveryLayer(
        params.domain,
        sizes(run, params.domain, rows),
        params.metric,
        metric.label,
        metric.closer,
        metric.symmetric,
        params.encoders,
        owner,
        every.names,
        every.depth,
        values,
        mean,
        level,
        reason,
        (*grid.reasons, *missing),
        *_by_family(run, params, values, owner),
        _kin(run, params.encoders, encoder_means(values, owner)),
    )


def encoder_means(values: Float[np.ndarray, "l l"], owner: np.ndarray) -> Float[np.ndarray, "e e"]:
    """Return the mean over all layers of every two encoders, NaN where none has a value."""
    of = owner == np.arange(owner.max() + 1)[:, None]
    finite = np.isfinite(values)
    total = of @ np.where(finite, values, 0.0) @ of.T
    count = of.astype(float) @ finite @ of.T
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _kin(run: Run, encoders: tuple[str, ...], means: Float[np.ndarray, "e e"]) -> Estimate:
    """Return how near families are to themselves and to each other, over recipes."""
    of = np.array([run.family(name) for name in encoders])
    families = list(dict.fromkeys(of.tolist()))

    def mean(rows: Int[np.ndarray, " k"]) -> Float[np.ndarray, " f"]:
        kin, other = of[rows][:, None] == of[rows], rows[:, None] != rows
        here = means[np.ix_(rows, rows)]
        cells = [
            (of[rows] == a)[:, None] & (of[rows] == b) & other for a in families for b in families
        ]
        parts = [_mean(here[cell]) for cell in cells]
        return np.array([*parts, _mean(here[kin & other]) - _mean(here[~kin])])

    return encoder_jackknife(mean, len(of), recipes=[run.recipe(name) for name in encoders])


def _mean(values: Float[np.ndarray, " k"]) -> float:
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if finite.size else float("nan")


def clustered(result: EveryLayer) -> EveryLayer:
    """Return a matrix with the encoders in an order in which neighbours are alike."""
    means = encoder_means(result.values, result.owner)
    far = -means if result.closer == "higher" else means
    far = np.where(np.isfinite(far), far, np.nanmax(far, initial=0.0))
    far = far - far.min()
    np.fill_diagonal(far, 0.0)
    order = alike_order(far)
    layers = np.concatenate([np.flatnonzero(result.owner == at) for at in order])
    place = np.argsort(order)
    return replace(
        result,
        encoders=tuple(result.encoders[at] for at in order),
        owner=place[result.owner[layers]],
        layers=tuple(result.layers[at] for at in layers),
        depth=result.depth[layers],
        values=result.values[np.ix_(layers, layers)],
    )


def _by_family(
    run: Run, params: EveryLayerParams, values: Float[np.ndarray, "l l"], owner: np.ndarray
) -> tuple[tuple[str, ...], Estimate | None]:
    """Return the families, and how well the last features of one tell those of another."""
    of = np.array([run.family(name) for name in params.encoders])
    families = tuple(dict.fromkeys(of.tolist()))
    if METRICS[params.metric].symmetric or len(families) < 2:
        return families, None
    ends = np.array([np.flatnonzero(owner == at)[-1] for at in range(len(params.encoders))])
    last = values[np.ix_(ends, ends)]

    def mean(rows: Int[np.ndarray, " k"]) -> Float[np.ndarray, " f"]:
        kept = [rows[of[rows] == family] for family in families]
        return np.array(
            [
                last[np.ix_(a, b)].mean() if a is not b and a.size and b.size else np.nan
                for a in kept
                for b in kept
            ]
        )

    recipes = [run.recipe(name) for name in params.encoders]
    return families, encoder_jackknife(mean, len(of), recipes=recipes)


def _no_null(metric: str, groups: np.ndarray, unit: str) -> str:
    """Say why nothing is shuffled; "" where it is."""
    count = len(np.unique(groups))
    if count < MIN_GROUPS:
        return too_few(count, unit, MIN_GROUPS, "comparison with chance").rstrip(".")
    if metric not in STACKED and METRICS[metric].permuted_all is None:
        return "shuffled photographs stand in Two encoders: by this metric they take too long here"
    return ""


EVERY_LAYER = Analysis(
    key="layers.every_layer",
    version=3,
    params=EveryLayerParams,
    result=EveryLayer,
    inputs=_inputs,
    compute=_compute,
)


def every_layer_params(run: Run, domain: str, metric: str) -> EveryLayerParams:
    """Return the parameters for the run's panel, with the study's seed."""
    return EveryLayerParams(run.panel, domain, metric, run.study["seed"])
