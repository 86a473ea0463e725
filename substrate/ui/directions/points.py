"""The samples as points, coloured by any column, and the images of a selection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from substrate.analyses.directions.choice import (
    DirectionsChoice,
    DirectionsComparison,
    embedding_params,
)
from substrate.analyses.directions.embedding import EMBEDDING, METHODS
from substrate.analyses.directions.images import IMAGES, ImagesParams
from substrate.exhibits.directions import card_words, points
from substrate.exhibits.exhibit import Exhibit
from substrate.figures.theme import Theme
from substrate.runs import Run
from substrate.ui import controls, pickers
from substrate.ui.charts import show_with_sentence
from substrate.ui.contact_sheet import show_sheet
from substrate.ui.directions import address
from substrate.ui.results import result
from substrate.ui.samples import sample_table, thumbnails_of
from substrate.ui.selection import Selection
from substrate.ui.shared.linked_sheet import Opens
from substrate.wording import Nouns

PLOTS = (points.SCORES, *METHODS)
#: Columns of a sample table that name samples and do not describe them.
_NOT_COLOURS = {"sample_id", "content_sha256", "box"}
#: Most images of a selection that are shown.
SHOWN = 48


def points_section(
    selection: Selection,
    choice: DirectionsChoice,
    comparison: DirectionsComparison,
    cell: tuple[int, int],
    theme: Theme,
) -> None:
    """Show the scatter, its controls, and the images of what is selected on it."""
    st.subheader(card_words.SAMPLES, anchor=False)
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="medium")
    controls.segmented(selection, "directions.plot", row)
    side = "A"
    if selection["directions.plot"] in METHODS:
        controls.segmented(selection, "directions.side", row)
        side = selection["directions.side"]
    samples = _samples(selection.run, choice, selection["directions.plot"], side)
    by = _colour(selection, row, samples)
    clicked = pickers.new_selection(points.KEY)
    if clicked and (rows := address.selected_rows(clicked)):
        selection.put({address.ROWS: address.rows_text(rows)})
    selected = address.read_rows(selection[address.ROWS], len(samples))
    shown: dict[str, Any] = {"samples": samples, "by": by, "theme": theme, "selected": selected}
    exhibit = _exhibit(selection, choice, comparison, cell, side, shown)
    if exhibit is not None:
        show_with_sentence(exhibit, selection.run, select=("points", "box", "lasso"))
        _images(selection, samples, selected, by, theme, comparison.panel.facts.nouns)


def _exhibit(
    selection: Selection,
    choice: DirectionsChoice,
    comparison: DirectionsComparison,
    cell: tuple[int, int],
    side: str,
    shown: dict[str, Any],
) -> Exhibit | None:
    run, plot = selection.run, selection["directions.plot"]
    if plot == points.SCORES:
        return points.samples_by_scores(comparison, cell, **shown)
    basis = comparison.a if side == "A" else comparison.b
    plane = result(
        EMBEDDING,
        run,
        embedding_params(choice, basis, plot),
        what=f"{plot} of {basis.encoder}/{basis.layer}",
    )
    return None if plane is None else points.samples_on_plane(plane, basis.photographs, **shown)


def _samples(run: Run, choice: DirectionsChoice, plot: str, side: str) -> pd.DataFrame:
    """Return the samples of the plot: of one side's domain, or of both below each other."""
    if plot in METHODS:
        return sample_table(run, choice.domain if side == "A" else choice.second_domain)
    tables = [sample_table(run, domain) for domain in choice.domains]
    return tables[0] if len(tables) == 1 else pd.concat(tables, ignore_index=True)


def _colour(selection: Selection, place: Any, samples: pd.DataFrame) -> pd.Series:
    """Let the reader choose a column or a statistic of the images."""
    columns = [c for c in samples.columns if c not in _NOT_COLOURS]
    measured = _statistics(selection.run, samples)
    first = [c for c in ("label",) if c in columns]
    options = [*first, *(c for c in columns if c not in first), *measured.columns]
    picked = selection.settle("directions.colour", options)
    controls.choose_from(selection, "directions.colour", options, place)
    return samples[picked] if picked in columns else measured[picked]


def _statistics(run: Run, samples: pd.DataFrame) -> pd.DataFrame:
    """Return the image statistics that all of the samples' domains have."""
    parts = []
    for domain in samples["domain"].unique():
        statistics = result(IMAGES, run, ImagesParams(domain), what="image statistics")
        if statistics is None:
            return pd.DataFrame(index=samples.index)
        parts.append(pd.DataFrame(statistics.values, columns=list(statistics.names)))
    return pd.concat(parts, join="inner", ignore_index=True)


def _images(
    selection: Selection,
    samples: pd.DataFrame,
    selected: Sequence[int],
    by: pd.Series,
    theme: Theme,
    nouns: Nouns,
) -> None:
    if not selected:
        return
    groups = samples["group"].iloc[list(selected)].nunique()
    shown = list(selected[:SHOWN])
    text, button = st.columns([5, 1], vertical_alignment="center")
    text.markdown(f"**{card_words.selected_sentence(len(selected), groups, nouns, SHOWN)}**")
    if button.button("Clear", key="directions-clear", width="stretch"):
        selection.put({address.ROWS: ""}, again=True)
    chosen = samples.iloc[shown]
    pictures = np.concatenate(
        [_pictures(selection.run, chosen, domain) for domain in chosen["domain"].unique()]
    )
    chosen = pd.concat([chosen[chosen["domain"] == d] for d in chosen["domain"].unique()])
    lines = [
        f"{_value(by.loc[index])}\n{row['group'].rsplit('/', 1)[-1]}"
        for index, row in chosen.iterrows()
    ]
    alt = card_words.selected_alt(chosen["sample_id"].tolist())
    images = [
        (domain, row)
        for domain in chosen["domain"].unique()
        for row in _rows(selection.run, chosen, domain)
    ]
    opens = Opens(selection, images, "directions-selected")
    show_sheet(pictures, lines, theme, columns=10, side=64, alt=alt, opens=opens)


def _pictures(run: Run, chosen: pd.DataFrame, domain: str) -> np.ndarray:
    return thumbnails_of(run, domain)[_rows(run, chosen, domain)]


def _rows(run: Run, chosen: pd.DataFrame, domain: str) -> list[int]:
    """Return the rows that the chosen samples of a domain have in it."""
    ids = {name: row for row, name in enumerate(sample_table(run, domain)["sample_id"])}
    return [ids[name] for name in chosen.loc[chosen["domain"] == domain, "sample_id"]]


def _value(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
