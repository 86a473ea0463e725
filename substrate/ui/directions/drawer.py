"""What more there is of a comparison, below it, one part at a time: tables, spectra, samples."""

from __future__ import annotations

import streamlit as st

from substrate.analyses.directions.choice import (
    DirectionsChoice,
    DirectionsComparison,
    partners_params,
)
from substrate.exhibits.directions import cards
from substrate.figures.theme import Theme
from substrate.ui import controls
from substrate.ui.charts import show, show_with_sentence
from substrate.ui.directions import panel
from substrate.ui.directions.cards import Side, description, sides_of
from substrate.ui.directions.partners import matched_of
from substrate.ui.directions.points import points_section
from substrate.ui.layout import wrapping_columns
from substrate.ui.samples import sample_table
from substrate.ui.selection import Selection

CELLS, SCORES, SPECTRA, SAMPLES = PARTS = (
    "Table of cells",
    "Scores and partners",
    "Subspaces and spectra",
    "Samples",
)


def drawer(
    selection: Selection,
    choice: DirectionsChoice,
    compared: DirectionsComparison | None,
    cell: tuple[int, int] | None,
    theme: Theme,
) -> None:
    """Show the chosen part; without a comparison there are subspaces and spectra alone."""
    if compared is None or cell is None:
        panel.subspaces_and_spectra(selection.run, choice, theme)
        return
    controls.segmented(selection, "directions.more")
    part = selection["directions.more"]
    if part == CELLS:
        panel.cells(compared.panel, cell)
    elif part == SCORES:
        _scores_and_partners(selection, sides_of(selection.run, compared, cell), theme)
    elif part == SPECTRA:
        panel.subspaces_and_spectra(selection.run, choice, theme)
    else:
        points_section(selection, choice, compared, cell, theme)


def _scores_and_partners(selection: Selection, sides: tuple[Side, Side], theme: Theme) -> None:
    columns = wrapping_columns("directions-card-row", [1, 1])
    for column, side in zip(columns, sides, strict=True):
        with column:
            _card(selection, side, theme)


def _card(selection: Selection, side: Side, theme: Theme) -> None:
    run, basis = selection.run, side.basis
    st.markdown(f"**{side.title}**")
    description(st, side, run.domains[basis.domain].title)
    samples = sample_table(run, basis.domain)
    words = {"side": side.letter, "name": side.name}
    exhibit = cards.scores(basis, side.direction, samples, theme, aligned=side.aligned, **words)
    show(exhibit, run)
    matched = matched_of(selection, side)
    if matched is not None:
        panelled = run.with_panel(selection["panel"])
        among = partners_params(panelled, basis, side.direction).components
        partners = cards.partners(matched, basis, side.direction, theme, components=among, **words)
        show_with_sentence(partners, run)
