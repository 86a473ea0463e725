"""All encoders against all encoders at one layer."""

from __future__ import annotations

import plotly.graph_objects as go

from substrate.analyses.layers.all_encoders import PairsResult
from substrate.analyses.layers.choice import MEASURED
from substrate.figures.layers.matrix import clickable, matrix_cells
from substrate.figures.theme import Theme, base, state


def pairs_heatmap(
    result: PairsResult,
    theme: Theme,
    titles: dict[str, str],
    *,
    scale: str = MEASURED,
    chosen: tuple[int, int] | None = None,
) -> go.Figure:
    """Draw the matrix of all encoders; a value on the diagonal is a layer beside itself."""
    scores = result.scores
    figure = base(
        theme,
        title=f"All encoders at their {result.layer} layer",
    )
    matrix_cells(figure, scores, theme, scale=scale)
    labels = [titles.get(name, name) for name in result.encoders]
    clickable(figure, scores, theme, (labels, labels), chosen)
    return state(figure, theme, scores.facts)
