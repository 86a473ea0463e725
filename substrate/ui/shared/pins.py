"""The button that pins a figure, and the list of pins in the sidebar: order, notes, removal."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlencode

import streamlit as st
from streamlit.errors import StreamlitAPIException

from substrate.notebook import pins
from substrate.notebook.pins import NotebookError, Pin
from substrate.store import Store, StoreError
from substrate.ui.literal import literal
from substrate.ui.selection import PRESENT, memory
from substrate.ui.shared.present import address_of


def pin_button(store: Store, figure: str, title: str) -> None:
    """Place what pins a figure of the page in its present state, with a note."""
    with st.popover("Pin", icon=":material/push_pin:", type="tertiary", width="content"):
        note = st.text_input("Note", key=f"{figure}-note", max_chars=pins.NOTE)
        if st.button("Pin this view", key=f"{figure}-pin", width="stretch"):
            given = {"page": memory().page, "address": address(), "figure": figure}
            if _done(lambda: pins.add(store, **given, title=title, note=note)):
                st.rerun()


def address() -> str:
    """Return the address of the page as text, without its place in a talk."""
    query = st.query_params
    named = [(name, value) for name in query if name != PRESENT for value in query.get_all(name)]
    return urlencode(named)


def list_pins(store: Store) -> None:
    """Place the list of pins, where there are any, or one sentence where they cannot be read."""
    try:
        kept = pins.pins(store)
    except NotebookError as error:
        st.warning(literal(error), icon=":material/push_pin:")
        return
    if not kept:
        return
    with st.popover(f"Pinned ({len(kept)})", icon=":material/push_pin:", type="tertiary"):
        for place, pin in enumerate(kept):
            _row(store, pin, first=place == 0, last=place == len(kept) - 1)


def _row(store: Store, pin: Pin, *, first: bool, last: bool) -> None:
    key = f"pinned-{pin.key}"
    with contextlib.suppress(StreamlitAPIException):  # a page that runs outside the app
        st.page_link(
            f"pages/{pin.page}.py",
            label=literal(pin.title) or "View",
            query_params=address_of(pin),
        )
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        note = st.text_input(
            "Note", pin.note, key=f"{key}-note", label_visibility="collapsed", max_chars=pins.NOTE
        )
        if note != pin.note:
            _act(lambda: pins.annotate(store, pin.key, note))
        for by, said, icon, gone in ((-1, "Up", "upward", first), (1, "Down", "downward", last)):
            if st.button(
                "",
                key=f"{key}-{said.lower()}",
                icon=f":material/arrow_{icon}:",
                help=said,
                disabled=gone,
            ):
                _act(partial(pins.move, store, pin.key, by))
        if st.button("", key=f"{key}-remove", icon=":material/delete:", help="Remove"):
            _act(lambda: pins.remove(store, pin.key))


def _act(change: Callable[[], Any]) -> None:
    if _done(change):
        st.rerun()


def _done(change: Callable[[], Any]) -> bool:
    """Change the pins, or say in one sentence why not."""
    try:
        change()
    except (NotebookError, StoreError) as error:
        st.warning(literal(error))
        return False
    return True
