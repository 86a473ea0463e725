"""Who predicts whom: a matrix of R2, sources in rows and targets in columns."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.maps.matrix import MapsMatrix
from substrate.figures import cells
from substrate.figures.theme import SEQUENTIAL, Theme, base, state
from substrate.wording import MINUS, many, number, with_interval

#: What a diamond on a cell says.
CLEAR = "More than untrained sources predict"


def matrix(result: MapsMatrix, titles: Mapping[str, str], theme: Theme) -> go.Figure:
    """Draw R2 from each encoder to each other; the diagonal is each predicted from itself."""
    names = [titles[name] for name in result.encoders]
    figure = base(theme, title="Who predicts whom")
    figure.add_heatmap(
        z=result.values.astype(np.float32),
        zmin=0,
        zmax=1,
        colorscale=SEQUENTIAL,
        xgap=1,
        ygap=1,
        hoverinfo="skip",
        colorbar={"title": {"text": "held-out R²", "side": "right"}, "thickness": 12},
    )
    clear = np.argwhere(result.gain_low > 0)
    fitted = cells.fit(
        figure, names, names, legend=int(len(clear) > 0), across="predicted", down="predicts"
    )
    cells.numbers(figure, [[number(float(v)) for v in row] for row in result.values], fitted)
    _mark(figure, clear)
    hovers = [_hover(result, names, i, j) for i, j in np.ndindex(result.values.shape)]
    cells.clicks(figure, result.values.shape, fitted, hovers)
    cells.missing(figure, theme)
    return state(figure, theme, facts(result))


def _mark(figure: go.Figure, at: np.ndarray) -> None:
    """Put a diamond into a corner of the cells that the headline counts."""
    if len(at):
        figure.add_scatter(
            x=at[:, 1] - 0.34,
            y=at[:, 0] + 0.34,
            mode="markers",
            hoverinfo="skip",
            name=CLEAR,
            marker={
                "symbol": "diamond",
                "size": 8,
                "color": "#FFFFFF",
                "line": {"width": 1, "color": "#1B2430"},
            },
        )


def facts(result: MapsMatrix) -> str:
    """State what the matrix rests on."""
    level = result.no_chance
    if result.level is not None:
        level = f"largest cell of permuted {result.size.nouns.groups} below {number(result.level)}"
    return (
        f"fitted on {result.n_fit}, judged on {result.n_test} held-out of {result.size.caption} · "
        f"affine maps, ridge by folds · z-scored · seed {result.seed}<br>{level} · "
        f"{many(result.draws, 'draw')} of untrained twins"
    )


def _hover(result: MapsMatrix, names: list[str], i: int, j: int) -> str:
    value = float(result.values[i, j])
    if i == j:
        return f"<b>{names[i]}</b> predicted from itself<br>R² {number(value)}, a ceiling"
    written = with_interval(value, float(result.low[i, j]), float(result.high[i, j]))
    lines = [f"<b>{names[i]} → {names[j]}</b>", f"R² {written}"]
    if np.isfinite(result.untrained[i, j]):
        lines.append(f"untrained source, mean {number(float(result.untrained[i, j]))}")
    if np.isfinite(result.gain_low[i, j]):
        low, high = (float(end[i, j]) for end in (result.gain_low, result.gain_high))
        gain = with_interval(value - float(result.untrained[i, j]), low, high)
        lines.append(f"trained {MINUS} untrained {gain}, over all cells at once")
    return "<br>".join(lines)
