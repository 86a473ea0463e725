"""Columns that go below each other where the page is narrow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st


def wrapping_columns(key: str, weights: Sequence[float], *, least_rem: int = 20) -> list[Any]:
    """Return columns side by side where each gets ``least_rem`` of width, else below each other."""
    inside = '> [data-testid="stLayoutWrapper"] > [data-testid="stHorizontalBlock"]'
    with st.container(key=key):
        st.html(
            f'<style>.st-key-{key} {inside} > [data-testid="stColumn"] '
            f"{{min-width: min({least_rem}rem, 100%);}}</style>"
        )
        return st.columns(weights, gap="large")


def side_by_side(first: int, second: int) -> tuple[Any, Any]:
    """Return two places, widths in pixels, beside each other where they fit, else stacked."""
    row = st.container(horizontal=True, gap="medium")
    return row.container(width=first), row.container(width=second)
