"""Results for pages: read from the store, else computed in the resident worker and stored."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import asdict
from typing import Any

import streamlit as st

from substrate.analyses.spec import Analysis, AnalysisError, NotYetError, result_key, stored
from substrate.gallery.archive import RESULTS_ONLY, Archive, ResultsOnlyError
from substrate.gallery.shown import is_shipped
from substrate.representation import RepresentationError
from substrate.runs import Run, RunError
from substrate.store import StoreError
from substrate.ui.literal import literal
from substrate.ui.session import resident
from substrate.worker import compute_analysis

#: Longest wait for one computation before the page says so and offers to look again, in seconds.
PATIENCE_S = 120


@st.cache_resource(show_spinner=False)
def _took() -> dict[str, float]:
    """Return how long each analysis took when it was last computed, in seconds, by its key."""
    return {}


@st.cache_resource(max_entries=256, show_spinner=False)
def _loaded(key: str, _analysis: Analysis, _run: Run, _params: Any) -> Any:
    return stored(_analysis, _run, _params)


def result(
    analysis: Analysis,
    run: Run,
    params: Any,
    *,
    what: str = "this figure",
    expected: float | None = None,
) -> Any | None:
    """Return a result; where it cannot be had, say why on the page and return None.

    While it is computed the page counts the seconds, beside those that are ``expected``; without
    them beside those that the same analysis took last.
    """
    try:
        return _computed(analysis, run, params, what, expected)
    except (AnalysisError, RunError, RepresentationError, StoreError) as error:
        st.info(literal(error), icon=":material/info:")
    except FutureTimeoutError:
        st.info(_still(what))
    except BrokenExecutor:
        resident().recycle()
        st.warning(worker_stopped(f"computing {what}"))
    return None


def _still(what: str) -> str:
    return f"Still computing {what}; reload the page to look again."


def worker_stopped(doing: str) -> str:
    """Say that the worker was lost, and what to do."""
    return f"The worker stopped while {doing}. Reload the page to try again."


def result_or_reason(analysis: Analysis, run: Run, params: Any, *, what: str) -> Any | str:
    """Return a result, or the sentence that says why it cannot be had, for a page to place."""
    try:
        return _computed(analysis, run, params, what)
    except (AnalysisError, RunError, RepresentationError, StoreError) as error:
        return str(error)
    except FutureTimeoutError:
        return _still(what)
    except BrokenExecutor:
        resident().recycle()
        return worker_stopped(f"computing {what}")


def already(analysis: Analysis, run: Run, params: Any) -> Any | str | None:
    """Return a stored result, why there can be none, or None where it has to be computed."""
    try:
        key = result_key(analysis, run, params)
        answer = _loaded(key, analysis, run, params)
        if answer is None:
            _loaded.clear(key, analysis, run, params)
        return answer
    except (AnalysisError, RunError, RepresentationError, StoreError) as error:
        return str(error)


def offered(
    analysis: Analysis,
    run: Run,
    params: Any,
    *,
    what: str,
    missing: str,
    seconds: Callable[[], float],
    offer: Callable[[], str],
) -> Any | None:
    """Return a stored result; where there is none, offer a button that has it computed.

    Parameters
    ----------
    what
        What the page says that it is computing.
    missing
        The sentence that says that it has not been computed, for the shipped run.
    seconds, offer
        How long it is going to take, and the sentence above the button.
    """
    answer = already(analysis, run, params)
    if answer is not None and not isinstance(answer, str):
        return answer
    if answer is not None or is_shipped(run):
        st.info(literal(answer or f"{missing} {RESULTS_ONLY}"), icon=":material/info:")
        return None
    place = st.empty()
    with place.container():
        st.info(offer(), icon=":material/info:")
        asked = st.button("Compute it now", type="primary", icon=":material/play_arrow:")
    if not asked:
        return None
    place.empty()
    return result(analysis, run, params, what=what, expected=seconds())


def at_hand(analysis: Analysis, run: Run, params: Any) -> Any:
    """Return a stored result, computing nothing.

    Raises
    ------
    NotYetError
        If it has not been computed.
    """
    key = result_key(analysis, run, params)
    answer = _loaded(key, analysis, run, params)
    if answer is None:
        _loaded.clear(key, analysis, run, params)
        raise NotYetError(f"{analysis.title} has not been computed yet.")
    return answer


def require_own(run: Run, key: str = "") -> None:
    """Refuse what would have to be computed for the shipped run, in one sentence.

    Raises
    ------
    ResultsOnlyError
        If the run is the shipped one; it says why where the question under ``key`` has no answer.
    """
    if isinstance(run.store, Archive):
        raise ResultsOnlyError(run.store.refusals.get(key, RESULTS_ONLY))


def computing(what: str, expected: float | None) -> str:
    """Say what is computed and, where it is more than a moment, about how long that takes."""
    if expected is None or expected < 1:
        return f"Computing {what}…"
    return f"Computing {what}, about {round(expected)} s…"


def _computed(
    analysis: Analysis, run: Run, params: Any, what: str, expected: float | None = None
) -> Any:
    key = result_key(analysis, run, params)
    answer = _loaded(key, analysis, run, params)
    if answer is not None:
        return answer
    _loaded.clear(key, analysis, run, params)
    require_own(run, key)
    with st.spinner(computing(what, expected or _took().get(analysis.key)), show_time=True):
        began = time.monotonic()
        question = resident().ask(
            key, compute_analysis, str(run.store.root), run.run_id, analysis.key, asdict(params)
        )
        question.result(timeout=PATIENCE_S)
        _took()[analysis.key] = time.monotonic() - began
    answer = _loaded(key, analysis, run, params)
    if answer is None:
        _loaded.clear(key, analysis, run, params)
        raise StoreError(f"The stored copy of {what} is damaged. Reload the page to compute it.")
    return answer
