"""How many units of one encoder a unit of another needs: sparse prediction, judged elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.shared.samples import Sizes, sizes
from substrate.analyses.spec import Analysis, AnalysisError, Inputs
from substrate.analyses.units.intervals import above_draws
from substrate.analyses.units.place import (
    PlaceParams,
    PlacePass,
    photographs_of_blocks,
    place_inputs,
    read_place,
    shuffled,
    trained,
    twins,
    widths,
)
from substrate.numerics.estimates import Estimate, too_few
from substrate.numerics.intervals import MIN_GROUPS, Jackknife
from substrate.numerics.scales import PLAIN
from substrate.numerics.units.blocks import PairedBlocks, UnitsError, parts
from substrate.numerics.units.few import (
    chosen_errors,
    few_units,
    half_on_half,
    left_out,
    pooled,
    rotations_for,
    scaled_for_paths,
    turned_paths,
)
from substrate.numerics.units.place import Grids
from substrate.numerics.units.sparse import SHARES, SparsePaths, sparse_paths
from substrate.runs import Run

#: Units of A from which a sparse prediction is not tried: each unit of B costs seconds beyond.
WIDEST = 1024
#: Units of A that are kept of each prediction, the largest weights first.
LEADING = 8


@dataclass(frozen=True)
class FewToOneParams:
    """The two layers: units of the second are predicted from those of the first."""

    place: PlaceParams


@dataclass(frozen=True, eq=False)
class AlongPenalties:
    """R² on photographs that were not fitted on, and mean number of units, penalty by penalty."""

    r2: Float[np.ndarray, " L"]
    count: Float[np.ndarray, " L"]


@dataclass(frozen=True, eq=False)
class FewToOne:
    """Sparse predictions of the second layer's units, penalty by penalty.

    L penalties, q units of the second layer, p of the first, all living. Fitted on half of the
    photographs, chosen on a quarter, judged on the last quarter; R² without a unit is of all units
    of the second layer together, each z-scored.

    Attributes
    ----------
    few
        R² of at most three units for each.
    above_rotations, above_twins
        The same less that of as many axes of the first layer's space turned at random, and less
        that of untrained twins (draws of twins in its interval).
    rotations, shuffled, twins
        The three nulls of ``few``, draw by draw; empty where there is none.
    chosen_all
        R² at the penalty chosen for each unit.
    path, rotated_path
        Along the penalties: of units, and of turned axes (mean over draws).
    rotated_count
        Mean number of turned axes in the chosen predictions.
    penalties
        Of z-scored units, strongest first.
    half_unexplained
        Half the unexplained variance of the penalised predictions, mean over units: the loss that
        the paper's table gives.
    r2, count
        Held-out R² of the refitted predictions, and how many units take part.
    chosen, weights
        The penalty chosen for each unit (L where a constant predicts as well) and the weights of
        the units that take part there.
    leading, leading_weights
        At every penalty, the units of the largest weights, as numbers of the layer, -1 where there
        are fewer, and their weights.
    """

    size: Sizes
    place: PlaceParams
    few: Estimate
    above_rotations: Estimate
    above_twins: Estimate
    rotations: Float[np.ndarray, " r"]
    shuffled: Float[np.ndarray, " s"]
    twins: Float[np.ndarray, " t"]
    chosen_all: Estimate
    path: AlongPenalties
    rotated_path: AlongPenalties
    rotated_count: float
    first: Int[np.ndarray, " p"]
    second: Int[np.ndarray, " q"]
    penalties: Float[np.ndarray, " L"]
    half_unexplained: Float[np.ndarray, " L"]
    r2: Float[np.ndarray, "L q"]
    count: Int[np.ndarray, "L q"]
    chosen: Int[np.ndarray, " q"]
    weights: Float[np.ndarray, "q p"]
    chosen_r2: Float[np.ndarray, " q"]
    chosen_count: Int[np.ndarray, " q"]
    leading: Int[np.ndarray, "L q k"]
    leading_weights: Float[np.ndarray, "L q k"]
    dead: tuple[int, int]
    positions: int
    grids: Grids


def compute_few_to_one(run: Run, params: FewToOneParams) -> FewToOne:
    """Predict each unit of the second layer from few of the first.

    Raises
    ------
    AnalysisError
        If the images have not been read side by side yet, there are too few photographs to fit,
        choose and judge on, or a layer is too wide.
    """
    place = params.place
    p, _ = widths(run, place)
    if p > WIDEST:
        raise AnalysisError(
            f"{p} units to predict from, and at most {WIDEST} are tried. Choose a narrower layer."
        )
    data = read_place(run, place, trained(place))
    try:
        return _predicted(run, place, data.blocks, data.grids)
    except UnitsError as error:
        raise AnalysisError(str(error)) from error


def _predicted(run: Run, place: PlaceParams, blocks: PairedBlocks, grids: Grids) -> FewToOne:
    paths, size = sparse_paths(blocks), sizes(run, place.domain)
    own = few_units(paths)
    turned = turned_paths(scaled_for_paths(blocks), rotations_for(len(paths.a)), place.seed)
    axes = [few_units(one) for one in turned]
    judging = _judging(run, place, size)
    few = _jackknife(own.r2, own.left_out, judging)
    lead = _jackknife(
        own.r2 - float(np.mean([one.r2 for one in axes])),
        own.left_out - np.mean([one.left_out for one in axes], axis=0),
        judging,
    )
    at_choice = chosen_errors(paths)
    of_twins = _halves(run, place, twins(run, place))
    leading, weights = _leading(paths)
    p, q = widths(run, place)
    return FewToOne(
        size=size,
        place=place,
        few=few.interval(PLAIN),
        above_rotations=lead.interval(PLAIN),
        above_twins=above_draws(few, of_twins),
        rotations=np.array([one.r2 for one in axes]),
        shuffled=_halves(run, place, shuffled(place) if size.photographs > 1 else []),
        twins=of_twins,
        chosen_all=_jackknife(
            pooled(at_choice, paths.held_constants),
            left_out(at_choice, paths.held_constants),
            judging,
        ).interval(PLAIN),
        path=AlongPenalties(own.path_r2, own.path_count),
        rotated_path=AlongPenalties(
            np.mean([one.path_r2 for one in axes], axis=0),
            np.mean([one.path_count for one in axes], axis=0),
        ),
        rotated_count=float(np.mean([one.chosen_count.mean() for one in turned])),
        first=paths.a,
        second=paths.b,
        penalties=paths.penalties,
        half_unexplained=paths.half_unexplained,
        r2=paths.r2,
        count=paths.count,
        chosen=paths.chosen,
        weights=paths.chosen_weights,
        chosen_r2=paths.chosen_r2,
        chosen_count=paths.chosen_count,
        leading=leading,
        leading_weights=weights,
        dead=(p - len(paths.a), q - len(paths.b)),
        positions=sum(blocks.counts),
        grids=grids,
    )


@dataclass(frozen=True)
class _Judging:
    """The photographs that judge, and why they give no interval where they are too few."""

    unit: str
    photographs: int
    reason: str


def _judging(run: Run, place: PlaceParams, size: Sizes) -> _Judging:
    rows = photographs_of_blocks(run, place, trained(place))
    groups = run.groups(place.domain)
    part = parts(len(rows), SHARES)[-1]
    count = len(np.unique(groups[np.concatenate([rows[block] for block in part])]))
    unit = f"{size.nouns.groups} that judge"
    reason = too_few(count, unit, MIN_GROUPS, "interval") if count < MIN_GROUPS else ""
    return _Judging(unit, count, reason)


def _jackknife(value: float, replicates: Float[np.ndarray, " m"], judging: _Judging) -> Jackknife:
    """Return the jackknife over the blocks that judge; what was fitted stays as it is."""
    kept = () if judging.reason else (replicates,)
    return Jackknife(value, kept, judging.unit, judging.photographs, judging.reason)


def _halves(run: Run, place: PlaceParams, wanted: Sequence[PlacePass]) -> Float[np.ndarray, " s"]:
    """Return what few units predict in each of these passes; dead layers have none."""
    out = []
    for one in wanted:
        with suppress(UnitsError):
            out.append(half_on_half(read_place(run, place, one).blocks))
    return np.array(out)


def _leading(
    paths: SparsePaths,
) -> tuple[Int[np.ndarray, "L q k"], Float[np.ndarray, "L q k"]]:
    """Return the units of the largest weights at every penalty, and their weights."""
    kept = min(LEADING, len(paths.a))
    order = np.argsort(-np.abs(paths.weights), axis=2, kind="stable")[:, :, :kept]
    weights = np.take_along_axis(paths.weights, order, axis=2)
    return np.where(weights != 0, paths.a[order], -1), weights


def _inputs(run: Run, params: FewToOneParams) -> Inputs:
    return place_inputs(run, params.place)


FEW_TO_ONE = Analysis(
    key="units.few_to_one",
    version=3,
    params=FewToOneParams,
    result=FewToOne,
    inputs=_inputs,
    compute=compute_few_to_one,
)
