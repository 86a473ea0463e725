"""Published beside measured: one line per claim, with its controls and its verdict."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from substrate.claims.ledger import NOT_YET, Ledger, Row
from substrate.claims.text import measured, published
from substrate.claims.verdict import (
    CONTRADICTED,
    EQUAL,
    NOTHING_HERE,
    OPPOSITE_HERE,
    OTHER_SIZE,
    REPRODUCED,
    SAME_HERE,
    SIZE_UNDECIDED,
    UNDECIDED,
    UNTESTED,
)
from substrate.figures.theme import PALETTE, Theme, base, state
from substrate.figures.whiskers import whiskers

#: Colour and marker of each verdict; the marker carries the same distinction.
LOOKS = {
    REPRODUCED: (PALETTE[2], "circle"),
    SIZE_UNDECIDED: (PALETTE[5], "hexagon"),
    OTHER_SIZE: (PALETTE[0], "square"),
    SAME_HERE: (PALETTE[0], "triangle-up"),
    NOTHING_HERE: (PALETTE[2], "star-diamond"),
    UNDECIDED: (PALETTE[1], "diamond"),
    OPPOSITE_HERE: (PALETTE[3], "triangle-down"),
    CONTRADICTED: (PALETTE[3], "x"),
    UNTESTED: (PALETTE[7], "circle-open"),
    NOT_YET: (PALETTE[7], "circle-open-dot"),
}
TWINS = "untrained twins"
ROW, ABOVE, BELOW, GAP = 24, 92, 128, 100


def drawn(found: Ledger) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """Return the rows with a value: those on a plain scale, and ratios."""
    there = tuple(row for row in found.rows if row.value is not None)
    ratios = tuple(row for row in there if row.claim.kind == "ratio")
    return tuple(row for row in there if row.claim.kind != "ratio"), ratios


def forest(found: Ledger, theme: Theme) -> go.Figure:
    """Draw every row that has a value: published, measured with interval, controls."""
    plain, ratios = drawn(found)
    rows, both = len(plain) + len(ratios), bool(plain and ratios)
    height = ABOVE + BELOW + ROW * max(rows, 3) + (GAP if both else 0)
    figure = base(theme, title="Published and measured", height=height)
    _panel(figure, theme, plain, "")
    _panel(figure, theme, ratios, "2")
    share = (1 - GAP / height) / rows if both else 1 / max(rows, 1)
    bottom = 1 - share * len(plain)
    if not plain:
        figure.update_layout(xaxis={"visible": False}, yaxis={"visible": False})
    else:
        figure.update_layout(
            xaxis={"title": "Score, correlation or share", "anchor": "y",
                   "range": _range(plain), "zeroline": True, "zerolinecolor": theme.muted},
            yaxis={**_categories(plain), "domain": [bottom if ratios else 0.0, 1.0]},
        )  # fmt: skip
    if ratios:
        top = share * len(ratios) if both else 1.0
        figure.update_layout(
            xaxis2={**_axis(theme), "anchor": "y2", "type": "log", "range": _decades(ratios),
                    "title": "Ratio, logarithmic", "tickvals": TICKS,
                    "ticktext": [f"{t:g}" for t in TICKS]},
            yaxis2={**_axis(theme), **_categories(ratios), "domain": [0.0, top], "anchor": "x2"},
        )  # fmt: skip
    _legend(figure, theme, (*plain, *ratios))
    figure.update_layout(
        hovermode="closest", margin={"l": 190, "t": ABOVE, "b": BELOW},
        legend={"yref": "container", "y": 0, "yanchor": "bottom"},
    )  # fmt: skip
    left = len(found.rows) - rows
    return state(
        figure, theme,
        f"{found.study} · {rows} of {len(found.rows)} rows have a value here, {left} have none<br>"
        "bars: 95 % intervals over the row's units; crosses: the controls, each tested apart",
    )  # fmt: skip


TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20)


def _axis(theme: Theme) -> dict:
    return {
        "gridcolor": theme.grid, "linecolor": theme.muted, "zerolinecolor": theme.grid,
        "tickcolor": theme.muted, "ticks": "outside", "ticklen": 4, "automargin": True,
    }  # fmt: skip


def _categories(rows: Sequence[Row]) -> dict:
    names = [row.claim.name for row in rows]
    return {
        "categoryorder": "array", "categoryarray": names[::-1], "range": [-0.6, len(rows) - 0.4],
        "tickfont": {"size": 11},
    }  # fmt: skip


def _range(rows: Sequence[Row]) -> list[float]:
    """Fix -1 to 1, wider only where a difference lies beyond."""
    values = [v for row in rows for v in (row.value, row.low, row.high) if v is not None]
    return [min(-1.03, *values), max(1.03, *values)] if values else [-1.03, 1.03]


def _decades(rows: Sequence[Row]) -> list[float]:
    """Return the range of the logarithmic axis, a half to eight times at least."""
    values = [v for row in rows for v in (row.value, row.low, row.high, row.claim.published) if v]
    return [float(np.log10(min(0.5, *values) * 0.8)), float(np.log10(max(8.0, *values) * 1.6))]


def _panel(figure: go.Figure, theme: Theme, rows: Sequence[Row], axis: str) -> None:
    at = {"xaxis": f"x{axis}", "yaxis": f"y{axis}", "showlegend": False}
    for row in rows:
        _published(figure, theme, row, at)
    for twins in (True, False):
        marks = [
            (a.value, row.claim.name, f"{a.control}: {a.answer}")
            for row in rows
            for a in row.against
            if (a.control == TWINS) == twins and a.value is not None
        ]
        if marks:
            x, y, names = zip(*marks, strict=True)
            figure.add_scatter(
                x=x, y=y, text=names, mode="markers", **at, marker=_control(theme, twins=twins),
                hovertemplate="%{y}<br>%{text} (%{x:.3f})<extra></extra>",
            )  # fmt: skip
    for verdict, (colour, symbol) in LOOKS.items():
        chosen = [row for row in rows if row.verdict == verdict]
        if chosen:
            figure.add_scatter(
                x=[row.value for row in chosen], y=[row.claim.name for row in chosen],
                mode="markers", **at, marker={"color": colour, "symbol": symbol, "size": 10},
                error_x=whiskers([(row.value, row.low, row.high) for row in chosen], colour),
                customdata=[[row.claim.key] for row in chosen],
                text=[f"{measured(row)}, published {published(row) or 'no figure'}"
                      for row in chosen],
                hovertemplate=f"%{{y}}: {verdict}<br>measured %{{text}}<extra></extra>",
            )  # fmt: skip


def _published(figure: go.Figure, theme: Theme, row: Row, at: dict) -> None:
    """Draw the published figure, and the tolerance around it or around no difference."""
    claim = row.claim
    if (band := _band(row)) is not None:
        figure.add_scatter(
            x=band, y=[claim.name, claim.name], mode="lines", hoverinfo="skip", **at,
            line={"color": theme.null, "width": 11},
        )  # fmt: skip
    if claim.published is not None:
        figure.add_scatter(
            x=[claim.published], y=[claim.name], mode="markers", **at,
            marker={"color": theme.ink, "symbol": "line-ns-open", "size": 13,
                    "line": {"width": 2.5, "color": theme.ink}},
            hovertemplate=f"%{{y}}<br>published {published(row)}<extra></extra>",
        )  # fmt: skip


def _band(row: Row) -> list[float] | None:
    claim, middle = row.claim, row.claim.published
    if claim.form == EQUAL:
        middle = row.hardest.value if row.hardest is not None else None
    if middle is None or claim.tolerance is None:
        return None
    if claim.kind == "ratio":
        factor = float(np.exp(claim.tolerance))
        return [middle / factor, middle * factor]
    return [middle - claim.tolerance, middle + claim.tolerance]


def _control(theme: Theme, *, twins: bool) -> dict:
    if twins:
        return {"color": PALETTE[4], "symbol": "cross-thin-open", "size": 9,
                "line": {"width": 2, "color": PALETTE[4]}}  # fmt: skip
    return {"color": theme.muted, "symbol": "x-thin-open", "size": 8,
            "line": {"width": 1.5, "color": theme.muted}}  # fmt: skip


def _legend(figure: go.Figure, theme: Theme, rows: Sequence[Row]) -> None:
    """Name every mark that is drawn."""
    entries = [(name.capitalize(), {"color": colour, "symbol": symbol, "size": 10})
               for name, (colour, symbol) in LOOKS.items()
               if any(row.verdict == name for row in rows)]  # fmt: skip
    entries += [
        ("Published (band: tolerance)", {"color": theme.ink, "symbol": "line-ns-open", "size": 12,
                                      "line": {"width": 2.5, "color": theme.ink}}),
        ("Untrained twins", _control(theme, twins=True)),
        ("Other controls", _control(theme, twins=False)),
    ]  # fmt: skip
    for name, mark in entries:
        figure.add_scatter(x=[None], y=[None], mode="markers", name=name, marker=mark)
