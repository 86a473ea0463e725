"""A few values in rows, each with its interval or its repeats: the small figure of a finding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from substrate.figures.looks import hollow
from substrate.figures.theme import Theme, base, reachable, state

if TYPE_CHECKING:
    from substrate.numerics.estimates import Estimate

#: Height of a row, and of what stands above and below the rows, in pixels.
ROW, AROUND = 38, 96


@dataclass(frozen=True)
class Level:
    """One mark: of which row and series, its value with its interval, or its repeats.

    ``series`` is "trained", "untrained" or "control", which decides colour and marker. A hollow
    mark is measured on other parts of the same few photographs.
    """

    row: str
    series: str
    estimate: Estimate
    repeats: tuple[float, ...] = ()
    hollow: bool = False


#: Name of each series in the legend, and its marker.
SERIES = {
    "trained": ("Trained", "circle"),
    "untrained": ("Untrained twins", "x-thin"),
    "control": ("Control", "diamond-open"),
}


def levels(
    marks: Sequence[Level],
    theme: Theme,
    *,
    title: str,
    axis: str,
    facts: str,
    percent: bool = False,
) -> go.Figure:
    """Draw the marks in rows, the first row on top; repeats are small marks of their series.

    Series are named in a legend where they share rows; else the rows name them.
    """
    rows = list(dict.fromkeys(mark.row for mark in marks))
    legend = len(rows) < len(marks)
    figure = base(theme, title=title, height=AROUND - 24 * (not legend) + ROW * len(rows))
    colours = {"trained": theme.accent, "untrained": theme.untrained, "control": theme.muted}
    style = "%{x:.0%}" if percent else "%{x:.2f}"
    for series, (name, symbol) in SERIES.items():
        mine = [mark for mark in marks if mark.series == series]
        if not mine:
            continue
        colour = colours[series]
        _repeats(figure, mine, colour)
        figure.add_scatter(
            x=[mark.estimate.value for mark in mine],
            y=[mark.row for mark in mine],
            mode="markers",
            name=name,
            error_x=_bars(mine, colour),
            marker={
                "symbol": [hollow(symbol) if mark.hollow else symbol for mark in mine],
                "size": 11,
                "color": colour,
                "line": {"width": 2.5, "color": colour},
            },
            hovertemplate=f"{name}: {style}<extra></extra>",
        )
    figure.update_yaxes(categoryorder="array", categoryarray=rows[::-1], showgrid=True)
    figure.update_xaxes(
        title=axis,
        range=reachable(figure, axis="x"),
        zeroline=False,
        tickformat=".0%" if percent else None,
    )
    figure.update_layout(
        margin={"t": 8, "b": 84 if legend else 60, "l": 8},
        showlegend=legend,
        legend={"yref": "container", "y": 0, "yanchor": "bottom"},
        hovermode="closest",
    )
    return state(figure, theme, facts)


def _repeats(figure: go.Figure, marks: Sequence[Level], colour: str) -> None:
    points = [(value, mark.row) for mark in marks for value in mark.repeats if np.isfinite(value)]
    if points:
        figure.add_scatter(
            x=[value for value, _ in points],
            y=[row for _, row in points],
            mode="markers",
            showlegend=False,
            hoverinfo="skip",
            marker={"symbol": "line-ns", "size": 9, "line": {"width": 1, "color": colour}},
        )


def _bars(marks: Sequence[Level], colour: str) -> dict[str, object] | None:
    """Return intervals as error bars, none at all where no mark has one."""
    estimates = [mark.estimate for mark in marks]
    if all(e.low is None for e in estimates):
        return None
    return {
        "type": "data",
        "array": [None if e.high is None else e.high - e.value for e in estimates],
        "arrayminus": [None if e.low is None else e.value - e.low for e in estimates],
        "thickness": 1.5,
        "width": 5,
        "color": colour,
    }


def counts(
    numbers: dict[str, int], theme: Theme, *, title: str, axis: str, facts: str
) -> go.Figure:
    """Draw how many there are of each kind as bars, the first on top, the number at its end."""
    figure = base(theme, title=title, height=AROUND + 26 * len(numbers) - 20)
    figure.add_bar(
        x=list(numbers.values()),
        y=list(numbers),
        orientation="h",
        text=[str(number) for number in numbers.values()],
        textposition="outside",
        cliponaxis=False,
        textfont={"color": theme.ink},
        marker={"color": theme.accent},
        hovertemplate="%{y}: %{x}<extra></extra>",
        showlegend=False,
    )
    figure.update_yaxes(categoryorder="array", categoryarray=list(numbers)[::-1], showgrid=False)
    figure.update_xaxes(title=axis, range=[0, 1.12 * max([*numbers.values(), 1])])
    figure.update_layout(margin={"t": 8, "b": 56, "l": 8}, bargap=0.3)
    return state(figure, theme, facts)
