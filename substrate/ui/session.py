"""What every page starts from: the store, the theme, the resident worker, the frame."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

from substrate import catalogue
from substrate.exhibits import glossary, verdict_html
from substrate.figures.theme import THEMES, Theme
from substrate.runs import Run
from substrate.store import Store, StoreError, default_root
from substrate.ui.literal import literal
from substrate.ui.theme_watch import watch_theme
from substrate.worker_client import Resident


@st.cache_resource(show_spinner=False)
def _store(root: str) -> Store:
    return Store(Path(root))


def _through_the_router() -> None:
    """Run app.py first where a fresh server was asked for one page by its address.

    Until `st.navigation` has run once in the server's life, Streamlit takes a folder named pages
    for its old kind of multipage app and runs a page without app.py. There is no setting for it.
    Of several tabs that start at once each asks how its own run began: the first has changed the
    server's mind by the time that the others look.
    """
    if PagesManager.uses_pages_directory or _by_folder():
        PagesManager.uses_pages_directory = False
        st.rerun()


def _by_folder() -> bool:
    """Say whether this run's pages are those of the folder: then app.py counts as one of them."""
    context = get_script_run_ctx()
    if context is None:
        return False
    manager = context.pages_manager
    scripts = [page["script_path"] for page in manager.get_pages().values()]
    return len(scripts) > 1 and manager.main_script_path in scripts


def store(failing: Callable[[], None] = lambda: None) -> Store:
    """Return the server's store, or say in one sentence why there is none, after ``failing``."""
    _through_the_router()
    try:
        return _store(str(default_root()))
    except StoreError as error:
        failing()
        st.error(literal(error))
        st.stop()


@st.cache_resource(show_spinner=False)
def resident() -> Resident:
    """Return the server's one resident worker."""
    return Resident()


def theme(run: Run | None = None) -> Theme:
    """Return the theme of the viewer's page, with the looks of the run's encoders.

    Without a run those of the bundled ones, of which the shipped experiments are made.
    """
    plain = THEMES.get(st.context.theme.type or "light", THEMES["light"])
    if run is not None:
        return plain.of(run.encoders, run.domains)
    encoders, domains = catalogue.encoders(), catalogue.domains()
    return plain.of({one.name: one for one in encoders}, {one.name: one for one in domains})


#: A file of our own: Streamlit fetches the picture of a Material icon from outside.
FAVICON = Path(__file__).parent / "shared" / "favicon.png"

