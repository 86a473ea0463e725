"""The jobs of the past, and what the run of one has found."""

from __future__ import annotations

import time

import pandas as pd
import streamlit as st

from substrate import jobs
from substrate.store import Store
from substrate.ui.findings import show_as_found
from substrate.ui.pickers import new_selection
from substrate.ui.pill import duration
from substrate.ui.selection import Selection


def findings_of(selection: Selection, store: Store, job: str, *, page: str) -> None:
    """Show what the run of a job has found: each card as soon as its results are stored."""
    status = jobs.read_status(store, job)
    if status is not None and status.run_id:
        st.header("Found so far" if status.live else "What was found")
        show_as_found(selection, store, status.run_id, page=page, live=status.live)


def pick(store: Store) -> str | None:
    """Show past jobs by name and status; return the job that the viewer picks."""
    statuses = jobs.list_jobs(store)
    if not statuses:
        return None
    with st.expander("Jobs: what was started, stopped, or failed"):
        return _table(statuses)


def _table(statuses: list[jobs.Status]) -> str | None:
    table = pd.DataFrame(
        {
            "name": s.name,
            "status": s.state,
            "started": pd.Timestamp(s.started, unit="s").round("s"),
            "took": _roughly((s.finished or time.time()) - s.started),
        }
        for s in statuses
    )
    st.dataframe(
        table,
        hide_index=True,
        key="study-runs",
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "name": st.column_config.TextColumn(width=96),
            "status": st.column_config.TextColumn(width=66),
            "started": st.column_config.DatetimeColumn(format="MMM D, HH:mm", width=100),
            "took": st.column_config.TextColumn(width=62),
        },
        height=min(36 * len(table) + 40, 330),
    )
    rows = (new_selection("study-runs") or {}).get("rows", [])
    return statuses[rows[0]].job if rows and rows[0] < len(statuses) else None


def _roughly(seconds: float) -> str:
    """Return a duration that fits a narrow column: to the second, the minute or a tenth hour."""
    if seconds < 5400:
        return duration(seconds) if seconds < 90 else f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"
