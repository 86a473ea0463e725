"""Colours, scales and layout shared by all figures, for a light and a dark page."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

import plotly.graph_objects as go

#: Okabe and Ito's colour-blind safe palette, without black; dash and marker repeat the distinction.
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#B8A200", "#7F7F7F")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "solid", "dash")
MARKERS = ("circle", "square", "diamond", "cross", "x", "triangle-up", "triangle-down", "star")


@dataclass(frozen=True)
class Theme:
    """Colours of a page; every figure states them itself, so that exports look as on screen."""

    name: str
    paper: str
    panel: str
    ink: str
    muted: str
    grid: str
    missing: str
    null: str
    accent: str


LIGHT = Theme(
    name="light",
    paper="#FFFFFF",
    panel="#FFFFFF",
    ink="#1B2430",
    muted="#5B6675",
    grid="#E3E8EE",
    missing="#C9CED6",
    null="rgba(120,128,140,0.22)",
    accent="#0072B2",
)
DARK = Theme(
    name="dark",
    paper="#0F141A",
    panel="#0F141A",
    ink="#E6EAF0",
    muted="#9AA6B5",
    grid="#2A3440",
    missing="#4A5360",
    null="rgba(160,170,185,0.22)",
    accent="#56B4E9",
)
THEMES = {theme.name: theme for theme in (LIGHT, DARK)}

#: Signed similarities: fixed -1..1, zero in the middle (RdBu, red negative).
DIVERGING = "RdBu"
#: Scores and absolute values: fixed 0..1.
SEQUENTIAL = "Cividis"


#: Letters of a line under a title that half a page has room for, and of one beside long names of
#: rows; heights in pixels.
LONGEST, BESIDE_NAMES, LINE_PX, TITLE_PX, LEGEND_PX = 64, 44, 15, 42, 19


def series_marker(index: int) -> str:
    """Return a marker that differs from all others of the same colour."""
    return marker(index // len(PALETTE) + index)


def series_dash(index: int) -> str:
    """Return a dash that differs from all others of the same colour."""
    return dash(index // len(PALETTE) + index)


def colour(index: int) -> str:
    """Return the colour of the index-th series."""
    return PALETTE[index % len(PALETTE)]


def dash(index: int) -> str:
    """Return the dash of the index-th series."""
    return DASHES[index % len(DASHES)]


def marker(index: int) -> str:
    """Return the marker of the index-th series."""
    return MARKERS[index % len(MARKERS)]


def base(theme: Theme, *, title: str, height: int = 420) -> go.Figure:
    """Return an empty figure with the theme's colours, fonts and margins."""
    axis = {
        "gridcolor": theme.grid,
        "linecolor": theme.muted,
        "zerolinecolor": theme.grid,
        "tickcolor": theme.muted,
        "ticks": "outside",
        "ticklen": 4,
        "automargin": True,
    }
    # One construction: each later update of a layout costs several milliseconds.
    return go.Figure(
        layout={
            "template": "none",
            "title": {
                "text": title,
                "x": 0,
                "xref": "paper",
                "font": {"size": 15},
                "y": 1,
                "yref": "container",
                "yanchor": "top",
                "pad": {"t": 14},
            },
            "paper_bgcolor": theme.paper,
            "plot_bgcolor": theme.panel,
            "font": {
                "family": "Inter, Helvetica, Arial, sans-serif",
                "size": 12,
                "color": theme.ink,
            },
            "height": height,
            "margin": {"l": 64, "r": 24, "t": 56, "b": 56},
            "colorway": list(PALETTE),
            "legend": {"orientation": "h", "y": -0.18, "yanchor": "top", "x": 0},
            "hoverlabel": {"font": {"size": 12}},
            "xaxis": axis,
            "yaxis": axis,
        }
    )


def state(figure: go.Figure, theme: Theme, facts: str, longest: int = LONGEST) -> go.Figure:
    """Write what the figure rests on (n, K, null, seed) under its title, inside the picture.

    Lines too long for half a page are broken, and the margin grows with them.
    """
    lines = [part for line in facts.split("<br>") for part in _broken(line, longest)]
    needed = TITLE_PX + LINE_PX * len(lines)
    if (figure.layout.margin.t or 0) < needed:
        figure.update_layout(margin={"t": needed})
    figure.add_annotation(
        text="<br>".join(lines),
        xref="paper",
        yref="paper",
        x=0,
        y=1,
        xanchor="left",
        yanchor="bottom",
        showarrow=False,
        font={"size": 11, "color": theme.muted},
        align="left",
    )
    return figure


def legend_below(figure: go.Figure, entries: int) -> None:
    """Put a long legend under the axis title and make the figure taller by its lines."""
    height = LEGEND_PX * entries
    figure.update_layout(
        height=figure.layout.height + height,
        margin={"b": 64 + height},
        legend={"yref": "container", "y": 0.0, "yanchor": "bottom"},
    )


def _broken(line: str, longest: int) -> list[str]:
    """Break a line between its facts where possible, within one only where it is too long."""
    lines = [""]
    for fact in line.split(" · "):
        for part in textwrap.wrap(fact, longest, break_long_words=False) or [fact]:
            joined = f"{lines[-1]} · {part}" if lines[-1] else part
            if len(joined) > longest and lines[-1]:
                lines.append(part)
            else:
                lines[-1] = joined
    return lines


def heatmap_layout(figure: go.Figure) -> go.Figure:
    """Make the cells of a matrix square, its first row at the top."""
    figure.update_yaxes(autorange="reversed", scaleanchor="x", constrain="domain", showgrid=False)
    figure.update_xaxes(constrain="domain", showgrid=False)
    return figure
