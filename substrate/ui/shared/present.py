"""Present mode: no menu and no controls, large type, and keys that step through the pinned views.

It is in the address: ``present=2`` shows the second pin where the rest of the address is that of
the pin, and any page as it is where there is no such pin.
"""

from __future__ import annotations

import contextlib
from html import escape
from typing import Any
from urllib.parse import parse_qs

import streamlit as st
from streamlit.errors import StreamlitAPIException

from substrate.figures.enlarged import enlarged
from substrate.figures.theme import TEXT_PX
from substrate.notebook.pins import NotebookError, Pin, pins
from substrate.store import Store
from substrate.ui.selection import PRESENT, memory

#: Size of a chart's text on the wall, in pixels.
LARGE_PX = 22
_CONTROLS = (
    "stSelectbox",
    "stMultiSelect",
    "stNumberInput",
    "stButton",
    "stButtonGroup",
    "stPopover",
    "stExpander",
    "stSlider",
    "stTextInput",
    "stTextArea",
    "stFileUploader",
    "stDataFrame",
    "stCheckbox",
    "stPageLink",
    "stCaptionContainer",
    "stDownloadButton",
    "stCode",
    "stTooltipIcon",
)
_TEXTS = ("stMarkdown", "stImage", "stAlert", "stTable")
_STYLE = f"""
[data-testid="stSidebar"], [data-testid="stExpandSidebarButton"], [data-testid="stHeader"],
[data-testid="stMain"] .st-key-selection-bar {{display: none !important;}}
[data-testid="stMain"] :is(p, li) {{font-size: {LARGE_PX}px;}}
[data-testid="stMain"] h1 {{font-size: 34px;}}
[data-testid="stMain"] :is(h3, h4) {{font-size: 26px;}}
[data-testid="stMain"] :is(.figure-heading, .verdict) :is(h2, h4) {{font-size: 30px;}}
[data-testid="stMain"] .verdict .badge {{font-size: {LARGE_PX}px;}}
[data-testid="stMain"] .figure-heading p {{font-size: {LARGE_PX}px;}}
.present-note {{font-size: 26px; line-height: 1.35;}}"""


def presenting() -> bool:
    """Say whether the page is shown on a wall."""
    return PRESENT in st.query_params


def number() -> int:
    """Return which pin the address names, counted from 1; 0 where it names none."""
    text = st.query_params.get(PRESENT, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0


def current(store: Store) -> Pin | None:
    """Return the pin that is presented on this page, if any."""
    kept = _kept(store) if presenting() else ()
    place = number()
    if not 1 <= place <= len(kept):
        return None
    pin = kept[place - 1]
    return pin if pin.page == memory().page else None


def hidden(store: Store, figure: str) -> bool:
    """Say whether a figure is left out: another one of the page is presented."""
    pin = current(store)
    return pin is not None and pin.figure not in ("", figure)


def for_the_wall(figure: Any) -> Any:
    """Return the figure with text of 22 pixels while the page is presented, else as it is."""
    return enlarged(figure, LARGE_PX / TEXT_PX) if presenting() else figure


def place_mode(store: Store) -> None:
    """Place the keys (P; while presenting Escape, right and left), and what makes a slide."""
    kept, shown = _kept(store), presenting()
    with st.sidebar.container(key="present-keys"):
        said = "Leave" if shown else "Present"
        if st.button(
            said, key="present", icon=":material/slideshow:", shortcut="P", type="tertiary"
        ):
            _leave() if shown else _enter(kept)
        if shown:
            if st.button("End", key="present-escape", shortcut="Escape"):
                _leave()
            for step, label, key in ((-1, "Previous view", "Left"), (1, "Next view", "Right")):
                if st.button(label, key=f"present-{key.lower()}", shortcut=key):
                    _go(kept, number() + step)
    if shown:
        _slide(store)


def _slide(store: Store) -> None:
    pin = current(store)
    gone = _CONTROLS if pin is None or not pin.figure else [*_CONTROLS, *_TEXTS]
    names = ", ".join(f'[data-testid="{name}"]' for name in gone)
    inside = (
        f'[data-testid="stMain"] :is(:is({names}), [data-testid="stElementContainer"]:has({names}))'
    )
    verdict = "" if pin is None or not pin.figure else ', [data-testid="stMain"] .verdict'
    st.html(f"<style>{_STYLE} {inside}{verdict} {{display: none !important;}}</style>")
    if pin is not None and pin.note:
        st.html(f'<p class="present-note">{escape(pin.note)}</p>')


def _kept(store: Store) -> tuple[Pin, ...]:
    """Return the pins; a damaged file is spoken of where pins are listed."""
    with contextlib.suppress(NotebookError):
        return pins(store)
    return ()


def _enter(kept: tuple[Pin, ...]) -> None:
    if kept:
        _go(kept, 1)
    st.query_params[PRESENT] = "1"
    st.rerun()


def _leave() -> None:
    del st.query_params[PRESENT]
    st.rerun()


def _go(kept: tuple[Pin, ...], place: int) -> None:
    """Go to a pin by its place, if there is one."""
    if not 1 <= place <= len(kept):
        return
    address = {**address_of(kept[place - 1]), PRESENT: [str(place)]}
    with contextlib.suppress(StreamlitAPIException):  # a page that runs outside the app, or is gone
        st.switch_page(f"pages/{kept[place - 1].page}.py", query_params=address)


def address_of(pin: Pin) -> dict[str, list[str]]:
    """Return a pin's address as parameters."""
    return parse_qs(pin.address, keep_blank_values=True)
