"""Two encoders along their depth: a curve at equal depth, and all layers against all layers."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.layers.choice import MEASURED
from substrate.analyses.layers.depth import warped
from substrate.analyses.layers.two_encoders import (
    LayersResult,
    UntrainedResult,
)
from substrate.analyses.shared.grid_scores import Scores
from substrate.figures import cells
from substrate.figures.layers.matrix import clickable, marks, matrix_cells
from substrate.figures.shared import axis_title, band, ceiling, null_name
from substrate.figures.theme import PALETTE, Theme, base, state
from substrate.figures.whiskers import whiskers
from substrate.wording import number


def depth_curve(
    result: LayersResult,
    untrained: UntrainedResult | None,
    theme: Theme,
    names: tuple[str, str],
    back: LayersResult | None = None,
) -> go.Figure:
    """Draw the score at equal depth and of the best match against the first encoder's depth.

    ``back`` is the other direction of a metric that has two.
    """
    scores, depth, equal = result.scores, result.first.depth, result.equal
    figure = base(theme, title=f"{names[0]} and {names[1]} along their depth", height=520)
    _null_band(figure, scores, depth, equal, theme)
    if untrained is not None:
        _untrained_ribbon(figure, untrained, depth, equal, theme)
    there = "Equal depth" if back is None else f"Equal depth, {names[0]} to {names[1]}"
    _curve(figure, result, equal, there, theme.accent, "solid", "circle", bars=True)
    if back is not None:
        _other_way(figure, result, back, names, theme)
    _curve(figure, result, result.best, "Best match", PALETTE[3], "dash", "diamond", bars=False)
    if scores.tau_any is not None:
        figure.add_hline(scores.tau_any, line={"color": theme.muted, "dash": "dot", "width": 1.5})
        figure.add_scatter(
            x=[None],
            y=[None],
            mode="lines",
            line={"color": theme.muted, "dash": "dot"},
            name=f"95 % level of the closest of all {np.isfinite(scores.values).sum()} pairs",
        )
    top = max(ceiling(one.scores) for one in (result, back) if one is not None)
    span = top - scores.floor
    figure.update_yaxes(
        title=axis_title(scores), range=[scores.floor - 0.06 * span, top + 0.03 * span]
    )
    figure.update_xaxes(title=f"Relative depth u in {names[0]}", range=[-0.02, 1.04])
    figure.update_layout(
        margin={"b": 160}, legend={"yref": "container", "y": 0.0, "yanchor": "bottom"}
    )
    return state(figure, theme, result.facts)


def _null_band(
    figure: go.Figure, scores: Scores, depth: np.ndarray, equal: np.ndarray, theme: Theme
) -> None:
    rows = np.arange(len(equal))
    low, high = scores.null_low[rows, equal], scores.null_high[rows, equal]
    finite = np.isfinite(low)
    if not finite.any():
        return
    name = null_name(scores.shuffled, within=scores.within)
    band(figure, depth[finite], low[finite], high[finite], theme.null, name)


def _untrained_ribbon(
    figure: go.Figure,
    untrained: UntrainedResult,
    depth: np.ndarray,
    equal: np.ndarray,
    theme: Theme,
) -> None:
    along = untrained.values[:, np.arange(len(equal)), equal]
    finite = np.isfinite(along).all(axis=0)
    if not finite.any():
        return
    seeds = len(untrained.seeds)
    low, high, name = along.min(axis=0), along.max(axis=0), f"range of {seeds} seeds"
    if seeds >= 20:
        low, high = np.quantile(along, [0.05, 0.95], axis=0)
        name = f"middle 90 % of {seeds} seeds"
    if seeds > 1:
        name = f"Untrained twins at equal depth, {name}"
        band(figure, depth[finite], low[finite], high[finite], theme.untrained_fill, name)
    figure.add_scatter(
        x=depth[finite],
        y=along[:, finite].mean(axis=0),
        mode="lines",
        name="Untrained twins, mean" if seeds > 1 else "Untrained twins, one seed",
        line={"color": theme.untrained, "dash": "dot", "width": 2},
        hovertemplate="%{y:.3f}",
    )


def _value(score: float) -> str:
    return number(score, 3) if np.isfinite(score) else "no value"


def _curve(
    figure: go.Figure,
    result: LayersResult,
    columns: np.ndarray,
    name: str,
    colour: str,
    dash: str,
    marker: str,
    *,
    bars: bool,
) -> None:
    scores = result.scores
    matched = np.flatnonzero(columns >= 0)
    at = matched, columns[matched]
    y, low, high = scores.values[at], scores.low[at], scores.high[at]
    text = [
        f"{result.first.layers[i]} – {result.second.layers[j]}<br>{_value(scores.values[i, j])}"
        for i, j in zip(*at, strict=True)
    ]
    error = None
    if bars and np.isfinite(low).any():
        error = {
            "type": "data",
            "array": high - y,
            "arrayminus": y - low,
            "thickness": 1.2,
            "width": 4,
            "color": colour,
        }
    figure.add_scatter(
        x=result.first.depth[matched],
        y=y,
        mode="lines+markers",
        text=text,
        error_y=error,
        name=f"{name}, 95 % CI" if error else name,
        line={"color": colour, "dash": dash, "width": 2.2},
        marker={"symbol": marker, "size": 8},
        hovertemplate="%{text}<extra></extra>",
    )


def _other_way(
    figure: go.Figure,
    result: LayersResult,
    back: LayersResult,
    names: tuple[str, str],
    theme: Theme,
) -> None:
    """Draw the same pairs of layers from the second encoder to the first."""
    at = result.equal, np.arange(len(result.equal))
    y, low, high = back.scores.values[at], back.scores.low[at], back.scores.high[at]
    ends = [(float(v), float(a), float(b)) for v, a, b in zip(y, low, high, strict=True)]
    name = f"Equal depth, {names[1]} to {names[0]}"
    figure.add_scatter(
        x=result.first.depth,
        y=y,
        mode="lines+markers",
        error_y=whiskers(ends, PALETTE[2]),
        name=f"{name}, 95 % CI" if np.isfinite(low).any() else name,
        line={"color": PALETTE[2], "dash": "dashdot", "width": 2.2},
        marker={"symbol": "square", "size": 8},
        text=[
            f"{back.first.layers[j]} – {back.second.layers[i]}" for j, i in zip(*at, strict=True)
        ],
        hovertemplate="%{text}<br>%{y:.3f}<extra></extra>",
    )


def layer_heatmap(
    result: LayersResult,
    theme: Theme,
    names: tuple[str, str],
    *,
    scale: str = MEASURED,
    chosen: tuple[int, int] | None = None,
) -> go.Figure:
    """Draw all layers of the first encoder (rows) against all of the second (columns)."""
    scores = result.scores
    rows, columns = scores.values.shape
    figure = base(
        theme,
        title=f"Layers of {names[0]} (rows) against {names[1]} (columns)",
    )
    matrix_cells(figure, scores, theme, scale=scale)
    every = np.arange(rows)
    matched = every[result.best >= 0]
    numbered = cells.Fitted(cells.side_of(rows, columns)).fits(["0.00"])
    away = 0.33 if numbered else 0.0
    marks(figure, every, result.equal, "Equal depth", (-away, "square", "#FFFFFF", 9))
    marks(
        figure, matched, result.best[matched], "Closest of its row", (away, "circle", PALETTE[3], 7)
    )
    path = warped(scores.values, scores.closer)
    if len(path):
        figure.add_scatter(
            x=path[:, 1],
            y=path[:, 0] + 1.2 * away,
            mode="lines",
            hoverinfo="skip",
            name="Warped path",
            line={"color": PALETTE[4], "width": 2.5},
        )
    labels = short_names(result.first.layers), short_names(result.second.layers)
    clickable(figure, scores, theme, labels, chosen)
    return state(figure, theme, result.facts)


def short_names(layers: tuple[str, ...]) -> list[str]:
    """Shorten long names in the middle; they stay distinct by their ends."""
    return [name if len(name) <= 18 else f"{name[:8]}…{name[-9:]}" for name in layers]
