"""The Claims page's other views: the publication's own inconsistencies, and how it is decided."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from substrate.claims import text
from substrate.claims.preregistered import PATH, Register
from substrate.exhibits.claims import exhibits, words
from substrate.exhibits.exhibit import Exhibit
from substrate.ui.literal import literal


def show_inconsistencies() -> None:
    """Show what the publication's own figures contradict, and what it leaves open."""
    _show_table(exhibits.inconsistencies())
    _show_table(exhibits.open_points())


def show_rules(claims: Register) -> None:
    """Show the rules, why small encoders may differ, what is not measured, and the file."""
    rules = exhibits.rules(claims)
    st.markdown(literal(rules.sentence))
    st.markdown("\n".join(f"- {line}" for line in text.RULE))
    st.markdown(f"**{words.WHY}**")
    st.markdown(rules.context)
    _show_table(exhibits.unmeasured(claims))
    st.markdown(f"**{words.FILE}**")
    st.code(words.digest_line(claims.digest), language=None, wrap_lines=True)
    st.download_button(
        "Download the file", PATH.read_bytes, PATH.name, "application/yaml", on_click="ignore"
    )


def _show_table(exhibit: Exhibit) -> None:
    """Place an exhibit that is a table to read; its first column names the rows."""
    assert isinstance(exhibit.shown, pd.DataFrame)
    st.markdown(f"**{exhibit.title}**")
    st.markdown(literal(exhibit.sentence))
    st.table(exhibit.shown.set_index(exhibit.shown.columns[0]))
