"""Agreement along depth: units, few units and subspaces, each with its null and interval."""

from __future__ import annotations

import plotly.graph_objects as go

from substrate.analyses.units.depth import Depth, DepthAgreement, LayerAgreement
from substrate.figures.theme import PALETTE, Theme, base, legend_below, reachable, state
from substrate.figures.whiskers import whiskers

#: The three agreements: field, name, what its null is, colour, marker.
LINES = (
    ("subspace", "Subspaces, mean canonical correlation", "{groups} shuffled", 2, "square"),
    ("few", "Three units to one, R²", "three axes turned at random", 3, "diamond"),
    ("units", "One to one, mean r", "axes turned at random", 0, "circle"),
)


def agreement(result: Depth, theme: Theme, names: tuple[str, str]) -> go.Figure:
    """Draw the three agreements at every pair of layers, their nulls dotted in their colours."""
    figure = base(theme, title=f"{names[0]} and {names[1]} along depth", height=470)
    labels = [label(one) for one in result.layers]
    for field, name, null, colour, symbol in LINES:
        every: list[DepthAgreement] = [getattr(one, field) for one in result.layers]
        values = [float(one.value.value) for one in every]
        ends = [(v, m.value.low, m.value.high) for v, m in zip(values, every, strict=True)]
        ink = PALETTE[colour]
        figure.add_scatter(
            x=labels,
            y=values,
            mode="lines+markers",
            name=name,
            line={"color": ink, "width": 2.4},
            marker={"symbol": symbol, "size": 9},
            error_y=whiskers(ends, ink),
            hovertemplate="%{x}: %{y:.2f}<extra>%{fullData.name}</extra>",
        )
        figure.add_scatter(
            x=labels,
            y=[float(one.null.mean()) if one.null.size else None for one in every],
            mode="lines+markers",
            name=null.format(groups=result.size.nouns.groups).capitalize(),
            line={"color": ink, "width": 1.6, "dash": "dot"},
            marker={"symbol": f"{symbol}-open", "size": 7},
            hovertemplate="%{x}: %{y:.2f}<extra>%{fullData.name}</extra>",
        )
    figure.update_xaxes(title="Layers, first to last", type="category")
    figure.update_yaxes(title="Correlation, or R²", range=reachable(figure))
    legend_below(figure, 6)
    return state(figure, theme, f"{result.size.caption} · seed {result.seed}")


def label(one: LayerAgreement) -> str:
    """Return how a pair of layers stands on the axis."""
    return one.first if one.first == one.second else f"{one.first} · {one.second}"
