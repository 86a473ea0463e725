"""Colours, scales and layout shared by all figures, for a light and a dark page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from textwrap import wrap
from typing import Any

import numpy as np
import plotly.graph_objects as go

from substrate.figures import fonts
from substrate.figures.looks import Described, Look, Titled, looks

#: Okabe and Ito's colour-blind safe palette, without black; dash and marker repeat the distinction.
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#B8A200", "#7F7F7F")
DASHES = (
    "solid",
    "dash",
    "dot",
    "dashdot",
    "longdash",
    "longdashdot",
    "1px,6px",
    "14px,3px",
)
MARKERS = ("circle", "square", "diamond", "cross", "x", "triangle-up", "triangle-down", "star")


#: Colours from the lowest value to the highest, as shares of the range.
Scale = tuple[tuple[float, str], ...]


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
    untrained: str
    untrained_fill: str
    ceiling: str
    diverging: Scale
    looks: Mapping[str, Look] = field(default_factory=dict, compare=False)
    domains: Mapping[str, str] = field(default_factory=dict, compare=False)

    def look(self, encoder: str, place: int = 0) -> Look:
        """Return an encoder's look; one that the run does not hold looks as its place says."""
        look = self.looks.get(encoder)
        return look or Look(encoder, colour(place), series_marker(place), series_dash(place))

    def titled(self, title: str, place: int = 0) -> Look:
        """Return the look of the encoder of this title, as results of experiments name it."""
        named = (look for look in self.looks.values() if look.title == title)
        return next(named, None) or self.look(title, place)

    def encoder(self, name: str) -> str:
        """Return an encoder's title, also that of its untrained twin (``vit untrained``)."""
        plain, space, twin = name.partition(" ")
        look = self.looks.get(name) or self.looks.get(plain)
        if look is None:
            return name
        return look.title if name in self.looks else f"{look.title}{space}{twin}"

    def domain(self, name: str) -> str:
        """Return a domain's title, its name where the run does not hold it.

        Two that are compared, ``a and b``, have both of theirs.
        """
        title = self.domains.get(name)
        if title is not None:
            return title
        return " and ".join(self.domains.get(part, part) for part in name.split(" and "))

    def written(self, side: str) -> str:
        """Write a side as results name it, ``encoder/layer`` or ``encoder/layer on domain``.

        Names that the run does not hold stay as they are.
        """
        features, _, domain = side.partition(" on ")
        encoder, _, layer = features.partition("/")
        return self.layer(encoder, layer, domain)

    def layer(self, encoder: str, layer: str, domain: str = "") -> str:
        """Write a layer of an encoder, and the domain where one is given, as on screen."""
        name = self.looks[encoder].title if encoder in self.looks else encoder
        where = f", {layer}" if layer else ""
        return f"{name}{where} on {self.domain(domain)}" if domain else f"{name}{where}"

    def of(
        self, encoders: Mapping[str, Described], domains: Mapping[str, Titled] | None = None
    ) -> Theme:
        """Return this theme with the looks of a run's encoders and the titles of its domains."""
        titles = {name: domain.title for name, domain in (domains or {}).items()}
        return replace(self, looks=looks(encoders, self.name), domains=titles)


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
    untrained="#7E57C2",
    untrained_fill="rgba(126,87,194,0.22)",
    ceiling="#5B6675",
    diverging=(
        (0.0, "#67001F"),
        (0.1, "#B2182B"),
        (0.2, "#D6604D"),
        (0.3, "#F4A582"),
        (0.4, "#FDDBC7"),
        (0.5, "#F7F7F7"),
        (0.6, "#D1E5F0"),
        (0.7, "#92C5DE"),
        (0.8, "#4393C3"),
        (0.9, "#2166AC"),
        (1.0, "#053061"),
    ),
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
    untrained="#B79BEA",
    untrained_fill="rgba(183,155,234,0.25)",
    ceiling="#9AA6B5",
    diverging=(
        (0.0, "#FFC9B0"),
        (0.15, "#F58A66"),
        (0.3, "#B8452F"),
        (0.42, "#5A2620"),
        (0.5, "#171C23"),
        (0.58, "#1B3A57"),
        (0.7, "#2C6FA6"),
        (0.85, "#62ACE4"),
        (1.0, "#C4E4FF"),
    ),
)
THEMES = {theme.name: theme for theme in (LIGHT, DARK)}

#: Scores and absolute values: fixed 0..1. Signed ones have `Theme.diverging`, fixed -1..1, red
#: negative, with the page's own lightness at zero.
SEQUENTIAL = "Cividis"


#: Letters of a line of an axis's title, of a row's name and of an entry of a legend.
AXIS_LETTERS, ROW_LETTERS, LEGEND_LETTERS = 38, 26, 50
#: Letters of a line of the title below a chart whose rows have names, which take of its width.
BELOW_NAMES_LETTERS = 32
#: Height of a line of text in pixels.
LINE_PX = 18
#: Size of a chart's text, height of a legend's line, space above a chart; pixels.
TEXT_PX, LEGEND_PX, ABOVE_PX = 14, 22, 20


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
            "meta": {"title": title, "facts": []},
            "paper_bgcolor": theme.paper,
            "plot_bgcolor": theme.panel,
            "font": {
                "family": fonts.FAMILY,
                "size": TEXT_PX,
                "color": theme.ink,
            },
            "height": height,
            "margin": {"l": 64, "r": 24, "t": ABOVE_PX, "b": 56},
            "colorway": list(PALETTE),
            "legend": {"orientation": "h", "y": -0.18, "yanchor": "top", "x": 0},
            "hoverlabel": {
                "bgcolor": theme.panel,
                "bordercolor": theme.muted,
                "font": {"size": TEXT_PX, "color": theme.ink},
                "align": "left",
            },
            "xaxis": axis,
            "yaxis": axis,
        }
    )


