"""The Subspace page's matrix between domains, beside its controls."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from substrate.analyses.panel_choice import Switches
from substrate.analyses.subspace.comparison import MEANINGS, NAMES
from substrate.exhibits.subspace import exhibits
from substrate.figures.theme import Theme
from substrate.ui import controls
from substrate.ui.charts import show, write_sentence
from substrate.ui.layout import side_by_side
from substrate.ui.selection import Selection
from substrate.ui.subspace import controls as view


def show_matrix(selection: Selection, switches: Switches, theme: Theme) -> None:
    """Show Procrustes-CKA between domains, with its controls in one chart beside it."""
    run, choice = selection.run, switches.choice
    if not view.several_domains(switches):
        return
    controlled = view.controlled(run, switches)
    if controlled is None:
        return
    chart, rows = "subspace-matrix", "subspace-pairs"
    view.read_pair(selection, chart, rows, exhibits.pair_table(controlled))
    pair = view.pair_of(selection)
    matrix = exhibits.matrix(controlled, choice, theme, chosen=pair)
    beside = exhibits.controls(controlled, choice, theme)
    write_sentence(st.container(), replace(matrix, sentence=f"{matrix.sentence} {beside.sentence}"))
    left, right = side_by_side("subspace-matrix-controls", matrix, beside)
    with left:
        show(matrix, run, select=("points",))
    with right:
        show(beside, run)
    below = st.container(horizontal=True, gap="medium")
    if pair is not None:
        with below.container(width=360):
            view.pair_card(controlled, pair)
    controls.toggle(selection, "subspace.published")
    if selection["subspace.published"]:
        show(exhibits.published(theme), run)
    with st.expander("What each control can show"):
        st.markdown("\n".join(f"- **{NAMES[key]}.** {text}" for key, text in MEANINGS.items()))
    with st.expander("Click a cell, or choose a pair of domains from a table"):
        st.dataframe(
            matrix.table,
            hide_index=True,
            key=rows,
            on_select="rerun",
            selection_mode="single-row",
        )
