"""Every layer of a training at every step."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.training.alignment import TrainingResult
from substrate.figures import cells
from substrate.figures.shared import axis_title, ceiling
from substrate.figures.theme import SEQUENTIAL, Theme, base, state
from substrate.wording import number


def layer_step_heatmap(result: TrainingResult, theme: Theme, names: tuple[str, str]) -> go.Figure:
    """Draw every layer (rows, the first on top) at every step (columns); mark the chosen layer."""
    scores, (rows, columns) = result.scores, result.values.shape
    figure = base(theme, title=f"Every layer of {names[0]} at every step")
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
    cells.unclear(figure, unclear, "Not beyond this cell's 95 % level")
    names_of = [f"{s:,}" for s in result.steps]
    legend = int(len(unclear) > 0)
    fitted = cells.fit(figure, result.layers, names_of, legend=legend, across="Training step")
    hovers = [_hover(result, i, j) for i in range(rows) for j in range(columns)]
    cells.clicks(figure, (rows, columns), fitted, hovers)
    chosen = result.layers.index(result.layer)
    figure.add_shape(
        type="rect",
        x0=-0.5,
        x1=columns - 0.5,
        y0=chosen - 0.5,
        y1=chosen + 0.5,
        line={"color": theme.ink, "width": 2},
    )
    cells.missing(figure, theme)
    return state(figure, theme, result.facts)


def _hover(result: TrainingResult, i: int, j: int) -> str:
    lines = [
        f"<b>{result.layers[i]}, step {result.steps[j]:,}</b>",
        f"{result.scores.label}: {number(result.values[i, j], 3)}",
    ]
    if np.isfinite(result.levels[i, j]):
        lines.append(f"95 % level of chance {number(result.levels[i, j], 3)}")
    return "<br>".join(lines)
