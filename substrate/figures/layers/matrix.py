"""Cells of a matrix of pairs: their colours, crosses, marks, hovers and clicks."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.layers.choice import CALIBRATED
from substrate.analyses.shared.grid_scores import Scores
from substrate.figures import cells
from substrate.figures.shared import axis_title, ceiling, outline
from substrate.figures.theme import SEQUENTIAL, Theme
from substrate.wording import between, number


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


def matrix_cells(figure: go.Figure, scores: Scores, theme: Theme, *, scale: str) -> None:
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
    cells.unclear(figure, unclear, "Not beyond the 95 % level of all pairs", corner=0.33)


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
    hovers = [_hover(scores, labels, i, j) for i in range(rows) for j in range(columns)]
    legend = sum(trace.showlegend is not False for trace in figure.data)
    fitted = cells.fit(figure, labels[0], labels[1], legend=legend)
    shown = np.asarray(figure.data[0].z, float)
    cells.numbers(
        figure,
        [[number(float(v)) if np.isfinite(v) else "" for v in row] for row in shown],
        fitted,
    )
    cells.clicks(figure, (rows, columns), fitted, hovers)
    if chosen is not None:
        outline(figure, chosen, theme)


def _hover(scores: Scores, labels: tuple[list[str], list[str]], i: int, j: int) -> str:
    value = scores.values[i, j]
    lines = [f"<b>{labels[0][i]} – {labels[1][j]}</b>"]
    lines.append(f"{scores.label}: {number(value)}" if np.isfinite(value) else "no value")
    if np.isfinite(scores.low[i, j]):
        lines.append(between(scores.low[i, j], scores.high[i, j]))
    if np.isfinite(scores.null_mean[i, j]):
        lines.append(_beside(scores, i, j))
        lines.append(f"calibrated {number(scores.calibrated[i, j])}")
    return "<br>".join(lines)


def _beside(scores: Scores, i: int, j: int) -> str:
    """Write a cell's chance and its 95 % level; below ten photographs, the null's mean alone."""
    mean = number(scores.null_mean[i, j], 3)
    if scores.within:
        return f"{scores.shuffled} {mean}"
    return f"chance {mean}, 95 % level {number(scores.tau[i, j], 3)}"
