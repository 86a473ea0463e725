"""All pairs of several encoders: mean correlations, and matrices in the cycles of the matching."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.units.several import SeveralEncoders
from substrate.figures.theme import ABOVE_PX, TEXT_PX, Theme, base, legend_below, reachable, state
from substrate.figures.units.matrices import block_means
from substrate.figures.whiskers import whiskers

#: Matrices in a row, the side of one, and the room for its name; pixels. Cells of a side at most.
ACROSS, SIDE, ROOM, CELLS = 3, 240, 90, 128


def dots(result: SeveralEncoders, titles: Mapping[str, str], theme: Theme) -> go.Figure:
    """Draw the mean held-out correlation of matched units of every pair, beside its nulls."""
    height = 150 + 46 * len(result.pairs)
    figure = base(
        theme, title=f"Matched units of every two encoders, {result.layer}", height=height
    )
    names = [f"{titles[one.first]} · {titles[one.second]}" for one in result.pairs]
    for name, values, symbol, colour in (
        ("Randomly rotated axes", [one.rotations for one in result.pairs], "x", theme.ink),
        ("Untrained twins", [one.twins for one in result.pairs], "diamond-open", theme.untrained),
    ):
        figure.add_scatter(
            x=[value if np.isfinite(value) else None for value in values],
            y=names,
            mode="markers",
            name=name,
            marker={"symbol": symbol, "size": 9, "color": colour},
            hovertemplate="%{y}: r = %{x:.2f}<extra>%{fullData.name}</extra>",
        )
    ends = [(float(one.mean.value), one.mean.low, one.mean.high) for one in result.pairs]
    figure.add_scatter(
        x=[float(one.mean.value) for one in result.pairs],
        y=names,
        mode="markers",
        name="Matched units",
        marker={"symbol": "circle", "size": 10, "color": theme.accent},
        error_x=whiskers(ends, theme.accent),
        hovertemplate="%{y}: r = %{x:.2f}<extra>%{fullData.name}</extra>",
    )
    figure.update_xaxes(title="Mean held-out correlation", range=reachable(figure, axis="x"))
    figure.update_yaxes(autorange="reversed", automargin=True)
    legend_below(figure, 3)
    return state(figure, theme, facts(result))


def matrices(result: SeveralEncoders, titles: Mapping[str, str], theme: Theme) -> go.Figure:
    """Draw the correlations of every pair, units in the order of the matching's cycles."""
    count = len(result.pairs)
    columns = min(ACROSS, count)
    rows = -(-count // columns)
    figure = base(theme, title=f"In the cycles of each matching, {result.layer}")
    width, height = columns * (SIDE + ROOM) + 90, rows * (SIDE + ROOM) + ABOVE_PX
    figure.update_layout(width=width, height=height, margin={"l": 50, "r": 80, "t": 54, "b": 40})
    across, down = 1 / columns, 1 / rows
    for index, one in enumerate(result.pairs):
        number = "" if index == 0 else str(index + 1)
        left, top = (index % columns) * across, 1 - (index // columns) * down
        plain = {"showgrid": False, "zeroline": False, "ticks": "outside", "nticks": 4}
        figure.update_layout(
            {
                f"xaxis{number}": {
                    **plain,
                    "domain": [left, left + 0.8 * across],
                    "anchor": f"y{number}",
                    "constrain": "domain",
                },
                f"yaxis{number}": {
                    **plain,
                    "domain": [top - 0.72 * down, top],
                    "anchor": f"x{number}",
                    "autorange": "reversed",
                },
            }
        )
        figure.add_heatmap(
            z=block_means(one.ordered, CELLS),
            x0=1,
            y0=1,
            zmin=-1.0,
            zmax=1.0,
            zmid=0.0,
            colorscale=theme.diverging,
            xaxis=f"x{number}",
            yaxis=f"y{number}",
            showscale=index == 0,
            colorbar={"title": {"text": "r", "side": "top"}, "thickness": 12},
            hovertemplate="%{y}, %{x}: r = %{z:.2f}<extra></extra>",
            name=f"{titles[one.first]} and {titles[one.second]}",
        )
        figure.add_annotation(
            text=f"{titles[one.first]} ·<br>{titles[one.second]}",
            align="left",
            x=left,
            y=top,
            xref="paper",
            yref="paper",
            xanchor="left",
            yanchor="bottom",
            showarrow=False,
            font={"size": TEXT_PX - 2},
        )
    size = max(-(-len(one.ordered) // CELLS) for one in result.pairs)
    blocks = f" · cells are means of {size} x {size} units" if size > 1 else ""
    return state(figure, theme, f"{facts(result)}{blocks}")


def facts(result: SeveralEncoders) -> str:
    """Return what every figure of several encoders rests on."""
    return f"{result.size.caption} · signed correlations · seed {result.seed}"
