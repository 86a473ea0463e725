"""Choosing a pair on a matrix or in a table, and the card that shows its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from substrate.analyses.layers.choice import TWO
from substrate.analyses.layers.tables import pair_of
from substrate.analyses.shared.grid_scores import Scores
from substrate.exhibits.exhibit import Exhibit
from substrate.exhibits.layers.card_words import Cell, no_value, pair_lines
from substrate.runs import Run
from substrate.ui.charts import show
from substrate.ui.clicks import clicked, new_choice
from substrate.ui.layout import side_by_side
from substrate.ui.selection import Selection
from substrate.wording import number


def cell_of(pair: Sequence[str], rows: Sequence[str], columns: Sequence[str]) -> Cell | None:
    """Return the places of a chosen pair, or None where none that exists is chosen."""
    if len(pair) == 2 and pair[0] in rows and pair[1] in columns:
        return list(rows).index(pair[0]), list(columns).index(pair[1])
    return None


def choose_cell(
    exhibit: Exhibit,
    run: Run,
    selection: Selection,
    *,
    field: str,
    rows: Sequence[str],
    columns: Sequence[str],
    table_key: str,
) -> Any:
    """Show a matrix whose cells can be clicked, and the place of the card; follow a new choice."""
    left, right = side_by_side(f"beside-{table_key}", exhibit, 340)
    with left:
        event = show(exhibit, run, select=("points",))
    with right:
        card = st.container()
        with st.expander("Click a cell, or choose a pair from a table"):
            assert exhibit.table is not None
            row = _table_choice(exhibit.table, rows, columns, table_key)
    cell = new_choice(exhibit.key, event, clicked) or row
    if cell:
        pair = (rows[cell[0]], columns[cell[1]])
        if selection[field] != pair:
            selection.put({field: pair}, again=True)
    return card


def choose_encoder(
    exhibit: Exhibit, run: Run, selection: Selection, encoders: Sequence[str]
) -> None:
    """Show a chart whose lines can be clicked; the encoder of a new choice becomes A."""
    line = new_choice(exhibit.key, show(exhibit, run, select=("points",)), clicked)
    st.caption("A click on a line makes its encoder A, which stands in front.")
    names = list(dict.fromkeys(encoders))
    if line is None or line[0] >= len(names) or names[line[0]] == selection["first"]:
        return
    chosen = names[line[0]]
    other = selection["first"] if chosen == selection["second"] else selection["second"]
    selection.put({"first": chosen, "second": other}, again=True)


def pair_card(scores: Scores, cell: Cell, heading: str, details: Sequence[str] = ()) -> None:
    """Show one pair's numbers, or why one is missing."""
    pair = pair_of(scores, *cell)
    st.markdown(f"**{heading}**")
    if pair.estimate.value is None:
        st.caption(no_value(scores))
        return
    left, right = st.columns(2)
    left.metric("Score", number(pair.estimate.value))
    right.metric("Calibrated", "–" if pair.calibrated is None else number(pair.calibrated))
    st.markdown("\n".join(f"- {line}" for line in (*pair_lines(scores, cell), *details)))


def _table_choice(
    table: pd.DataFrame, rows: Sequence[str], columns: Sequence[str], key: str
) -> Cell | None:
    """Show all pairs as a table; return the pair whose row is newly chosen."""
    formats = {
        name: st.column_config.NumberColumn(format="%.3f" if name.startswith("p") else "%.2f")
        for name in table.columns[2:]
    }
    event = st.dataframe(
        table,
        hide_index=True,
        height=260,
        key=key,
        on_select="rerun",
        selection_mode="single-row",
        column_config=formats,
    )

    def read(event: Any) -> Cell | None:
        chosen = event.selection.rows if event else []
        if not chosen or chosen[0] >= len(table):
            return None
        first, second = table.iloc[chosen[0], :2]
        return rows.index(first), columns.index(second)

    cell: Cell | None = new_choice(key, event, read)
    return cell


def compare_along_depth(selection: Selection, first: str, second: str) -> None:
    """Offer to open two encoders in the other view."""
    if first != second and st.button("Compare these two along their depth"):
        selection.put({"first": first, "second": second, "layers.view": TWO}, again=True)
