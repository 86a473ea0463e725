"""The Maps page's own controls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from substrate.analyses.maps.choice import ALL, ENSEMBLE
from substrate.analyses.maps.matrix import MapsMatrix
from substrate.analyses.shared.order import LISTED, reordered, similarity_order
from substrate.ui import controls
from substrate.ui.selection import Selection
from substrate.wording import ONE_ENCODER


def unused(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return which shared fields a view does not read."""
    pair = ("first", "first_layer", "second", "second_layer")
    return {ALL: (*pair, "k"), ENSEMBLE: pair}.get(values["maps.view"], ("panel",))


def choose(selection: Selection) -> str | None:
    """Place the choice of a view; say so where the run has no two encoders."""
    controls.views(selection, "maps.view")
    if not selection["second"]:
        st.info(ONE_ENCODER, icon=":material/info:")
        return None
    if selection["maps.view"] == ALL:
        controls.select(selection, "maps.order", controls.row_of(selection), width=145)
    return str(selection["maps.view"])


def in_order(selection: Selection, matrix: MapsMatrix) -> MapsMatrix:
    """Return the matrix with the encoders in the chosen order."""
    if selection["maps.order"] == LISTED:
        return matrix
    return reordered(matrix, similarity_order(matrix.values))
