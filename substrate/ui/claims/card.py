"""The card of one claim: what was published, what is measured, what each control says."""

from __future__ import annotations

import contextlib

import streamlit as st
from streamlit.errors import StreamlitAPIException

from substrate.claims.ledger import LedgerRow
from substrate.claims.preregistered import Register
from substrate.claims.table import address, control_table
from substrate.exhibits.claims import words
from substrate.ui.literal import literal
from substrate.ui.selection import Selection


def show_card(selection: Selection, row: LedgerRow, claims: Register) -> None:
    """Show everything about one claim."""
    with st.container(border=True):
        st.markdown(words.heading(row))
        left, right = st.columns(2, gap="large")
        with left:
            for line in words.definition(row, claims.sources[row.claim.source]):
                st.markdown(line)
        with right:
            st.markdown(words.numbers(row))
            if row.reason:
                st.markdown(literal(row.reason))
            st.caption(words.facts(row))
            _link(selection, row)
        if row.against:
            st.table(control_table(row).set_index("Control"))


def _link(selection: Selection, row: LedgerRow) -> None:
    """Place a link to the page that shows what a row rests on."""
    page = row.claim.page
    if page == "claims":
        return
    with contextlib.suppress(StreamlitAPIException, KeyError):
        st.page_link(
            f"pages/{page}.py",
            label=f"Open the {page.capitalize()} page",
            icon=":material/open_in_new:",
            query_params=selection.link(page, address(row, selection.run.run_id), fresh=True),
        )
