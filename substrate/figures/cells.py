"""Matrices of cells: how large a cell is, and numbers on it that can be read.

A chart of a matrix is as wide as its cells need, not as the page: square cells of 28 to 56 pixels,
names beside them, the colour bar at their right. A number stands in a cell only where it fits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Int
from plotly.colors import sample_colorscale

from substrate.figures.looks import luminance
from substrate.figures.theme import ABOVE_PX, TEXT_PX, Theme

#: Least and greatest side of a cell, and what the cells of a row share; pixels.
LEAST_PX, MOST_PX, SHARED_PX = 28, 56, 480
#: Room between a number and the sides of its cell, both together; pixels.
_ROOM_PX = 8
#: Widths of Source Sans's letters as shares of the size of the text: narrow and wide ones, others.
_WIDTHS = {
    **dict.fromkeys("iljtfrI.,:;'|()[]! ·", 0.34),
    **dict.fromkeys("mwMW@%—–", 0.86),
    **dict.fromkeys("ABCDEFGHKNOPQRSUVXYZ&+=−~", 0.62),
}
_LETTER = 0.53
#: Height of a line of text as a share of its size, and slope of names that are longer than a cell.
_LINE, _ANGLE = 1.3, 45
#: Letters of a line of the colour bar's title, its width, and the least length of the bar; pixels.
_BAR_LETTERS, _BAR_PX, _BAR_LEAST = 10, 12, 170
#: The better of the two has a contrast of 4.58 at least to any colour.
_BLACK, _WHITE = "#000000", "#FFFFFF"


@dataclass(frozen=True)
class Fitted:
    """The side of a matrix's cells in pixels, and whether a text fits into one."""

    side: int

    def fits(self, texts: Sequence[str]) -> bool:
        """Say whether the longest of the texts has room in a cell."""
        return max(map(text_width, texts), default=0.0) + _ROOM_PX <= self.side


