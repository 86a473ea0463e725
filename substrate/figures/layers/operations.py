"""Steps of two encoders: which are alike, and where their layers diverge."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.layers.operations import Operations, StepsOf
from substrate.figures import cells
from substrate.figures.layers.two_encoders import short_names
from substrate.figures.looks import hollow
from substrate.figures.shared import band
from substrate.figures.theme import Theme, base, legend_below, state
from substrate.figures.whiskers import whiskers
from substrate.wording import number


def operations_chart(result: Operations, theme: Theme, names: tuple[str, str]) -> go.Figure:
    """Draw the cosine of every step of the first encoder (rows) with every one of the second."""
    title = f"Steps of {names[0]} (rows) and {names[1]} (columns)"
    figure = base(theme, title=title)
    figure.add_heatmap(
        z=result.alike.astype(np.float32),
        zmin=-1.0,
        zmax=1.0,
        colorscale=theme.diverging,
        hoverinfo="skip",
        xgap=1,
        ygap=1,
        colorbar={"title": {"text": "Cosine of what<br>steps change"}, "thickness": 12},
        name="",
        showlegend=False,
    )
    figure.update_layout(plot_bgcolor=theme.missing)
    if result.level is not None:
        unclear = np.argwhere(np.isfinite(result.alike) & ~(result.alike > result.level))
        cells.unclear(figure, unclear, "Not beyond the 95 % level of all pairs", corner=0.33)
    rows, columns = _labels(result.first), _labels(result.second)
    legend = sum(trace.showlegend is not False for trace in figure.data)
    fitted = cells.fit(figure, rows, columns, legend=legend)
    cells.numbers(
        figure,
        [[number(float(v)) if np.isfinite(v) else "" for v in row] for row in result.alike],
        fitted,
    )
    cells.clicks(figure, result.alike.shape, fitted, _hovers(result))
    return state(figure, theme, facts(result))


def _labels(side: StepsOf) -> list[str]:
    """Name steps by the layers that they reach; a circle marks those that change the shape."""
    names = short_names(side.layers[1:])
    marked = zip(names, side.transition, strict=True)
    return [f"○ {name}" if transition else name for name, transition in marked]


def _hovers(result: Operations) -> list[str]:
    out = []
    for i, one in enumerate(result.first.names):
        for j, other in enumerate(result.second.names):
            value = result.alike[i, j]
            lines = [f"<b>{one}</b>", f"<b>{other}</b>"]
            lines.append(f"cosine {number(value)}" if np.isfinite(value) else "no value")
            if np.isfinite(result.low[i, j]):
                ends = number(result.low[i, j]), number(result.high[i, j])
                lines.append(f"all pairs at once [{ends[0]}, {ends[1]}]")
            if result.level is not None and np.isfinite(result.null[i, j]):
                lines.append(f"shuffled {number(result.null[i, j])}")
            out.append("<br>".join(lines))
    return out


def divergence_chart(result: Operations, theme: Theme, names: tuple[str, str]) -> go.Figure:
    """Draw how fast two encoders diverge at each step of the first one, and their twins."""
    title = f"Where {names[0]} diverges from {names[1]}"
    figure = base(theme, title=title, height=440)
    depth = result.stages.depth
    middle, text = (depth[1:] + depth[:-1]) / 2, list(result.stages.names)
    if len(result.twins_slope) > 1:
        twins = result.twins_slope
        low, high = twins.min(axis=0), twins.max(axis=0)
        seeds = f"Untrained twins, range of {len(twins)} seeds"
        band(figure, middle, low, high, theme.untrained_fill, seeds)
    elif len(result.twins_slope):
        figure.add_scatter(
            x=middle,
            y=result.twins_slope[0],
            mode="lines",
            line={"color": theme.untrained, "dash": "dot"},
            name="Untrained twins, one seed",
            hovertemplate="%{y:.2f}<extra>%{fullData.name}</extra>",
        )
    value, low, high = (result.slope.value, result.slope.low, result.slope.high)
    bars = None
    if low is not None and high is not None:
        ends = zip(value, low, high, strict=True)
        bars = [(float(v), float(a), float(b)) for v, a, b in ends]
    symbols = np.where(result.stages.transition, hollow("circle"), "circle").tolist()
    figure.add_scatter(
        x=middle,
        y=value,
        mode="lines+markers",
        line={"color": theme.accent, "width": 2.2},
        marker={"symbol": symbols, "size": 10, "color": theme.accent},
        error_y=None if bars is None else whiskers(bars, theme.accent),
        name="Trained, 95 % CI of all steps at once" if bars else "Trained",
        text=text,
        hovertemplate="%{text}: %{y:.2f}<extra></extra>",
    )
    figure.add_scatter(
        x=[None],
        y=[None],
        mode="markers",
        marker={"symbol": "circle-open", "color": theme.muted, "size": 9},
        name="Open: width or pooling changes",
    )
    figure.add_hline(0.0, line={"color": theme.muted, "width": 1})
    figure.update_xaxes(title=f"Relative depth in {names[0]}", range=[0, 1.02])
    figure.update_yaxes(title="Growth of the distance<br>per unit of depth")
    legend_below(figure, 3)
    return state(figure, theme, facts(result))


def facts(result: Operations) -> str:
    """State what the steps rest on."""
    return (
        f"{result.size.caption} · distance by information imbalance both ways, k = 1 · steps by "
        f"normed Gram matrices · {result.orders} orders"
    )
