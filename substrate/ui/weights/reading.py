"""The filters of the panel: stored, computed, or read from the networks first."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import BrokenExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError

import streamlit as st

from substrate.analyses.spec import AnalysisError
from substrate.analyses.weights.channels import CHANNELS, Channels, channels_params
from substrate.analyses.weights.kernels import KERNELS, Kernels, KernelsParams, compute_kernels
from substrate.analyses.weights.spatial import SPATIAL, Spatial, spatial_params
from substrate.analyses.weights.stored import unread
from substrate.encoder_ref import Encoder
from substrate.gallery.shown import is_shipped
from substrate.runs import Run
from substrate.store import StoreError
from substrate.ui.literal import literal
from substrate.ui.results import PATIENCE_S, already, result, worker_stopped
from substrate.ui.selection import Selection
from substrate.ui.session import resident
from substrate.worker import keep_weights


def spatial(selection: Selection) -> Spatial | None:
    """Return the filters of the panel; where they cannot be had, say why."""
    run = selection.run
    params = spatial_params(run, selection["panel"], run.main_domain)
    stored = already(SPATIAL, run, params)
    if isinstance(stored, Spatial):
        return stored
    if not is_shipped(run):
        _read(run, SPATIAL.inputs(run, params)[0])
    computed: Spatial | None = result(SPATIAL, run, params, what="filters")
    return computed


def channels(run: Run, encoder: str) -> Channels | None:
    """Return the channels of an encoder; where they cannot be had, say why."""
    params = channels_params(run, encoder)
    if already(CHANNELS, run, params) is None and not is_shipped(run):
        _read(run, CHANNELS.inputs(run, params)[0])
    computed: Channels | None = result(CHANNELS, run, params, what="channels")
    return computed


def kernels(run: Run, params: KernelsParams) -> Kernels | None:
    """Return the raw filters of a layer; where they cannot be had, say why.

    They are read here: to start the worker for them would take seconds, and reading milliseconds.
    """
    stored = already(KERNELS, run, params)
    if isinstance(stored, Kernels):
        return stored
    if not is_shipped(run):
        try:
            return compute_kernels(run, params)
        except (AnalysisError, StoreError) as error:
            st.info(literal(error), icon=":material/info:")
            return None
    shipped: Kernels | None = result(KERNELS, run, params, what="raw filters")
    return shipped


def _read(run: Run, networks: Iterable[Encoder]) -> None:
    """Have the worker read the weights that the run did not keep: those of an earlier version."""
    missing = [str(ref) for ref in unread(run, networks)]
    if not missing:
        return
    question = f"weights/{run.run_id}/{missing}"
    with st.spinner("Reading weights…", show_time=True):
        try:
            asked = resident().ask(question, keep_weights, str(run.store.root), run.run_id, missing)
            asked.result(timeout=PATIENCE_S)
        except (ValueError, OSError, KeyError, StopIteration) as error:
            st.caption(literal(f"Some weights cannot be read: {error}"))
        except FutureTimeoutError:
            st.caption("Still reading weights; reload the page to look again.")
        except BrokenExecutor:
            resident().recycle()
            st.caption(worker_stopped("reading weights"))
