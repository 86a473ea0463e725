"""What weights hold: S over depth, accuracy by filters, ranks and redrawing, filters by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from substrate.analyses.experiments.weights import WeightPoint, WeightsRepeat, beside, changed
from substrate.figures.shared import guessing, name_rows
from substrate.figures.theme import (
    Theme,
    base,
    broken,
    colour,
    dash,
    legend_below,
    marker,
    state,
)
from substrate.figures.training.steps import step_positions
from substrate.figures.whiskers import whiskers
from substrate.wording import number

CHANNELS = "Similarity of learned channels over depth"
#: Of ten classes.
CHANCE = 0.1
#: Panels in a row, and letters of a line of their titles.
ACROSS, TITLE_LETTERS = 3, 26


def similarity_over_depth(pairs: Sequence[WeightsRepeat], theme: Theme, facts: str) -> go.Figure:
    """Draw S of pairs layer by layer, the null of each dotted, its ceiling dashed."""
    figure = base(theme, title=": ".join(filter(None, (CHANNELS, pairs[0].relation))), height=480)
    for index, pair in enumerate(pairs):
        ink, x = colour(index), [point.x for point in pair.points]
        ends = [(p.value.value, p.value.low, p.value.high) for p in pair.points]
        for name, symbol, kind in (
            ("planted", "triangle-down-open", "dash"),
            ("permuted", "diamond-open", "dot"),
        ):
            figure.add_scatter(
                x=x,
                y=[_known(beside(point, name)) for point in pair.points],
                mode="lines+markers",
                line={"color": ink, "width": 1.2, "dash": kind},
                marker={"symbol": symbol, "size": 7},
                opacity=0.6,
                showlegend=False,
                hovertemplate=f"{_BESIDE[name]}, layer %{{x}}: %{{y:.2f}}<extra></extra>",
            )
        figure.add_scatter(
            x=x,
            y=[value for value, _, _ in ends],
            mode="lines+markers",
            name=pair.title,
            line={"color": ink, "width": 2.4},
            marker={"symbol": [_symbol(point, index) for point in pair.points], "size": 10},
            error_y=whiskers(ends, ink),
            text=[_hover(point) for point in pair.points],
            hovertemplate="%{text}<extra>%{fullData.name}</extra>",
        )
        untold = [point for point in pair.points if point.value.value is None]
        figure.add_scatter(
            x=[point.x for point in untold],
            y=[-0.06 - 0.05 * index] * len(untold),
            mode="markers",
            marker={"symbol": "x-thin-open", "size": 8, "color": ink},
            showlegend=False,
            text=[point.value.reason for point in untold],
            hovertemplate="layer %{x}: %{text}<extra></extra>",
        )
    for name, look in _LEGEND.items():
        figure.add_scatter(x=[None], y=[None], name=name, **look(theme))
    figure.add_hline(0, line={"color": theme.muted, "width": 1})
    most = max(len(pair.points) for pair in pairs)
    figure.update_xaxes(title="Layer, from the first", dtick=1, range=[0.5, most + 0.5])
    figure.update_yaxes(title="Similarity S", range=[-0.1 - 0.05 * len(pairs), 1.08])
    legend_below(figure, len(pairs) + len(_LEGEND))
    return state(figure, theme, facts)


def _symbol(point: WeightPoint, index: int) -> str:
    """Return a pair's marker, open where S is another one at half of the images."""
    return f"{marker(index)}-open" if changed(point) else marker(index)


def _drawn(symbol: str, kind: str) -> Callable[[Theme], dict[str, Any]]:
    """Return how a legend shows what stands beside S, in no pair's colour."""

    def look(theme: Theme) -> dict[str, Any]:
        return {
            "mode": "lines+markers" if kind else "markers",
            "line": {"color": theme.muted, "width": 1.2, "dash": kind or "solid"},
            "marker": {"symbol": symbol, "size": 8, "color": theme.muted},
        }

    return look


_LEGEND = {
    "two samples of one covariance": _drawn("triangle-down-open", "dash"),
    "aligned to shuffled images": _drawn("diamond-open", "dot"),
    "not told": _drawn("x-thin-open", ""),
}
_BESIDE = {"planted": "two samples of one covariance", "permuted": "aligned to shuffled images"}


