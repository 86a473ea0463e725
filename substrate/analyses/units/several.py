"""Several encoders of one architecture: all pairs matched, and whether the matchings agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.shared.samples import Sizes, sizes
from substrate.analyses.spec import Analysis, AnalysisError, Inputs, obtain
from substrate.analyses.units.copies import pairs
from substrate.analyses.units.one_to_one import ONE_TO_ONE, OneToOne, OneToOneParams
from substrate.analyses.units.place import (
    PlaceParams,
    PlacePass,
    place_inputs,
    read_place,
    shuffled,
    trained,
    twins,
)
from substrate.numerics.estimates import Estimate
from substrate.numerics.units.blocks import UnitsError
from substrate.numerics.units.matching import Matching, consistency, cycle_lengths, match
from substrate.runs import Run


@dataclass(frozen=True)
class SeveralParams:
    """Encoders of one architecture, the layer that all have, the domain, and the seed."""

    encoders: tuple[str, ...]
    layer: str
    domain: str
    seed: int = 0

    def places(self) -> list[PlaceParams]:
        """Return the layer in every two of the encoders."""
        return [
            PlaceParams(a, self.layer, b, self.layer, self.domain, self.seed)
            for a, b in pairs(self.encoders)
        ]


@dataclass(frozen=True, eq=False, kw_only=True)
class PairMatch:
    """One pair: what `OneToOne` says of it, and its matrix in the cycles of the matching.

    ``cycles`` are the lengths of the permutation's cycles, longest first; ``ordered`` the
    correlations of matched units, rows and columns in the order of the cycles.
    """

    first: str
    second: str
    mean: Estimate
    above_rotations: Estimate
    lead_above_twins: Estimate
    rotations: float
    twins: float
    cycles: Int[np.ndarray, " c"]
    ordered: Float[np.ndarray, "m m"]


@dataclass(frozen=True, eq=False, kw_only=True)
class SeveralEncoders:
    """All pairs of some encoders, and how often their matchings agree with each other.

    Attributes
    ----------
    consistency
        Share of units that come back to themselves from A to B to C to A, mean over all three
        encoders; NaN of two. ``consistency_shuffled`` and ``consistency_twins`` are the same in the
        nulls, draw by draw.
    chance
        What random permutations give: one over the number of units.
    """

    size: Sizes
    encoders: tuple[str, ...]
    layer: str
    seed: int
    pairs: tuple[PairMatch, ...]
    consistency: float
    consistency_shuffled: Float[np.ndarray, " s"]
    consistency_twins: Float[np.ndarray, " t"]
    chance: float


def compute_several(run: Run, params: SeveralParams) -> SeveralEncoders:
    """Match the units of every two encoders, and follow them around all threes.

    Raises
    ------
    AnalysisError
        If there are fewer than two encoders, or some pair has not been read yet.
    """
    if len(params.encoders) < 2:
        raise AnalysisError("Two encoders of one architecture are compared at least; there is one.")
    results: list[OneToOne] = [
        obtain(ONE_TO_ONE, run, OneToOneParams(place)) for place in params.places()
    ]
    matchings = _matchings(run, params, [trained(place) for place in params.places()])
    nulls = [
        _consistencies(run, params, [of(place) for place in params.places()])
        for of in (shuffled, lambda place: twins(run, place))
    ]
    return SeveralEncoders(
        size=sizes(run, params.domain),
        encoders=params.encoders,
        layer=params.layer,
        seed=params.seed,
        pairs=tuple(_pair(one, matchings[one.place.first, one.place.second]) for one in results),
        consistency=_consistency(params.encoders, matchings),
        consistency_shuffled=nulls[0],
        consistency_twins=nulls[1],
        chance=1 / min(len(one.living_first) for one in results),
    )


def _pair(result: OneToOne, matching: Matching) -> PairMatch:
    rows = np.searchsorted(result.living_first, result.order_first)
    columns = np.searchsorted(result.living_second, result.order_second)
    return PairMatch(
        first=result.place.first,
        second=result.place.second,
        mean=result.mean,
        above_rotations=result.above_rotations,
        lead_above_twins=result.lead_above_twins,
        rotations=float(result.rotations.mean()),
        twins=float(result.twins.mean()) if result.twins.size else float("nan"),
        cycles=cycle_lengths(matching),
        ordered=result.between[np.ix_(rows, columns)],
    )


Matchings = Mapping[tuple[str, str], Matching]


def _matchings(run: Run, params: SeveralParams, passes: Sequence[PlacePass]) -> Matchings:
    """Return the matching of every pair on all photographs of one pass each."""
    return {
        (place.first, place.second): match(read_place(run, place, one).blocks.covariance())
        for place, one in zip(params.places(), passes, strict=True)
    }


def _consistency(encoders: Sequence[str], matchings: Matchings) -> float:
    """Return the mean share of units that come back around three encoders; NaN of two."""
    shares = [
        consistency(matchings[a, b], matchings[b, c], matchings[a, c])
        for a, b, c in combinations(encoders, 3)
    ]
    return float(np.mean(shares)) if shares else float("nan")


def _consistencies(
    run: Run, params: SeveralParams, passes: Sequence[Sequence[PlacePass]]
) -> Float[np.ndarray, " d"]:
    """Return the same of each draw of a null; those with a dead layer are left out."""
    out = []
    for drawn in zip(*passes, strict=False) if len(params.encoders) > 2 else ():
        with suppress(UnitsError):
            out.append(_consistency(params.encoders, _matchings(run, params, drawn)))
    return np.array(out, dtype=np.float64)


def _inputs(run: Run, params: SeveralParams) -> Inputs:
    networks = {ref: 0 for place in params.places() for ref in place_inputs(run, place)[0]}
    return tuple(networks), (params.domain,)


SEVERAL = Analysis(
    key="units.several",
    version=2,
    params=SeveralParams,
    result=SeveralEncoders,
    inputs=_inputs,
    compute=compute_several,
    uses=(ONE_TO_ONE,),
)
