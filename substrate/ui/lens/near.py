"""The image's nearest neighbours in every encoder, as strips of links, and how many are shared."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from substrate.analyses.lens.neighbours import (
    LENS_NEIGHBOURS,
    Neighbours,
    NeighboursParams,
    neighbours_params,
)
from substrate.exhibits.exhibit import titles
from substrate.exhibits.lens import exhibits, words
from substrate.figures.theme import Theme
from substrate.ui.charts import show_with_sentence
from substrate.ui.contact_sheet import show_sheet
from substrate.ui.layout import scrolling, side_by_side
from substrate.ui.lens.choose import Shown
from substrate.ui.literal import literal
from substrate.ui.results import result
from substrate.ui.samples import sample_table, thumbnails_of
from substrate.ui.selection import Selection
from substrate.ui.shared.linked_sheet import Opens

#: Side of a neighbour, in pixels.
SIDE = 72


def show_neighbours(selection: Selection, shown: Shown, theme: Theme) -> None:
    """Show the neighbours in each encoder, beside them how many any two encoders share."""
    run, domain = selection.run, selection["domain"]
    panel = tuple(selection["panel"])
    if shown.row is None:
        params = NeighboursParams(panel, domain, image=shown.own)
    else:
        params = neighbours_params(run, panel, domain, shown.row)
    st.subheader(words.NEIGHBOURS)
    nearest: Neighbours | None = result(
        LENS_NEIGHBOURS, run, params, what="the neighbours of the image"
    )
    if nearest is None:
        return
    place, table = nearest.place(shown.row), sample_table(run, domain)
    left, right = side_by_side("lens-near", 8 * SIDE, 420)
    with left:
        for e in range(len(nearest.encoders)):
            _strip(selection, nearest, e, place, theme)
    with right:
        names = table["sample_id"].astype(str).tolist()
        exhibit = exhibits.neighbours(nearest, place, shown.name, names, titles(run), theme)
        with scrolling("lens-near-matrix", exhibit):
            show_with_sentence(exhibit, run)


def _strip(selection: Selection, nearest: Neighbours, e: int, place: int, theme: Theme) -> None:
    run, domain = selection.run, selection["domain"]
    near = nearest.near[e, place]
    rows, cosines = near[near >= 0], nearest.cosines[e, place]
    table = sample_table(run, domain)
    title = run.encoders[nearest.encoders[e]].title
    st.caption(f"**{literal(title)}**")
    show_sheet(
        thumbnails_of(run, domain)[rows],
        _captions(table, rows, cosines),
        theme,
        columns=max(len(rows), 1),
        side=SIDE,
        alt=words.neighbour_alt(title, table["sample_id"].iloc[rows].tolist()),
        opens=Opens.of(selection, domain, rows, f"lens-near-{nearest.encoders[e]}"),
    )


def _captions(table: pd.DataFrame, rows: np.ndarray, cosines: np.ndarray) -> list[str]:
    """Return each neighbour's cosine, and its label or photograph."""
    return [
        words.neighbour_caption(
            float(cosines[rank]), str(table["label"].iloc[row]), str(table["group"].iloc[row])
        )
        for rank, row in enumerate(rows)
    ]
