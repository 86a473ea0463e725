"""The view Bundled networks: what the experiment on weights found of the networks shipped here."""

from __future__ import annotations

from typing import Any

import streamlit as st

from substrate.analyses.experiments.catalogue import read_results
from substrate.analyses.spec import AnalysisError
from substrate.exhibits.experiments.weights_exhibits import (
    findings_of,
    lacking,
    of_accuracies,
    of_relation,
    relations_of,
)
from substrate.exhibits.experiments.weights_words import NOT_HERE, NOT_RUN
from substrate.figures.theme import Theme
from substrate.ui import controls
from substrate.ui.charts import show, show_with_sentence, write_sentence
from substrate.ui.literal import literal
from substrate.ui.selection import Selection
from substrate.wording import unbroken


def bundled(selection: Selection, theme: Theme, opening: Any) -> None:
    """Show what the bundled networks say of the findings, S of a kind of pairs, and accuracies."""
    try:
        file = read_results("weights")
    except AnalysisError as error:
        st.warning(literal(error))
        return
    if file is None:
        st.info(NOT_RUN, icon=":material/info:")
        return
    offered = relations_of(file)
    row = controls.row_of(selection)
    if selection["weights.relation"] not in offered:
        selection.settle("weights.relation", [offered[0]])
    controls.choose_from(selection, "weights.relation", offered, row, width=260)
    curve = of_relation(file, str(selection["weights.relation"]), theme)
    write_sentence(opening, curve)
    show(curve)
    st.markdown("\n".join(f"- {unbroken(literal(line))}" for line in findings_of(file)))
    for line in filter(None, (lacking(file), NOT_HERE)):
        st.caption(unbroken(line))
    for exhibit in of_accuracies(file, theme):
        show_with_sentence(exhibit)