def _hover(point: WeightPoint) -> str:
    ranks = point.beside.get("ranks", ())
    if point.value.value is None or len(ranks) != 2:
        return point.label
    said = f"{point.label}: {number(point.value.value)}"
    if len(orders := point.beside.get("orders", ())) == 2:
        said += f" (orders {number(orders[0])} and {number(orders[1])})"
    if point.beside.get("halved"):
        said += f"<br>at half of the images {number(beside(point, 'halved'))}"
    said += f"<br>ranks {number(ranks[0], 1)} and {number(ranks[1], 1)}"
    planted = point.beside.get("planted ranks", ())
    if len(planted) != 2:
        return said
    return f"{said}<br>of planted samples {number(planted[0], 1)} and {number(planted[1], 1)}"


def preset_rows(curve: WeightsRepeat, theme: Theme, facts: str) -> go.Figure:
    """Draw the accuracy of networks by the filters that were frozen in them."""
    rows = curve.points
    figure = base(theme, title="Accuracy with preset filters", height=150 + 46 * len(rows))
    figure.add_scatter(
        x=[row.value.value for row in rows],
        y=list(range(len(rows))),
        mode="markers",
        marker={"color": theme.accent, "size": 11},
        error_x=whiskers([(r.value.value, r.value.low, r.value.high) for r in rows], theme.accent),
        showlegend=False,
        hovertemplate="%{x:.1%}<extra></extra>",
    )
    guessing(figure, CHANCE, theme)
    figure.update_xaxes(title="Accuracy on test images", range=[0, 1.02], tickformat=".0%")
    name_rows(figure, [f"{row.label[0].upper()}{row.label[1:]}" for row in rows], foot=90)
    return state(figure, theme, facts)


