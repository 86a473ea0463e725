"""Runs of the past as cards: what, when, the headline, and what can be done with each."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence

import streamlit as st
from streamlit.errors import StreamlitAPIException

from substrate.exhibits.findings import headline
from substrate.gallery.shown import is_shipped
from substrate.notebook.notes import NAME, NOTE, read_note, rename, write_note
from substrate.notebook.removal import remove_run
from substrate.runs import Run, RunError
from substrate.store import Store, StoreError
from substrate.ui.literal import literal
from substrate.ui.results import at_hand
from substrate.ui.selection import Selection
from substrate.ui.study.again import duplicate
from substrate.wording import many

#: Cards that are shown at once; the others follow on request.
SHOWN = 4


def show_runs(selection: Selection, store: Store, runs: Sequence[Run]) -> None:
    """Place a card for each run, the latest first; the shipped one stands behind all others."""
    st.header("Runs")
    if not runs:
        st.caption("No run yet. The study on the left is ready: press Run.")
        return
    for run in runs[:SHOWN]:
        _card(selection, store, run)
    if rest := runs[SHOWN:]:
        with st.expander(f"{many(len(rest), 'earlier run')}"):
            for run in rest:
                _card(selection, store, run)


def _card(selection: Selection, store: Store, run: Run) -> None:
    with st.container(border=True, gap="small", key=f"study-card-{run.run_id}"):
        name = "The shipped run" if is_shipped(run) else literal(str(run.study["name"]))
        st.markdown(f"**{name}** · {_when(run)}")
        st.caption(literal(f"{_what(run)}"))
        if said := headline(run, at_hand):
            st.markdown(literal(said))
        if note := read_note(store, run.run_id):
            st.caption(f":material/edit_note: {literal(note[:200])}")
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            with contextlib.suppress(StreamlitAPIException):  # a page that runs outside the app
                st.page_link(
                    "pages/home.py",
                    label="Open",
                    icon=":material/open_in_new:",
                    query_params=selection.link("home", {"run": run.run_id}),
                    width="content",
                )
            key = f"study-duplicate-{run.run_id}"
            if st.button("Duplicate", key=key, icon=":material/content_copy:", type="tertiary"):
                duplicate(selection, run)
            if not is_shipped(run):
                with st.popover("More", icon=":material/more_horiz:", type="tertiary"):
                    _more(store, run)


def _when(run: Run) -> str:
    created = run.record.get("created")
    day = time.strftime("%d %b %Y, %H:%M", time.localtime(created)) if created else "no date"
    return day if run.record.get("status") == "done" else f"{day} · not finished"


def _what(run: Run) -> str:
    """Say what a run compares: ``5 encoders on Faces, Textures``."""
    domains = ", ".join(domain.title for domain in run.domains.values())
    return f"{many(len(run.encoders), 'encoder')} on {domains}"


def _more(store: Store, run: Run) -> None:
    """Place the name and the note of a run, and its removal behind a confirmation."""
    with st.form(f"study-notes-{run.run_id}", border=False):
        name = st.text_input("Name", str(run.study["name"])[:NAME], max_chars=NAME)
        note = st.text_area("Notes", read_note(store, run.run_id), max_chars=NOTE)
        if st.form_submit_button("Save", icon=":material/save:"):
            _save(store, run, name, note)
    sure = st.checkbox(
        "Delete this run, its job and its notes", key=f"study-sure-{run.run_id}", value=False
    )
    key = f"study-delete-{run.run_id}"
    if st.button("Delete", key=key, icon=":material/delete:", disabled=not sure):
        try:
            remove_run(run)
        except (RunError, StoreError) as error:
            st.error(literal(error))
            return
        st.rerun()


def _save(store: Store, run: Run, name: str, note: str) -> None:
    try:
        write_note(store, run.run_id, note)
        if name.strip() != run.study["name"]:
            rename(run, name)
    except (RunError, StoreError) as error:
        st.error(literal(error))
        return
    st.rerun()