_MARK = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 168 32" width="168" height="32">
<g fill="none" stroke-width="3.2" stroke-linecap="round">
<path d="M4 22 C10 6 16 6 22 16" stroke="#0072B2"/><path d="M4 16 C10 26 16 26 22 10"
stroke="#E69F00"/></g>
<text x="34" y="22.5" font-family="Inter,Helvetica,Arial,sans-serif" font-size="19"
font-weight="600" fill="#7C8796">Substrate</text></svg>"""

# A page is printed as wide as on a screen, sheets being as high as A4 for their width: whoever
# prints makes them fit the paper, and charts, which keep their width on the screen, are whole.
_STYLE = """<style>
[data-testid="stMainBlockContainer"] {padding: .6rem 2.5rem 3rem;}
[data-testid="stMainBlockContainer"] > [data-testid="stVerticalBlock"] {gap: .6rem;}
[data-testid="stHeader"] {height: 2.4rem; min-height: 2.4rem; background: transparent;
pointer-events: none;}
[data-testid="stToolbar"] {pointer-events: auto; width: fit-content; margin-left: auto;}
[data-testid="stSidebar"] {width: 14rem !important; min-width: 14rem !important;}
[data-testid="stMainBlockContainer"] h1 {font-size: 1.6rem; line-height: 1.25;
padding: 0 2rem .7rem 0;}
[data-testid="stMainBlockContainer"] h2 {font-size: 1.45rem;}
[data-testid="stMainBlockContainer"] h3 {font-size: 1.15rem;}
.st-key-selection-bar, .st-key-selection-bar [data-testid="stHorizontalBlock"] {gap: .4rem .6rem;}
.st-key-selection-bar {padding: .15rem .6rem .4rem; border-radius: .5rem;
border: 1px solid rgba(128, 136, 150, .3);}
[data-testid="stMain"] [data-testid="stWidgetLabel"] {min-height: 0; margin-bottom: 1px;}
[data-testid="stMain"] :is(.react-aria-ComboBox > div, [data-testid="stNumberInputContainer"])
{height: 2.1rem; min-height: 0;}
[data-testid="stMain"] :is(.react-aria-ComboBox, [data-testid="stNumberInputContainer"]) input,
[data-testid="stMain"] :is([data-testid="stPopoverButton"], [data-testid="stBaseButton-primary"],
[data-testid="stBaseButton-secondary"]) {padding-top: 0; padding-bottom: 0;}
[data-testid="stMain"] :is([data-testid="stPopoverButton"], [data-testid="stBaseButton-primary"],
[data-testid="stBaseButton-secondary"]) {min-height: 2.1rem;}
.st-key-selection-bar label p {font-size: .78rem;}
[data-testid="stSidebar"] :has(> .st-key-glossary) {order: 9;}
[data-testid="stSidebar"] :has(> .st-key-pins) {order: 7;}
[data-testid="stSidebar"] :has(> .st-key-present-keys) {order: 8;}
[data-testid="stSidebar"] :has(> .st-key-unseen) {order: 10; height: 0;}
[data-testid="stMain"] [data-testid="stAlertContainer"] {padding: .4rem .75rem;}
.st-key-status-pill [data-stale="true"], [class*="-job-"] [data-stale="true"]
{opacity: 1 !important;}
[class*="st-key-head-"] {min-width: 0;}
[class*="st-key-head-"] > div:first-child {flex: 1 1 11rem; min-width: min(11rem, 100%);}
[data-testid="stLayoutWrapper"]:has(> [class*="st-key-head-"]) {margin-bottom: -.5rem;}
.figure-heading {display: flex; flex-wrap: wrap; align-items: baseline; column-gap: .8rem;}
.figure-heading h2 {font-size: 1.06rem; font-weight: 600; padding: 0; margin: 0 0 .1rem;}
.figure-heading p {font-size: .875rem; line-height: 1.35; margin: 0; opacity: .86;}
[data-testid="stCaptionContainer"], [data-testid="stCaptionContainer"] p {
color: MUTED !important; opacity: 1 !important;}
[data-testid="stMultiSelect"] span[title], [data-testid="stBaseButton-primary"],
[data-testid="stBaseButton-primary"] p {color: PAPER !important;}
[data-testid="stMain"] :focus-visible, [data-testid="stSidebar"] :focus-visible {
outline: 3px solid ACCENT; outline-offset: 2px; border-radius: .25rem;}
@media print {
@page {size: 440mm 622mm; margin: 16mm;}
[data-testid="stSidebar"], [data-testid="stHeader"], [class*="st-key-tools-"],
.st-key-status-pill {display: none !important;}
.stApp, .stApp * {print-color-adjust: exact;}
[data-testid="stMainBlockContainer"] {padding: 0;}
[data-testid="stPlotlyChart"], [data-testid="stImage"], .figure-heading {break-inside: avoid;}
.figure-heading, h2, h3 {break-after: avoid;}
}"""


def frame() -> None:
    """Draw what all pages share: the name in the sidebar, and tighter spacing."""
    st.logo(_MARK, size="large")
    plain = theme()
    colours = {"MUTED": plain.muted, "ACCENT": plain.accent, "PAPER": plain.paper}
    style = _STYLE
    for name, colour in colours.items():
        style = style.replace(name, colour)
    st.html(f"{style}{verdict_html.STYLE}</style>")
    with (
        st.sidebar.container(key="glossary"),
        st.popover("Glossary", icon=":material/menu_book:", type="tertiary"),
    ):
        st.markdown(glossary.lines())
    with st.sidebar.container(key="unseen"):
        watch_theme(plain.name)
