"""The range of untrained draws behind the values of rows: one look in every experiment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from substrate.figures.theme import Theme


def untrained_ranges(
    figure: go.Figure, draws: Sequence[Sequence[float]], theme: Theme, name: str, **place: Any
) -> None:
    """Draw each row's lowest to highest draw; a row without draws, and none at all, stay empty."""
    x: list[float | None] = []
    y: list[int | None] = []
    for row, values in enumerate(draws):
        if values:
            x += [min(values), max(values), None]
            y += [row, row, None]
    if x:
        figure.add_scatter(
            x=x,
            y=y,
            mode="lines+markers",
            line={"color": theme.untrained, "width": 7},
            marker={"color": theme.untrained, "size": 7},
            opacity=0.55,
            name=f"{name}, {max(map(len, draws))} draws",
            hoverinfo="skip",
            **place,
        )