def accuracy_over_rank(
    networks: Sequence[Mapping[str, WeightsRepeat]], theme: Theme, facts: str
) -> go.Figure:
    """Draw the accuracy of networks over how many directions are kept of every layer, a panel each.

    A line stands at the accuracy as trained, a dotted one where guessing lies.
    """
    across = min(len(networks), ACROSS)
    down = -(-len(networks) // across)
    names = [next(iter(curves.values())).title for curves in networks]
    figure = make_subplots(
        down,
        across,
        subplot_titles=[broken(name, TITLE_LETTERS) for name in names],
        shared_yaxes=True,
        vertical_spacing=0.34 / down,
        horizontal_spacing=0.03,
    )
    plain = base(theme, title="Rank and function").layout
    figure.update_layout(plain)
    figure.update_xaxes(plain.xaxis.to_plotly_json())
    figure.update_yaxes(plain.yaxis.to_plotly_json())
    figure.update_layout(height=130 + 300 * down, margin_t=56)  # names of two lines
    for place, curves in enumerate(networks):
        at = {"row": 1 + place // across, "col": 1 + place % across}
        for index, (kind, curve) in enumerate(curves.items()):
            _over_rank(figure, curve, _KEPT[kind], index, at, first=place == 0)
        whole = next(p for p in next(iter(curves.values())).points if p.label == "all")
        figure.add_hline(whole.value.value, line={"color": theme.ceiling, "width": 1.5}, **at)
        figure.add_hline(CHANCE, line={"color": theme.muted, "width": 1.2, "dash": "dot"}, **at)
        figure.update_xaxes(type="log", **_POWERS, **at)
        figure.update_yaxes(range=[0, 1.02], tickformat=".0%", **at)
        if at["col"] == 1:
            figure.update_yaxes(title="Accuracy on test images", **at)
        if place + across >= len(networks):
            figure.update_xaxes(title="Directions r of every layer", **at)
    legend_below(figure, len(_KEPT))
    return state(figure, theme, facts)


def _over_rank(
    figure: go.Figure,
    curve: WeightsRepeat,
    name: str,
    index: int,
    at: Mapping[str, int],
    *,
    first: bool,
) -> None:
    points = [p for p in curve.points if p.label != "all"]
    ends = [(p.value.value, p.value.low, p.value.high) for p in points]
    figure.add_scatter(
        x=[p.x for p in points],
        y=[value for value, _, _ in ends],
        mode="lines+markers",
        name=name,
        legendgroup=name,
        showlegend=first,
        line={"color": colour(index), "width": 2.2, "dash": dash(index)},
        marker={"symbol": marker(index), "size": 8},
        error_y=whiskers(ends, colour(index)),
        hovertemplate="%{x}: %{y:.1%}<extra>%{fullData.name}</extra>",
        **at,
    )


_KEPT = {
    "leading": "first r eigenvectors kept",
    "others": "first r eigenvectors taken out",
    "random": "r random directions kept",
}
#: Every fourth power of two.
_POWERS = {"tickvals": [1, 4, 16, 64, 256], "ticktext": ["1", "4", "16", "64", "256"]}


def redrawn_rows(curves: Sequence[WeightsRepeat], theme: Theme, facts: str) -> go.Figure:
    """Draw the accuracy of networks as trained, and with neurons drawn anew, a row for each.

    Neurons with the layers' covariance stand above those with a white one.
    """
    names = list(dict.fromkeys(curve.title for curve in curves))
    figure = base(theme, title="Accuracy with neurons drawn anew", height=190 + 58 * len(names))
    whole = {curve.title: curve.points[0].value.value for curve in curves}
    figure.add_scatter(
        x=[whole[name] for name in names],
        y=list(range(len(names))),
        mode="markers",
        name="As trained",
        marker={"color": theme.ceiling, "symbol": "line-ns-open", "size": 22},
        hovertemplate="as trained: %{x:.1%}<extra></extra>",
    )
    for kind, (said, above, symbol) in _DRAWN.items():
        ink = theme.accent if kind == "fitted" else theme.muted
        own = [
            (names.index(curve.title), curve.points[-1]) for curve in curves if curve.name == kind
        ]
        figure.add_scatter(
            x=[draw for _, point in own for draw in point.beside.get("draws", ())],
            y=[row + above for row, point in own for _ in point.beside.get("draws", ())],
            mode="markers",
            showlegend=False,
            marker={"color": ink, "size": 6, "symbol": "line-ns-open"},
            hovertemplate="draw: %{x:.1%}<extra></extra>",
        )
        figure.add_scatter(
            x=[point.value.value for _, point in own],
            y=[row + above for row, _ in own],
            mode="markers",
            name=said,
            marker={"color": ink, "size": 10, "symbol": symbol},
            error_x=whiskers([(p.value.value, p.value.low, p.value.high) for _, p in own], ink),
            hovertemplate="mean of draws: %{x:.1%}<extra></extra>",
        )
    guessing(figure, CHANCE, theme)
    figure.update_xaxes(title="Accuracy on test images", range=[0, 1.02], tickformat=".0%")
    name_rows(figure, names, foot=130)
    return state(figure, theme, facts)


def filters_over_steps(curves: Sequence[WeightsRepeat], theme: Theme, facts: str) -> go.Figure:
    """Draw how far a network's filters agree with other networks' at each step, above chance."""
    figure = base(theme, title="When the eigenvectors appear", height=470)
    for index, curve in enumerate(curves):
        look, steps = theme.titled(curve.title, index), np.array([p.x for p in curve.points])
        ink = look.colour
        layers = [point.beside["layers"] for point in curve.points]
        ends = [
            (point.value.value, min(values), max(values))
            for point, values in zip(curve.points, layers, strict=True)
        ]
        figure.add_scatter(
            x=step_positions(steps),
            y=[beside(point, "level") for point in curve.points],
            mode="lines",
            line={"color": ink, "width": 1.4, "dash": "dot"},
            opacity=0.7,
            showlegend=False,
            hovertemplate="random bases, 95 % level: %{y:.2f}<extra></extra>",
        )
        figure.add_scatter(
            x=step_positions(steps),
            y=[value for value, _, _ in ends],
            mode="lines+markers",
            name=curve.title,
            line={"color": ink, "width": 2.4},
            marker={"symbol": look.marker, "size": 9},
            error_y=whiskers(ends, ink),
            text=[f"step {p.x:,.0f}, accuracy {beside(p, 'accuracy'):.0%}" for p in curve.points],
            hovertemplate="%{text}: %{y:.2f}<extra>%{fullData.name}</extra>",
        )
    every = np.array([point.x for point in max(curves, key=lambda one: one.points[-1].x).points])
    figure.update_xaxes(
        title="Training step (logarithmic)",
        tickvals=step_positions(every),
        ticktext=[f"{step:,.0f}" for step in every],
        tickangle=-40,
    )
    figure.update_yaxes(title="Mean |cosine| of the first five", range=[0, 1.02])
    figure.add_scatter(
        x=[None],
        y=[None],
        mode="lines",
        name="random bases, 95 % level",
        line={"color": theme.muted, "width": 1.4, "dash": "dot"},
    )
    legend_below(figure, len(curves) + 1)
    return state(figure, theme, facts)


#: What neurons are drawn from: its name, how far from the row's middle it stands, and its marker.
_DRAWN = {
    "fitted": ("From its covariance", -0.17, "circle"),
    "isotropic": ("From a white one", 0.17, "diamond-open"),
}


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
