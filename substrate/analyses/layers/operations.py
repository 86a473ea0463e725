"""Do two encoders take the same steps, and at which step do they part?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from jaxtyping import Bool, Float, Int

from substrate.analyses.layers.living import lives, living_layers
from substrate.analyses.shared.effort import chosen_rows
from substrate.analyses.shared.samples import Sizes, sizes
from substrate.analyses.spec import Analysis, AnalysisError, Inputs
from substrate.encoder_ref import EncoderRef
from substrate.numerics.depth.divergence import (
    comparable_stages,
    resolution,
    slopes,
    stage_distances,
)
from substrate.numerics.depth.operations import change_cosines, gram_changes
from substrate.numerics.depth.steps import distances, moving
from substrate.numerics.estimates import Estimate
from substrate.numerics.intervals import MIN_DRAWS, MIN_GROUPS, group_jackknife
from substrate.numerics.metrics.imbalance import RankState, prepare, take_rows
from substrate.numerics.metrics.spec import UndefinedScoreError
from substrate.numerics.nulls import row_orders
from substrate.numerics.scales import CORRELATION
from substrate.runs import LayerInfo, Run

#: Samples that are compared at most, blocks of photographs left out, orders of the null.
SAMPLES, BLOCKS, ORDERS = 384, 20, 99


@dataclass(frozen=True)
class OperationsParams:
    """Two encoders on one domain."""

    first: str
    second: str
    domain: str
    seed: int = 0


@dataclass(frozen=True, eq=False)
class StepsOf:
    """The steps of one encoder: the layers that they join, and which change width or pooling."""

    encoder: str
    layers: tuple[str, ...]
    depth: Float[np.ndarray, " a"]
    transition: Bool[np.ndarray, " s"]

    @property
    def names(self) -> tuple[str, ...]:
        """Name every step by its two layers."""
        return tuple(f"{before} to {after}" for before, after in pairwise(self.layers))


@dataclass(frozen=True, eq=False)
class Operations:
    """Every step of one encoder beside every step of another, and where the two part.

    ``alike`` holds the cosines of the changes of similarities, ``low`` and ``high`` the 95 %
    intervals that cover all pairs at once (NaN where ``slope.reason`` says why), ``null`` what rows
    shuffled by photograph give them on average, ``level`` the 95 % level of the closest of all
    pairs (None below ten photographs). ``stages`` are the layers of the first encoder that are
    compared with those of the second in ``met``, ``distance`` is how far they are from each other,
    ``slope`` its change per unit of depth, with intervals that cover all steps at once.
    ``resolution`` is by how much unequal lists of layers (``uneven``) could make the distance grow
    at a step, 0 where they are as long, and ``excess`` the growth less that. Untrained twins: one
    row per seed, at the same stages.
    """

    domain: str
    size: Sizes
    first: StepsOf
    second: StepsOf
    stages: StepsOf
    met: StepsOf
    uneven: bool
    alike: Float[np.ndarray, "s t"]
    low: Float[np.ndarray, "s t"]
    high: Float[np.ndarray, "s t"]
    null: Float[np.ndarray, "s t"]
    level: float | None
    distance: Estimate
    slope: Estimate
    resolution: Float[np.ndarray, " g"]
    excess: Estimate
    twins_alike: Float[np.ndarray, "d s t"]
    twins_slope: Float[np.ndarray, "d g"]
    orders: int


def steps_of(run: Run, encoder: str, names: Sequence[str]) -> StepsOf:
    """Return an encoder's steps between the layers of these names."""
    layers = [layer for layer in run.encoders[encoder].feature_layers if layer.name in names]
    return _joined(encoder, layers)


def _stages(run: Run, side: StepsOf, at: Int[np.ndarray, " k"]) -> StepsOf:
    """Return the steps between some layers of an encoder, evenly spaced in depth."""
    by_name = {layer.name: layer for layer in run.encoders[side.encoder].feature_layers}
    joined = _joined(side.encoder, [by_name[side.layers[i]] for i in at])
    return replace(joined, depth=np.linspace(0.0, 1.0, len(at)))


def _joined(encoder: str, layers: Sequence[LayerInfo]) -> StepsOf:
    kinds = [(layer.width, layer.pooling) for layer in layers]
    return StepsOf(
        encoder,
        tuple(layer.name for layer in layers),
        np.array([layer.depth for layer in layers]),
        np.array([a != b for a, b in pairwise(kinds)], dtype=bool),
    )


def twin_seeds(run: Run, params: OperationsParams) -> tuple[int, ...]:
    """Return the seeds of which both have an untrained twin, as many as are compared."""
    both = set(run.untrained_seeds(params.first, params.domain)) & set(
        run.untrained_seeds(params.second, params.domain)
    )
    return tuple(sorted(both))[:MIN_DRAWS]


def _inputs(run: Run, params: OperationsParams) -> Inputs:
    names = (params.first, params.second)
    twins = [EncoderRef(name, twin=s) for s in twin_seeds(run, params) for name in names]
    return (*(EncoderRef(name) for name in names), *twins), (params.domain,)


Stages = tuple[Int[np.ndarray, " k"], Int[np.ndarray, " k"]]


