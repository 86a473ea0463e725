"""Directions through a training: an animated matrix of cosines, and the overlap of their spans."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.training.choice import PAPER, UNIT
from substrate.analyses.training.directions import TrainingDirectionsResult
from substrate.figures.shared import LEGEND_AT_FOOT
from substrate.figures.theme import SEQUENTIAL, Theme, base, state
from substrate.figures.training.steps import step_positions


def direction_movie(
    result: TrainingDirectionsResult, theme: Theme, name: str, *, scale: str = UNIT, step: int = -1
) -> go.Figure:
    """Draw |cosines| of a step's directions (rows) and the final ones (columns), a frame per step.

    ``step`` is the index of the frame that is shown first.
    """
    k = result.cosines.shape[1]
    shown = range(len(result.steps))[step]
    figure = base(theme, title=f"{name}, {result.layer}: directions by step", height=640)
    figure.add_traces(_frame(result, shown, theme, scale))
    figure.frames = [
        go.Frame(data=_frame(result, t, theme, scale), name=str(result.steps[t]))
        for t in range(len(result.steps))
    ]
    figure.update_layout(
        sliders=[_slider(result, shown, theme)],
        updatemenus=[_buttons(theme)],
        margin={"b": 230},
        plot_bgcolor=theme.panel,
        legend=LEGEND_AT_FOOT,
    )
    ticks = list(range(0, k, max(1, k // 8)))
    figure.update_xaxes(
        title="Direction at the end of training",
        tickvals=ticks,
        ticktext=[str(t + 1) for t in ticks],
        range=[-1.6, k - 0.5],
        constrain="domain",
        tickangle=0,
        showgrid=False,
        zeroline=False,
    )
    figure.update_yaxes(
        title="Direction at the step",
        tickvals=ticks,
        ticktext=[str(t + 1) for t in ticks],
        range=[k - 0.5, -1.6],
        scaleanchor="x",
        constrain="domain",
        showgrid=False,
        zeroline=False,
    )
    return state(figure, theme, result.facts)


def _frame(
    result: TrainingDirectionsResult, t: int, theme: Theme, scale: str
) -> list[go.Heatmap | go.Scatter]:
    low, high, colours = 0.0, 1.0, SEQUENTIAL
    if scale == PAPER:
        low, high = 1 / np.sqrt(result.width), min(5 / np.sqrt(result.width), 1.0)
        colours = "Greys"
    k = result.cosines.shape[1]
    final = len(result.steps) - 1
    shaky_rows = np.flatnonzero(result.reliability[t] < result.threshold)
    shaky_columns = np.flatnonzero(result.reliability[final] < result.threshold)
    heat = go.Heatmap(
        z=result.cosines[t],
        zmin=low,
        zmax=high,
        colorscale=colours,
        xgap=1,
        ygap=1,
        reversescale=False,
        colorbar={"title": {"text": "|cosine|", "side": "right"}, "thickness": 12},
        name="",
        hovertemplate="step's direction %{y}, final %{x}<br>|cosine| %{z:.3f}<extra></extra>",
        x=np.arange(k),
        y=np.arange(k),
    )
    shaky = go.Scatter(
        x=np.concatenate([np.full(len(shaky_rows), -1.1), shaky_columns]),
        y=np.concatenate([shaky_rows, np.full(len(shaky_columns), -1.1)]),
        mode="markers",
        hoverinfo="skip",
        name=f"Unstable: |cosine| below {result.threshold:.1f} with itself in the other half",
        marker={"symbol": "x-thin", "size": 7, "line": {"width": 1.5, "color": theme.muted}},
    )
    return (
        [heat, shaky] if result.level is None else [heat, _beyond(result, t, result.level), shaky]
    )


def _beyond(result: TrainingDirectionsResult, t: int, level: float) -> go.Scatter:
    """Mark the cells of a step that exceed the largest random cell."""
    beyond = np.argwhere(result.cosines[t] > level)
    return go.Scatter(
        x=beyond[:, 1],
        y=beyond[:, 0],
        mode="markers",
        hoverinfo="skip",
        name=f"Beyond {level:.2f}, the 95 % level of the largest random cell",
        marker={
            "symbol": "circle",
            "size": 6,
            "color": "#FFFFFF",
            "line": {"width": 1, "color": "#1B2430"},
        },
    )


def _slider(result: TrainingDirectionsResult, shown: int, theme: Theme) -> dict[str, Any]:
    return {
        "active": shown,
        "x": 0.2,
        "len": 0.8,
        "y": -0.14,
        "yanchor": "top",
        "currentvalue": {"prefix": "Training step ", "font": {"size": 14}},
        "font": {"size": 14, "color": theme.ink},
        "pad": {"t": 8, "b": 0},
        "bgcolor": theme.grid,
        "bordercolor": theme.muted,
        "tickcolor": theme.muted,
        "steps": [
            {
                "label": f"{step:,}",
                "method": "animate",
                "args": [
                    [str(step)],
                    {
                        "mode": "immediate",
                        "transition": {"duration": 0},
                        "frame": {"duration": 0, "redraw": True},
                    },
                ],
            }
            for step in result.steps
        ],
    }


def _buttons(theme: Theme) -> dict[str, Any]:
    play = {
        "frame": {"duration": 700, "redraw": True},
        "transition": {"duration": 0},
        "fromcurrent": True,
    }
    stop = {"mode": "immediate", "frame": {"duration": 0, "redraw": False}}
    return {
        "type": "buttons",
        "direction": "left",
        "x": 0.0,
        "y": -0.19,
        "xanchor": "left",
        "yanchor": "top",
        "bgcolor": theme.panel,
        "bordercolor": theme.muted,
        "font": {"color": theme.muted},
        "showactive": False,
        "pad": {"t": 8},
        "buttons": [
            {"label": "▶", "method": "animate", "args": [None, play]},
            {"label": "❚❚", "method": "animate", "args": [[None], stop]},
        ],
    }


def overlap_curve(result: TrainingDirectionsResult, theme: Theme, name: str) -> go.Figure:
    """Draw how much of the final span of directions is there at each step, beside chance."""
    x, k = step_positions(result.steps), result.cosines.shape[1]
    figure = base(theme, title=f"The leading {k} directions as one span", height=420)
    figure.add_scatter(
        x=x,
        y=result.overlap,
        mode="lines+markers",
        name="Overlap with the final span",
        line={"color": theme.accent, "width": 2.2},
        marker={"size": 8},
        hovertemplate="%{y:.3f}<extra></extra>",
    )
    for y, dash, text in (
        (result.chance, "dot", f"Random spans, K / width = {result.chance:.2f}"),
        (float(result.overlap[-1]), "dash", "Ceiling: the final span in the other half"),
    ):
        figure.add_scatter(
            x=[x[0], x[-1]],
            y=[y, y],
            mode="lines",
            hoverinfo="skip",
            name=text,
            line={"color": theme.muted, "dash": dash, "width": 1.5},
        )
    figure.update_yaxes(title="Mean squared cosine of principal angles", range=[-0.02, 1.02])
    figure.update_xaxes(
        title="Training step (logarithmic)",
        tickvals=x,
        tickangle=-40,
        ticktext=[f"{s:,}" for s in result.steps],
    )
    figure.update_layout(margin={"b": 140}, legend=LEGEND_AT_FOOT)
    facts = result.facts + "<br>no interval: the comparison uses up the two halves"
    return state(figure, theme, facts)
