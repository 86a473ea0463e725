"""Columns that follow the window: beside each other where each has room, else below each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import streamlit as st

#: Width below which a chart that follows the page is no longer read easily, in pixels.
LEAST_PX = 420


def wrapping_columns(
    key: str,
    weights: Sequence[float],
    *,
    least_rem: int = 20,
    gap: Literal["small", "large"] = "large",
) -> list[Any]:
    """Return columns side by side where each gets ``least_rem`` of width, else below each other."""
    return _columns(key, weights, [f"{least_rem}rem"] * len(weights), gap)


def side_by_side(key: str, *charts: Any) -> list[Any]:
    """Return a place for each chart, beside each other where all have room, else stacked.

    A matrix needs the width of its cells, any other chart at least 420 pixels; what the page has
    beyond that is shared in proportion.

    Parameters
    ----------
    key
        Name of the places, of its own on the page.
    charts
        Exhibits, or widths in pixels that a place needs.
    """
    least = [_width(chart) for chart in charts]
    return _columns(key, least, [f"{width}px" for width in least])


def _columns(
    key: str,
    weights: Sequence[float],
    least: Sequence[str],
    gap: Literal["small", "large"] = "large",
) -> list[Any]:
    inside = '> [data-testid="stLayoutWrapper"] > [data-testid="stHorizontalBlock"]'
    rules = "".join(
        f'.st-key-{key} {inside} > [data-testid="stColumn"]:nth-child({place}) '
        f"{{min-width: min({width}, 100%);}}"
        for place, width in enumerate(least, start=1)
    )
    with st.container(key=key):
        st.html(f"<style>{rules}</style>")
        return st.columns(weights, gap=gap)


def _width(chart: Any) -> int:
    if isinstance(chart, int):
        return chart
    figure = getattr(chart, "figure", None)
    return max(LEAST_PX, int((figure.layout.width if figure is not None else None) or 0))


def sticky(key: str, *, top_rem: float = 3.8) -> Any:
    """Return a place that stays in the window while a higher neighbouring column scrolls by."""
    place = st.container(key=key, gap="xsmall")
    wrapper = f'[data-testid="stLayoutWrapper"]:has(> .st-key-{key})'
    place.html(f"<style>{wrapper} {{position: sticky; top: {top_rem}rem;}}</style>")
    return place


def scrolling(key: str, chart: Any) -> Any:
    """Return a place where a chart keeps its width and scrolls sideways in a narrower window."""
    place = st.container(key=key)
    inside = f'.st-key-{key} [data-testid="stElementContainer"]:has([data-testid="stPlotlyChart"])'
    place.html(
        f"<style>.st-key-{key} {{overflow-x: auto;}} "
        f"{inside} {{min-width: {_width(chart)}px;}}</style>"
    )
    return place
