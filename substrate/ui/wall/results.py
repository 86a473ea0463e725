"""What both pages of shared directions rest on, by the selection."""

from __future__ import annotations

import streamlit as st

from substrate.analyses.panel_choice import PanelChoice
from substrate.analyses.shared.samples import shared_seeds, whitening_refusal
from substrate.analyses.sharedness.leave_encoder_out import SHAREDNESS
from substrate.analyses.sharedness.untrained import UNTRAINED_SHAREDNESS
from substrate.analyses.sharedness.wall import Wall, wall_of
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


def wall_or_stop(selection: Selection) -> Wall:
    """Return the wall of the selection, or end the page with the reason why there is none."""
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
    shared = result(SHAREDNESS, run, choice.sharedness(domain), what="what the panel shares")
    if shared is None:
        st.stop()
    untrained = None
    if choice.seeds:
        params = choice.untrained_sharedness(domain)
        untrained = result(UNTRAINED_SHAREDNESS, run, params, what="what untrained panels share")
    return wall_of(shared, untrained)
