"""Two networks' channels through an alignment: S along depth, errors, and |cosine| panels."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from substrate.analyses.weights.aligned import Aligned, AlignedLayer
from substrate.figures.theme import TEXT_PX, Theme, base, legend_below, reachable, state
from substrate.figures.whiskers import whiskers
from substrate.wording import number

#: Leading eigenvectors of either network in a panel.
LEADING = 20
#: Side of the clear point over a cell, and how far above a panel its name stands, in pixels.
CELL, ABOVE = 13, 20


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
        marker={"size": 10, "symbol": ["circle" if _sure(one) else "circle-open" for one in rows]},
        error_y=whiskers(ends, theme.accent),
        customdata=[[one.forth, one.back, one.halved, one.seen, one.inputs] for one in rows],
        hovertemplate="%{x}: %{y:.2f} (orders %{customdata[0]:.2f}, %{customdata[1]:.2f}; at half "
        "of the images %{customdata[2]:.2f})<br>carries %{customdata[3]} of %{customdata[4]} inputs"
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
            customdata=[[one.seen, one.inputs] for one in untold],
            hovertemplate="%{x}: %{text}<br>carries %{customdata[0]} of %{customdata[1]} inputs"
            "<extra></extra>",
        )
    figure.add_hline(0, line={"color": theme.muted, "width": 1})
    figure.update_xaxes(
        title="Layers, first to last", type="category", categoryorder="array", categoryarray=labels
    )
    figure.update_yaxes(title="Similarity S", range=reachable(figure))
    legend_below(figure, 5)
    return state(figure, theme, facts)


def _sure(one: AlignedLayer) -> bool:
    """Say whether S is much the same at half of the images, which show all directions of inputs.

    A legend shows the first layer's marker, which is full where S is not told.
    """
    return bool(one.reason) or (not one.changed and one.seen == one.inputs)


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


def panels(
    one: AlignedLayer,
    names: tuple[str, str],
    theme: Theme,
    facts: str,
    *,
    chosen: tuple[int, int] | None = None,
) -> go.Figure:
    """Draw |cosine| of leading eigenvectors: white at 1 / sqrt(d), black at five times that.

    A click on a cell reports the places of both eigenvectors, from 0.
    """
    parts = [("Through the alignment", one.aligned), ("One shuffled alignment", one.null)]
    if one.plain.size:
        parts.insert(1, ("Without alignment", one.plain))
    made = make_subplots(1, len(parts), subplot_titles=[name for name, _ in parts])
    made.update_annotations(yshift=ABOVE)  # above the arrows
    figure = base(theme, title=f"Eigenvectors of {names[0]} and {names[1]}, {label(one)}")
    made.update_layout(figure.layout)
    made.update_layout(
        height=390 + 2 * ABOVE + 2 * TEXT_PX,
        margin={"t": 2 * ABOVE + TEXT_PX},
        coloraxis=_colours(max(width[1] for width in one.widths)),
    )
    for column, (name, values) in enumerate(parts, start=1):
        shown = values[:LEADING, :LEADING]
        made.add_heatmap(
            z=shown.astype(np.float32),
            x=np.arange(1, shown.shape[1] + 1),
            y=np.arange(1, shown.shape[0] + 1),
            coloraxis="coloraxis",
            name=name,
            hoverinfo="skip",
            row=1,
            col=column,
        )
        _clicks(made, shown, column)
        if chosen is not None:
            _frame(made, chosen, column, theme)
        _arrows(made, one, column, shown.shape, theme)
        ends = [0.5, shown.shape[1] + 0.5], [shown.shape[0] + 0.5, 0.5]
        plain = {"showgrid": False, "zeroline": False}
        made.update_xaxes(range=ends[0], row=1, col=column, **plain)
        made.update_yaxes(range=ends[1], row=1, col=column, **plain)
    made.update_yaxes(title=f"Eigenvectors of {names[0]}", row=1, col=1)
    middle = (len(parts) + 1) // 2  # one name for all: three beside each other have no room
    made.update_xaxes(title=f"Eigenvectors of {names[1]}", row=1, col=middle)
    return state(made, theme, facts)


def _clicks(figure: go.Figure, values: np.ndarray, column: int) -> None:
    """Lay clear points over the cells: a heatmap itself does not report clicks."""
    cells = [(i, j) for i in range(values.shape[0]) for j in range(values.shape[1])]
    figure.add_scatter(
        x=[j + 1 for _, j in cells],
        y=[i + 1 for i, _ in cells],
        mode="markers",
        marker={"size": CELL, "symbol": "square", "opacity": 0},
        customdata=cells,
        text=[number(float(values[cell])) for cell in cells],
        showlegend=False,
        hovertemplate="eigenvectors %{y} and %{x}: %{text}, click to open<extra></extra>",
        row=1,
        col=column,
    )


def _frame(figure: go.Figure, cell: tuple[int, int], column: int, theme: Theme) -> None:
    """Frame the cell that is open."""
    i, j = cell
    figure.add_shape(
        type="rect",
        x0=j + 0.5,
        x1=j + 1.5,
        y0=i + 0.5,
        y1=i + 1.5,
        line={"color": theme.accent, "width": 2},
        row=1,
        col=column,
    )


def _arrows(
    figure: go.Figure, one: AlignedLayer, column: int, shape: tuple[int, ...], theme: Theme
) -> None:
    """Mark both effective ranks, at the top and at the right, where nothing else is written."""
    side = "" if column == 1 else str(column)
    right = shape[1] + 0.5
    for rank, axis, most in zip(one.ranks, ("y", "x"), shape, strict=True):
        if not np.isfinite(rank) or rank > most:
            continue
        down = axis == "x"
        figure.add_annotation(
            x=rank if down else right,
            y=0.5 if down else rank,
            xref=f"x{side}",
            yref=f"y{side}",
            ax=0 if down else 18,
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
    measured = sum(not one.reason for one in result.layers)
    return (
        f"{images} · told in {number(measured, 0)} of {len(result.layers)} layers"
        f" · seed {result.seed}"
    )
