"""Units of two layers matched one to one, judged on other photographs, beside three nulls."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.shared.samples import Sizes, sizes
from substrate.analyses.spec import Analysis, AnalysisError, Inputs
from substrate.analyses.units.intervals import above_draws, block_jackknife
from substrate.analyses.units.place import (
    PlaceParams,
    PlacePass,
    place_inputs,
    read_place,
    shuffled,
    trained,
    twins,
    widths,
)
from substrate.numerics.estimates import Estimate
from substrate.numerics.intervals import Jackknife
from substrate.numerics.scales import CORRELATION, PLAIN
from substrate.numerics.units.blocks import (
    LEAST_BLOCKS,
    JointCovariance,
    PairedBlocks,
    UnitsError,
    parts,
)
from substrate.numerics.units.matching import Matching, cycles, match, stability
from substrate.numerics.units.one_to_one import (
    cross_fitted_mean,
    lead_over_rotations,
    rotations_for,
    unit_agreement,
)
from substrate.numerics.units.place import Grids
from substrate.runs import Run

#: Rotations of each pair of twins.
TWIN_ROTATIONS = 10


@dataclass(frozen=True)
class OneToOneParams:
    """The two layers, and whether a unit and its negative go together."""

    place: PlaceParams
    absolute: bool = False


@dataclass(frozen=True, eq=False)
class MatchedUnits:
    """Pairs of units, chosen on half of the photographs and judged on the other half.

    ``r`` and its bounds are of the photographs that judge (NaN where there is no interval),
    ``chosen_r`` of those that chose; ``margin`` is what the pair is above the best that the unit
    of the first encoder reaches with another. Sorted by ``r``, best first.
    """

    first: Int[np.ndarray, " m"]
    second: Int[np.ndarray, " m"]
    r: Float[np.ndarray, " m"]
    low: Float[np.ndarray, " m"]
    high: Float[np.ndarray, " m"]
    chosen_r: Float[np.ndarray, " m"]
    margin: Float[np.ndarray, " m"]


@dataclass(frozen=True, eq=False)
class OneToOne:
    """How well the units of two layers match.

    Attributes
    ----------
    mean
        Mean correlation of matched units on photographs that did not choose them.
    above_rotations
        The same less that of randomly turned axes of the same two spaces.
    above_twins
        The same less that of units of untrained twins, draws of twins in its interval.
    lead_above_twins
        What units are above rotated axes by, less what units of untrained twins are above rotated
        axes of theirs; likewise.
    rotations, shuffled, twins
        The three nulls of ``mean``, draw by draw; empty where there is none.
    agreement, stability
        Share of units whose best partner is the one that they were matched to, and that have the
        same partner on either half of the photographs.
    greedy_r, matched_r
        Correlations with the best and with the matched partner on all photographs, sorted: the two
        curves of the paper's figure.
    within_first, between, within_second
        Correlations of living units on all photographs.
    order_first, order_second
        The matched units in the order of the cycles of the permutation.
    living_first, living_second
        Numbers of these units.
    active_first, active_second
        Their mean activations on all photographs.
    dead
        Units left out on either side.
    positions
        Samples: positions of all images.
    grids
        Rows and columns of either layer's map; where they differ the larger map was read
        bilinearly at the positions of the smaller.
    """

    size: Sizes
    place: PlaceParams
    absolute: bool
    mean: Estimate
    above_rotations: Estimate
    above_twins: Estimate
    lead_above_twins: Estimate
    rotations: Float[np.ndarray, " r"]
    shuffled: Float[np.ndarray, " s"]
    twins: Float[np.ndarray, " t"]
    agreement: float
    stability: float
    pairs: MatchedUnits
    greedy_r: Float[np.ndarray, " p"]
    matched_r: Float[np.ndarray, " k"]
    order_first: Int[np.ndarray, " k"]
    order_second: Int[np.ndarray, " k"]
    living_first: Int[np.ndarray, " p"]
    living_second: Int[np.ndarray, " q"]
    active_first: Float[np.ndarray, " p"]
    active_second: Float[np.ndarray, " q"]
    within_first: Float[np.ndarray, "p p"]
    between: Float[np.ndarray, "p q"]
    within_second: Float[np.ndarray, "q q"]
    dead: tuple[int, int]
    positions: int
    grids: tuple[tuple[int, int], tuple[int, int]]


def compute_one_to_one(run: Run, params: OneToOneParams) -> OneToOne:
    """Match units and set the match beside its nulls.

    Raises
    ------
    AnalysisError
        If the images have not been read side by side yet, or no unit of a side varies.
    """
    place = params.place
    data = read_place(run, place, trained(place))
    try:
        return _matched(run, params, data.blocks, data.grids)
    except UnitsError as error:
        raise AnalysisError(str(error)) from error


def _matched(run: Run, params: OneToOneParams, blocks: PairedBlocks, grids: Grids) -> OneToOne:
    place, absolute = params.place, params.absolute
    size, whole = sizes(run, place.domain), blocks.covariance()
    agreement = unit_agreement(blocks, absolute=absolute, seed=place.seed)
    jackknives = [
        block_jackknife(value, replicates, size)
        for value, replicates in (
            (agreement.mean, agreement.left_out),
            (agreement.lead, agreement.lead_left_out),
        )
    ]
    of_twins, leads = _of_twins(run, params)
    all_units = match(whole, absolute=absolute)
    halves = [blocks.covariance(half) for half in parts(len(blocks.blocks))]
    matchings = [match(half, absolute=absolute) for half in halves]
    a, b = (np.flatnonzero(one) for one in whole.living)
    z = whole.standardised().of_units(a, b)
    pairs = _pairs(matchings[0], blocks, parts(len(blocks.blocks))[1])
    active, order = blocks.means(), cycles(all_units)
    return OneToOne(
        size=size,
        place=place,
        absolute=absolute,
        mean=jackknives[0].interval(CORRELATION),
        above_rotations=jackknives[1].interval(PLAIN),
        above_twins=above_draws(jackknives[0], of_twins),
        lead_above_twins=above_draws(jackknives[1], leads),
        rotations=agreement.rotations,
        shuffled=_held_out(run, params, shuffled(place) if size.photographs > 1 else []),
        twins=of_twins,
        agreement=all_units.agreement,
        stability=stability(*matchings),
        pairs=pairs,
        greedy_r=np.sort(all_units.greedy_r)[::-1],
        matched_r=np.sort(all_units.r)[::-1],
        order_first=order[0],
        order_second=order[1],
        living_first=a,
        living_second=b,
        active_first=active[0][a],
        active_second=active[1][b],
        within_first=z.aa.astype(np.float32),
        between=z.ab.astype(np.float32),
        within_second=z.bb.astype(np.float32),
        dead=(len(whole.aa) - len(a), len(whole.bb) - len(b)),
        positions=sum(blocks.counts),
        grids=grids,
    )


def _of_twins(
    run: Run, params: OneToOneParams
) -> tuple[Float[np.ndarray, " t"], Float[np.ndarray, " t"]]:
    """Return the mean held-out correlation of each pair of twins, and that above rotated axes."""
    rows = []
    count = min(TWIN_ROTATIONS, rotations_for(max(widths(run, params.place))))
    for one in twins(run, params.place):
        blocks = read_place(run, params.place, one).blocks
        halves = blocks.covariance([0]), blocks.covariance([1])
        with suppress(UnitsError):  # a dead layer has none
            rows.append(
                lead_over_rotations(
                    halves, absolute=params.absolute, rotations=count, seed=params.place.seed
                )
            )
    means, leads = np.array(rows).reshape(-1, 2).T
    return means, leads


def _held_out(
    run: Run, params: OneToOneParams, wanted: Sequence[PlacePass]
) -> Float[np.ndarray, " s"]:
    """Return the mean held-out correlation of each of these passes; dead layers have none."""
    out = []
    for one in wanted:
        blocks = read_place(run, params.place, one).blocks
        halves = blocks.covariance([0]), blocks.covariance([1])
        try:
            out.append(cross_fitted_mean(halves, absolute=params.absolute))
        except UnitsError:
            continue
    return np.array(out)


def _pairs(chosen: Matching, blocks: PairedBlocks, judging: list[int]) -> MatchedUnits:
    held: JointCovariance = blocks.covariance(judging)
    r = chosen.correlations(held)
    low, high = np.full((2, len(r)), np.nan)
    if len(judging) >= LEAST_BLOCKS:
        replicates = np.array(
            [
                chosen.correlations(blocks.covariance(b for b in judging if b != left_out))
                for left_out in judging
            ]
        )
        interval = Jackknife(r, (replicates,), "blocks", len(judging)).interval(CORRELATION)
        low, high = interval.low, interval.high
    order = np.argsort(-r, kind="stable")
    return MatchedUnits(
        first=chosen.a[order],
        second=chosen.b[order],
        r=r[order],
        low=low[order],
        high=high[order],
        chosen_r=chosen.r[order],
        margin=chosen.margin[order],
    )


def _inputs(run: Run, params: OneToOneParams) -> Inputs:
    return place_inputs(run, params.place)


ONE_TO_ONE = Analysis(
    key="units.one_to_one",
    version=2,
    params=OneToOneParams,
    result=OneToOne,
    inputs=_inputs,
    compute=compute_one_to_one,
)
