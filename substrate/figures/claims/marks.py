"""How rows of the ledger are marked: verdicts, published figures, controls, and the legend."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from substrate.claims.ledger import NOT_YET, LedgerRow
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
from substrate.figures.theme import PALETTE, Theme
from substrate.figures.whiskers import whiskers
from substrate.wording import figures_written

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


def mark_rows(figure: go.Figure, theme: Theme, rows: Sequence[LedgerRow], axis: str) -> None:
    """Draw rows on one pair of axes: published, controls, measured with interval."""
    at = {"xaxis": f"x{axis}", "yaxis": f"y{axis}", "showlegend": False}
    _published(figure, theme, rows, at)
    for twins in (True, False):
        _controls(figure, theme, rows, at, twins=twins)
    for verdict in LOOKS:
        _measured(figure, [row for row in rows if row.verdict == verdict], verdict, at)


def _controls(
    figure: go.Figure, theme: Theme, rows: Sequence[LedgerRow], at: dict, *, twins: bool
) -> None:
    """Draw the values of the untrained twins, or those of all other controls."""
    marks = [
        (against.value, row.claim.name, f"{figures_written(against.control)}: {against.answer}")
        for row in rows
        for against in row.against
        if (against.control == TWINS) == twins and against.value is not None
    ]
    if marks:
        x, y, names = zip(*marks, strict=True)
        figure.add_scatter(
            x=x,
            y=y,
            text=names,
            mode="markers",
            **at,
            marker=_control(theme, twins=twins),
            hovertemplate="%{y}<br>%{text} (%{x:.3f})<extra></extra>",
        )


def _measured(figure: go.Figure, rows: Sequence[LedgerRow], verdict: str, at: dict) -> None:
    """Draw the measured values of one verdict with their intervals."""
    if not rows:
        return
    colour, symbol = LOOKS[verdict]
    figure.add_scatter(
        x=[row.value for row in rows],
        y=[row.claim.name for row in rows],
        mode="markers",
        **at,
        marker={"color": colour, "symbol": symbol, "size": 10},
        error_x=whiskers([(row.value, row.low, row.high) for row in rows], colour),
        customdata=[[row.claim.key] for row in rows],
        text=[f"{measured(row)}, published {published(row) or 'no figure'}" for row in rows],
        hovertemplate=f"%{{y}}: {verdict}<br>measured %{{text}}<extra></extra>",
    )


def _published(figure: go.Figure, theme: Theme, rows: Sequence[LedgerRow], at: dict) -> None:
    """Draw published figures, and the tolerance around each or around no difference."""
    bands = [(row.claim.name, band) for row in rows if (band := _band(row)) is not None]
    if bands:
        figure.add_scatter(
            x=[end for _, band in bands for end in (*band, None)],
            y=[value for name, _ in bands for value in (name, name, None)],
            mode="lines",
            hoverinfo="skip",
            **at,
            line={"color": theme.null, "width": 11},
        )
    there = [row for row in rows if row.claim.published is not None]
    if there:
        figure.add_scatter(
            x=[row.claim.published for row in there],
            y=[row.claim.name for row in there],
            text=[published(row) for row in there],
            mode="markers",
            **at,
            marker=_stroke(theme, 13),
            hovertemplate="%{y}<br>published %{text}<extra></extra>",
        )


def _band(row: LedgerRow) -> list[float] | None:
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
    colour, symbol, size, width = (
        (theme.untrained, "cross-thin-open", 9, 2)
        if twins
        else (theme.muted, "x-thin-open", 8, 1.5)
    )
    line = {"width": width, "color": colour}
    return {"color": colour, "symbol": symbol, "size": size, "line": line}


def name_marks(figure: go.Figure, theme: Theme, rows: Sequence[LedgerRow]) -> None:
    """Name every mark that is drawn."""
    verdicts = {row.verdict for row in rows}
    entries = [
        (name.capitalize(), {"color": colour, "symbol": symbol, "size": 10})
        for name, (colour, symbol) in LOOKS.items()
        if name in verdicts
    ]
    stroke = _stroke(theme, 12)
    entries += [
        ("Published (band: tolerance)", stroke),
        ("Untrained twins", _control(theme, twins=True)),
        ("Other controls", _control(theme, twins=False)),
    ]
    for name, mark in entries:
        figure.add_scatter(x=[None], y=[None], mode="markers", name=name, marker=mark)


def _stroke(theme: Theme, size: int) -> dict:
    line = {"width": 2.5, "color": theme.ink}
    return {"color": theme.ink, "symbol": "line-ns-open", "size": size, "line": line}
