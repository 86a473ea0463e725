"""Two networks' channels through an alignment: S along depth, errors, and |cosine| panels."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from substrate.analyses.weights.aligned import Aligned, AlignedLayer
from substrate.figures.theme import Theme, base, legend_below, reachable, state
from substrate.figures.whiskers import whiskers
from substrate.wording import number

#: Leading eigenvectors of either network in a panel.
LEADING = 20


def similarity_along(
    result: Aligned, names: tuple[str, str], theme: Theme, facts: str
) -> go.Figure:
    """Draw S layer by layer, its nulls, and what its estimator gives for a planted truth."""
    figure = base(theme, title=f"Learned channels of {names[0]} and {names[1]}", height=470)
    rows = list(result.layers)
    labels = [label(one) for one in rows]
    _line(
        figure,
        labels,
        [one.planted[0] for one in rows],
        "Two samples of one covariance",
        theme.ceiling,
        "triangle-down-open",
    )
    _line(
        figure,
        labels,
        [float(one.permuted.mean()) if len(one.permuted) else np.nan for one in rows],
        "Aligned to shuffled photographs",
        theme.muted,
        "diamond-open",
    )
    _line(
        figure,
        labels,
        [one.unaligned for one in rows],
        "Without alignment",
        theme.untrained,
        "square-open",
    )
    ends = [(_known(one.similarity), _known(one.low), _known(one.high)) for one in rows]
    figure.add_scatter(
        x=labels,
        y=[value for value, _, _ in ends],
        mode="lines+markers",
        name="S through the alignment",
        line={"color": theme.accent, "width": 2.4},
        marker={"size": 10},
        error_y=whiskers(ends, theme.accent),
        customdata=[[one.forth, one.back] for one in rows],
        hovertemplate="%{x}: %{y:.2f} (orders %{customdata[0]:.2f}, %{customdata[1]:.2f})"
        "<extra>S</extra>",
    )
    untold = [one for one in rows if one.reason]
    if untold:
        figure.add_scatter(
            x=[label(one) for one in untold],
            y=[0.0] * len(untold),
            mode="markers",
            name="Not told",
            marker={"symbol": "x-thin-open", "size": 10, "color": theme.muted},
            text=[one.reason for one in untold],
            hovertemplate="%{x}: %{text}<extra></extra>",
        )
    figure.add_hline(0, line={"color": theme.muted, "width": 1})
    figure.update_xaxes(
        title="Layers, first to last", type="category", categoryorder="array", categoryarray=labels
    )
    figure.update_yaxes(title="Similarity S", range=reachable(figure))
    legend_below(figure, 5)
    return state(figure, theme, facts)


def _line(
    figure: go.Figure, labels: list[str], values: list[float], name: str, ink: str, symbol: str
) -> None:
    figure.add_scatter(
        x=labels,
        y=[_known(value) for value in values],
        mode="lines+markers",
        name=name,
        line={"color": ink, "width": 1.6, "dash": "dot"},
        marker={"symbol": symbol, "size": 8},
        hovertemplate="%{x}: %{y:.2f}<extra>%{fullData.name}</extra>",
    )


def errors_along(result: Aligned, names: tuple[str, str], theme: Theme, facts: str) -> go.Figure:
    """Draw the error of the alignment on other photographs, beside that of the null."""
    figure = base(theme, title=f"Alignment of {names[0]} to {names[1]}", height=430)
    rows = list(result.layers)
    labels = [label(one) for one in rows]
    nulls = [one.error_permuted for one in rows]
    means = [float(one.mean()) if len(one) else None for one in nulls]
    figure.add_scatter(
        x=labels,
        y=means,
        mode="lines+markers",
        name="Fitted to shuffled photographs, lowest to highest",
        line={"color": theme.muted, "width": 1.6, "dash": "dot"},
        marker={"symbol": "diamond-open", "size": 8},
        error_y=whiskers(
            [
                (mean, float(one.min()), float(one.max())) if len(one) else (None, None, None)
                for mean, one in zip(means, nulls, strict=True)
            ],
            theme.muted,
        ),
        hovertemplate="%{x}: %{y:.2f}<extra>shuffled</extra>",
    )
    figure.add_scatter(
        x=labels,
        y=[one.error for one in rows],
        mode="lines+markers",
        name="Fitted to the photographs as they are",
        line={"color": theme.accent, "width": 2.4},
        marker={"size": 10},
        hovertemplate="%{x}: %{y:.2f}<extra>error</extra>",
    )
    figure.update_xaxes(
        title="Layers, first to last", type="category", categoryorder="array", categoryarray=labels
    )
    figure.update_yaxes(title="Error on other photographs, 0 perfect", rangemode="tozero")
    legend_below(figure, 2)
    return state(figure, theme, facts)


def panels(one: AlignedLayer, names: tuple[str, str], theme: Theme, facts: str) -> go.Figure:
    """Draw |cosine| of leading eigenvectors: white at 1 / sqrt(d), black at five times that."""
    parts = [("Through the alignment", one.aligned), ("Aligned to shuffled photographs", one.null)]
    if one.plain.size:
        parts.insert(1, ("Without alignment", one.plain))
    made = make_subplots(1, len(parts), subplot_titles=[name for name, _ in parts])
    figure = base(theme, title=f"Eigenvectors of {names[0]} and {names[1]}, {label(one)}")
    made.update_layout(figure.layout)
    made.update_layout(height=430, coloraxis=_colours(max(width[1] for width in one.widths)))
    for column, (name, values) in enumerate(parts, start=1):
        shown = values[:LEADING, :LEADING]
        made.add_heatmap(
            z=shown.astype(np.float32),
            x=np.arange(1, shown.shape[1] + 1),
            y=np.arange(1, shown.shape[0] + 1),
            coloraxis="coloraxis",
            name=name,
            hovertemplate="eigenvectors %{y} and %{x}: %{z:.2f}<extra>%{fullData.name}</extra>",
            row=1,
            col=column,
        )
        _arrows(made, one, column, shown.shape, theme)
        made.update_xaxes(title=f"of {names[1]}", row=1, col=column, showgrid=False)
        made.update_yaxes(autorange="reversed", row=1, col=column, showgrid=False)
    made.update_yaxes(title=f"Eigenvectors of {names[0]}", row=1, col=1)
    return state(made, theme, facts)


def _arrows(
    figure: go.Figure, one: AlignedLayer, column: int, shape: tuple[int, ...], theme: Theme
) -> None:
    """Mark both effective ranks on the axes."""
    side = "" if column == 1 else str(column)
    for rank, axis, most in zip(one.ranks, ("y", "x"), shape, strict=True):
        if not np.isfinite(rank) or rank > most:
            continue
        down = axis == "x"
        figure.add_annotation(
            x=rank if down else 0.5,
            y=0.5 if down else rank,
            xref=f"x{side}",
            yref=f"y{side}",
            ax=0 if down else -18,
            ay=-18 if down else 0,
            text="",
            showarrow=True,
            arrowhead=2,
            arrowwidth=2,
            arrowcolor=theme.accent,
        )


def _colours(inputs: int) -> dict:
    low = 1 / np.sqrt(inputs)
    return {
        "colorscale": [[0, "#FFFFFF"], [1, "#000000"]],
        "cmin": low,
        "cmax": min(5 * low, 1.0),
        "colorbar": {"title": {"text": "|cosine|", "side": "top"}},
    }


def label(one: AlignedLayer) -> str:
    """Return how a pair of layers stands on the axis."""
    first, second = (name.removeprefix("features.") for name in one.names)
    return first if first == second else f"{first} · {second}"


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def facts(result: Aligned, images: str) -> str:
    """Return what a curve rests on."""
    told = sum(not one.reason for one in result.layers)
    return (
        f"{images} · told in {number(told, 0)} of {len(result.layers)} layers · seed {result.seed}"
    )
