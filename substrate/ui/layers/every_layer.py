"""The matrix of all layers of all encoders, which is computed when it is asked for."""

from __future__ import annotations

from typing import Any

import streamlit as st

from substrate.analyses.layers.every_layer import (
    EVERY_LAYER,
    EveryLayer,
    EveryLayerParams,
    cost,
    every_layer_params,
)
from substrate.exhibits.layers.every_layer import NOT_COMPUTED, every_layer, press
from substrate.figures.theme import Theme
from substrate.gallery.archive import RESULTS_ONLY
from substrate.gallery.shown import is_shipped
from substrate.runs import Run
from substrate.ui.charts import show, write_sentence
from substrate.ui.literal import literal
from substrate.ui.results import already, result


def show_grid(run: Run, domain: str, metric: str, theme: Theme, opening: Any) -> None:
    """Show all layers of the panel against each other, or offer to compute that."""
    found = _known(run, every_layer_params(run, domain, metric))
    if found is not None:
        exhibit = every_layer(found, run, theme)
        write_sentence(opening, exhibit)
        show(exhibit, run)


def _known(run: Run, params: EveryLayerParams) -> EveryLayer | None:
    found = already(EVERY_LAYER, run, params)
    if isinstance(found, EveryLayer):
        return found
    if found is not None:
        st.info(literal(found), icon=":material/info:")
        return None
    if is_shipped(run):
        st.info(f"{NOT_COMPUTED} {RESULTS_ONLY}", icon=":material/info:")
        return None
    offer = st.empty()
    with offer.container():
        st.info(press(cost(run, params)), icon=":material/info:")
        asked = st.button("Compute it now", type="primary", icon=":material/play_arrow:")
    if not asked:
        return None
    offer.empty()
    computed: EveryLayer | None = result(
        EVERY_LAYER, run, params, what="all layers of all encoders"
    )
    return computed
