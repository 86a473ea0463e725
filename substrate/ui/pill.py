"""The status pill: while a job works, every page says what it does and how long it still takes."""

from __future__ import annotations

import contextlib
import time

import streamlit as st
from streamlit.errors import StreamlitAPIException

from substrate import jobs
from substrate.store import Store
from substrate.ui.literal import literal
from substrate.ui.selection import Selection
from substrate.wording import percent

#: The page that watches a kind of job, where it is not the Study page.
PAGE_OF = {"experiment": "experiments", "units": "units"}
#: Seconds between two looks at a job.
EVERY_S = 1.0


def show_pill(selection: Selection, store: Store) -> None:
    """Place the pill of the latest job at work in the sidebar; nothing where none is."""
    live = [status for status in jobs.list_jobs(store) if status.live]
    if live:
        with st.sidebar:
            st.fragment(_pill, run_every=EVERY_S)(selection, store, live[0].job)


def at_work(store: Store, run_id: str) -> bool:
    """Say whether a job is at work on a run."""
    return any(status.live and status.run_id == run_id for status in jobs.list_jobs(store))


def _pill(selection: Selection, store: Store, job: str) -> None:
    status = jobs.read_status(store, job)
    if status is None or not status.live:
        st.rerun()  # what it made can be shown now
        return
    with st.container(border=True, gap="xsmall", key="status-pill"):
        share = min(status.done / status.total, 1.0) if status.total else 0.0
        st.markdown(f"**{literal(status.name)}**")
        st.progress(share)
        st.caption(literal(status.phase))
        st.caption(f"{percent(share)} · {times(status)}")
        with contextlib.suppress(StreamlitAPIException):  # a page that runs outside the app
            page = PAGE_OF.get(status.kind, "study")
            address = selection.link(page, {f"{page}.job": job})
            st.page_link(
                f"pages/{page}.py",
                label="Watch",
                icon=":material/visibility:",
                query_params=address,
            )


def times(status: jobs.Status) -> str:
    """Return how long a job has worked, and how long it is going to: ``20 s, about 1 min left``."""
    elapsed = duration(time.time() - status.started)
    left = "estimating" if status.estimate_s is None else f"about {duration(status.estimate_s)}"
    return f"{elapsed} so far, {left} left"


def duration(seconds: float) -> str:
    """Return a duration to the second: ``20 s``, ``3 min 05 s``."""
    seconds = max(round(seconds), 0)
    return f"{seconds} s" if seconds < 90 else f"{seconds // 60} min {seconds % 60:02d} s"
