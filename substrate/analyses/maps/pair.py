"""How well do two encoders predict each other, and what freedom does the map need?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.maps.prepared import (
    TOPS,
    HalvedRows,
    HeldOutPrediction,
    ScoredSide,
    error_of,
    sides_of,
)
from substrate.analyses.shared.samples import Sizes, shared_seeds, sizes
from substrate.analyses.shared.samples import explained as refusals_explained
from substrate.analyses.shared.units import Units
from substrate.analyses.spec import Analysis, AnalysisError, Inputs
from substrate.encoder_ref import EncoderRef, twins_of
from substrate.numerics.alignment import AlignmentError
from substrate.numerics.estimates import Estimate, Null, too_few, undefined_without
from substrate.numerics.intervals import MIN_GROUPS, Jackknife, group_members, with_draws
from substrate.numerics.maps.families import (
    FAMILIES,
    NESTED,
    Freedom,
    Pair,
    Penalties,
    reliability,
)
from substrate.numerics.maps.retrieval import hits, similarities, verification
from substrate.numerics.nulls import no_chance_of, row_orders, threshold
from substrate.numerics.scales import PLAIN, SHARE
from substrate.runs import Run

#: Permutations at most, and for layers wider than `WIDE`, whose matchings take long.
PERMUTATIONS, FEW_PERMUTATIONS, WIDE = 199, 39, 1024
#: Curves of `Classes` beside those of the families of maps.
UNMAPPED, FIRST, SECOND = "unmapped", "first alone", "second alone"
CURVES = (UNMAPPED, *FAMILIES, FIRST, SECOND)


@dataclass(frozen=True)
class MapsParams:
    """Two encoders with a layer each, a domain, K of the substrate map, and the nulls.

    ``seeds`` are those of the untrained twins, which take the source's place.
    """

    encoders: tuple[str, str]
    layers: tuple[str, str]
    domain: str
    components: int
    seeds: tuple[int, ...]
    permutations: int
    seed: int


@dataclass(frozen=True, eq=False)
class Prediction:
    """What one family of maps carries from a source to a target on images it was not fitted to.

    Attributes
    ----------
    r2
        Share of the target's variance that is predicted, over all units together; its null is
        that of maps fitted to photographs permuted between the encoders.
    found
        Share of images whose prediction is nearest (and among the five nearest) to the same image
        in the target; images of the same photograph are no candidates. ``chance`` beside it.
    twins
        R2 from each draw of the source's untrained twins; ``gain`` is r2 less their mean.
    ceiling
        What the maps' own uncertainty leaves room for: `reliability` of split halves of the fitted
        photographs; NaN below ten photographs.
    error
        Equal error rate of telling by the mapped similarity whether two images, one of either
        encoder, are of one class; None without labels.
    """

    source: str
    target: str
    family: str
    r2: Estimate
    found: tuple[Estimate, ...]
    chance: tuple[float, ...]
    twins: Float[np.ndarray, " m"]
    gain: Estimate
    ceiling: float
    error: Estimate | None


@dataclass(frozen=True, eq=False)
class Step:
    """How much more a richer family of maps predicts than the one before it."""

    source: str
    target: str
    poorer: str
    richer: str
    gain: Estimate


@dataclass(frozen=True, eq=False)
class Classes:
    """Telling whether two images are of one class, before and after mapping.

    ``unmapped`` compares the K leading principal scores of either encoder as they are, ``alone``
    are the encoders' own features. ``curves`` are shares of pairs of one class accepted where so
    many (``false_accepted``) of two are: by name, see `CURVES`. ``same`` and ``different`` count
    the pairs.
    """

    labels: int
    same: int
    different: int
    unmapped: Estimate
    alone: tuple[Estimate, Estimate]
    false_accepted: Float[np.ndarray, " t"]
    curves: dict[str, Float[np.ndarray, " t"]]


@dataclass(frozen=True, eq=False)
class Maps:
    """Two encoders predicting each other; ``predictions`` in the order of directions, families.

    ``ridge`` are the penalties of the affine maps and ``itself`` the R2 of each target predicted
    from itself by such a map, fitted to as many images: below 1 where units outnumber images.
    ``units`` counts each encoder's units; ``by_unit`` is R2 of each unit of the second encoder by
    the affine map from the first, and the other way round, NaN where a unit does not vary.
    """

    size: Sizes
    encoders: tuple[str, str]
    layers: tuple[str, str]
    k: int
    n_fit: int
    n_test: int
    divided: str
    units: tuple[Units, Units]
    ridge: tuple[float, float]
    itself: tuple[float, float]
    by_unit: tuple[Float[np.ndarray, " q"], Float[np.ndarray, " p"]]
    classes: Classes | None
    predictions: tuple[Prediction, ...]
    steps: tuple[Step, ...]
    permutations: int
    reason: str
    seed: int

    def of(self, source: str, family: str) -> Prediction:
        """Return what a family of maps from one of the encoders predicts."""
        return next(p for p in self.predictions if (p.source, p.family) == (source, family))


@refusals_explained
def compute_maps(run: Run, params: MapsParams) -> Maps:
    """Fit maps both ways on half of the photographs and judge them on the other half."""
    first, second = params.encoders
    if first == second and params.layers[0] == params.layers[1]:
        raise AnalysisError("A layer predicts itself: choose two encoders, or two layers.")
    try:
        return _compute(run, params)
    except AlignmentError as error:
        raise AnalysisError(f"{first} and {second}: {error}") from error


def _compute(run: Run, params: MapsParams) -> Maps:
    rows, size = HalvedRows.of(run, params.domain, params.seed), sizes(run, params.domain)
    sides = [sides_of(_raw(run, params, i), rows) for i in (0, 1)]
    widest = max(side[0].fit.shape[1] for side in sides)
    permutations = min(params.permutations, FEW_PERMUTATIONS if widest > WIDE else PERMUTATIONS)
    orders = row_orders(rows.fit_groups, permutations, params.seed)
    predictions: list[Prediction] = []
    steps: list[Step] = []
    ridge, itself, by_unit, ways = [], [], [], []
    for i in (0, 1):
        source, target = sides[i], sides[1 - i]
        way = _Way.of(params, i, source, target, rows, size)
        twins = [sides_of(_raw(run, params, i, seed), rows) for seed in params.seeds]
        predictions += way.predictions(twins, orders)
        steps += way.steps()
        ways.append(way)
        by_unit.append(way.whole[FAMILIES.index("affine")].by_unit())
        ridge.append(way.freedom.ridge)
        own = Freedom(Penalties.of(target[0].fit, rows.fit_groups).best(target[0].fit))
        itself.append(HeldOutPrediction.of("affine", target[0], target[0], own).explained())
    reason = too_few(rows.photographs, size.nouns.groups, MIN_GROUPS, "interval")
    return Maps(
        size=size,
        encoders=params.encoders,
        layers=params.layers,
        k=params.components,
        n_fit=len(rows.fit),
        n_test=len(rows.test),
        divided=rows.unit,
        units=(_units(sides[0][0]), _units(sides[1][0])),
        ridge=(ridge[0], ridge[1]),
        itself=(itself[0], itself[1]),
        by_unit=(by_unit[0], by_unit[1]),
        classes=_classes(ways[0], size),
        predictions=tuple(predictions),
        steps=tuple(steps),
        permutations=permutations,
        reason="" if rows.enough else reason,
        seed=params.seed,
    )


def _raw(run: Run, params: MapsParams, side: int, twin: int | None = None) -> np.ndarray:
    ref = EncoderRef(params.encoders[side], twin=twin)
    return run.representation(ref, params.domain, params.layers[side]).features


def _units(side: ScoredSide) -> Units:
    return Units(side.left_out, side.fit.shape[1])


@dataclass(frozen=True, eq=False)
class _Way:
    """One direction: maps of every family on the whole fit half, and the measures of all of them.

    ``jackknife`` has families by measures; its samples are the blocks of either half.
    """

    names: tuple[str, str]
    source: tuple[ScoredSide, ...]
    target: tuple[ScoredSide, ...]
    rows: HalvedRows
    penalties: Penalties
    freedom: Freedom
    whole: tuple[HeldOutPrediction, ...]
    jackknife: Jackknife

    @classmethod
    def of(
        cls,
        params: MapsParams,
        side: int,
        source: tuple[ScoredSide, ...],
        target: tuple[ScoredSide, ...],
        rows: HalvedRows,
        size: Sizes,
    ) -> _Way:
        """Fit every family to the whole fit half and without each block of it, and measure all."""
        penalties = Penalties.of(source[0].fit, rows.fit_groups)
        freedom = Freedom(penalties.best(target[0].fit), params.components)
        whole = tuple(HeldOutPrediction.of(f, source[0], target[0], freedom) for f in FAMILIES)
        groups, labels = rows.test_groups, rows.test_labels
        value = np.array([judged.measures(groups, labels) for judged in whole])
        names = params.encoders[side], params.encoders[1 - side]
        unit = size.nouns.groups
        if not rows.enough:
            reason = too_few(rows.photographs, unit, MIN_GROUPS, "interval")
            jackknife = Jackknife(value, (), unit, rows.photographs, reason)
            return cls(names, source, target, rows, penalties, freedom, whole, jackknife)
        of_fit = [
            [HeldOutPrediction.of(f, a, b, freedom).measures(groups, labels) for f in FAMILIES]
            for a, b in zip(source[1:], target[1:], strict=True)
        ]
        of_test = [
            [judged.measures(groups, labels, kept) for judged in whole]
            for kept in rows.without_blocks(rows.test)
        ]
        replicates = (np.array(of_fit), np.array(of_test))
        jackknife = Jackknife(value, replicates, unit, rows.photographs)
        return cls(names, source, target, rows, penalties, freedom, whole, jackknife)

    def predictions(
        self, twins: Sequence[tuple[ScoredSide, ...]], orders: Int[np.ndarray, "c f"]
    ) -> Iterator[Prediction]:
        """Yield each family's prediction beside its null, the source's twins and its ceiling."""
        nulls, halves = self._null(orders), self._halves() if self.rows.enough else None
        drawn = [self._of_twin(sides) for sides in twins]
        groups = self.rows.test_groups
        chance = tuple(float(hits(self.whole[0].scores, groups, top)[1].mean()) for top in TOPS)
        for f, family in enumerate(FAMILIES):
            draws = np.array([one.value[f] for one in drawn])
            r2 = self.jackknife.at((f, 0)).interval(PLAIN)
            yield Prediction(
                source=self.names[0],
                target=self.names[1],
                family=family,
                r2=replace(r2, null=self._beside(r2.value, nulls[:, f])),
                found=tuple(
                    self.jackknife.at((f, 1 + i)).interval(SHARE) for i in range(len(TOPS))
                ),
                chance=chance,
                twins=draws,
                gain=self._gain(f, drawn),
                ceiling=reliability(*(j.predicted for j in halves[f])) if halves else float("nan"),
                error=self._error(f),
            )

    def _error(self, family: int) -> Estimate | None:
        """Return the equal error rate of a family's map, None without labels."""
        if self.rows.test_labels is None:
            return None
        return bounded(self.jackknife.at((family, 1 + len(TOPS))))

    def steps(self) -> Iterator[Step]:
        """Yield what each nested family predicts beyond the one before it."""
        for poorer, richer in pairwise(NESTED):
            before, after = FAMILIES.index(poorer), FAMILIES.index(richer)
            gain = self._derived(partial(_difference, after, before))
            yield Step(*self.names, poorer, richer, gain.interval(PLAIN))

    def _derived(self, function: Callable[[np.ndarray], Any]) -> Jackknife:
        """Return the jackknife of something computed from the measures."""
        values = self.jackknife
        replicates = tuple(function(r) for r in values.replicates)
        return replace(values, value=function(values.value), replicates=replicates)

    def _null(self, orders: Int[np.ndarray, "c f"]) -> Float[np.ndarray, "c f"]:
        """Return R2 of maps fitted to photographs that do not belong together, by family.

        Each order chooses its own penalty, as the observed one did.
        """
        source, target = self.source[0], self.target[0]
        pair, values = source.to(target), []
        for order in orders:
            moved = pair.shuffled(order)
            freedom = replace(self.freedom, ridge=self.penalties.best(moved.y))
            values.append(
                [
                    HeldOutPrediction.of(f, source, target, freedom, moved).explained()
                    for f in FAMILIES
                ]
            )
        return np.array(values).reshape(len(orders), len(FAMILIES))

    def _beside(self, value: float, null: Float[np.ndarray, " c"]) -> Null | None:
        """Return what chance gives; no level where the fit half has too few photographs."""
        if not len(null):
            return None
        mean = float(null.mean())
        if no_chance_of(len(np.unique(self.rows.fit_groups))):
            return Null(mean=mean)
        every = np.append(null, value)
        p = float(np.mean(every >= value))
        return Null(mean=mean, level=threshold(every), p=p)

    def _halves(self) -> list[list[HeldOutPrediction]]:
        """Return every family's predictions from either half of the fit half's photographs."""
        members = group_members(self.rows.fit_groups)
        order = np.random.default_rng(self.rows.seed).permutation(len(members))
        source, target, halves = self.source[0], self.target[0], []
        for part in (order[::2], order[1::2]):
            kept = np.sort(np.concatenate([members[g] for g in part]))
            pair = Pair.of(source.fit[kept], target.fit[kept])
            halves.append(
                [HeldOutPrediction.of(f, source, target, self.freedom, pair) for f in FAMILIES]
            )
        return [list(both) for both in zip(*halves, strict=True)]

    def _of_twin(self, sides: tuple[ScoredSide, ...]) -> _Twin:
        """Measure R2 alone where an untrained twin takes the source's place."""
        best = Penalties.of(sides[0].fit, self.rows.fit_groups).best(self.target[0].fit)
        freedom = replace(self.freedom, ridge=best)

        def fitted(side: ScoredSide, target: ScoredSide) -> list[HeldOutPrediction]:
            return [HeldOutPrediction.of(f, side, target, freedom) for f in FAMILIES]

        whole = fitted(sides[0], self.target[0])
        of_fit = [
            [judged.explained() for judged in fitted(a, b)]
            for a, b in zip(sides[1:], self.target[1:], strict=True)
        ]
        blocks = self.rows.without_blocks(self.rows.test) if self.rows.enough else ()
        of_test = [[judged.explained(kept) for judged in whole] for kept in blocks]
        value = np.array([judged.explained() for judged in whole])
        return _Twin(value, (np.array(of_fit), np.array(of_test)))

    def _gain(self, family: int, twins: Sequence[_Twin]) -> Estimate:
        """Return R2 less the mean of the twins', with what photographs and draws add."""
        own, unit, units = self.jackknife, self.jackknife.unit, self.jackknife.n_units
        if not twins:
            reason = "No comparison: the study has no untrained twins of this encoder."
            return Estimate(float("nan"), reason=reason, unit=unit, n_units=units)
        draws = np.array([twin.value[family] for twin in twins])
        replicates = tuple(
            r[:, family, 0] - np.mean([twin.replicates[i][:, family] for twin in twins], axis=0)
            for i, r in enumerate(own.replicates)
        )
        value = np.asarray(own.value[family, 0] - draws.mean())
        less = replace(own, value=value, replicates=replicates)
        return with_draws(less.interval(PLAIN), draws)


