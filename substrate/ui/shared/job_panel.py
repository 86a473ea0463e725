"""One job on a page: how far it is, cancel, resume, and how it ended."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from substrate import jobs
from substrate.encoder_ref import parse_pair
from substrate.store import Store
from substrate.ui.literal import literal
from substrate.ui.pill import duration, times
from substrate.wording import percent

_ICONS = {
    "starting": ":material/hourglass_top:",
    "running": ":material/play_circle:",
    "done": ":material/check_circle:",
    "cancelled": ":material/cancel:",
    "failed": ":material/error:",
    "died": ":material/heart_broken:",
}


_FOLLOWED = "study-followed"


def follow(job: str) -> None:
    """Remember that the viewer started, resumed or picked a job: its run is the one to show."""
    st.session_state[_FOLLOWED] = job


def followed(status: jobs.Status) -> bool:
    """Say, once, that a job which the viewer started, resumed or picked has a run to show."""
    if status.state != "done" or not status.run_id:
        return False
    return st.session_state.get(_FOLLOWED) == status.job and bool(st.session_state.pop(_FOLLOWED))


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
    with st.container(border=True, key=f"{page}-job-{job}"):
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
