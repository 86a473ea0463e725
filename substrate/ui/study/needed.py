"""How many photographs a study like the open one needs, in a line, before it is run."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from substrate.analyses.claims.images_needed import needed
from substrate.exhibits.theory.needed_words import RULE, short_form
from substrate.runs import Run
from substrate.ui.literal import literal
from substrate.ui.results import already


@st.cache_resource(max_entries=8, show_spinner=False)
def _line(_run: Run, run_id: str, status: str) -> str:
    del run_id, status
    headlines, _ = needed(_run, already)
    return short_form(headlines, str(_run.study["name"])) if headlines else RULE


def line(runs: Sequence[Run]) -> str:
    """Return what the run that pages show says of sizes, or a rule where it says nothing."""
    if not runs:
        return RULE
    run = runs[0]
    return literal(_line(run, run.run_id, str(run.record.get("status", ""))))
