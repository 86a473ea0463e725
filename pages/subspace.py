"""Do encoders share a subspace?"""

import streamlit as st

from substrate.exhibits.exhibit import titles
from substrate.exhibits.panel_page import QUESTION
from substrate.exhibits.sharedness import exhibits
from substrate.ui import session
from substrate.ui.charts import show, write_sentence
from substrate.ui.encoders import disagreement, flow, pairs
from substrate.ui.opening import open_page
from substrate.ui.subspace import cards, matrix, owners, robustness, spans
from substrate.ui.subspace import controls as view

st.title(QUESTION)
selection = open_page("subspace")
run, theme = selection.run, session.theme(selection.run)
opening = st.container()
robustness.load_clicked_setting(selection)
switches = view.choose(selection)


def shared_directions() -> None:
    """Show how far each encoder's part of each direction agrees with the others', and images."""
    shared = view.shared(run, switches, switches.domain)
    if shared is None:
        return
    shared = view.with_counts(run, switches, shared)
    cards.read_dot(selection, shared.panel, "subspace-spectrum", "subspace-directions")
    chart, card = st.container(), st.container(horizontal=True, gap="medium")
    direction = cards.direction_card(card, selection, shared.panel, theme)
    spectrum = exhibits.spectrum(
        shared,
        switches.choice,
        theme,
        titles=titles(run),
        chosen=direction,
        focus=selection["subspace.by"],
    )
    write_sentence(opening, spectrum)
    with chart:
        show(spectrum, run, select=("points",))
    with st.expander("Click a dot, or choose a direction from a table"):
        cards.direction_choice(spectrum, "subspace-directions")


def between_domains() -> None:
    """Compare domains by Procrustes-CKA or by their bases alone."""
    st.subheader("Are they the same directions in every domain?")
    measure = view.measure(selection)
    if measure is None:
        matrix.show_matrix(selection, switches, theme)
    else:
        spans.show_spans(selection, switches, theme, measure)


def every_domain() -> None:
    """Show every domain's leave-encoder-out correlation beside its nulls."""
    domains = tuple(dict.fromkeys((*switches.choice.domains, switches.domain)))
    panels = [view.shared(run, switches, domain) for domain in domains]
    every = [
        view.with_counts(run, switches, shared)
        if shared.panel.size.domain == switches.domain
        else shared
        for shared in panels
        if shared is not None
    ]
    if not every:
        return
    exhibit = exhibits.by_domain(every, switches.choice, theme, chosen=switches.domain)
    write_sentence(opening, exhibit)
    show(exhibit, run)


OTHERS = {
    view.SETTINGS: robustness.show_settings,
    view.ROBUSTNESS: robustness.show_robustness,
    view.OWNERS: owners.show_owners,
    view.RESPONSES: owners.show_responses,
    view.PAIRS: pairs.show_pairs,
    view.FLOW: flow.show_flow,
    view.DISAGREEMENT: disagreement.show_disagreement,
}

if view.possible(run, switches):
    if switches.view in OTHERS:
        OTHERS[switches.view](selection, switches, theme, opening)
    elif switches.view == view.DOMAINS:
        every_domain()
    else:
        shared_directions()
        between_domains()
