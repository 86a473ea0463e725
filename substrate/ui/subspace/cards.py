"""The card of one direction of the shared subspace: its images, its numbers, its owners."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from substrate.analyses.sharedness.leave_encoder_out import Sharedness
from substrate.exhibits.exhibit import Exhibit, titles
from substrate.exhibits.sharedness.cards import direction_lines, sheet_title
from substrate.figures.theme import Theme
from substrate.runs import RunError
from substrate.store import StoreError
from substrate.ui import controls
from substrate.ui.contact_sheet import show_sheet
from substrate.ui.pickers import new_selection
from substrate.ui.samples import thumbnails_of
from substrate.ui.selection import Selection
from substrate.ui.shared.linked_sheet import Opens
from substrate.wording import number

PANEL = "the panel"
IMAGES = 10
#: Images in a row of the card, the side of each, and the width of the numbers, in pixels.
COLUMNS, SIDE, TEXT = 5, 72, 240


def read_dot(selection: Selection, shared: Sharedness, chart: str, table: str) -> None:
    """Take a dot that was newly clicked, or a row newly chosen, into the selection."""
    clicked = [p["customdata"] for p in (new_selection(chart) or {}).get("points", [])]
    picked = (new_selection(table) or {}).get("rows", [])
    changes = {}
    if clicked and clicked[0] and int(clicked[0][0]) < shared.k:
        changes["subspace.direction"] = str(int(clicked[0][0]) + 1)
        if clicked[0][1] in shared.encoders:
            changes["subspace.by"] = clicked[0][1]
    elif picked and picked[0] < shared.k:
        changes["subspace.direction"] = str(picked[0] + 1)
    if changes:
        selection.put(changes)


def _choose_direction(selection: Selection, shared: Sharedness) -> tuple[int, str]:
    directions = [str(k + 1) for k in range(shared.k)]
    direction = selection.settle("subspace.direction", directions)
    controls.choose_from(selection, "subspace.direction", directions)
    controls.select(selection, "subspace.by")
    return int(direction) - 1, selection["subspace.by"]


def direction_card(place: Any, selection: Selection, shared: Sharedness, theme: Theme) -> int:
    """Show the images at both ends of a chosen direction, and what is known; return it (from 0)."""
    names = titles(selection.run)
    with place.container(width=TEXT):
        direction, owner = _choose_direction(selection, shared)
        st.markdown("\n".join(f"- {line}" for line in direction_lines(shared, direction, names)))
    scores = shared.scores[:, direction]
    if owner in shared.encoders:
        scores = shared.parts[shared.encoders.index(owner), :, direction]
    order = np.argsort(scores)
    try:
        thumbnails = thumbnails_of(selection.run, shared.size.domain)
    except (RunError, StoreError) as error:
        place.info(str(error))
        return direction
    for words, rows in (("Highest", order[::-1][:IMAGES]), ("Lowest", order[:IMAGES])):
        with place.container(width=COLUMNS * (SIDE + 8)):
            st.caption(sheet_title(words, names.get(owner, owner), shared))
            show_sheet(
                thumbnails[shared.rows[rows]],
                [f"{number(scores[row], 1)}" for row in rows],
                theme,
                alt=f"{words} scoring images of direction {direction + 1}",
                columns=COLUMNS,
                side=SIDE,
                opens=Opens.of(
                    selection,
                    shared.size.domain,
                    shared.rows[rows],
                    f"subspace-card-{words.lower()}",
                ),
            )
    return direction


def direction_choice(exhibit: Exhibit, key: str) -> None:
    """Offer the directions as rows to choose from, for those who do not click on charts."""
    table = pd.DataFrame() if exhibit.table is None else exhibit.table
    formats = {name: st.column_config.NumberColumn(format="%.2f") for name in table.columns[1:]}
    st.dataframe(
        table,
        hide_index=True,
        height=260,
        key=key,
        on_select="rerun",
        selection_mode="single-row",
        column_config=formats,
    )
