"""Convergence along depth: unit by unit, by few units, and as subspaces, layer by layer."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from substrate.analyses.shared.samples import Sizes, sizes
from substrate.analyses.spec import Analysis, AnalysisError, Inputs, obtain
from substrate.analyses.units.choice import places_by_depth
from substrate.analyses.units.few_to_one import FEW_TO_ONE, FewToOne, FewToOneParams
from substrate.analyses.units.intervals import above_draws, block_jackknife
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
from substrate.numerics.scales import CORRELATION
from substrate.numerics.units.blocks import UnitsError
from substrate.numerics.units.subspaces import canonical_left_out, crossed_canonical
from substrate.runs import Run


@dataclass(frozen=True)
class DepthParams:
    """Two encoders, the domain that both see, and the seed of the blocks of photographs."""

    first: str
    second: str
    domain: str
    seed: int = 0

    def places(self, run: Run) -> list[PlaceParams]:
        """Return the pairs of layers that are compared."""
        return places_by_depth(
            run, PlaceParams(self.first, "", self.second, "", self.domain, self.seed)
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class DepthAgreement:
    """One of the three agreements at one pair of layers.

    Attributes
    ----------
    value
        On held-out photographs, with its interval.
    null
        Its null, draw by draw: axes turned at random for units and few units, shuffled photographs
        for subspaces, which have no axes.
    above_null
        The value less the mean of its null; of subspaces the bounds are those of the value, moved.
    above_twins
        The value less that of untrained twins; of units, what they are above turned axes by, less
        what twins are above theirs.
    twins
        The value of untrained twins, draw by draw.
    reason
        Why there is no value, or nothing.
    """

    value: Estimate
    null: Float[np.ndarray, " r"]
    above_null: Estimate
    above_twins: Estimate
    twins: Float[np.ndarray, " t"]
    reason: str = ""


@dataclass(frozen=True, eq=False, kw_only=True)
class LayerAgreement:
    """A pair of layers: mean r of matched units, R² of three units, mean canonical correlation."""

    first: str
    second: str
    units: DepthAgreement
    few: DepthAgreement
    subspace: DepthAgreement


@dataclass(frozen=True, eq=False, kw_only=True)
class Depth:
    """Three agreements of two encoders, layer by layer."""

    size: Sizes
    first: str
    second: str
    seed: int
    layers: tuple[LayerAgreement, ...]


def compute_depth(run: Run, params: DepthParams) -> Depth:
    """Measure all three agreements at every pair of layers.

    Raises
    ------
    AnalysisError
        If the images have not been read at all of them yet.
    """
    places = params.places(run)
    return Depth(
        size=sizes(run, params.domain),
        first=params.first,
        second=params.second,
        seed=params.seed,
        layers=tuple(
            LayerAgreement(
                first=place.first_layer,
                second=place.second_layer,
                units=_units(run, place),
                few=_few(run, place),
                subspace=_subspace(run, place),
            )
            for place in places
        ),
    )


def _units(run: Run, place: PlaceParams) -> DepthAgreement:
    read_place(run, place, trained(place))  # what has not been read is no missing value
    try:
        result: OneToOne = obtain(ONE_TO_ONE, run, OneToOneParams(place))
    except AnalysisError as error:
        return missing(str(error))
    return DepthAgreement(
        value=result.mean,
        null=result.rotations,
        above_null=result.above_rotations,
        above_twins=result.lead_above_twins,
        twins=result.twins,
    )


def _few(run: Run, place: PlaceParams) -> DepthAgreement:
    try:
        result: FewToOne = obtain(FEW_TO_ONE, run, FewToOneParams(place))
    except AnalysisError as error:
        return missing(str(error))
    return DepthAgreement(
        value=result.few,
        null=result.rotations,
        above_null=result.above_rotations,
        above_twins=result.above_twins,
        twins=result.twins,
    )


def _subspace(run: Run, place: PlaceParams) -> DepthAgreement:
    blocks = read_place(run, place, trained(place)).blocks
    size = sizes(run, place.domain)
    try:
        mean = block_jackknife(crossed_canonical(blocks), canonical_left_out(blocks), size)
    except UnitsError as error:
        return missing(str(error))
    null = _canonical(run, place, shuffled(place) if size.photographs > 1 else [])
    of_twins = _canonical(run, place, twins(run, place))
    value = mean.interval(CORRELATION)
    return DepthAgreement(
        value=value,
        null=null,
        above_null=moved(value, null),
        above_twins=above_draws(mean, of_twins),
        twins=of_twins,
    )


def moved(value: Estimate, draws: Float[np.ndarray, " s"]) -> Estimate:
    """Return a value less the mean of some draws, its bounds moved with it."""
    by = float(draws.mean()) if draws.size else float("nan")
    less = replace(value, value=value.value - by, scale="plain", spread=None, spread_df=None)
    if value.low is None:
        return less
    return replace(less, low=value.low - by, high=value.high - by)


def missing(reason: str) -> DepthAgreement:
    """Return an agreement that cannot be had, with the reason."""
    none = Estimate(float("nan"), reason=reason)
    return DepthAgreement(
        value=none,
        null=np.empty(0),
        above_null=none,
        above_twins=none,
        twins=np.empty(0),
        reason=reason,
    )


def _canonical(run: Run, place: PlaceParams, wanted: Sequence[PlacePass]) -> np.ndarray:
    out = []
    for one in wanted:
        with suppress(UnitsError):  # a dead layer has none
            out.append(crossed_canonical(read_place(run, place, one).blocks))
    return np.array(out, dtype=np.float64)


def _inputs(run: Run, params: DepthParams) -> Inputs:
    return place_inputs(run, params.places(run)[0])


DEPTH = Analysis(
    key="units.depth",
    version=2,
    params=DepthParams,
    result=Depth,
    inputs=_inputs,
    compute=compute_depth,
    uses=(ONE_TO_ONE, FEW_TO_ONE),
)
