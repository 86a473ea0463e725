"""Earlier addresses: the Study page used to stand where the Home page stands now."""

from __future__ import annotations

import contextlib

import streamlit as st
from streamlit.errors import StreamlitAPIException

from substrate.ui.declared import STUDY


def to_study() -> None:
    """Go on to the Study page where the address holds a value of it."""
    known = {name for field in STUDY.fields for name in (field.name, *field.old)}
    if known & set(st.query_params):
        query = {name: st.query_params.get_all(name) for name in st.query_params}
        with contextlib.suppress(StreamlitAPIException):  # a page that runs outside the app
            st.switch_page("pages/study.py", query_params=query)
