"""The Units page's own controls, what they choose, and the results for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import streamlit as st

from substrate.analyses.units.choice import ABSOLUTE
from substrate.analyses.units.one_to_one import ONE_TO_ONE, OneToOne, OneToOneParams
from substrate.analyses.units.place import PlaceParams
from substrate.runs import Run
from substrate.ui import controls
from substrate.ui.results import result
from substrate.ui.selection import Selection
from substrate.wording import ONE_ENCODER

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
    controls.segmented(selection, "units.view", labelled=False)
    row = st.container(horizontal=True, vertical_alignment="bottom")
    controls.select(selection, "units.layer_a", row, width=190)
    controls.select(selection, "units.layer_b", row, width=190)
    controls.segmented(selection, "units.sign", row)
    return PlaceParams(
        selection["first"],
        selection["units.layer_a"],
        selection["second"],
        selection["units.layer_b"],
        selection["domain"],
        int(selection.run.study["seed"]),
    )


def matching_params(selection: Mapping[str, Any], place: PlaceParams) -> OneToOneParams:
    """Return the parameters of the matching that the controls choose."""
    return OneToOneParams(place, selection["units.sign"] == ABSOLUTE)


def matched(run: Run, params: OneToOneParams) -> OneToOne | None:
    """Return the matching of two layers that have been read."""
    found: OneToOne | None = result(ONE_TO_ONE, run, params, what="the matching of units")
    return found
