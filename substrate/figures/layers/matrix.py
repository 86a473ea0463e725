"""Cells of a matrix of pairs: their colours, crosses, marks, hovers and clicks."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.layers.choice import CALIBRATED
from substrate.analyses.shared.grid_scores import Scores
from substrate.figures.shared import axis_title, ceiling, outline
from substrate.figures.theme import SEQUENTIAL, Theme, heatmap_layout


def marks(
    figure: go.Figure,
    rows: np.ndarray,
    columns: np.ndarray,
    name: str,
    look: tuple[float, str, str, int],
) -> None:
    """Mark cells: in a corner where they show numbers, else in the middle."""
    shift, symbol, colour, size = look
    figure.add_scatter(
        x=columns + shift,
        y=rows - abs(shift),
        mode="markers",
        hoverinfo="skip",
        name=name,
        marker={
            "symbol": symbol,
            "size": size,
            "color": colour,
            "line": {"width": 1, "color": "#1B2430"},
        },
    )


def matrix_cells(
    figure: go.Figure, scores: Scores, theme: Theme, *, scale: str, text: bool
) -> None:
    """Draw the values on a fixed scale, grey where there is none, a cross where chance reaches."""
    values = scores.calibrated if scale == CALIBRATED else scores.values
    z = values.astype(np.float32)
    reverse = scores.closer == "lower" and scale != CALIBRATED
    figure.add_heatmap(
        z=z,
        zmin=0.0 if scale == CALIBRATED else scores.floor,
        zmax=1.0 if scale == CALIBRATED else ceiling(scores),
        colorscale=SEQUENTIAL,
        reversescale=reverse,
        hoverinfo="skip",
        xgap=1,
        ygap=1,
        texttemplate="%{z:.2f}" if text else None,
        textfont={"size": 14},
        colorbar={"title": {"text": _bar_title(scores, scale), "side": "right"}, "thickness": 12},
        name="",
        showlegend=False,
    )
    figure.update_layout(plot_bgcolor=theme.missing)
    if scores.tau_any is None:
        return
    sign = 1.0 if scores.closer == "higher" else -1.0
    with_value = np.isfinite(scores.values)
    unclear = np.argwhere(with_value & ~(sign * scores.values > sign * scores.tau_any))
    if len(unclear):
        figure.add_scatter(
            x=unclear[:, 1] - 0.33,
            y=unclear[:, 0] + 0.33,
            mode="markers",
            hoverinfo="skip",
            name="Not beyond the 95 % level of all pairs",
            marker={
                "symbol": "x",
                "size": 7,
                "color": "#FFFFFF",
                "line": {"width": 1, "color": "#1B2430"},
            },
        )


def _bar_title(scores: Scores, scale: str) -> str:
    if scale != CALIBRATED:
        return axis_title(scores)
    return f"Calibrated: 0 {scores.shuffled if scores.within else 'chance'}, 1 identical"


def clickable(
    figure: go.Figure,
    scores: Scores,
    theme: Theme,
    labels: tuple[list[str], list[str]],
    chosen: tuple[int, int] | None,
) -> None:
    """Lay transparent points over the cells, as a heatmap reports no clicks; frame the chosen."""
    rows, columns = scores.values.shape
    cells = [(i, j) for i in range(rows) for j in range(columns)]
    figure.add_scatter(
        x=[j for _, j in cells],
        y=[i for i, _ in cells],
        mode="markers",
        showlegend=False,
        marker={"size": 26, "symbol": "square", "opacity": 0},
        customdata=cells,
        name="cells",
        text=[_hover(scores, labels, i, j) for i, j in cells],
        hovertemplate="%{text}<extra></extra>",
    )
    if chosen is not None:
        outline(figure, chosen, theme)
    figure.update_layout(
        hoverdistance=-1,
        hovermode="closest",
        margin={"b": 130},
        legend={"yref": "container", "y": 0.0, "yanchor": "bottom"},
    )
    figure.update_xaxes(
        tickvals=list(range(columns)),
        ticktext=labels[1],
        tickangle=-40,
        zeroline=False,
        range=[-0.5, columns - 0.5],
    )
    figure.update_yaxes(tickvals=list(range(rows)), ticktext=labels[0], zeroline=False)
    heatmap_layout(figure)
    figure.update_yaxes(autorange=None, range=[rows - 0.5, -0.5])


def _hover(scores: Scores, labels: tuple[list[str], list[str]], i: int, j: int) -> str:
    value = scores.values[i, j]
    lines = [f"<b>{labels[0][i]} – {labels[1][j]}</b>"]
    lines.append(f"{scores.label}: {value:.3f}" if np.isfinite(value) else "no value")
    if np.isfinite(scores.low[i, j]):
        lines.append(f"95 % interval {scores.low[i, j]:.3f} to {scores.high[i, j]:.3f}")
    if np.isfinite(scores.null_mean[i, j]):
        lines.append(_beside(scores, i, j))
        lines.append(f"calibrated {scores.calibrated[i, j]:.3f}")
    return "<br>".join(lines)


def _beside(scores: Scores, i: int, j: int) -> str:
    """Write a cell's chance and its 95 % level; below ten photographs, the null's mean alone."""
    mean = f"{scores.null_mean[i, j]:.3f}"
    if scores.within:
        return f"{scores.shuffled} {mean}"
    return f"chance {mean}, 95 % level {scores.tau[i, j]:.3f}"
