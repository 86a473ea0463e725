"""One training by step: alignment beside accuracy, all layers, and effective rank."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.training.alignment import TrainingResult
from substrate.figures.shared import (
    LEGEND_AT_FOOT,
    axis_title,
    band,
    ceiling,
    null_name,
)
from substrate.figures.theme import PALETTE, Theme, base, state
from substrate.figures.training.steps import step_axis, step_positions

ACCURACY = PALETTE[3]


def emergence_curve(result: TrainingResult, theme: Theme, names: tuple[str, str]) -> go.Figure:
    """Draw alignment to the target (left) and accuracy (right) against the training step."""
    scores, x = result.scores, step_positions(result.steps)
    y = scores.values[:, 0]
    figure = base(theme, title=f"{names[0]}, {result.layer}: on its way to {names[1]}", height=500)
    low, high = scores.null_low[:, 0], scores.null_high[:, 0]
    if np.isfinite(low).all():
        band(figure, x, low, high, theme.null, null_name(scores.shuffled, within=scores.within))
    _untrained(figure, result, theme)
    error = None
    if np.isfinite(scores.low[:, 0]).any():
        error = {
            "type": "data",
            "array": scores.high[:, 0] - y,
            "arrayminus": y - scores.low[:, 0],
            "thickness": 1.2,
            "width": 4,
            "color": theme.accent,
        }
    figure.add_scatter(
        x=x,
        y=y,
        mode="lines+markers",
        error_y=error,
        customdata=result.steps,
        name="Alignment, 95 % CI" if error else "Alignment",
        line={"color": theme.accent, "width": 2.4},
        marker={"size": 8},
        hovertemplate="step %{customdata:,}<br>%{y:.3f}<extra></extra>",
    )
    _accuracy(figure, result, x)
    _levels(figure, result, theme)
    top, span = ceiling(scores), ceiling(scores) - scores.floor
    figure.update_yaxes(
        title=axis_title(scores), range=[scores.floor - 0.06 * span, top + 0.03 * span]
    )
    figure.update_layout(
        yaxis2={
            "title": f"Accuracy, {result.accuracy_kind}" if result.accuracy_kind else "Accuracy",
            "overlaying": "y",
            "side": "right",
            "range": [-0.06, 1.03],
            "tickformat": ".0%",
            "showgrid": False,
            "zeroline": False,
        },
        margin={"r": 72, "b": 150},
        legend=LEGEND_AT_FOOT,
    )
    step_axis(figure, result.steps)
    return state(figure, theme, result.facts)


def _untrained(figure: go.Figure, result: TrainingResult, theme: Theme) -> None:
    finite = result.untrained[np.isfinite(result.untrained)]
    if not finite.size:
        return
    ends = step_positions(result.steps)[[0, -1]]
    name = f"Untrained twins, {finite.size} seeds, range" if finite.size > 1 else "Untrained twin"
    low, high = np.full(2, finite.min()), np.full(2, finite.max())
    band(figure, ends, low, high, theme.untrained_fill, name)
    figure.add_scatter(
        x=ends,
        y=np.full(2, finite.mean()),
        mode="lines",
        hoverinfo="skip",
        showlegend=False,
        line={"color": theme.untrained, "dash": "dot", "width": 1.5},
        name="",
    )


def _accuracy(figure: go.Figure, result: TrainingResult, x: np.ndarray) -> None:
    if np.isfinite(result.accuracy).any():
        figure.add_scatter(
            x=x,
            y=result.accuracy,
            yaxis="y2",
            mode="lines+markers",
            name="Accuracy (right)",
            line={"color": ACCURACY, "dash": "dash", "width": 2},
            marker={"symbol": "square", "size": 6},
            connectgaps=True,
            hovertemplate="accuracy %{y:.1%}<extra></extra>",
        )


def _levels(figure: go.Figure, result: TrainingResult, theme: Theme) -> None:
    if result.scores.tau_any is not None:
        figure.add_hline(
            result.scores.tau_any, line={"color": theme.muted, "dash": "dot", "width": 1.5}
        )
        figure.add_scatter(
            x=[None],
            y=[None],
            mode="lines",
            line={"color": theme.muted, "dash": "dot"},
            name="95 % level of the closest of all steps",
        )
    if result.half.position is not None:
        x = step_positions(result.steps)
        at = float(np.interp(result.half.position, np.arange(len(x)), x))
        figure.add_vline(at, line={"color": ACCURACY, "dash": "dot", "width": 1.5})
        figure.add_annotation(
            x=at,
            y=1,
            yref="paper",
            text="half of the gain<br>in accuracy",
            showarrow=False,
            xanchor="left",
            yanchor="top",
            xshift=4,
            align="left",
            font={"size": 14, "color": ACCURACY},
        )


def rank_curve(result: TrainingResult, theme: Theme, names: tuple[str, str]) -> go.Figure:
    """Draw effective rank and participation ratio of the chosen layer by step."""
    ranks, x = result.ranks, step_positions(result.steps)
    figure = base(theme, title=f"Effective rank of {names[0]}, {result.layer}", height=440)
    series = (
        ("Effective rank (entropy)", ranks.effective, ranks.effective_low, ranks.effective_high),
        (
            "Participation ratio",
            ranks.participation,
            ranks.participation_low,
            ranks.participation_high,
        ),
    )
    for index, (name, y, low, high) in enumerate(series):
        error = None
        colour = theme.accent if index == 0 else PALETTE[2]
        if np.isfinite(low).any():
            error = {
                "type": "data",
                "array": high - y,
                "arrayminus": y - low,
                "thickness": 1.2,
                "width": 4,
                "color": colour,
            }
        figure.add_scatter(
            x=x,
            y=y,
            mode="lines+markers",
            name=name,
            error_y=error,
            line={"color": colour, "dash": ("solid", "dash")[index], "width": 2.2},
            marker={"symbol": ("circle", "diamond")[index], "size": 7},
            hovertemplate="%{y:.1f}<extra></extra>",
        )
    step_axis(figure, result.steps)
    figure.update_yaxes(title=f"Directions, of at most {ranks.most}", rangemode="tozero")
    figure.update_layout(margin={"b": 130}, legend=LEGEND_AT_FOOT)
    scores = result.scores
    reason = scores.interval_reason or (
        f"95 % jackknife over {min(20, scores.photographs)} blocks of {scores.photographs} "
        f"{scores.nouns.groups}"
    )
    return state(figure, theme, f"{scores.counted} · centred, no whitening<br>{reason}")
