"""What every page starts from: the store, the open run, the theme, the resident worker."""

from __future__ import annotations

import contextlib
from pathlib import Path

import streamlit as st
from streamlit.errors import StreamlitAPIException
from streamlit.runtime.pages_manager import PagesManager

from substrate.figures.theme import THEMES, Theme
from substrate.runs import Run, RunError, list_runs, open_run
from substrate.store import Store, StoreError, default_root
from substrate.ui.literal import literal
from substrate.worker_client import Resident


@st.cache_resource(show_spinner=False)
def _store(root: str) -> Store:
    return Store(Path(root))


def _through_the_router() -> None:
    """Run app.py first where a fresh server was asked for one page by its address.

    Until `st.navigation` has run once in the server's life, Streamlit takes a folder named pages
    for its old kind of multipage app and runs a page without app.py. There is no setting for it.
    """
    if PagesManager.uses_pages_directory:
        PagesManager.uses_pages_directory = False
        st.rerun()


def store() -> Store:
    """Return the server's store, or say in one sentence why there is none."""
    _through_the_router()
    try:
        return _store(str(default_root()))
    except StoreError as error:
        st.error(literal(error))
        st.stop()


@st.cache_resource(show_spinner=False)
def resident() -> Resident:
    """Return the server's one resident worker."""
    return Resident()


def theme() -> Theme:
    """Return the theme of the viewer's page."""
    return THEMES.get(st.context.theme.type or "light", THEMES["light"])


def require_run() -> Run:
    """Return the run that the address names, else the latest; without any, explain and stop."""
    runs = list_runs(store())
    if not runs:
        st.info("Nothing has been run yet. Choose encoders and domains on the Study page.")
        with contextlib.suppress(StreamlitAPIException):  # a page that runs outside the app
            st.page_link("pages/study.py", label="Go to Study", icon=":material/science:")
        st.stop()
    asked = st.query_params.get("run") or st.session_state.get("run")
    chosen = _opened(asked) if asked else runs[0]
    by_id = {run.run_id: run for run in runs} | {chosen.run_id: chosen}
    with st.sidebar:
        picked = st.selectbox(
            "Run",
            list(by_id),
            index=list(by_id).index(chosen.run_id),
            format_func=lambda run_id: f"{by_id[run_id].study['name']} · {run_id[:6]}",
        )
    st.session_state["run"] = picked
    st.query_params["run"] = picked
    return by_id[picked]


def _opened(run_id: str) -> Run:
    try:
        return open_run(store(), run_id)
    except RunError as error:
        st.warning(f"{literal(error)} Showing the latest run instead.")
        return list_runs(store())[0]


def links(run_id: str) -> None:
    """Link to the pages that show a run."""
    st.markdown("**Explore**")
    pages = (
        ("pages/subspace.py", "Do they share a subspace?", ":material/hub:"),
        (
            "pages/directions.py",
            "Which directions, and what do they look like?",
            ":material/explore:",
        ),
        ("pages/layers.py", "Where along the depth do they part ways?", ":material/stacks:"),
        ("pages/transfer.py", "Which encoder suits which domain?", ":material/move_up:"),
        ("pages/claims.py", "What holds of what was published?", ":material/fact_check:"),
        ("pages/metrics.py", "What does each metric say?", ":material/straighten:"),
    )
    for page, label, icon in pages:
        with contextlib.suppress(StreamlitAPIException):
            st.page_link(page, label=label, icon=icon, query_params={"run": run_id})


_MARK = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 168 32" width="168" height="32">
<g fill="none" stroke-width="3.2" stroke-linecap="round">
<path d="M4 22 C10 6 16 6 22 16" stroke="#0072B2"/><path d="M4 16 C10 26 16 26 22 10"
stroke="#E69F00"/></g>
<text x="34" y="22.5" font-family="Inter,Helvetica,Arial,sans-serif" font-size="19"
font-weight="600" fill="#7C8796">Substrate</text></svg>"""

_STYLE = """<style>
[data-testid="stMainBlockContainer"] {padding-top: 2.6rem; padding-bottom: 3rem;}
[data-testid="stMainBlockContainer"] h1 {font-size: 2.1rem; padding-bottom: .4rem;}
[data-testid="stMainBlockContainer"] h2 {font-size: 1.45rem;}
[data-testid="stMainBlockContainer"] h3 {font-size: 1.15rem;}
</style>"""


def frame() -> None:
    """Draw what all pages share: the name in the sidebar, and tighter spacing."""
    st.logo(_MARK, size="large")
    st.html(_STYLE)
