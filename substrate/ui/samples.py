"""A domain's sample table and thumbnails, read from the store once and shared by all viewers."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import streamlit as st
from jaxtyping import UInt8

from substrate.runs import Run, RunError
from substrate.store import StoreError
from substrate.ui.literal import literal


def require_samples(run: Run, domains: Iterable[str]) -> None:
    """Stop the page with a sentence where the samples or images of a domain cannot be read."""
    try:
        for domain in domains:
            sample_table(run, domain)
            thumbnails_of(run, domain)
    except (RunError, StoreError) as error:
        advice = " Run the study again: only what is missing is made anew."
        st.error(literal(error) + ("" if "Run the study again" in str(error) else advice))
        st.stop()


def sample_table(run: Run, domain: str) -> pd.DataFrame:
    """Return the ordered table of a domain's samples; it is shared, so do not change it."""
    return _table(run.domains[domain].entry, run, domain)


def thumbnails_of(run: Run, domain: str) -> UInt8[np.ndarray, "n s s 3"]:
    """Return small square pictures of a domain's samples, read-only.

    Where its features were read from files there are none: the pictures have no pixels.
    """
    info = run.domains[domain]
    if not info.pictured:
        return np.empty((info.n, 0, 0, 3), dtype=np.uint8)
    return _thumbnails(run.domains[domain].entry, run, domain)


@st.cache_resource(max_entries=32, show_spinner=False)
def _table(entry: str, _run: Run, _domain: str) -> pd.DataFrame:
    return _run.samples(_domain)


@st.cache_resource(max_entries=32, show_spinner=False)
def _thumbnails(entry: str, _run: Run, _domain: str) -> UInt8[np.ndarray, "n s s 3"]:
    return _run.thumbnails(_domain)
