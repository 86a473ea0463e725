"""The Units page's own controls, what they choose, and the results for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from concurrent.futures import BrokenExecutor
from typing import Any

import streamlit as st

from substrate.analyses.units.choice import (
    ABSOLUTE,
    CHOSEN,
    EIGENGAP,
    ONE_LAYER,
    ONE_UNIT,
    PENALTY_NAMES,
    WITHOUT_LAYERS,
)
from substrate.analyses.units.choice import MANY_TO_MANY as MANY_TO_MANY_VIEW
from substrate.analyses.units.choice import ONE_TO_ONE as ONE_TO_ONE_VIEW
from substrate.analyses.units.depth import DEPTH, Depth, DepthParams
from substrate.analyses.units.few_to_one import FEW_TO_ONE, FewToOne, FewToOneParams
from substrate.analyses.units.filters import FILTERS, Filters, FiltersParams
from substrate.analyses.units.many_to_many import MANY_TO_MANY, ManyToMany, ManyToManyParams
from substrate.analyses.units.mutual_information import (
    MUTUAL_INFORMATION,
    MutualInformation,
    MutualInformationParams,
)
from substrate.analyses.units.one_to_one import ONE_TO_ONE, OneToOne, OneToOneParams
from substrate.analyses.units.place import PlaceParams
from substrate.analyses.units.several import SEVERAL, SeveralEncoders, SeveralParams
from substrate.analyses.units.spectra import SPECTRA, Spectra, spectra_params
from substrate.runs import Run
from substrate.ui import controls
from substrate.ui.results import PATIENCE_S, already, require_own, result, result_or_reason
from substrate.ui.selection import Selection
from substrate.ui.session import resident
from substrate.wording import ONE_ENCODER
from substrate.worker import store_filters

_UNIT = re.compile(r"[AB]([1-9][0-9]{0,5})")


def is_unit(text: str) -> bool:
    """Say whether a text names a unit: ``A12`` is the twelfth unit of the layer of A."""
    return _UNIT.fullmatch(text) is not None


def unit_of(text: str) -> tuple[int, int] | None:
    """Return side (0 or 1) and number (from 0) of the unit that a text names."""
    return ("AB".index(text[0]), int(text[1:]) - 1) if is_unit(text) else None


def written(side: int, unit: int) -> str:
    """Return how an address names a unit."""
    return f"{'AB'[side]}{unit + 1}"


def choose(selection: Selection) -> PlaceParams | None:
    """Place the controls of both layers; say so where the run has one encoder."""
    if not selection["second"]:
        st.info(ONE_ENCODER, icon=":material/info:")
        return None
    controls.views(selection, "units.view")
    if selection["units.view"] not in WITHOUT_LAYERS:
        row = controls.row_of(selection)
        controls.select(selection, "units.layer_a", row, width=190)
        if selection["units.view"] not in ONE_LAYER:
            controls.select(selection, "units.layer_b", row, width=190)
        _of_view(selection, row)
    return PlaceParams(
        selection["first"],
        selection["units.layer_a"],
        selection["second"],
        selection["units.layer_b"],
        selection["domain"],
        int(selection.run.study["seed"]),
    )


def _of_view(selection: Selection, row: Any) -> None:
    """Place what only some views have to choose."""
    view = selection["units.view"]
    if view in (ONE_TO_ONE_VIEW, ONE_UNIT):
        controls.segmented(selection, "units.sign", row)
    if view == MANY_TO_MANY_VIEW:
        controls.select(selection, "units.clusters", row, width=190)
        controls.segmented(selection, "units.method", row)


def penalty(selection: Mapping[str, Any]) -> int | None:
    """Return which penalty is chosen, None for each unit's own."""
    name = selection["units.penalty"]
    return None if name == CHOSEN else PENALTY_NAMES.index(name) - 1


def few(run: Run, place: PlaceParams) -> FewToOne | None:
    """Return the sparse predictions between two layers that have been read."""
    answer: FewToOne | None = result(
        FEW_TO_ONE, run, FewToOneParams(place), what="sparse predictions of units"
    )
    return answer


def informed(run: Run, place: PlaceParams) -> MutualInformation | None:
    """Return the matching by information of two layers of which it has been measured."""
    answer: MutualInformation | None = result(
        MUTUAL_INFORMATION, run, MutualInformationParams(place), what="information of units"
    )
    return answer


def depth(run: Run, params: DepthParams) -> Depth | None:
    """Return the agreement along depth of two encoders that have been read there."""
    answer: Depth | None = result(DEPTH, run, params, what="agreement along depth")
    return answer


def spectra(run: Run, place: PlaceParams) -> Spectra | None:
    """Return the mean activations of the panel at the depth of the layer of A."""
    params = spectra_params(run, place.first, place.first_layer, place.domain)
    answer: Spectra | None = result(SPECTRA, run, params, what="mean activations")
    return answer


def filters(run: Run, place: PlaceParams) -> Filters | str:
    """Return the first layer's filters of A beside mean activations, or why there are none."""
    params = FiltersParams(place.first, place.domain)
    answer = already(FILTERS, run, params)
    if answer is not None:
        return answer  # type: ignore[no-any-return]
    try:
        require_own(run)
        question = f"filters/{run.run_id}/{place.first}"
        root = str(run.store.root)
        asked = resident().ask(question, store_filters, root, run.run_id, place.first)
        asked.result(timeout=PATIENCE_S)
    except (ValueError, OSError, TimeoutError, BrokenExecutor) as error:
        return f"No filters: {error}"
    return result_or_reason(FILTERS, run, params, what="filters")  # type: ignore[no-any-return]


def several(run: Run, params: SeveralParams) -> SeveralEncoders | None:
    """Return all pairs of encoders of one architecture, matched."""
    answer: SeveralEncoders | None = result(SEVERAL, run, params, what="units of several encoders")
    return answer


def clustered(selection: Mapping[str, Any], run: Run, place: PlaceParams) -> ManyToMany | None:
    """Return the clusters that the controls choose."""
    count = selection["units.clusters"]
    params = ManyToManyParams(
        place, 0 if count == EIGENGAP else int(count), selection["units.method"]
    )
    answer: ManyToMany | None = result(MANY_TO_MANY, run, params, what="clusters of units")
    return answer


def matching_params(selection: Mapping[str, Any], place: PlaceParams) -> OneToOneParams:
    """Return the parameters of the matching that the controls choose."""
    return OneToOneParams(place, selection["units.sign"] == ABSOLUTE)


def matched(run: Run, params: OneToOneParams) -> OneToOne | None:
    """Return the matching of two layers that have been read."""
    answer: OneToOne | None = result(ONE_TO_ONE, run, params, what="the matching of units")
    return answer
