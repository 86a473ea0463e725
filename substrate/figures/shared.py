"""What figures of several questions draw alike: bands, bars, guessing, and lines of facts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.shared.grid_scores import Scores
from substrate.figures.theme import Theme

if TYPE_CHECKING:
    from substrate.numerics.estimates import Estimate

#: A legend at the foot of the figure.
LEGEND_AT_FOOT = {"yref": "container", "y": 0.0, "yanchor": "bottom"}


def outline(figure: go.Figure, cell: tuple[int, int], theme: Theme) -> None:
    """Frame the cell of a matrix, by row and column, that was chosen."""
    i, j = cell
    figure.add_shape(
        type="rect",
        x0=j - 0.5,
        x1=j + 0.5,
        y0=i - 0.5,
        y1=i + 0.5,
        line={"color": theme.ink, "width": 3},
    )


def ceiling(scores: Scores) -> float:
    """Return the end of the scale: the metric's own where it has one, else what is drawn."""
    if scores.ceiling is not None:
        return scores.ceiling
    return float(np.nanmax([np.nanmax(scores.values), np.nanmax(scores.null_high, initial=0.0)]))


def axis_title(scores: Scores) -> str:
    """Name the metric, and say so where lower is closer."""
    return scores.label + (" (lower is closer)" if scores.closer == "lower" else "")


def band(
    figure: go.Figure,
    x: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    fill: str,
    name: str,
    **look: Any,
) -> None:
    """Fill the space between two curves; ``look`` sets more of the trace, such as its opacity."""
    figure.add_scatter(
        x=np.concatenate([x, x[::-1]]),
        y=np.concatenate([low, high[::-1]]),
        fill="toself",
        fillcolor=fill,
        line={"width": 0},
        mode="lines",
        hoverinfo="skip",
        name=name,
        **look,
    )


def error_bar(intervals: Sequence[Estimate], colour: str) -> dict[str, Any] | None:
    """Return the intervals as error bars, none at all where no point has one."""
    if all(interval.low is None for interval in intervals):
        return None
    return {
        "type": "data",
        "thickness": 1.4,
        "width": 4,
        "color": colour,
        "array": [None if i.high is None else i.high - i.value for i in intervals],
        "arrayminus": [None if i.low is None else i.value - i.low for i in intervals],
    }


def null_name(words: str, *, within: bool) -> str:
    """Name a band of shuffled samples; below ten photographs it is no level to exceed."""
    name = words[0].upper() + words[1:]
    return name if within else f"{name}, middle 95 %"


def guessing(figure: go.Figure, chance: float, theme: Theme, *, horizontal: bool = False) -> None:
    """Draw what guessing gives as a dotted line, and name it in the legend."""
    line = {"color": theme.muted, "dash": "dot", "width": 1.5}
    (figure.add_hline if horizontal else figure.add_vline)(chance, line=line)
    figure.add_scatter(x=[None], y=[None], mode="lines", line=line, name="guessing")


def name_rows(figure: go.Figure, names: Sequence[str], *, foot: int = 120) -> None:
    """Name the rows of a figure from the top, its legend at the foot of a margin in pixels."""
    figure.update_yaxes(
        tickvals=list(range(len(names))),
        ticktext=list(names),
        range=[len(names) - 0.5, -0.5],
        zeroline=False,
    )
    figure.update_layout(margin={"b": foot}, legend=LEGEND_AT_FOOT)
