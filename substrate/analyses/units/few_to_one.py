"""How many units of one encoder a unit of another needs: sparse prediction, judged elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.shared.samples import Sizes, sizes
from substrate.analyses.spec import Analysis, AnalysisError, Inputs
from substrate.analyses.units.place import (
    PlaceParams,
    PlacePass,
    place_inputs,
    read_place,
    trained,
    widths,
)
from substrate.numerics.units.blocks import UnitsError
from substrate.numerics.units.sparse import sparse_paths
from substrate.runs import Run

#: Units of A from which a sparse prediction is not tried: each unit of B costs seconds beyond.
WIDEST = 1024


@dataclass(frozen=True)
class FewToOneParams:
    """The two layers: units of the second are predicted from those of the first."""

    place: PlaceParams


@dataclass(frozen=True, eq=False)
class FewToOne:
    """Sparse predictions of the second layer's units, penalty by penalty.

    L penalties, q units of the second layer, p of the first, all living. Fitted on half of the
    photographs, chosen on a quarter, judged on the last quarter.

    Attributes
    ----------
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
    """

    size: Sizes
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
    one: PlacePass = trained(place)
    try:
        paths = sparse_paths(read_place(run, place, one).blocks)
    except UnitsError as error:
        raise AnalysisError(str(error)) from error
    return FewToOne(
        size=sizes(run, place.domain),
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
    )


def _inputs(run: Run, params: FewToOneParams) -> Inputs:
    return place_inputs(run, params.place)


FEW_TO_ONE = Analysis(
    key="units.few_to_one",
    version=1,
    params=FewToOneParams,
    result=FewToOne,
    inputs=_inputs,
    compute=compute_few_to_one,
)
