"""The Subspace page's views of one domain's directions: who owns them, and what they follow."""

from __future__ import annotations

from typing import Any

import streamlit as st

from substrate.analyses import panel_views as params
from substrate.analyses.panel_choice import Switches
from substrate.analyses.sharedness.by_paradigm import PARADIGMS
from substrate.analyses.sharedness.responses import RESPONSES
from substrate.exhibits.exhibit import titles
from substrate.exhibits.sharedness import exhibits
from substrate.figures.theme import Theme
from substrate.ui.charts import show, write_sentence
from substrate.ui.results import result
from substrate.ui.selection import Selection
from substrate.ui.subspace import cards
from substrate.ui.subspace.controls import shared


def show_owners(selection: Selection, switches: Switches, theme: Theme, opening: Any) -> None:
    """Show the spectrum by paradigm, and who owns each direction."""
    run, choice = selection.run, switches.choice
    panel = shared(run, switches, switches.domain)
    if panel is None:
        return
    kinds = result(PARADIGMS, run, choice.sharedness(switches.domain), what="paradigms")
    of_encoders = [run.encoders[encoder].paradigm for encoder in choice.encoders]
    owners = exhibits.owners(panel, choice, theme, paradigms=of_encoders, titles=titles(run))
    if kinds is None:
        write_sentence(opening, owners)
    else:
        by_paradigm = exhibits.paradigms(panel, kinds, choice, theme)
        write_sentence(opening, by_paradigm)
        show(by_paradigm, run)
        write_sentence(st.container(), owners)
    show(owners, run)


def show_responses(selection: Selection, switches: Switches, theme: Theme, opening: Any) -> None:
    """Show what each direction responds to, with the images at its ends."""
    run, choice = selection.run, switches.choice
    panel = shared(run, switches, switches.domain)
    if panel is None:
        return
    of_domain = params.responses(choice, switches.domain)
    responses = result(RESPONSES, run, of_domain, what="image statistics")
    if responses is None:
        return
    chart, table = "subspace-responses", "subspace-responses-rows"
    cards.read_dot(selection, panel.panel, chart, table)
    card = st.container(horizontal=True, gap="medium")
    direction = cards.direction_card(card, selection, panel.panel, theme)
    exhibit = exhibits.responses(responses, panel, choice, theme, chosen=direction)
    write_sentence(opening, exhibit)
    show(exhibit, run, select=("points",))
    with st.expander("Click a cell, or choose a direction from a table"):
        cards.direction_choice(exhibit, table)
