"""A direction's card: what it explains, its extreme images, its scores and its partners."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from substrate.analyses.directions.basis import (
    BASIS,
    Basis,
    BasisParams,
)
from substrate.analyses.directions.choice import (
    DirectionsChoice,
    DirectionsComparison,
    partners_params,
)
from substrate.analyses.directions.partners import MATCHED
from substrate.exhibits.directions import card_words, cards, cell_words
from substrate.figures.theme import Theme
from substrate.runs import Run
from substrate.ui.charts import show, show_with_sentence
from substrate.ui.contact_sheet import show_sheet
from substrate.ui.directions import address, maps
from substrate.ui.layout import wrapping_columns
from substrate.ui.results import result
from substrate.ui.samples import sample_table, thumbnails_of
from substrate.ui.selection import Selection
from substrate.wording import signed, unbroken

#: Images shown at either end of a direction, and per row of a sheet.
IMAGES, COLUMNS = 9, 3


@dataclass(frozen=True, eq=False)
class CardSide:
    """One direction that a card shows: A's or B's, and the encoder's readable name."""

    letter: str
    name: str
    basis: Basis
    direction: int

    @property
    def key(self) -> str:
        """Begin the keys of the card's controls."""
        return f"directions-card-{self.letter.lower()}"


def cards_of_cell(
    selection: Selection,
    choice: DirectionsChoice,
    comparison: DirectionsComparison,
    cell: tuple[int, int],
    theme: Theme,
) -> None:
    """Show both directions of the chosen cell side by side, and the pinned one."""
    run = selection.run
    st.subheader(cell_words.cell_heading(cell), anchor=False)
    st.caption(unbroken(cell_words.cell_sentence(comparison.panel, cell)))
    rows = maps.choose_image(selection, comparison.a, comparison.b, cell)
    requests = []
    columns = wrapping_columns("directions-card-row", [1, 1])
    bases = (comparison.a, comparison.b)
    for column, letter, basis, direction, row in zip(
        columns, cards.SIDES, bases, cell, rows, strict=True
    ):
        side = CardSide(letter, run.encoders[basis.encoder].title, basis, direction)
        with column:
            place = _card(selection, side, theme)
        requests.append(maps.MapRequest(place, basis, direction, row, letter))
    _pinned_card(selection, choice.scaling, theme)
    maps.show_maps(run, requests, theme)


def _card(selection: Selection, side: CardSide, theme: Theme) -> Any:
    """Show one direction; return the place that is kept for its map on an image."""
    run, basis, direction = selection.run, side.basis, side.direction
    heading, button = st.columns([4, 1], vertical_alignment="center")
    heading.markdown(f"**{card_words.card_title(side.letter, side.name, basis, direction)}**")
    if button.button(
        "Pin",
        key=f"{side.key}-pin",
        icon=":material/push_pin:",
        width="stretch",
        help="Keep this direction below for reference while you look at others",
    ):
        selection.put({address.PIN: address.pin_text(basis, direction)}, again=True)
    _description(card_words.card_sentence(basis, direction))
    _extremes(run, basis, direction, theme)
    place = st.container()
    samples = sample_table(run, basis.domain)
    show(cards.scores(basis, direction, samples, theme, side=side.letter, name=side.name), run)
    _partners(run.with_panel(selection["panel"]), side, theme)
    return place


def _description(sentence: str) -> None:
    """Place what is said of a direction, with a warning in bold."""
    st.caption(unbroken(sentence).replace(card_words.UNRELIABLE, f"**{card_words.UNRELIABLE}**"))


def _extremes(run: Run, basis: Basis, direction: int, theme: Theme) -> None:
    """Show the images with the highest and the lowest scores."""
    scores = basis.scores[:, direction]
    order = np.argsort(scores, kind="stable")
    thumbnails, samples = thumbnails_of(run, basis.domain), sample_table(run, basis.domain)
    ends = (
        (card_words.HIGHEST, order[::-1][:IMAGES]),
        (card_words.LOWEST, order[:IMAGES]),
    )
    with st.container(horizontal=True, gap="small"):
        for title, rows in ends:
            with st.container(width=COLUMNS * 72):
                st.markdown(f"<small>{title}</small>", unsafe_allow_html=True)
                names = samples["sample_id"].iloc[rows].tolist()
                show_sheet(
                    thumbnails[rows],
                    captions(samples, rows, scores / scores.std()),
                    theme,
                    columns=COLUMNS,
                    side=64,
                    alt=card_words.extremes_alt(title, basis, direction, names),
                )


def captions(samples: pd.DataFrame, rows: np.ndarray, scores: np.ndarray) -> list[str]:
    """Return each image's score, and its label and photograph below it."""
    return [
        f"{signed(scores[row], 1)} {samples['label'].iloc[row]}\n{_end(samples['group'].iloc[row])}"
        for row in rows
    ]


def _end(group: str) -> str:
    return group.rsplit("/", 1)[-1]


def _partners(run: Run, side: CardSide, theme: Theme) -> None:
    params = partners_params(run, side.basis, side.direction)
    matched = result(MATCHED, run, params, what="the partners in the other encoders")
    if matched is not None:
        exhibit = cards.partners(
            matched,
            side.basis,
            side.direction,
            theme,
            side=side.letter,
            name=side.name,
            components=params.components,
        )
        show_with_sentence(exhibit, run)


def _pinned_card(selection: Selection, scaling: str, theme: Theme) -> None:
    """Show the direction that is pinned."""
    run = selection.run
    pin = address.read_pin(selection[address.PIN], run)
    if pin is None:
        return
    params = BasisParams(
        pin.encoder, pin.layer, pin.domain, pin.part, scaling, int(run.study["seed"])
    )
    basis = result(BASIS, run, params, what="the pinned direction")
    if basis is None or pin.direction >= basis.count:
        return
    with st.container(border=True):
        heading, button = st.columns([5, 1], vertical_alignment="center")
        title = card_words.card_title(
            "Pinned", run.encoders[pin.encoder].title, basis, pin.direction
        )
        heading.markdown(f"**{title}**")
        if button.button("Unpin", key="directions-unpin", width="stretch"):
            selection.put({address.PIN: ""}, again=True)
        _description(card_words.card_sentence(basis, pin.direction))
        _extremes(run, basis, pin.direction, theme)
