"""The Subspace page's comparison of domains by their bases alone."""

from __future__ import annotations

import streamlit as st

from substrate.analyses.panel_choice import Switches
from substrate.analyses.subspace.spans import SPANS
from substrate.exhibits.subspace import exhibits
from substrate.figures.theme import Theme
from substrate.ui.charts import show_beside
from substrate.ui.literal import literal
from substrate.ui.results import result
from substrate.ui.selection import Selection
from substrate.ui.subspace.controls import several_domains
from substrate.wording import unbroken


def show_spans(selection: Selection, switches: Switches, theme: Theme, measure: int) -> None:
    """Show a measure of the bases alone between domains, with its controls."""
    run, choice = selection.run, switches.choice
    if not several_domains(switches):
        return
    spans = result(SPANS, run, choice.spans(), what="the domains' spans")
    if spans is None:
        return
    matrix = exhibits.spans(spans, measure, choice, theme)
    controls = exhibits.span_controls(spans, measure, choice, theme)
    st.markdown(unbroken(literal(f"{matrix.sentence} {controls.sentence}")))
    show_beside(run, matrix, controls)
