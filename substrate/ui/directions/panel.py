"""The panel of directions and its table of cells, the leading subspaces, and the spectra."""

from __future__ import annotations

from typing import Any

import streamlit as st

from substrate.analyses.directions.choice import (
    PAPER,
    DirectionsChoice,
    DirectionsComparison,
    aligned,
    matches,
)
from substrate.analyses.directions.cosine_panel import CosinePanel
from substrate.analyses.directions.tables import panel_table
from substrate.exhibits.directions import cell_words, exhibits
from substrate.exhibits.directions.words import lead_cell
from substrate.figures.directions.heatmap import paper_scale_refusal
from substrate.figures.theme import Theme
from substrate.runs import Run
from substrate.ui import pickers
from substrate.ui.charts import show, show_with_sentence, write_sentence
from substrate.ui.directions import address, controls
from substrate.ui.directions.cards import show_cell
from substrate.ui.layout import sticky, wrapping_columns
from substrate.ui.selection import Selection
from substrate.ui.shared.present import presenting

HEATMAP, CELLS = "directions-heatmap", "directions-cells"
#: Rows of the table of cells: the rest is in the CSV.
ROWS = 256


def panel(
    selection: Selection,
    choice: DirectionsChoice,
    comparison: DirectionsComparison,
    theme: Theme,
    opening: Any,
) -> tuple[int, int]:
    """Show every cell, beside it the chosen one's images, and in the opening what they say.

    Returns the chosen cell.
    """
    run, compared = selection.run, comparison.panel
    cell = _chosen(selection, compared)
    refusal = paper_scale_refusal(compared) if choice.scale == PAPER else ""
    if refusal:
        st.info(refusal, icon=":material/info:")
    exhibit = exhibits.heatmap(compared, choice, run, theme, cell=cell)
    write_sentence(opening, exhibit)
    left, right = wrapping_columns("directions-panel-row", [1, 1], least_rem=30)
    with left:
        show(exhibit, run, select=("points",))
    with right, sticky("directions-sides"):
        _steps(selection, compared, cell)
        show_cell(selection, aligned(comparison, cell), cell, theme)
    return cell


def _steps(selection: Selection, compared: CosinePanel, cell: tuple[int, int]) -> None:
    """Head the chosen cell, between buttons that go to the neighbouring matches."""
    row = st.container(horizontal=True, vertical_alignment="center", key="directions-steps")
    pairs = matches(compared)
    for step, label, icon, key in (
        (-1, "Previous", ":material/chevron_left:", "Left"),
        (1, "Next", ":material/chevron_right:", "Right"),
    ):
        place = cell[0] + step
        if row.button(
            label,
            key=f"directions-{label.lower()}",
            icon=icon,
            shortcut=None if presenting() else key,
            disabled=not 0 <= place < len(pairs),
            help="The neighbouring direction of A with its best match in B",
        ):
            selection.put({address.CELL: address.cell_text(pairs[place])}, again=True)
    row.markdown(f"**{cell_words.cell_heading(cell)}**")


def _chosen(selection: Selection, compared: CosinePanel) -> tuple[int, int]:
    """Return the cell that is clicked, else the address's, else the one of the verdict."""
    for key, read in (
        (HEATMAP, address.clicked_cell),
        (CELLS, lambda rows: _clicked_row(compared, rows)),
    ):
        clicked = pickers.new_selection(key)
        if clicked and (cell := read(clicked)):
            selection.put({address.CELL: address.cell_text(cell)})
    asked = address.read_cell(selection[address.CELL], compared.values.shape)
    selection.settle_text(address.CELL, there=asked is not None)
    return asked or lead_cell(compared)


def _clicked_row(compared: CosinePanel, selected: Any) -> tuple[int, int] | None:
    """Return the cell of a row that was selected in the table."""
    rows = selected.get("rows", [])
    table = panel_table(compared)
    if not rows or rows[0] >= len(table):
        return None
    return int(table["A"].iloc[rows[0]]) - 1, int(table["B"].iloc[rows[0]]) - 1


#: Widths of the columns in pixels; with the column to select a row by they fit beside the panel in
#: a window of 1440, where the table has 430.
WIDTHS = {
    "A": 34,
    "B": 34,
    "value": 50,
    "low": 46,
    "high": 46,
    "> chance": 66,
    "p": 46,
    "rel. A": 44,
    "rel. B": 44,
}
#: What the columns of the table of cells are called on the page.
_NAMES = {"beyond chance": "> chance", "reliability A": "rel. A", "reliability B": "rel. B"}


def cells(compared: CosinePanel, cell: tuple[int, int]) -> None:
    """Show the strongest cells as rows to choose from: the plain way to a card."""
    st.markdown(f"**{cell_words.cells_heading()}**")
    shown = panel_table(compared).head(ROWS)
    if compared.estimates.low is None:
        shown = shown.drop(columns=["low", "high"])
    if compared.estimates.p is None:
        shown = shown.drop(columns="p")
    st.dataframe(
        shown.rename(columns=_NAMES),
        hide_index=True,
        key=CELLS,
        height=560,
        on_select="rerun",
        selection_mode="single-row",
        column_config=_columns(),
    )
    st.caption(cell_words.cells_caption(compared, cell))


def _columns() -> dict[str, Any]:
    plain = ("value", "low", "high", "rel. A", "rel. B")
    number = st.column_config.NumberColumn
    return {
        **{name: number(format="%.2f", width=WIDTHS[name]) for name in plain},
        "A": number(width=WIDTHS["A"]),
        "B": number(width=WIDTHS["B"]),
        "p": number(
            format="%.3f",
            width=WIDTHS["p"],
            help="Against the largest cell of each null panel",
        ),
        "> chance": st.column_config.CheckboxColumn(
            width=WIDTHS["> chance"], help="Beyond what chance reaches in the largest cell"
        ),
    }


def subspaces_and_spectra(run: Run, choice: DirectionsChoice, theme: Theme) -> None:
    """Show how variance is spread, and how much the leading subspaces share."""
    left, right = wrapping_columns("directions-spectra-row", [1, 1])
    with left:
        spectra = controls.spectra(run, choice)
        if spectra:
            show_with_sentence(exhibits.spectra(spectra, run, theme), run)
    with right:
        angles = controls.angles(run, choice)
        if angles is not None:
            show_with_sentence(exhibits.subspaces(angles, theme), run)