@dataclass(frozen=True, eq=False)
class _Twin:
    """R2 by family from one draw of untrained twins, and without each block of either half."""

    value: Float[np.ndarray, " f"]
    replicates: tuple[np.ndarray, np.ndarray]


def _difference(richer: int, poorer: int, values: np.ndarray) -> np.ndarray:
    """Return what one family predicts beyond another, in R2."""
    return np.asarray(values[..., richer, 0] - values[..., poorer, 0])


def _classes(way: _Way, size: Sizes) -> Classes | None:
    """Tell pairs of one class by either encoder alone, by unmapped scores, and after mapping."""
    rows, labels = way.rows, way.rows.test_labels
    if labels is None:
        return None
    groups, source, target = rows.test_groups, way.source[0], way.target[0]
    k = min(way.freedom.components, source.span.scores.shape[1], target.span.scores.shape[1])
    principal = [
        (side.test - side.span.mean) @ side.span.vectors[:, :k] for side in (source, target)
    ]
    scores: dict[str, np.ndarray] = {
        UNMAPPED: similarities(principal[0], principal[1]),
        FIRST: similarities(source.test, source.test),
        SECOND: similarities(target.test, target.test),
        **{FAMILIES[f]: judged.scores for f, judged in enumerate(way.whole)},
    }
    verified = {name: verification(score, labels, groups) for name, score in scores.items()}
    axis = np.linspace(0, 1, 101)

    def error(name: str) -> Estimate:
        return bounded(_jackknifed_error(scores[name], labels, rows, size))

    return Classes(
        labels=len(set(labels)),
        same=verified[UNMAPPED].same,
        different=verified[UNMAPPED].different,
        unmapped=error(UNMAPPED),
        alone=(error(FIRST), error(SECOND)),
        false_accepted=axis,
        curves={n: np.interp(axis, v.false_accepted, v.accepted) for n, v in verified.items()},
    )


