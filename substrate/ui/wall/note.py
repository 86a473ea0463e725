"""The note of one's own on a shared direction: written on its page, kept with the run."""

from __future__ import annotations

import streamlit as st

from substrate.notebook.notes import read_note, write_note
from substrate.runs import RunError
from substrate.store import StoreError, digest
from substrate.ui import controls, session
from substrate.ui.literal import literal
from substrate.ui.selection import Selection
from substrate.ui.shared.panel import choice_of

#: Letters of a note on a direction, at most: its box takes no more.
LETTERS = 2_000


def show_note(selection: Selection, direction: int) -> None:
    """Show the note on a direction (from 0) where there is one, and let the reader change it."""
    store, run_id = session.store(), selection.run.run_id
    part = _part(selection, direction)
    note = read_note(store, run_id, part)
    place = st.container()
    with (
        controls.row_of(selection).popover("Note", icon=":material/edit_note:"),
        st.form(f"direction-note-{part}", border=False),
    ):
        text = st.text_area(
            "Note on this direction", note, max_chars=LETTERS, key=f"direction-note-text-{part}"
        )
        if st.form_submit_button("Save", icon=":material/save:"):
            try:
                write_note(store, run_id, text, part)
                note = text.strip()
            except (RunError, StoreError) as error:
                st.error(literal(error))
    if note:
        place.markdown(f":material/edit_note: {literal(note)}")


def _part(selection: Selection, direction: int) -> str:
    """Return what names the direction among all of the run: the panel's choice and its place."""
    choice = choice_of(selection).sharedness(selection["domain"])
    return digest({**vars(choice), "direction": direction})[:32]
