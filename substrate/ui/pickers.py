"""What was newly selected in charts and tables."""

from __future__ import annotations

from typing import Any

import streamlit as st


def new_selection(key: str) -> Any | None:
    """Return what a chart or table has newly selected since the last run, if anything.

    Read before the chart is drawn, so that it can show its own selection. A chart forgets its
    selection when it changes, which is no news.
    """
    state = st.session_state.get(key)
    selection = dict(state.selection) if state else {}
    seen = st.session_state.get(f"{key}-seen")
    st.session_state[f"{key}-seen"] = selection
    return selection if selection != seen else None