def side_of(rows: int, columns: int) -> int:
    """Return the side of a cell in pixels: as large as fits, from 28 to 56."""
    return int(np.clip(SHARED_PX // max(rows, columns, 1), LEAST_PX, MOST_PX))


def text_width(text: str) -> float:
    """Return about how wide a chart's text is, in pixels; a line break begins a new line."""
    lines = text.replace("<br>", "\n").split("\n")
    return TEXT_PX * max(sum(_WIDTHS.get(letter, _LETTER) for letter in line) for line in lines)


def fit(
    figure: go.Figure,
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    legend: int = 0,
    across: str = "",
    down: str = "",
) -> Fitted:
    """Lay out a matrix, cell (i, j) at x = j and y = i, and size the chart after it.

    Parameters
    ----------
    rows, columns
        Names of the rows from the top and of the columns from the left.
    legend
        Number of lines that a legend takes below the names of the columns.
    across, down
        Titles of the columns' and of the rows' axis.

    Returns
    -------
    Fitted
        The side of a cell. Width, height, margins, ticks and ranges of the figure are set.
    """
    side = side_of(len(rows), len(columns))
    longest = max(map(text_width, columns), default=0.0)
    slanted = longest + _ROOM_PX > side
    slope = np.sin(np.radians(_ANGLE)) if slanted else 0.0
    line = _LINE * TEXT_PX
    below = 10 + (slope * (longest + line) if slanted else line) + (line + 8 if across else 0)
    left = 14 + max(map(text_width, rows), default=0.0) + (line + 8 if down else 0)
    left = max(left, slope * longest - side / 2 + 6)
    foot = below + (22 * legend + 14 if legend else 6)
    high, wide = side * len(rows), side * len(columns)
    right = _bar(figure, high, room=int(below))
    ticks = {"showgrid": False, "zeroline": False, "automargin": False, "constrain": "domain"}
    figure.update_xaxes(
        tickvals=list(range(len(columns))),
        ticktext=list(columns),
        tickangle=-_ANGLE if slanted else 0,
        range=[-0.5, len(columns) - 0.5],
        title=across or None,
        **ticks,
    )
    figure.update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=list(rows),
        range=[len(rows) - 0.5, -0.5],
        autorange=None,
        scaleanchor="x",
        title=down or None,
        **ticks,
    )
    figure.update_layout(
        width=int(left + wide + right),
        height=int(ABOVE_PX + high + foot),
        margin={"l": int(left), "r": int(right), "t": ABOVE_PX, "b": int(foot)},
        hoverdistance=-1,
        hovermode="closest",
    )
    if legend:
        figure.update_layout(
            legend={"yref": "container", "y": 0, "yanchor": "bottom", "xref": "container", "x": 0}
        )
    return Fitted(side)


def _bar(figure: go.Figure, high: int, *, room: int) -> int:
    """Lay the colour bar beside the cells, its title above it; return the margin it needs."""
    drawn = [trace for trace in figure.data if isinstance(trace, go.Heatmap)]
    if not drawn or drawn[0].showscale is False:
        return 24
    bar = drawn[0].colorbar
    lines = wrap(bar.title.text or "", _BAR_LETTERS, break_long_words=False)
    bar.update(
        title={"text": "<br>".join(lines), "side": "top", "font": {"size": TEXT_PX}},
        thickness=_BAR_PX,
        lenmode="pixels",
        len=min(max(high, _BAR_LEAST), high + room),
        y=1,
        yanchor="top",
        x=1,
        xanchor="left",
        xpad=12,
        ypad=0,
        outlinewidth=0,
    )
    named = max(map(text_width, lines), default=0.0)
    ticks = max(map(text_width, bar.ticktext or ("−0.5",)))
    return int(12 + max(named, _BAR_PX + 8 + ticks) + 10)


def numbers(figure: go.Figure, texts: Sequence[Sequence[str]], fitted: Fitted) -> bool:
    """Write texts on the cells of the figure's heatmap, black or white after what lies below.

    Returns whether they were written: nothing is where the longest does not fit. Cells without a
    value stay empty.
    """
    heat = next(trace for trace in figure.data if isinstance(trace, go.Heatmap))
    if not fitted.fits([text for row in texts for text in row]):
        return False
    values = np.asarray(heat.z, float)
    dark = on_dark(values, heat)
    for ink, chosen in ((_BLACK, ~dark), (_WHITE, dark)):
        at = np.argwhere(chosen & np.isfinite(values))
        if len(at):
            figure.add_scatter(
                x=at[:, 1],
                y=at[:, 0],
                mode="text",
                text=[texts[i][j] for i, j in at],
                textfont={"color": ink, "size": TEXT_PX},
                hoverinfo="skip",
                showlegend=False,
                name="numbers",
            )
    return True


def on_dark(values: np.ndarray, heat: go.Heatmap) -> np.ndarray:
    """Say of each cell whether white has more contrast to its colour than black (WCAG 2.2)."""
    span = float(heat.zmax) - float(heat.zmin)
    share = np.clip((np.nan_to_num(values) - float(heat.zmin)) / span, 0, 1).ravel()
    share = 1 - share if heat.reversescale else share
    colours = sample_colorscale(_plain(heat.colorscale), share.tolist(), colortype="tuple")
    below = np.array([luminance(rgb) for rgb in colours])
    return (1.05 / (below + 0.05) > (below + 0.05) / 0.05).reshape(values.shape)


def _plain(scale: Any) -> Any:
    """Return a scale whose colours are all written as rgb(...), which sampling needs."""
    if isinstance(scale, str):
        return scale
    return [
        [at, f"rgb({', '.join(str(int(c[i : i + 2], 16)) for i in (1, 3, 5))})"]
        if str(c).startswith("#")
        else [at, c]
        for at, c in scale
    ]


def clicks(
    figure: go.Figure, shape: tuple[int, int], fitted: Fitted, hovers: Sequence[str]
) -> None:
    """Lay clear points over the cells, row by row: a heatmap itself does not report clicks."""
    cells = [(i, j) for i in range(shape[0]) for j in range(shape[1])]
    figure.add_scatter(
        x=[j for _, j in cells],
        y=[i for i, _ in cells],
        mode="markers",
        customdata=cells,
        marker={"size": fitted.side - 1, "symbol": "square", "opacity": 0},
        showlegend=False,
        name="cells",
        text=list(hovers),
        hovertemplate="%{text}<extra></extra>",
    )


def unclear(
    figure: go.Figure, at: Int[np.ndarray, "c 2"], name: str, *, corner: float = 0.0
) -> None:
    """Cross cells (row, column) that a null may reach; ``corner`` moves the cross down and left."""
    if not len(at):
        return
    figure.add_scatter(
        x=at[:, 1] - corner,
        y=at[:, 0] + corner,
        mode="markers",
        hoverinfo="skip",
        name=name,
        marker={
            "symbol": "x",
            "size": 7,
            "color": "#FFFFFF",
            "line": {"width": 1, "color": "#1B2430"},
        },
    )


def missing(figure: go.Figure, theme: Theme) -> None:
    """Show cells without a value in the page's grey, never as zero."""
    figure.update_layout(plot_bgcolor=theme.missing)
