"""Other addresses of the Home page: its name, and those of the Study page, which stood there."""

from __future__ import annotations

import contextlib

import streamlit as st
from streamlit.errors import StreamlitAPIException

from substrate.ui.declared import STUDY


def to_home() -> None:
    """Go on to the Home page, which stands at the root, from its name."""
    query = {name: st.query_params.get_all(name) for name in st.query_params}
    st.switch_page("pages/home.py", query_params=query)


def to_study() -> None:
    """Go on to the Study page where the address holds a value of it."""
    names = {name for field in STUDY.fields for name in (field.name, *field.old)}
    if names & set(st.query_params):
        query = {name: st.query_params.get_all(name) for name in st.query_params}
        with contextlib.suppress(StreamlitAPIException):  # a page that runs outside the app
            st.switch_page("pages/study.py", query_params=query)
