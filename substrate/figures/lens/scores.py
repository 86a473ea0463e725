"""One image along every direction, for the panel and for each encoder: its rank as a colour."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.lens.position import Position
from substrate.figures import cells
from substrate.figures.theme import Theme, base, state
from substrate.wording import number, ordinal

PANEL = "The panel"


def scores(result: Position, titles: Mapping[str, str], theme: Theme) -> go.Figure:
    """Draw the ranks on the fixed scale from the lowest held-out image to the highest."""
    names = [PANEL, *(titles[name] for name in result.encoders)]
    columns = [str(direction + 1) for direction in range(result.k)]
    figure = base(theme, title="Its place along each direction")
    figure.add_heatmap(
        z=result.placed.shares.astype(np.float32),
        zmin=0.0,
        zmax=1.0,
        colorscale=theme.diverging,
        xgap=1,
        ygap=1,
        hoverinfo="skip",
        colorbar={
            "title": {"text": "Among held-out images"},
            "tickvals": [0, 0.5, 1],
            "ticktext": ["lowest", "middle", "highest"],
        },
    )
    fitted = cells.fit(figure, names, columns, across="Direction of the shared subspace")
    lines, directions = range(len(names)), range(result.k)
    cells.numbers(
        figure, [[str(result.percentile(i, j)) for j in directions] for i in lines], fitted
    )
    hovers = [_hover(result, names[i], i, j) for i in lines for j in directions]
    cells.clicks(figure, result.placed.ranks.shape, fitted, hovers)
    return state(figure, theme, facts(result))


def facts(result: Position) -> str:
    """State what the ranks rest on."""
    return (
        f"{result.n_test} held-out of {result.size.caption} · numbers: % of them that score lower"
        f" · K = {result.k} · {result.whitening} · seed {result.seed}"
    )


def _hover(result: Position, name: str, line: int, direction: int) -> str:
    rank, score = result.placed.ranks[line, direction], result.placed.deviations[line, direction]
    lines = [
        f"<b>{name}</b>, direction {direction + 1}",
        f"{ordinal(int(rank))} highest of {result.placed.out_of}",
    ]
    if np.isfinite(score):
        lines.append(f"{number(float(score), 1)} standard deviations")
    return "<br>".join(lines)
