"""What pages of one panel on one domain rest on: the choice, and what the panel shares there."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

import streamlit as st
from streamlit.errors import StreamlitAPIException

from substrate.analyses.panel_choice import PanelChoice
from substrate.analyses.shared.samples import shared_seeds, whitening_refusal
from substrate.analyses.sharedness.leave_encoder_out import SHAREDNESS, Sharedness
from substrate.ui.results import result
from substrate.ui.samples import require_samples
from substrate.ui.selection import Selection
from substrate.wording import ONE_ENCODER


def choice_of(selection: Selection) -> PanelChoice:
    """Return the chosen panel on all domains of the run, as the Subspace page has it."""
    run, panel = selection.run, tuple(selection["panel"])
    domains = tuple(run.domains)
    return PanelChoice(
        panel,
        domains,
        selection["whitening"],
        selection["k"],
        int(run.study["seed"]),
        shared_seeds(run, panel, domains),
    )


def sharedness_or_stop(selection: Selection) -> Sharedness:
    """Return what the panel shares on the domain, or end the page with the reason why not."""
    run, domain = selection.run, selection["domain"]
    if len(selection["panel"]) < 2:
        st.info(ONE_ENCODER, icon=":material/info:")
        st.stop()
    require_samples(run, (domain,))
    choice = choice_of(selection)
    refusal = whitening_refusal(run, choice.encoders, (domain,), choice.whitening)
    if refusal:
        st.warning(refusal, icon=":material/block:")
        st.stop()
    shared: Sharedness | None = result(
        SHAREDNESS, run, choice.sharedness(domain), what="what the panel shares"
    )
    if shared is None:
        st.stop()
    return shared


def open_direction(selection: Selection, direction: int, by: str = "") -> None:
    """Go to the page of a direction (from 0), its images by the scores of ``by`` if given."""
    address = {"direction.number": str(direction + 1)} | ({"direction.by": by} if by else {})
    with contextlib.suppress(StreamlitAPIException):  # a page that runs outside the app
        st.switch_page("pages/direction.py", query_params=selection.link("direction", address))


def direction_links(selection: Selection, directions: Iterable[int]) -> None:
    """Offer the pages of directions (from 0) as links, for those who do not click on charts."""
    with st.popover("Open a direction", icon=":material/open_in_new:"):
        base = selection.link("direction", {"direction.number": ""})
        for direction in directions:
            address = {**base, "direction.number": [str(direction + 1)]}
            with contextlib.suppress(StreamlitAPIException):  # a page that runs outside the app
                st.page_link(
                    "pages/direction.py",
                    label=f"Direction {direction + 1}",
                    query_params=address,
                )
