"""Both directions of a cell: their extreme images side by side, what is known of them, the pin."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from substrate.analyses.directions.basis import BASIS, Basis
from substrate.analyses.directions.choice import (
    DirectionsChoice,
    DirectionsComparison,
    bases_params,
)
from substrate.exhibits.directions import card_words, cards, cell_words
from substrate.figures.theme import Theme
from substrate.runs import Run
from substrate.ui.contact_sheet import show_sheet
from substrate.ui.directions import address
from substrate.ui.results import result
from substrate.ui.samples import sample_table, thumbnails_of
from substrate.ui.selection import Selection
from substrate.ui.shared.linked_sheet import Opens
from substrate.wording import signed, unbroken

#: Images shown at either end of a direction beside the panel, and the side of each in pixels.
IMAGES, SIDE = 5, 96
#: The same on the card of a pinned direction, which has the whole width.
PINNED = 9


@dataclass(frozen=True, eq=False)
class Side:
    """One direction that is shown: A's or B's, and the encoder's readable name.

    ``aligned`` says that the sign of the direction was turned to run the way of the other one.
    """

    letter: str
    name: str
    basis: Basis
    direction: int
    aligned: bool = False

    @property
    def key(self) -> str:
        """Begin the keys of the direction's controls."""
        return f"directions-card-{self.letter.lower()}"

    @property
    def title(self) -> str:
        """Return what heads the direction."""
        return card_words.card_title(
            self.letter, self.name, self.basis, self.direction, aligned=self.aligned
        )

    @property
    def deviations(self) -> np.ndarray:
        """Return every sample's score in deviations of the scores."""
        scores = self.basis.scores[:, self.direction]
        return np.asarray(scores / scores.std())


def sides_of(run: Run, compared: DirectionsComparison, cell: tuple[int, int]) -> tuple[Side, Side]:
    """Return both directions of a cell; the comparison is the aligned one."""
    a, b = (
        Side(letter, run.encoders[basis.encoder].title, basis, direction, aligned)
        for letter, basis, direction, aligned in zip(
            cards.SIDES, (compared.a, compared.b), cell, (False, compared.turned), strict=True
        )
    )
    return a, b


def show_cell(
    selection: Selection, compared: DirectionsComparison, cell: tuple[int, int], theme: Theme
) -> None:
    """Show the images at both ends of the two directions of the chosen cell."""
    st.caption(unbroken(cell_words.cell_sentence(compared.panel, cell)))
    sides = sides_of(selection.run, compared, cell)
    for side, other in (sides, sides[::-1]):
        _ends(selection, side, other, theme)


def _ends(selection: Selection, side: Side, other: Side, theme: Theme) -> None:
    """Show the highest and the lowest images of one direction, with their scores on both."""
    run, basis = selection.run, side.basis
    heading, button = st.columns([6, 1], vertical_alignment="center")
    heading.markdown(f"**{side.title}**")
    if button.button(
        "",
        key=f"{side.key}-pin",
        icon=":material/push_pin:",
        type="tertiary",
        help="Keep this direction below for reference while you look at others",
    ):
        # what is pinned is the direction as it was found, whatever its sign here
        selection.put({address.PIN: address.pin_text(basis, side.direction)}, again=True)
    samples, pictures = sample_table(run, basis.domain), thumbnails_of(run, basis.domain)
    order = np.argsort(side.deviations, kind="stable")
    ends = ((card_words.HIGHEST, order[::-1][:IMAGES]), (card_words.LOWEST, order[:IMAGES]))
    for title, rows in ends:
        names = samples["sample_id"].iloc[rows].tolist()
        show_sheet(
            pictures[rows],
            _both_scores(samples, rows, side, other),
            theme,
            columns=IMAGES,
            side=SIDE,
            alt=card_words.extremes_alt(title, side.name, side.direction, names),
            opens=Opens.of(selection, basis.domain, rows, f"{side.key}-{title.lower()}"),
        )


def _both_scores(samples: pd.DataFrame, rows: np.ndarray, side: Side, other: Side) -> list[str]:
    """Return each image's scores on this direction and on the other, and its label below."""
    if side.basis.domain != other.basis.domain:
        return captions(samples, rows, side.deviations)
    letters = (side.letter, other.letter)
    return [
        f"{card_words.both_scores(side.deviations[row], other.deviations[row], letters)}\n"
        f"{samples['label'].iloc[row] or _end(samples['group'].iloc[row])}"
        for row in rows
    ]


def captions(samples: pd.DataFrame, rows: np.ndarray, scores: np.ndarray) -> list[str]:
    """Return each image's score, and its label and photograph below it."""
    return [
        f"{signed(scores[row], 1)} {samples['label'].iloc[row]}\n{_end(samples['group'].iloc[row])}"
        for row in rows
    ]


def _end(group: str) -> str:
    return group.rsplit("/", 1)[-1]


def description(place: Any, side: Side, domain: str) -> None:
    """Place what is known of a direction on a domain, by its title, with a warning in bold."""
    sentence = card_words.card_sentence(side.basis, side.direction, domain)
    said = unbroken(sentence).replace(card_words.UNRELIABLE, f"**{card_words.UNRELIABLE}**")
    place.caption(said)


def pinned_card(selection: Selection, choice: DirectionsChoice, theme: Theme) -> None:
    """Show the direction that is pinned, found as those of the choice are."""
    run = selection.run
    pin = address.read_pin(selection[address.PIN], run)
    selection.settle_text(address.PIN, there=pin is not None)
    if pin is None:
        return
    side, _ = bases_params(run, choice)
    params = replace(side, encoder=pin.encoder, layer=pin.layer, domain=pin.domain, part=pin.part)
    basis = result(BASIS, run, params, what="the pinned direction")
    if basis is None or pin.direction >= basis.count:
        return
    shown = Side("Pinned", run.encoders[pin.encoder].title, basis, pin.direction)
    with st.container(border=True):
        heading, button = st.columns([5, 1], vertical_alignment="center")
        heading.markdown(f"**{shown.title}**")
        if button.button("Unpin", key="directions-unpin", width="stretch"):
            selection.put({address.PIN: ""}, again=True)
        description(st, shown, run.domains[basis.domain].title)
        samples, pictures = sample_table(run, basis.domain), thumbnails_of(run, basis.domain)
        order = np.argsort(shown.deviations, kind="stable")
        for title, rows in (
            (card_words.HIGHEST, order[::-1][:PINNED]),
            (card_words.LOWEST, order[:PINNED]),
        ):
            names = samples["sample_id"].iloc[rows].tolist()
            show_sheet(
                pictures[rows],
                captions(samples, rows, shown.deviations),
                theme,
                columns=PINNED,
                side=SIDE,
                alt=card_words.extremes_alt(title, shown.name, pin.direction, names),
                opens=Opens.of(selection, basis.domain, rows, f"directions-pinned-{title.lower()}"),
            )
