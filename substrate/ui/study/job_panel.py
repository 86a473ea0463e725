"""The job under way and the jobs of the past: progress, cancel, resume, what it has found."""

from __future__ import annotations

import time

import pandas as pd
import streamlit as st

from substrate import jobs
from substrate.encoder_ref import parse_pair
from substrate.store import Store
from substrate.ui.findings import show_as_found
from substrate.ui.literal import literal
from substrate.ui.pickers import new_selection
from substrate.ui.pill import duration, times
from substrate.ui.selection import Selection
from substrate.wording import percent

_ICONS = {
    "starting": ":material/hourglass_top:",
    "running": ":material/play_circle:",
    "done": ":material/check_circle:",
    "cancelled": ":material/cancel:",
    "failed": ":material/error:",
    "died": ":material/heart_broken:",
}


def watch(store: Store, job: str, *, page: str) -> None:
    """Show one job on a page; while it lives, the panel refreshes itself."""
    status = jobs.read_status(store, job)
    if status is None:
        st.info(literal(f"There is no job {job!r} in {store.root}."))
        return
    every = 0.5 if status.live else None
    st.fragment(_panel, run_every=every)(store, job, status.live, page)


def _panel(store: Store, job: str, was_live: bool, page: str) -> None:
    status = jobs.read_status(store, job)
    if status is None:
        return
    with st.container(border=True):
        st.markdown(f"{_ICONS.get(status.state, '')} **{literal(status.name)}** · {status.state}")
        if status.live:
            _progress(status)
            if st.button("Cancel", key=f"{page}-cancel-{job}", icon=":material/stop_circle:"):
                jobs.cancel(store, job)
                st.rerun()
        else:
            _ending(store, status, page)
        _steps(status)
    if was_live and not status.live:
        st.rerun()


def _progress(status: jobs.Status) -> None:
    share = min(status.done / status.total, 1.0) if status.total else 0.0
    st.progress(share, f"{literal(status.phase)} · {percent(share)} · {times(status)}")


def _ending(store: Store, status: jobs.Status, page: str) -> None:
    if status.message:
        show = st.error if status.state in ("failed", "died") else st.info
        show(literal(status.message))
    if status.state == "done" and status.finished:
        st.caption(f"Finished in {duration(status.finished - status.started)}.")
    elif st.button("Resume", key=f"{page}-resume-{status.job}", icon=":material/replay:"):
        follow(status.job)
        jobs.resume(store, status.job)
        st.rerun()
    if status.state == "failed" and (tail := jobs.log_tail(store, status.job)):
        with st.expander("Log"):
            st.code(tail, language=None, wrap_lines=True)


def _steps(status: jobs.Status) -> None:
    """Show how far every encoder-domain pair is, as a table of encoders by domains."""
    rows: dict[str, dict[str, float]] = {}
    for name, share, _ in status.steps:
        if "/" in name:
            ref, domain = parse_pair(name)
            rows.setdefault(ref.title, {})[domain] = 100 * share
    if rows:
        with st.expander("Each encoder on each domain", expanded=False):
            table = pd.DataFrame.from_dict(rows, orient="index")
            config = {
                name: st.column_config.ProgressColumn(name, format="%d %%", max_value=100)
                for name in table.columns
            }
            st.dataframe(table, column_config=config, height=min(38 * len(table) + 40, 320))


_FOLLOWED = "study-followed"


def follow(job: str) -> None:
    """Remember that the viewer started, resumed or picked a job: its run is the one to show."""
    st.session_state[_FOLLOWED] = job


def followed(status: jobs.Status) -> bool:
    """Say, once, that a job which the viewer started, resumed or picked has a run to show."""
    if status.state != "done" or not status.run_id:
        return False
    return st.session_state.get(_FOLLOWED) == status.job and bool(st.session_state.pop(_FOLLOWED))


def found(selection: Selection, store: Store, job: str, *, page: str) -> None:
    """Show what the run of a job has found: each card as soon as its results are stored."""
    status = jobs.read_status(store, job)
    if status is not None and status.run_id:
        st.header("Found so far" if status.live else "What was found")
        show_as_found(selection, store, status.run_id, page=page, live=status.live)


def history(store: Store) -> str | None:
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
