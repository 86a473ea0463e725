"""Who predicts whom: R2 of affine maps between all encoders of a panel, beside two ceilings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from substrate.analyses.maps.prepared import HalvedRows, HeldOutPrediction, ScoredSide, sides_of
from substrate.analyses.shared.samples import LAYER, Sizes, require, shared_seeds, sizes
from substrate.analyses.shared.samples import explained as refusals_explained
from substrate.analyses.spec import Analysis, AnalysisError, Inputs
from substrate.encoder_ref import EncoderRef, twins_of
from substrate.numerics.alignment import AlignmentError
from substrate.numerics.estimates import LEVEL, too_few
from substrate.numerics.intervals import MIN_DRAWS, MIN_GROUPS, Jackknife, with_draws
from substrate.numerics.maps.families import Freedom, Penalties
from substrate.numerics.nulls import no_chance_of, row_orders, threshold
from substrate.runs import Run

#: Orders of the photographs that the largest cell is held against: 19 and the observed make 5 %.
PERMUTATIONS = 19


@dataclass(frozen=True)
class MapsMatrixParams:
    """The encoders, a domain, the seeds of untrained twins and of the split.

    ``siblings`` are further encoders of the same recipes (second seeds), each a ceiling.
    """

    encoders: tuple[str, ...]
    siblings: tuple[str, ...]
    domain: str
    seeds: tuple[int, ...]
    seed: int


@dataclass(frozen=True, eq=False)
class Sibling:
    """What a second seed of a target's recipe predicts of it: a ceiling of other recipes."""

    target: str
    source: str
    r2: float


@dataclass(frozen=True, eq=False)
class MapsMatrix:
    """R2 of affine maps from each encoder (rows) to each other (columns), on unseen images.

    Attributes
    ----------
    values, low, high
        R2 and its 95 % interval; the diagonal is each encoder predicted from itself by such a map,
        fitted to as many images. Bounds are NaN where ``reason`` says why.
    untrained
        The mean over draws of what the row's untrained twins predict of the (trained) column; NaN
        without twins. ``draws`` counts them.
    gain_low, gain_high
        What each cell is above it, as an interval that holds in all cells of two encoders at once
        (Bonferroni), draws of twins included; NaN where there is none.
    level
        What the largest cell of permuted photographs stays below in 95 % of orders; None where
        ``no_chance`` says why.
    """

    size: Sizes
    encoders: tuple[str, ...]
    values: Float[np.ndarray, "e e"]
    low: Float[np.ndarray, "e e"]
    high: Float[np.ndarray, "e e"]
    untrained: Float[np.ndarray, "e e"]
    gain_low: Float[np.ndarray, "e e"]
    gain_high: Float[np.ndarray, "e e"]
    draws: int
    level: float | None
    no_chance: str
    reason: str
    siblings: tuple[Sibling, ...]
    n_fit: int
    n_test: int
    seed: int

    @property
    def above(self) -> Float[np.ndarray, "e e"]:
        """Return by how much each cell exceeds its untrained twins' mean."""
        return self.values - self.untrained

    @property
    def off_diagonal(self) -> Float[np.ndarray, " c"]:
        """Return the cells of two encoders, row by row."""
        return self.values[~np.eye(len(self.values), dtype=bool)]


@refusals_explained
def compute_matrix(run: Run, params: MapsMatrixParams) -> MapsMatrix:
    """Fit an affine map from every encoder to every other and judge it on unseen photographs."""
    require(params.encoders, 2, "encoders")
    try:
        return _compute(run, params)
    except AlignmentError as error:
        raise AnalysisError(str(error)) from error


def _compute(run: Run, params: MapsMatrixParams) -> MapsMatrix:
    rows, size = HalvedRows.of(run, params.domain, params.seed), sizes(run, params.domain)
    sides = [sides_of(_raw(run, params, name), rows) for name in params.encoders]
    penalties = [Penalties.of(side[0].fit, rows.fit_groups) for side in sides]
    ridge = np.array([[p.best(target[0].fit) for target in sides] for p in penalties])
    count = len(sides)
    values, low, high = (np.full((count, count), np.nan) for _ in range(3))
    gain_low, gain_high, untrained = (np.full((count, count), np.nan) for _ in range(3))
    for i, name in enumerate(params.encoders):
        twins = [sides_of(_raw(run, params, name, seed), rows) for seed in params.seeds]
        of_twins = [Penalties.of(twin[0].fit, rows.fit_groups) for twin in twins]
        for j, target in enumerate(sides):
            own = _jackknife(sides[i], target, rows, float(ridge[i, j]), size)
            estimate = own.interval()
            values[i, j] = estimate.value
            if estimate.low is not None and i != j:
                low[i, j], high[i, j] = estimate.low, estimate.high
            if not twins:
                continue
            drawn = [
                _jackknife(twin, target, rows, p.best(target[0].fit), size)
                for twin, p in zip(twins, of_twins, strict=True)
            ]
            untrained[i, j] = np.mean([one.value for one in drawn])
            if i != j:
                gain_low[i, j], gain_high[i, j] = _gain(own, drawn, count * (count - 1))
    no_chance = no_chance_of(len(np.unique(rows.fit_groups)), size.nouns.groups)
    level = None if no_chance else _level(sides, penalties, rows, values, params.seed)
    return MapsMatrix(
        size=size,
        encoders=params.encoders,
        values=values,
        low=low,
        high=high,
        untrained=untrained,
        gain_low=gain_low,
        gain_high=gain_high,
        draws=len(params.seeds),
        level=level,
        no_chance=no_chance,
        reason=""
        if rows.enough
        else too_few(rows.photographs, size.nouns.groups, MIN_GROUPS, "interval"),
        siblings=_siblings(run, params, rows, sides),
        n_fit=len(rows.fit),
        n_test=len(rows.test),
        seed=params.seed,
    )


