"""Two panels over one logarithmic axis of samples, with the threshold marked through both."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from substrate.figures.theme import Theme

TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10)
#: Where the panels lie, as shares of the height.
UPPER, LOWER = (0.53, 1.0), (0.0, 0.45)
HEIGHT = 560


def two_panels(
    figure: go.Figure,
    x_title: str,
    titles: tuple[str, str],
    *,
    upper: dict[str, Any],
    lower: dict[str, Any],
    ticks: Sequence[float] = TICKS,
    ends: tuple[float, float] = (0.045, 12.0),
) -> None:
    """Lay out two panels: the axis of the lower one carries the numbers of both."""
    style = figure.layout.yaxis.to_plotly_json()
    figure.update_layout(
        xaxis={
            "title": x_title,
            "type": "log",
            "tickvals": list(ticks),
            "ticktext": [f"{tick:g}" for tick in ticks],
            "range": [math.log10(end) for end in ends],
            "anchor": "y2",
        },
        yaxis={"title": titles[0], "domain": UPPER, "zeroline": False, **upper},
        yaxis2={
            **style,
            "title": {"text": titles[1]},
            "domain": LOWER,
            "zeroline": False,
            "anchor": "x",
            **lower,
        },
    )


def upright(figure: go.Figure, x: float, line: dict[str, object]) -> None:
    """Draw a line through both panels."""
    figure.add_shape(type="line", x0=x, x1=x, xref="x", y0=0, y1=1, yref="paper", line=line)


def level_below(figure: go.Figure, at: float, theme: Theme) -> None:
    """Draw a dotted level across the lower panel."""
    figure.add_shape(
        type="line",
        x0=0,
        x1=1,
        xref="paper",
        y0=at,
        y1=at,
        yref="y2",
        line={"color": theme.muted, "width": 1.2, "dash": "dot"},
    )


def mark_threshold(figure: go.Figure, theme: Theme) -> None:
    """Draw and name the interpolation threshold, at 1 on the axis."""
    upright(figure, 1.0, {"color": theme.muted, "width": 1.5, "dash": "dash"})
    figure.add_annotation(
        x=0.0,
        xref="x",
        y=1.0,
        yref="paper",
        text="interpolation threshold",
        showarrow=False,
        xanchor="left",
        xshift=6,
        yanchor="top",
        font={"color": theme.muted},
        bgcolor=theme.panel,
    )
