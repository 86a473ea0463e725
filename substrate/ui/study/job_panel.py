"""The run under way and the runs of the past: progress, estimate, cancel, resume, reopen."""

from __future__ import annotations

import time

import pandas as pd
import streamlit as st

from substrate import jobs
from substrate.analyses.panel_choice import (
    default_choice,
    main_domain,
)
from substrate.analyses.sharedness.leave_encoder_out import SHAREDNESS
from substrate.analyses.spec import AnalysisError, stored
from substrate.encoder_ref import parse_pair
from substrate.figures.sharedness.spectrum import spectrum
from substrate.runs import RunError, list_runs, open_run
from substrate.store import Store, StoreError
from substrate.ui import session
from substrate.ui.literal import literal
from substrate.ui.pickers import new_selection

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
    left = "estimating" if status.estimate_s is None else f"about {_duration(status.estimate_s)}"
    elapsed = _duration(time.time() - status.started)
    st.progress(share, f"{status.phase} · {share:.0%} · {elapsed} so far, {left} left")


def _ending(store: Store, status: jobs.Status, page: str) -> None:
    if status.message:
        show = st.error if status.state in ("failed", "died") else st.info
        show(literal(status.message))
    if status.state == "done" and status.finished:
        st.caption(f"Finished in {_duration(status.finished - status.started)}.")
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


def first_figure(store: Store, job: str) -> None:
    """Show the first picture of a run as soon as it is stored, while the rest is computed."""
    status = jobs.read_status(store, job)
    if status is not None and status.live:
        st.fragment(_first_figure, run_every=1.0)(store, job)


def _first_figure(store: Store, job: str) -> None:
    status = jobs.read_status(store, job)
    if status is None or not (status.live and status.run_id):
        return
    try:
        run = open_run(store, status.run_id)
        choice = default_choice(run)
        domain = main_domain(run, choice.domains)
        sharedness = stored(SHAREDNESS, run, choice.sharedness(domain))
    except (RunError, StoreError, AnalysisError):
        return
    if sharedness is not None:
        st.caption(
            "The first figure; untrained twins and the other pages are still being computed."
        )
        titles = {name: record.title for name, record in run.encoders.items()}
        figure = spectrum(sharedness, None, session.theme(run), titles=titles)
        st.plotly_chart(figure, theme=None, key="study-first-figure", alt="The sharedness spectrum")


def history(store: Store) -> str | None:
    """Show past jobs by name and status; return the job that the viewer picks."""
    statuses = jobs.list_jobs(store)
    st.header("Runs")
    if not statuses:
        _without_jobs(store)
        return None
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


def _without_jobs(store: Store) -> None:
    runs = list_runs(store)
    if runs:
        st.caption(f"{len(runs)} runs are stored; open one on any page.")
    else:
        st.caption("No run yet. The study on the left is ready: press Run.")


def _duration(seconds: float) -> str:
    seconds = max(round(seconds), 0)
    return f"{seconds} s" if seconds < 90 else f"{seconds // 60} min {seconds % 60:02d} s"


def _roughly(seconds: float) -> str:
    """Return a duration that fits a narrow column: to the second, the minute or a tenth hour."""
    if seconds < 5400:
        return _duration(seconds) if seconds < 90 else f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"
