"""Choices that are in the address, and what was newly selected in charts and tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import streamlit as st


def pick(
    place: Any,
    label: str,
    options: Sequence[str],
    key: str,
    index: int = 0,
    width: int | Literal["stretch"] = "stretch",
) -> str:
    """Place one choice; whatever the address or an earlier choice says, it is one of the options.

    The default is set as the widget's state and not as its index, so that the address names it:
    another run, or another version, may have another default.
    """
    asked = st.session_state.get(key, st.query_params.get(key))
    if key not in st.session_state or asked not in options:
        st.session_state[key] = asked if asked in options else options[index]
    picked = place.selectbox(label, options, key=key, bind="query-params", width=width)
    return picked if picked in options else options[index]


def news(key: str) -> Any | None:
    """Return what a chart or table has newly selected since the last run, if anything.

    Read before the chart is drawn, so that it can show its own selection. A chart forgets its
    selection when it changes, which is no news.
    """
    state = st.session_state.get(key)
    selection = dict(state.selection) if state else {}
    seen = st.session_state.get(f"{key}-seen")
    st.session_state[f"{key}-seen"] = selection
    return selection if selection != seen else None
