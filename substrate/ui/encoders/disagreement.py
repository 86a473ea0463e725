"""The Subspace page's view of two encoders along a direction that they share."""

from __future__ import annotations

from typing import Any

import streamlit as st

from substrate.analyses import panel_views as params
from substrate.analyses.encoders.disagreement import DISAGREEMENT, Disagreement
from substrate.analyses.encoders.removal import CAUSAL
from substrate.analyses.panel_choice import Switches
from substrate.exhibits.encoders import exhibits
from substrate.exhibits.encoders.gallery import ends
from substrate.exhibits.exhibit import titles
from substrate.figures.theme import Theme
from substrate.runs import RunError
from substrate.store import StoreError
from substrate.ui import controls
from substrate.ui.charts import show, write_sentence
from substrate.ui.contact_sheet import show_sheet
from substrate.ui.literal import literal
from substrate.ui.pickers import new_selection
from substrate.ui.results import result
from substrate.ui.samples import thumbnails_of
from substrate.ui.selection import Selection
from substrate.ui.shared.linked_sheet import Opens
from substrate.wording import signed, unbroken


def show_disagreement(selection: Selection, switches: Switches, theme: Theme, opening: Any) -> None:
    """Show one matched direction of two encoders, where they disagree, and what removal costs."""
    run, choice = selection.run, switches.choice
    if len(run.encoders) < 2:
        st.info("Disagreement needs two encoders; this run has one.")
        return
    pair = selection["first"], selection["second"]
    controls.select(selection, "subspace.direction", controls.row_of(selection), width=120)
    picked = int(selection["subspace.direction"])
    matched = params.disagreement(choice, switches.domain, pair)
    disagreement = result(DISAGREEMENT, run, matched, what="matched directions")
    if disagreement is None:
        return
    direction = min(picked, len(disagreement.match)) - 1
    selected = _selected("subspace-disagreement")
    scores = exhibits.disagreement(disagreement, direction, choice, theme, titles=titles(run))
    write_sentence(opening, scores)
    show(scores, run, select=("points", "lasso", "box"))
    st.caption(
        "Draw a lasso to see those images; without one, the largest residuals of either sign are "
        "shown."
    )
    _gallery(selection, disagreement, direction, selected, theme)
    without = params.removal(choice, switches.domain, pair)
    checked = result(CAUSAL, run, without, what="the causal check")
    if checked is not None:
        at = min(picked, len(checked.match)) - 1
        removal = exhibits.removal(checked, at, choice, theme, titles=titles(run))
        st.markdown(unbroken(literal(removal.sentence)))
        show(removal, run)


def _selected(key: str) -> list[int]:
    """Return the samples that are selected on the chart."""
    new_selection(key)
    state = st.session_state.get(key)
    points = state.selection.get("points", []) if state else []
    return [int(p["customdata"][0]) for p in points if p.get("customdata")]


def _gallery(
    selection: Selection,
    disagreement: Disagreement,
    direction: int,
    selected: list[int],
    theme: Theme,
) -> None:
    try:
        thumbnails = thumbnails_of(selection.run, disagreement.size.domain)
    except (RunError, StoreError) as error:
        st.info(literal(error))
        return
    residuals = disagreement.residuals(direction)
    sheets = ends(residuals, selected)
    wide = len(sheets) == 1
    row = st.container(horizontal=True, gap="medium")
    for number, (words, rows) in enumerate(sheets):
        with row.container(width=720 if wide else 350):
            st.caption(words)
            show_sheet(
                thumbnails[disagreement.rows[rows]],
                [f"{signed(residuals[i], 1)}" for i in rows],
                theme,
                alt=words,
                columns=10 if wide else 5,
                side=56,
                opens=Opens.of(
                    selection,
                    disagreement.size.domain,
                    disagreement.rows[rows],
                    f"subspace-disagreement-{number}",
                ),
            )