def _jackknifed_error(
    scores: Float[np.ndarray, "t t"], labels: np.ndarray, rows: HalvedRows, size: Sizes
) -> Jackknife:
    """Leave blocks of held-out photographs out of similarities that nothing was fitted for."""
    groups, unit = rows.test_groups, size.nouns.groups
    value = error_of(scores, labels, groups)
    if not rows.enough:
        reason = too_few(rows.photographs, unit, MIN_GROUPS, "interval")
        return Jackknife(value, (), unit, rows.photographs, reason)
    left_out = [
        error_of(scores[np.ix_(kept, kept)], labels[kept], groups[kept])
        for kept in rows.without_blocks(rows.test)
    ]
    return Jackknife(value, (np.array(left_out),), unit, rows.photographs)


def bounded(jackknife: Jackknife) -> Estimate:
    """Return a share with its interval; without one where a replicate has no value."""
    if all(np.isfinite(replicates).all() for replicates in jackknife.replicates):
        return jackknife.interval(SHARE)
    return jackknife.without_bounds(undefined_without(jackknife.unit))


def _inputs(_run: Run, params: MapsParams) -> Inputs:
    own = tuple(dict.fromkeys(params.encoders))
    return own + twins_of(own, params.seeds), (params.domain,)


MAPS = Analysis(
    key="maps.pair", version=2, params=MapsParams, result=Maps, inputs=_inputs, compute=compute_maps
)


def maps_params(
    run: Run,
    encoders: tuple[str, str],
    domain: str,
    layers: tuple[str, str] | None = None,
) -> MapsParams:
    """Return the study's K, permutations, seed and twins for two encoders on a domain.

    Without ``layers`` the last pooled one of each.
    """
    first, second = (run.encoders[name].default_layer for name in encoders)
    return MapsParams(
        encoders=encoders,
        layers=layers or (first, second),
        domain=domain,
        components=int(run.study["components"]),
        seeds=shared_seeds(run, encoders, (domain,)),
        permutations=int(run.study["permutations"]),
        seed=int(run.study["seed"]),
    )


def defaults(run: Run) -> Iterator[tuple[Analysis, Any]]:
    """Yield the run's first two encoders on its main domain."""
    if len(run.panel) > 1:
        yield MAPS, maps_params(run, run.first_two, run.main_domain)