@dataclass(frozen=True, eq=False)
class _Pair:
    """The layers of two networks on the same samples: as they are, and ranked."""

    features: tuple[list[np.ndarray], list[np.ndarray]]
    states: tuple[list[RankState], list[RankState]]
    groups: np.ndarray

    def stages(self) -> tuple[Stages, bool]:
        """Return the layers that are compared, and whether one network has more that move."""
        first, second = (distances(side) for side in self.states)
        return comparable_stages(first, second), len(moving(first)) != len(moving(second))

    def at(
        self, stages: Stages, rows: Int[np.ndarray, " k"]
    ) -> tuple[list[RankState], list[RankState]]:
        """Return the ranks of both networks at the stages, among some samples."""
        first, second = (
            [take_rows(side[i], rows) for i in layers]
            for side, layers in zip(self.states, stages, strict=True)
        )
        return first, second

    def changes(
        self, rows: Int[np.ndarray, " k"]
    ) -> tuple[Float[np.ndarray, "s k k"], Float[np.ndarray, "t k k"]]:
        """Return how the steps of both change the similarities of some samples."""
        first, second = (
            gram_changes([x[rows] for x in side], self.groups[rows]) for side in self.features
        )
        return first, second


def _pair(
    run: Run,
    refs: Sequence[EncoderRef],
    domain: str,
    rows: Int[np.ndarray, " n"],
    sides: tuple[StepsOf, StepsOf],
) -> _Pair:
    groups = run.groups(domain)[rows]
    read = [
        [run.representation(ref, domain, name).features[rows] for name in side.layers]
        for ref, side in zip(refs, sides, strict=True)
    ]
    ranked = [[prepare(x, groups=groups) for x in side] for side in read]
    return _Pair((read[0], read[1]), (ranked[0], ranked[1]), groups)


def _compute(run: Run, params: OperationsParams) -> Operations:
    rows = chosen_rows(run.groups(params.domain), SAMPLES, params.seed)
    first, second = (
        steps_of(run, name, living_layers(run, EncoderRef(name), params.domain, rows))
        for name in (params.first, params.second)
    )
    short = [one.encoder for one in (first, second) if len(one.layers) < 3]
    if short:
        raise AnalysisError(
            f"{run.encoders[short[0]].title} has fewer than three layers: there are no steps to "
            "compare. Extract further layers (layers: all)."
        )
    try:
        return _compared(run, params, (first, second), rows)
    except UndefinedScoreError as error:
        raise AnalysisError(str(error)) from error


def _compared(
    run: Run,
    params: OperationsParams,
    sides: tuple[StepsOf, StepsOf],
    rows: Int[np.ndarray, " n"],
) -> Operations:
    names, every = (params.first, params.second), np.arange(len(rows))
    pair = _pair(run, [EncoderRef(name) for name in names], params.domain, rows, sides)
    shape = (len(sides[0].names), len(sides[1].names))
    chosen, uneven = pair.stages()
    stages, met = (_stages(run, *one) for one in zip(sides, chosen, strict=True))
    count = len(stages.layers)

    def statistic(kept: Int[np.ndarray, " k"]) -> Float[np.ndarray, " v"]:
        first, second = pair.at(chosen, kept)
        far = stage_distances(first, second)
        explained = resolution(first, second)[1:] if uneven else np.zeros(count - 1)
        alike = change_cosines(*pair.changes(kept))
        parts = (far, slopes(far, stages.depth), explained, np.diff(far) - explained)
        return np.concatenate([*parts, alike.ravel()])

    unit = run.domains[params.domain].nouns.groups
    jackknife = group_jackknife(
        statistic, pair.groups, unit=unit, max_units=BLOCKS, seed=params.seed
    )
    changes = pair.changes(every)
    orders = row_orders(pair.groups, ORDERS, params.seed)
    null = np.array([change_cosines(*changes, order) for order in orders])
    enough = len(np.unique(pair.groups)) >= MIN_GROUPS
    level = float(np.quantile(np.nanmax(null, axis=(1, 2)), 0.95)) if enough else None
    drawn = [[EncoderRef(name, twin=seed) for name in names] for seed in twin_seeds(run, params)]
    twins = [
        _pair(run, refs, params.domain, rows, sides)
        for refs in drawn
        if all(
            lives(run, ref, params.domain, rows, side.layers)
            for ref, side in zip(refs, sides, strict=True)
        )
    ]
    ends = np.cumsum([count, count - 1, count - 1, count - 1])
    cosines = jackknife.at(slice(int(ends[3]), None)).interval(CORRELATION, jointly=True)
    return Operations(
        domain=params.domain,
        size=sizes(run, params.domain, rows),
        first=sides[0],
        second=sides[1],
        stages=stages,
        met=met,
        uneven=uneven,
        alike=_as_matrix(cosines.value, shape),
        low=_as_matrix(cosines.low, shape),
        high=_as_matrix(cosines.high, shape),
        null=np.nanmean(null, axis=0),
        level=level,
        distance=jackknife.at(slice(0, count)).interval(),
        slope=jackknife.at(slice(count, int(ends[1]))).interval(jointly=True),
        resolution=np.asarray(jackknife.at(slice(int(ends[1]), int(ends[2]))).value),
        excess=jackknife.at(slice(int(ends[2]), int(ends[3]))).interval(jointly=True),
        twins_alike=np.array([change_cosines(*t.changes(every)) for t in twins]).reshape(
            -1, *shape
        ),
        twins_slope=np.array(
            [slopes(stage_distances(*t.at(chosen, every)), stages.depth) for t in twins]
        ).reshape(-1, count - 1),
        orders=len(orders),
    )


def _as_matrix(values: np.ndarray | None, shape: tuple[int, int]) -> Float[np.ndarray, "s t"]:
    return np.full(shape, np.nan) if values is None else np.asarray(values).reshape(shape)


OPERATIONS = Analysis(
    key="layers.operations",
    version=3,
    params=OperationsParams,
    result=Operations,
    inputs=_inputs,
    compute=_compute,
)


def operations_params(run: Run, first: str, second: str, domain: str) -> OperationsParams:
    """Return the parameters for a pair, with the study's seed."""
    return OperationsParams(first, second, domain, int(run.study["seed"]))