def state(figure: go.Figure, theme: Theme, facts: str) -> go.Figure:
    """Note what the figure rests on (n, K, null, seed): pages, reports and files write it above.

    Facts are separated by " · " or a line break.
    """
    stated = [fact for line in facts.split("<br>") for fact in line.split(" · ") if fact]
    figure.layout.meta = {**figure.layout.meta, "facts": stated}
    _break_titles(figure)
    for trace in figure.data:
        if trace.name and trace.showlegend is not False:
            trace.name = broken(trace.name, LEGEND_LETTERS)
    if figure.layout.width is None:
        _break_rows(figure)
    return figure


def broken(text: str, longest: int) -> str:
    """Return a text in lines of at most so many letters, where it has spaces to break at."""
    if "<" in text:
        return text
    return "<br>".join(wrap(text, longest, break_long_words=False, break_on_hyphens=False))


def _break_titles(figure: go.Figure) -> None:
    """Break long titles of axes, which Plotly would let run out of the chart."""
    named = figure.layout.width is None and any(map(_named, figure.data))
    below = BELOW_NAMES_LETTERS if named else AXIS_LETTERS
    for axes, longest in ((figure.select_xaxes(), below), (figure.select_yaxes(), AXIS_LETTERS)):
        for axis in axes:
            if axis.title.text:
                text = broken(axis.title.text, longest)
                axis.title.update(text=text, font={"size": TEXT_PX})


def _break_rows(figure: go.Figure) -> None:
    """Break long names of rows, so that what is drawn beside them keeps its room."""
    axis = figure.layout.yaxis
    names, places = axis.ticktext, axis.tickvals
    if names is None:
        rows = [row for trace in figure.data for row in (trace.y if _named(trace) else ())]
        names = places = list(axis.categoryarray or dict.fromkeys(rows))
    margin = figure.layout.margin
    room = (figure.layout.height - (margin.t or 0) - (margin.b or 0)) / max(len(names), 1)
    longest = max((len(name) for name in names if isinstance(name, str)), default=0)
    if longest > ROW_LETTERS and room >= 2 * LINE_PX:
        short = [broken(str(name), ROW_LETTERS) for name in names]
        figure.update_yaxes(tickvals=list(places), ticktext=short, selector={"anchor": axis.anchor})


def _named(trace: Any) -> bool:
    """Say whether a trace's rows are names."""
    rows = getattr(trace, "y", None)
    return rows is not None and len(rows) > 0 and isinstance(rows[0], str)


def legend_below(figure: go.Figure, entries: int) -> None:
    """Put a long legend under the axis title and make the figure taller by its lines."""
    height = LEGEND_PX * entries
    figure.update_layout(
        height=figure.layout.height + height,
        margin={"b": 64 + height},
        legend={"yref": "container", "y": 0.0, "yanchor": "bottom"},
    )


def heatmap_layout(figure: go.Figure) -> go.Figure:
    """Make the cells of a matrix square, its first row at the top."""
    figure.update_yaxes(autorange="reversed", scaleanchor="x", constrain="domain", showgrid=False)
    figure.update_xaxes(constrain="domain", showgrid=False)
    return figure


def reachable(figure: go.Figure, *, axis: str = "y", top: float = 1.02) -> list[float]:
    """Return a range for correlations: 0 to 1, and as far below 0 as anything that is drawn."""
    low = _reach(figure, axis, lower=True) - 0.04
    return [max(min(low, -0.1), -1.02), top]


def reached(figure: go.Figure, *, axis: str = "y", least: float = 0.2) -> list[float]:
    """Return a range for differences and agreements: as far as anything drawn, 0 within it."""
    low, high = (_reach(figure, axis, lower=lower) for lower in (True, False))
    room = 0.05 * max(high - low, least)
    return [min(low, -least / 2) - room, max(high, least / 2) + room]


def _reach(figure: go.Figure, axis: str, *, lower: bool) -> float:
    """Return the least or the greatest of what is drawn, error bars and 0 included."""
    ends = [0.0]
    for trace in figure.data:
        drawn = getattr(trace, axis, None)
        if drawn is None or not len(drawn) or trace[f"{axis}axis"] not in (None, axis):
            continue
        values = np.asarray(drawn, float)
        bars = getattr(trace, f"error_{axis}", None)
        bar = None if bars is None else (bars.arrayminus if lower else bars.array)
        if bar is not None:
            length = np.nan_to_num(np.asarray(bar, float))
            values = values - length if lower else values + length
        if np.isfinite(values).any():
            ends.append(float(np.nanmin(values) if lower else np.nanmax(values)))
    return min(ends) if lower else max(ends)
