"""Do encoders share a subspace?"""

import pandas as pd
import streamlit as st

from substrate.analyses.subspace import published
from substrate.analyses.subspace.comparison import (
    MEANINGS,
    NAMES,
)
from substrate.exhibits.sharedness.words import (
    bands,
    context,
    headline,
)
from substrate.figures.sharedness import spectrum as sharedness
from substrate.figures.subspace import matrix as subspace_matrix
from substrate.ui import (
    controls,
    session,
)
from substrate.ui.charts import show
from substrate.ui.encoders import disagreement as subspace_more
from substrate.ui.opening import open_page
from substrate.ui.subspace import cards
from substrate.ui.subspace import controls as view
from substrate.ui.subspace import robustness as subspace_robust

st.title("Do encoders share a subspace?")
selection = open_page("subspace")
run, theme = selection.run, session.theme()
opening = st.container()
subspace_robust.load_clicked_setting(selection)
switches = view.choose(selection)


def shared_directions() -> None:
    """Show how far each encoder's part of each direction agrees with the others', and images."""
    found, untrained = view.shared(run, switches, switches.domain)
    if found is None:
        return
    counts, without = view.beyond(run, switches, switches.domain)
    view.say(
        opening,
        headline(found, untrained, without),
        context(found, untrained, counts, without),
    )
    cards.read_dot(selection, found, "subspace-spectrum", "subspace-directions")
    table = cards.direction_table(found, untrained)
    chart, card = st.container(), st.container(horizontal=True, gap="medium")
    direction = cards.direction_card(card, selection, found, theme)
    with chart:
        show(
            sharedness.spectrum(
                found, untrained, theme, titles=view.titles(run), chosen=direction
            ),
            key="subspace-spectrum", table=table, run=run, select=("points",),
            trace=view.trace(switches, domain=switches.domain, n=found.size.caption),
            read="Each dot is one encoder: its part of a direction that was found on other "
            "photographs, correlated with the sum of the other encoders' parts. "
            f"{bands(found)} The dashed line is as high as dots can come. Click a dot for its "
            "images.",
        )  # fmt: skip
    with st.expander("Choose a direction from a table"):
        cards.direction_choice(table, "subspace-directions")


def between_domains() -> None:
    """Show Procrustes-CKA between domains, with its controls in one chart beside it."""
    st.subheader("Are they the same directions in every domain?")
    measure = view.measure(selection)
    if measure is not None:
        subspace_more.show_spans(run, switches, theme, measure)
        return
    beside = view.beside(run, switches)
    if beside is None:
        return
    st.markdown(beside.sentence())
    table = beside.table()
    view.read_pair(selection, "subspace-matrix", "subspace-pairs", table)
    pair = view.pair_of(selection)
    row = st.container(horizontal=True, gap="medium")
    with row.container(width=464):
        show(
            subspace_matrix.matrix(beside, theme, chosen=pair), key="subspace-matrix",
            table=table, run=run, select=("points",), trace=view.trace(switches),
            read="Procrustes-CKA compares the panel's leading directions between two domains; it "
            "does not say that encoders share them. Click a cell for its controls.",
        )  # fmt: skip
    with row.container(width=464):
        show(
            subspace_matrix.controls(beside, theme), key="subspace-controls",
            table=beside.control_table(), run=run, trace=view.trace(switches),
            read="A bar is a median; dots are pairs of domains, or the medians of single encoders, "
            "seeds and draws. A control that comes as high as the trained panel shows that "
            "such values arise without what it lacks. The diamond is K / (K + PR), what random "
            "bases should give.",
        )  # fmt: skip
    if pair is not None:
        with row.container(width=320):
            view.pair_card(beside, pair)
    controls.toggle(selection, "subspace.published")
    if selection["subspace.published"]:
        with row.container(width=464):
            show(
                subspace_matrix.published(theme), key="subspace-published", run=run,
                table=pd.DataFrame(published.matrix(), columns=published.DOMAINS),
                trace={"source": published.SOURCE},
                read="Published, never mixed with measured. " + " ".join(published.NOTES),
            )  # fmt: skip
    with st.expander("What each control can show"):
        st.markdown("\n".join(f"- **{NAMES[key]}.** {text}" for key, text in MEANINGS.items()))
    with st.expander("Choose a pair of domains from a table"):
        st.dataframe(
            table, hide_index=True, key="subspace-pairs", on_select="rerun",
            selection_mode="single-row",
        )  # fmt: skip


def every_domain() -> None:
    """Show every domain's leave-encoder-out correlation beside its nulls."""
    domains = tuple(dict.fromkeys((*switches.choice.domains, switches.domain)))
    results = [view.shared(run, switches, domain) for domain in domains]
    found = [each for each, _ in results if each is not None]
    untrained = [other for each, other in results if each is not None]
    if not found:
        return
    for one, twins in zip(found, untrained, strict=True):
        if one.size.domain == switches.domain:
            view.say(opening, headline(one, twins), context(one, twins))
    show(
        sharedness.by_domain(found, untrained, theme, chosen=switches.domain),
        key="subspace-domains", table=cards.domain_table(found, untrained), run=run,
        trace=view.trace(switches),
        read="Filled: tested on held-out photographs, with a 95 % interval. Hollow: too few "
        "photographs, tested on other parts of the same ones, value only.",
    )  # fmt: skip


OTHERS = {
    view.SETTINGS: subspace_robust.show_settings,
    view.ROBUSTNESS: subspace_robust.show_robustness,
    view.OWNERS: subspace_more.show_owners,
    view.RESPONSES: subspace_more.show_responses,
    view.PAIRS: subspace_more.show_pairs,
    view.FLOW: subspace_more.show_flow,
    view.DISAGREEMENT: subspace_more.show_disagreement,
}

if view.possible(run, switches):
    if switches.view in OTHERS:
        OTHERS[switches.view](run, switches, theme, opening)
    elif switches.view == view.DOMAINS:
        every_domain()
    else:
        shared_directions()
        between_domains()
