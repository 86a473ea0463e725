"""Every sample as a point: scores on two directions, or a plane of the whole layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from jaxtyping import Float

from substrate.figures.theme import SEQUENTIAL, Theme, base, colour, marker, state

#: More different values than this share colours, and the legend is left out.
LEGEND = 16


@dataclass(frozen=True, eq=False)
class Points:
    """Where the samples lie, what they are called, and what the axes and the title say."""

    places: Float[np.ndarray, "n 2"]
    names: Sequence[str]
    x: str
    y: str
    title: str
    facts: str
    square: bool = False


def sample_scatter(
    points: Points, by: pd.Series, theme: Theme, *, selected: Sequence[int] = ()
) -> go.Figure:
    """Draw every sample, coloured by a column: numbers on a scale, anything else by category."""
    figure = base(theme, title=points.title, height=520)
    numeric = pd.api.types.is_numeric_dtype(by)
    traces = _numbers(points, by) if numeric else _categories(points, by)
    for trace in traces:
        figure.add_trace(trace)
    if len(selected):
        figure.add_trace(_rings(points, selected, theme))
    figure.update_xaxes(title=points.x, zeroline=False)
    figure.update_yaxes(title=points.y, zeroline=False)
    if points.square:
        figure.update_yaxes(scaleanchor="x")
    categories = 0 if numeric else by.astype(str).nunique()
    figure.update_layout(
        dragmode="lasso",
        showlegend=0 < categories <= LEGEND,
        legend={"title": {"text": f"{by.name}  "}, "y": -0.2, "itemsizing": "constant"},
    )
    shared = "" if categories <= LEGEND else f" · {categories} values of {by.name} share colours"
    return state(figure, theme, f"{points.facts} · coloured by {by.name}{shared}")


def _numbers(points: Points, by: pd.Series) -> list[go.Scatter]:
    values = by.to_numpy(dtype=float)
    rows = np.arange(len(values))
    scale = {
        "color": values,
        "colorscale": SEQUENTIAL,
        "size": 8,
        "opacity": 0.85,
        "showscale": True,
        "colorbar": {"thickness": 12, "title": {"text": _wrapped(str(by.name))}},
    }
    return [_trace(points, rows, by, str(by.name), scale)]


def _categories(points: Points, by: pd.Series) -> list[go.Scatter]:
    values = by.astype(str).to_numpy()
    traces = []
    for index, value in enumerate(sorted(set(values))):
        rows = np.flatnonzero(values == value)
        style = {
            "color": colour(index),
            "symbol": marker(index % 8 + index // 8),
            "size": 8,
            "opacity": 0.8,
        }
        traces.append(_trace(points, rows, by, value or "(none)", style))
    return traces


def _trace(points: Points, rows: np.ndarray, by: pd.Series, name: str, style: dict) -> go.Scatter:
    shown = by.iloc[rows]
    text = [
        f"{points.names[row]}<br>{by.name}: {value:.3g}"
        if isinstance(value, float)
        else f"{points.names[row]}<br>{by.name}: {value}"
        for row, value in zip(rows, shown, strict=True)
    ]
    return go.Scatter(
        x=points.places[rows, 0].astype(np.float32),
        y=points.places[rows, 1].astype(np.float32),
        mode="markers",
        name=name,
        text=text,
        customdata=rows[:, None].tolist(),
        marker=style,
        hovertemplate="%{text}<extra></extra>",
    )


def _rings(points: Points, selected: Sequence[int], theme: Theme) -> go.Scatter:
    rows = np.asarray(selected)
    return go.Scatter(
        x=points.places[rows, 0],
        y=points.places[rows, 1],
        mode="markers",
        hoverinfo="skip",
        marker={"symbol": "circle-open", "size": 13, "color": theme.ink, "line": {"width": 1.5}},
        name="selected",
        showlegend=False,
    )


def _wrapped(text: str) -> str:
    return "<br>".join(text.split(", "))
