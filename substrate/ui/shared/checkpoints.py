"""The request for the steps of a training that have not been extracted."""

from __future__ import annotations

from concurrent.futures import BrokenExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError

import streamlit as st

from substrate import worker
from substrate.analyses.shared.trajectory import is_extracted
from substrate.exhibits.checkpoint_words import (
    STILL_EXTRACTING,
    WORKER_STOPPED,
    not_extracted,
)
from substrate.gallery.archive import RESULTS_ONLY
from substrate.gallery.shown import is_shipped
from substrate.runs import Run
from substrate.ui.literal import literal
from substrate.ui.results import PATIENCE_S
from substrate.ui.session import resident


def extracted(run: Run, encoder: str, domain: str) -> bool:
    """Say whether the checkpoints are there; offer to extract them where they are not."""
    if is_extracted(run, encoder, domain):
        return True
    said = not_extracted(run, encoder, domain)
    if is_shipped(run):
        st.info(f"{said} {RESULTS_ONLY}")
        return False
    st.info(said)
    if st.button("Extract them now", type="primary", icon=":material/play_arrow:"):
        _extract(run, encoder, domain)
    return False


def _extract(run: Run, encoder: str, domain: str) -> None:
    question = f"trajectory {run.run_id} {encoder} {domain}"
    asked = str(run.store.root), run.run_id, encoder, domain
    try:
        with st.spinner("Extracting the checkpoints…", show_time=True):
            request = resident().ask(question, worker.extract_trajectory, *asked)
            request.result(timeout=PATIENCE_S)
    except ValueError as error:
        st.warning(literal(error))
    except FutureTimeoutError:
        st.info(STILL_EXTRACTING)
    except BrokenExecutor:
        resident().recycle()
        st.warning(WORKER_STOPPED)
    else:
        st.rerun()
