"""Eigenvalues of a layer's channels beside the law of noise, and ranks along depth."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.weights.channels import ChannelLayer, Channels
from substrate.figures.theme import Theme, base, legend_below, state


def channel_spectrum(
    layer: ChannelLayer, title: str, theme: Theme, *, chosen: int | None = None
) -> go.Figure:
    """Draw a layer's eigenvalues before and after shrinkage, on a scale of noise.

    A click on an eigenvalue reports its rank from 0, twice; the chosen one has a ring.
    """
    figure = base(theme, title=f"Channels of {title}, {layer.layer}", height=420)
    ranks = np.arange(1, len(layer.values) + 1)
    start = len(layer.values) - len(layer.law) + 1
    figure.add_scatter(
        x=np.arange(start, start + len(layer.law)),
        y=layer.law,
        mode="lines",
        name="Marchenko-Pastur law of noise",
        line={"color": theme.muted, "width": 2, "dash": "dash"},
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=ranks,
        y=layer.values,
        mode="markers",
        name="eigenvalues",
        marker={"size": 7, "color": theme.accent, "symbol": "circle"},
        customdata=[[rank, rank] for rank in range(len(ranks))],
        hovertemplate="eigenvalue %{x}: %{y:.3g}, click to open<extra></extra>",
    )
    if chosen is not None and chosen < len(layer.values):
        figure.add_scatter(
            x=[chosen + 1],
            y=[layer.values[chosen]],
            mode="markers",
            name="open",
            showlegend=False,
            marker={"size": 15, "symbol": "circle-open", "color": theme.ink, "line": {"width": 2}},
            hoverinfo="skip",
        )
    if len(layer.learned):
        figure.add_scatter(
            x=ranks[: len(layer.learned)],
            y=layer.learned,
            mode="markers",
            name="learned part, shrunk",
            marker={"size": 8, "color": theme.ink, "symbol": "diamond-open"},
            hovertemplate="learned %{x}: %{y:.3g}<extra></extra>",
        )
    figure.add_hline(layer.edge, line={"color": theme.ink, "dash": "dot", "width": 1.5})
    figure.add_scatter(
        x=[None],
        y=[None],
        mode="lines",
        line={"color": theme.ink, "dash": "dot", "width": 1.5},
        name="edge of noise",
    )
    positive = layer.values[layer.values > 0]
    low = max(float(positive.min()), float(positive.max()) * 1e-5) if len(positive) else 0.1
    figure.update_xaxes(title="Rank", range=[0, len(layer.values) + 1])
    figure.update_yaxes(
        title="Eigenvalue over the variance of noise",
        type="log",
        tickvals=[0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000],
        range=[np.log10(low / 1.5), np.log10(max(float(positive.max()), layer.edge) * 1.5)],
    )
    legend_below(figure, 4)
    facts = f"{layer.neurons:,} neurons over {layer.inputs:,} inputs · gamma {layer.gamma:.2f}"
    return state(figure, theme, facts)


def ranks_along_depth(channels: Channels, title: str, theme: Theme) -> go.Figure:
    """Draw the effective rank of every layer beside what its estimator gives where it is planted.

    Layers of which nothing can be said stand in their place without a mark.
    """
    rows = list(channels.layers)
    names = [one.layer for one in rows]
    figure = base(theme, title=f"Learned channels of {title}", height=130 + 26 * len(rows))
    figure.add_scatter(
        x=[one.planted_rank[0] if len(one.learned) else None for one in rows],
        y=names,
        mode="markers",
        name="planted samples, mean and spread",
        marker={"size": 9, "symbol": "diamond-open", "color": theme.muted},
        error_x={
            "type": "data",
            "array": [one.planted_rank[1] if len(one.learned) else None for one in rows],
            "color": theme.muted,
            "thickness": 1.4,
        },
        hovertemplate="%{y}: %{x:.1f}<extra>planted</extra>",
    )
    figure.add_scatter(
        x=[one.rank if len(one.learned) else None for one in rows],
        y=names,
        mode="markers",
        name="effective rank of what is learned",
        marker={"size": 10, "color": theme.accent},
        hovertemplate="%{y}: %{x:.1f}<extra>effective rank</extra>",
    )
    figure.update_yaxes(
        autorange="reversed", categoryorder="array", categoryarray=names, automargin=True
    )
    figure.update_yaxes(autorange=None, range=[len(names) - 0.5, -0.5])
    reached = [sum(one.planted_rank) for one in rows if len(one.learned)]
    reached += [one.rank for one in rows if len(one.learned)]
    finite = [value for value in reached if np.isfinite(value)]
    figure.update_xaxes(title="Effective rank", range=[0, 1.1 * max([*finite, 2.0])])
    legend_below(figure, 2)
    return state(figure, theme, f"{len(rows)} layers · seed {channels.seed}")
