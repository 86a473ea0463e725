"""Every layer of a training at every step."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.training.alignment import TrainingResult
from substrate.figures.shared import LEGEND_AT_FOOT, axis_title, ceiling, matrix_height
from substrate.figures.theme import SEQUENTIAL, Theme, base, state


def layer_step_heatmap(result: TrainingResult, theme: Theme, names: tuple[str, str]) -> go.Figure:
    """Draw every layer (rows, the first on top) at every step (columns); mark the chosen layer."""
    scores, (rows, columns) = result.scores, result.values.shape
    figure = base(
        theme, title=f"Every layer of {names[0]} at every step", height=matrix_height(rows)
    )
    figure.add_heatmap(
        z=result.values.astype(np.float32),
        zmin=scores.floor,
        zmax=ceiling(scores),
        colorscale=SEQUENTIAL,
        reversescale=scores.closer == "lower",
        hoverinfo="skip",
        xgap=1,
        ygap=1,
        showlegend=False,
        name="",
        colorbar={"title": {"text": axis_title(scores), "side": "right"}, "thickness": 12},
    )
    sign = 1.0 if scores.closer == "higher" else -1.0
    unclear = np.argwhere(
        np.isfinite(result.levels) & ~(sign * result.values > sign * result.levels)
    )
    if len(unclear):
        figure.add_scatter(
            x=unclear[:, 1],
            y=unclear[:, 0],
            mode="markers",
            hoverinfo="skip",
            name="Not beyond this cell's 95 % level",
            marker={
                "symbol": "x",
                "size": 7,
                "color": "#FFFFFF",
                "line": {"width": 1, "color": "#1B2430"},
            },
        )
    _cells(figure, result)
    chosen = result.layers.index(result.layer)
    figure.add_shape(
        type="rect",
        x0=-0.5,
        x1=columns - 0.5,
        y0=chosen - 0.5,
        y1=chosen + 0.5,
        line={"color": theme.ink, "width": 2},
    )
    figure.update_layout(
        plot_bgcolor=theme.missing,
        hoverdistance=-1,
        hovermode="closest",
        margin={"b": 110},
        legend=LEGEND_AT_FOOT,
    )
    figure.update_xaxes(
        tickvals=list(range(columns)),
        ticktext=[f"{s:,}" for s in result.steps],
        tickangle=-40,
        showgrid=False,
        zeroline=False,
        constrain="domain",
        range=[-0.5, columns - 0.5],
        title="Training step",
    )
    figure.update_yaxes(
        tickvals=list(range(rows)),
        ticktext=list(result.layers),
        showgrid=False,
        zeroline=False,
        scaleanchor="x",
        constrain="domain",
        range=[rows - 0.5, -0.5],
    )
    return state(figure, theme, result.facts)


def _cells(figure: go.Figure, result: TrainingResult) -> None:
    rows, columns = result.values.shape
    cells = [(i, j) for i in range(rows) for j in range(columns)]
    figure.add_scatter(
        x=[j for _, j in cells],
        y=[i for i, _ in cells],
        mode="markers",
        showlegend=False,
        marker={"size": 26, "symbol": "square", "opacity": 0},
        customdata=cells,
        name="cells",
        text=[_hover(result, i, j) for i, j in cells],
        hovertemplate="%{text}<extra></extra>",
    )


def _hover(result: TrainingResult, i: int, j: int) -> str:
    lines = [
        f"<b>{result.layers[i]}, step {result.steps[j]:,}</b>",
        f"{result.scores.label}: {result.values[i, j]:.3f}",
    ]
    if np.isfinite(result.levels[i, j]):
        lines.append(f"95 % level of chance {result.levels[i, j]:.3f}")
    return "<br>".join(lines)