def _raw(run: Run, params: MapsMatrixParams, name: str, twin: int | None = None) -> np.ndarray:
    return run.representation(EncoderRef(name, twin=twin), params.domain, LAYER).features


def _jackknife(
    source: tuple[ScoredSide, ...],
    target: tuple[ScoredSide, ...],
    rows: HalvedRows,
    ridge: float,
    size: Sizes,
) -> Jackknife:
    freedom, unit = Freedom(ridge), size.nouns.groups
    whole = HeldOutPrediction.of("affine", source[0], target[0], freedom)
    value = whole.explained()
    if not rows.enough:
        reason = too_few(rows.photographs, unit, MIN_GROUPS, "interval")
        return Jackknife(value, (), unit, rows.photographs, reason)
    of_fit = [
        HeldOutPrediction.of("affine", a, b, freedom).explained()
        for a, b in zip(source[1:], target[1:], strict=True)
    ]
    of_test = [whole.explained(kept) for kept in rows.without_blocks(rows.test)]
    return Jackknife(value, (np.array(of_fit), np.array(of_test)), unit, rows.photographs)


def _gain(own: Jackknife, drawn: list[Jackknife], cells: int) -> tuple[float, float]:
    """Return what a cell is above the mean of twins, as an interval at one of so many cells."""
    draws = np.array([one.value for one in drawn])
    less = Jackknife(
        own.value - float(draws.mean()),
        tuple(
            replicates - np.mean([one.replicates[part] for one in drawn], axis=0)
            for part, replicates in enumerate(own.replicates)
        ),
        own.unit,
        own.n_units,
        own.reason,
    )
    level = 1 - (1 - LEVEL) / cells
    gain = with_draws(less.interval(level=level), draws, level=level)
    return (np.nan, np.nan) if gain.low is None else (gain.low, gain.high)


def _level(
    sides: list[tuple[ScoredSide, ...]],
    penalties: list[Penalties],
    rows: HalvedRows,
    values: Float[np.ndarray, "e e"],
    seed: int,
) -> float:
    """Return the 95 % level of the largest cell, the sources' photographs in another order."""
    largest = []
    for order in row_orders(rows.fit_groups, PERMUTATIONS, seed):
        cells = []
        for i, j in np.ndindex(values.shape):
            if i != j:
                source, target = sides[i][0], sides[j][0]
                pair = source.to(target).shuffled(order)
                freedom = Freedom(penalties[i].best(pair.y))
                cells.append(
                    HeldOutPrediction.of("affine", source, target, freedom, pair).explained()
                )
        largest.append(max(cells))
    observed = values[~np.eye(len(values), dtype=bool)].max()
    return threshold(np.append(largest, observed))


def _siblings(
    run: Run, params: MapsMatrixParams, rows: HalvedRows, sides: list[tuple[ScoredSide, ...]]
) -> tuple[Sibling, ...]:
    siblings = []
    for name in params.siblings:
        source = ScoredSide.of(_raw(run, params, name), rows)
        penalties = Penalties.of(source.fit, rows.fit_groups)
        for target, side in zip(params.encoders, sides, strict=True):
            if run.recipe(target) == run.recipe(name) and target != name:
                siblings.append(Sibling(target, name, _explained(source, side[0], penalties)))
    return tuple(siblings)


def _explained(source: ScoredSide, target: ScoredSide, penalties: Penalties) -> float:
    """Return R2 of an affine map with the penalty that its fit rows choose."""
    freedom = Freedom(penalties.best(target.fit))
    return HeldOutPrediction.of("affine", source, target, freedom).explained()


def _inputs(_run: Run, params: MapsMatrixParams) -> Inputs:
    twins = twins_of(params.encoders, params.seeds)
    return params.encoders + params.siblings + twins, (params.domain,)


MAPS_MATRIX = Analysis(
    key="maps.matrix",
    version=2,
    params=MapsMatrixParams,
    result=MapsMatrix,
    inputs=_inputs,
    compute=compute_matrix,
)


def matrix_params(run: Run, encoders: tuple[str, ...], domain: str) -> MapsMatrixParams:
    """Return the panel, second seeds of its recipes, and a few draws of its untrained twins."""
    recipes = {run.recipe(name) for name in encoders}
    siblings = tuple(n for n in run.encoders if n not in encoders and run.recipe(n) in recipes)
    seeds = shared_seeds(run, encoders, (domain,))[:MIN_DRAWS]
    return MapsMatrixParams(encoders, siblings, domain, seeds, int(run.study["seed"]))
