"""Units matched by their mutual information instead of their correlation, judged elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.shared.samples import Sizes, sizes
from substrate.analyses.spec import Analysis, AnalysisError, Inputs
from substrate.analyses.units.histograms import POSITIONS, read_information
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
from substrate.numerics.scales import PLAIN
from substrate.numerics.units.blocks import PairedBlocks, UnitsError, parts
from substrate.numerics.units.informed import (
    Information,
    Living,
    held_out_information,
    information_left_out,
    living_on_both,
    most_informative,
    pairs_of,
    shared_with_correlations,
)
from substrate.numerics.units.matching import match, stability
from substrate.numerics.units.place import Grids
from substrate.runs import Run

#: Best pairs that are compared with the best by correlation, as the publication does.
BEST = 8


@dataclass(frozen=True)
class MutualInformationParams:
    """The two layers."""

    place: PlaceParams


@dataclass(frozen=True, eq=False)
class InformedUnits:
    """Pairs of units, chosen by their information on one half of the photographs.

    ``bits`` and ``r`` are their information and correlation on the other half, ``chosen_bits`` the
    information where they were chosen. Sorted by ``bits``, most first.
    """

    first: Int[np.ndarray, " m"]
    second: Int[np.ndarray, " m"]
    bits: Float[np.ndarray, " m"]
    chosen_bits: Float[np.ndarray, " m"]
    r: Float[np.ndarray, " m"]


@dataclass(frozen=True, eq=False, kw_only=True)
class MutualInformation:
    """How much units that are matched by their information tell of each other, in bits.

    Attributes
    ----------
    mean
        Mean information of matched units on photographs that did not choose them.
    above_shuffled
        The same less the mean of shuffled photographs: what is left of a bias that more samples
        than are independent leave is in both. Its bounds are those of ``mean``, moved.
    above_twins
        The same less that of untrained twins (draws of twins in its interval).
    shuffled, twins
        The two nulls of ``mean``, draw by draw; empty where there is none.
    agreement, agreement_absolute
        Share of the pairs that signed, and that absolute, correlations match as well, on the same
        photographs; mean over the two halves.
    agreement_shuffled, agreement_twins
        ``agreement`` in either null, draw by draw.
    best_in_common
        How many of the `BEST` pairs of largest information are among as many of largest
        correlation, each by its own matching, on all photographs.
    stability
        Share of units that have the same partner on either half of the photographs.
    greedy_bits, matched_bits
        Information of units with their best and with their matched partner, sorted; mean of the two
        halves.
    counted
        Positions counted.
    """

    size: Sizes
    place: PlaceParams
    mean: Estimate
    above_shuffled: Estimate
    above_twins: Estimate
    shuffled: Float[np.ndarray, " s"]
    twins: Float[np.ndarray, " t"]
    agreement: float
    agreement_absolute: float
    agreement_shuffled: Float[np.ndarray, " s"]
    agreement_twins: Float[np.ndarray, " t"]
    best_in_common: int
    stability: float
    pairs: InformedUnits
    greedy_bits: Float[np.ndarray, " p"]
    matched_bits: Float[np.ndarray, " k"]
    dead: tuple[int, int]
    counted: int
    positions_per_image: int
    grids: Grids


def compute_mutual_information(run: Run, params: MutualInformationParams) -> MutualInformation:
    """Match units by their information and set the match beside its nulls.

    Raises
    ------
    AnalysisError
        If the information has not been measured yet, or no unit of a side varies.
    """
    place = params.place
    data = read_place(run, place, trained(place))
    information = read_information(run, place, trained(place))
    try:
        return _matched(run, place, data.blocks, information, data.grids)
    except UnitsError as error:
        raise AnalysisError(str(error)) from error


def _matched(
    run: Run, place: PlaceParams, blocks: PairedBlocks, information: Information, grids: Grids
) -> MutualInformation:
    size, living = sizes(run, place.domain), living_on_both(blocks)
    mean = block_jackknife(
        held_out_information(information, living), information_left_out(information, living), size
    )
    of_shuffled = _nulls(run, place, shuffled(place) if size.photographs > 1 else [])
    of_twins = _nulls(run, place, twins(run, place))
    matched = [most_informative(half, living) for half in information.halves]
    every = information.halves.mean(axis=0)
    whole = most_informative(every, living)
    by_r = match(blocks.covariance())
    p, q = widths(run, place)
    return MutualInformation(
        size=size,
        place=place,
        mean=mean.interval(PLAIN),
        above_shuffled=_less(mean.interval(PLAIN), of_shuffled[:, 0]),
        above_twins=above_draws(mean, of_twins[:, 0]),
        shuffled=of_shuffled[:, 0],
        twins=of_twins[:, 0],
        agreement=shared_with_correlations(information, blocks, living, absolute=False),
        agreement_absolute=shared_with_correlations(information, blocks, living, absolute=True),
        agreement_shuffled=of_shuffled[:, 1],
        agreement_twins=of_twins[:, 1],
        best_in_common=len(pairs_of(whole, BEST) & pairs_of(by_r, BEST)),
        stability=stability(*matched),
        pairs=_pairs(information, blocks, living),
        greedy_bits=np.sort(whole.greedy_r)[::-1],
        matched_bits=np.sort(whole.r)[::-1],
        dead=(p - len(living.a), q - len(living.b)),
        counted=sum(information.rows),
        positions_per_image=min(POSITIONS, min(h * w for h, w in grids)),
        grids=grids,
    )


def _less(mean: Estimate, draws: Float[np.ndarray, " s"]) -> Estimate:
    """Return what a value is above the mean of some draws, with the bounds that it has."""
    if not draws.size:
        return Estimate(float("nan"), reason="There is one photograph: none to shuffle it with.")
    null = float(draws.mean())
    if mean.low is None:
        return Estimate(mean.value - null, reason=mean.reason, unit=mean.unit, n_units=mean.n_units)
    return Estimate(
        mean.value - null,
        low=mean.low - null,
        high=mean.high - null,
        unit=mean.unit,
        n_units=mean.n_units,
        standard_error=mean.standard_error,
        df=mean.df,
    )


def _nulls(run: Run, place: PlaceParams, wanted: Sequence[PlacePass]) -> Float[np.ndarray, "s 2"]:
    """Return the held-out information and the agreement of each pass; dead layers have none."""
    out = []
    for one in wanted:
        blocks, information = read_place(run, place, one).blocks, read_information(run, place, one)
        living = living_on_both(blocks)
        with suppress(UnitsError):
            shared = shared_with_correlations(information, blocks, living, absolute=False)
            out.append((held_out_information(information, living), shared))
    return np.array(out, dtype=np.float64).reshape(-1, 2)


def _pairs(information: Information, blocks: PairedBlocks, living: Living) -> InformedUnits:
    choose, judge = information.halves
    chosen = most_informative(choose, living)
    r = chosen.correlations(blocks.covariance(parts(len(blocks.blocks))[1]))
    bits = judge[chosen.a, chosen.b]
    order = np.argsort(-bits, kind="stable")
    return InformedUnits(
        first=chosen.a[order],
        second=chosen.b[order],
        bits=bits[order],
        chosen_bits=chosen.r[order],
        r=r[order],
    )


def _inputs(run: Run, params: MutualInformationParams) -> Inputs:
    return place_inputs(run, params.place)


MUTUAL_INFORMATION = Analysis(
    key="units.mutual_information",
    version=2,
    params=MutualInformationParams,
    result=MutualInformation,
    inputs=_inputs,
    compute=compute_mutual_information,
)
