"""Findings as cards: badge, sentence, figure, and a link to the page that shows the whole."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import streamlit as st
from streamlit.errors import StreamlitAPIException

from substrate.exhibits.claims.section import QUESTION as CLAIMS_QUESTION
from substrate.exhibits.detector.section import QUESTION as DETECTOR_QUESTION
from substrate.exhibits.findings import Finding, findings
from substrate.exhibits.panel_page import QUESTION as SUBSPACE_QUESTION
from substrate.exhibits.sharedness.wall import TITLE as WALL_TITLE
from substrate.exhibits.verdict_html import html
from substrate.figures import heading
from substrate.figures.theme import Theme
from substrate.gallery.shown import is_shipped
from substrate.runs import Run, RunError, open_run
from substrate.store import Store
from substrate.ui import session
from substrate.ui.charts import CONFIG
from substrate.ui.layout import wrapping_columns
from substrate.ui.literal import literal
from substrate.ui.pill import at_work
from substrate.ui.results import at_hand
from substrate.ui.selection import Selection

#: Seconds for which the cards of a finished run are kept.
KEPT_S = 60
#: Seconds between two looks at what a run at work has found.
LOOK_S = 3.0
NONE_YET = "Nothing of this run can be shown yet."
LOST = (
    "Nothing of this run can be shown: its results are damaged or no longer there. Run the study "
    "again: only what is missing is computed."
)
#: What a page's link is called on a card.
QUESTIONS = {
    "wall": WALL_TITLE,
    "subspace": SUBSPACE_QUESTION,
    "transfer": DETECTOR_QUESTION,
    "claims": CLAIMS_QUESTION,
}


def show_run(selection: Selection, store: Store, *, page: str) -> None:
    """Place the cards of the run that a page shows, one that is being made as it goes on."""
    run = selection.run
    if not is_shipped(run) and at_work(store, run.run_id):
        show_as_found(selection, store, run.run_id, page=page, live=True)
    else:
        show_findings(selection, run, session.theme(run), page=page)


def show_as_found(
    selection: Selection, store: Store, run_id: str, *, page: str, live: bool
) -> None:
    """Place the cards of a run, while its job is at work each as soon as it can be had."""
    st.fragment(_look, run_every=LOOK_S if live else None)(selection, store, run_id, page)


def _look(selection: Selection, store: Store, run_id: str, page: str) -> None:
    try:
        run = open_run(store, run_id)
    except RunError as error:
        st.info(literal(error))
        return
    show_findings(selection, run, session.theme(run), page=page)


def show_findings(selection: Selection, run: Run, theme: Theme, *, page: str) -> None:
    """Place the cards of a run: the wide ones alone, the others in two columns.

    ``page`` is the page that they stand on, and begins their keys.
    """
    done = run.record.get("status") == "done"
    made = _kept(run.run_id, str(run.store.root), theme.name, run, theme) if done else ()
    made = made or findings(run, theme, at_hand)
    if not made:
        st.info(LOST if done else NONE_YET)
        return
    for finding in (one for one in made if one.wide):
        _card(selection, run, finding, page)
    rest = [one for one in made if not one.wide]
    for start in range(0, len(rest), 2):
        pair = rest[start : start + 2]
        columns = wrapping_columns(
            f"{page}-cards-{start}", [1] * len(pair), least_rem=24, gap="small"
        )
        for column, finding in zip(columns, pair, strict=True):
            with column:
                _card(selection, run, finding, page)


@st.cache_resource(max_entries=16, ttl=KEPT_S, show_spinner=False)
def _kept(run_id: str, root: str, look: str, _run: Run, _theme: Theme) -> Sequence[Finding]:
    return findings(_run, _theme, at_hand)


def _card(selection: Selection, run: Run, finding: Finding, page: str) -> None:
    exhibit = finding.exhibit
    assert exhibit.verdict is not None
    with st.container(border=True, height="stretch", gap="small"):
        st.html(html(exhibit.verdict))
        facts = " · ".join(heading.facts(exhibit.figure)[:1])
        st.caption(literal(" · ".join(part for part in (exhibit.title, facts) if part)))
        st.plotly_chart(
            exhibit.figure,
            theme=None,
            key=f"{page}-{exhibit.key}",
            config=CONFIG,
            alt=f"{exhibit.title}. {exhibit.read}",
        )
        address = selection.link(finding.page, {"run": run.run_id, **finding.address}, fresh=True)
        with st.container(horizontal=True, vertical_alignment="center"):
            with contextlib.suppress(StreamlitAPIException):  # a page that runs outside the app
                st.page_link(
                    f"pages/{finding.page}.py",
                    label=QUESTIONS[finding.page],
                    icon=":material/arrow_forward:",
                    query_params=address,
                    width="content",
                )
            with st.popover("Explain", icon=":material/help:", type="tertiary", width="content"):
                st.markdown(literal(exhibit.read))
