"""A direction's best match in every other encoder: its top images as a strip, with r and chance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

from substrate.analyses.directions.basis import BASIS
from substrate.analyses.directions.choice import partners_params
from substrate.analyses.directions.partners import MATCHED, Matched
from substrate.exhibits.directions import card_words
from substrate.figures.theme import Theme
from substrate.ui.contact_sheet import show_sheet
from substrate.ui.directions.cards import Side
from substrate.ui.literal import literal
from substrate.ui.results import result
from substrate.ui.samples import sample_table, thumbnails_of
from substrate.ui.selection import Selection
from substrate.ui.shared.linked_sheet import Opens

#: Top images of a partner, and the side of each in pixels.
IMAGES, SIDE = 3, 72


def matched_of(selection: Selection, side: Side) -> Matched | None:
    """Return a direction's partners in the other encoders of the chosen panel."""
    run = selection.run.with_panel(selection["panel"])
    params = partners_params(run, side.basis, side.direction)
    return result(MATCHED, run, params, what="the partners in the other encoders")


def show_strip(selection: Selection, side: Side, theme: Theme) -> None:
    """Show the top images of a direction's partner in every other encoder."""
    matched = matched_of(selection, side)
    if matched is None or not matched.others:
        return
    heading = card_words.partners_heading(side.name, side.basis, side.direction)
    st.markdown(f"**{heading}**")
    with st.container(horizontal=True, gap="medium", key="directions-strip"):
        for place in range(len(matched.others)):
            with st.container(width=IMAGES * (SIDE + 8)):
                _partner(selection, matched, place, side, theme)


def _partner(selection: Selection, matched: Matched, place: int, side: Side, theme: Theme) -> None:
    run, basis = selection.run, side.basis
    encoder, layer = matched.others[place], matched.layers[place]
    params = replace(basis.params, encoder=encoder, layer=layer)
    other = result(BASIS, run, params, what=f"the directions of {run.encoders[encoder].title}")
    line = card_words.partner_line(matched, place, side.direction)
    st.caption(f"**{literal(run.encoders[encoder].title)}** · {line}")
    if other is None:
        return
    pick = int(matched.partner[place, side.direction])
    sign = matched.signs[place, side.direction] or 1.0
    scores = sign * other.scores[:, pick]
    rows = np.argsort(-scores, kind="stable")[:IMAGES]
    samples = sample_table(run, basis.domain)
    names = samples["sample_id"].iloc[rows].tolist()
    show_sheet(
        thumbnails_of(run, basis.domain)[rows],
        [""] * len(rows),
        theme,
        columns=IMAGES,
        side=SIDE,
        alt=card_words.extremes_alt(card_words.HIGHEST, run.encoders[encoder].title, pick, names),
        opens=Opens.of(selection, basis.domain, rows, f"directions-partner-{place}"),
    )
