"""Published beside measured: one line per claim, with its controls and its verdict."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from substrate.claims.ledger import Ledger, LedgerRow
from substrate.figures.claims.marks import mark_rows, name_marks
from substrate.figures.shared import LEGEND_AT_FOOT
from substrate.figures.theme import Theme, base, state
from substrate.wording import number

#: Heights in pixels: of a row, above and below the panels, and between them.
ROW, ABOVE, BELOW, GAP = 28, 40, 128, 100


#: Value up to which scores, correlations and differences are drawn.
FARTHEST = 1.25
#: Ticks of the logarithmic axis.
TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20)


def drawn(result: Ledger) -> tuple[tuple[LedgerRow, ...], tuple[LedgerRow, ...]]:
    """Return the rows with a value: those on a plain scale, and ratios."""
    there = tuple(row for row in result.rows if row.value is not None)
    ratios = tuple(row for row in there if row.claim.kind == "ratio")
    return tuple(row for row in there if row.claim.kind != "ratio"), ratios


def forest(result: Ledger, theme: Theme) -> go.Figure:
    """Draw every row that has a value: published, measured with interval, controls."""
    plain, ratios = drawn(result)
    rows, both = len(plain) + len(ratios), bool(plain and ratios)
    height = ABOVE + BELOW + ROW * max(rows, 3) + (GAP if both else 0)
    figure = base(theme, title="Published and measured", height=height)
    mark_rows(figure, theme, plain, "")
    mark_rows(figure, theme, ratios, "2")
    share = (1 - GAP / height) / rows if both else 1 / max(rows, 1)
    bottom = 1 - share * len(plain) if ratios else 0.0
    figure.update_layout(_plain_axes(theme, plain, bottom))
    if ratios:
        figure.update_layout(_ratio_axes(theme, ratios, share * len(ratios) if both else 1.0))
    _mark_beyond(figure, plain, theme)
    name_marks(figure, theme, (*plain, *ratios))
    figure.update_layout(
        hovermode="closest", margin={"l": 190, "t": ABOVE, "b": BELOW}, legend=LEGEND_AT_FOOT
    )
    left = len(result.rows) - rows
    return state(
        figure,
        theme,
        f"{result.study} · {rows} of {len(result.rows)} rows have a value here, {left} have none"
        "<br>bars: 95 % CIs over the row's units; crosses: the controls, each tested apart",
    )


def _plain_axes(theme: Theme, rows: Sequence[LedgerRow], bottom: float) -> dict:
    """Return the upper axes, of scores, correlations and shares, down to a share of the height."""
    if not rows:
        return {"xaxis": {"visible": False}, "yaxis": {"visible": False}}
    x = {
        "title": "Score, correlation or share",
        "anchor": "y",
        "range": _range(rows),
        "zeroline": True,
        "zerolinecolor": theme.muted,
    }
    return {"xaxis": x, "yaxis": {**_categories(rows), "domain": [bottom, 1.0]}}


def _ratio_axes(theme: Theme, rows: Sequence[LedgerRow], top: float) -> dict:
    """Return the lower axes, of ratios on a logarithmic scale, up to a share of the height."""
    x = {
        **_axis(theme),
        "anchor": "y2",
        "type": "log",
        "range": _decades(rows),
        "title": "Ratio, logarithmic",
        "tickvals": TICKS,
        "ticktext": [f"{t:g}" for t in TICKS],
    }
    y = {**_axis(theme), **_categories(rows), "domain": [0.0, top], "anchor": "x2"}
    return {"xaxis2": x, "yaxis2": y}


def _axis(theme: Theme) -> dict:
    return {
        "gridcolor": theme.grid,
        "linecolor": theme.muted,
        "zerolinecolor": theme.grid,
        "tickcolor": theme.muted,
        "ticks": "outside",
        "ticklen": 4,
        "automargin": True,
    }


def _categories(rows: Sequence[LedgerRow]) -> dict:
    names = [row.claim.name for row in rows]
    return {
        "categoryorder": "array",
        "categoryarray": names[::-1],
        "range": [-0.6, len(rows) - 0.4],
        "tickfont": {"size": 14},
    }


def _range(rows: Sequence[LedgerRow]) -> list[float]:
    """Return as far as anything drawn reaches, a little of 0 to 1 at least, `FARTHEST` at most.

    One wide interval would otherwise squeeze all other rows; it runs out of the chart instead.
    """
    values = [v for row in rows for v in _drawn(row) if v is not None]
    return [max(min(-0.1, *values), -FARTHEST) - 0.03, min(max(1.0, *values), FARTHEST) + 0.03]


def _drawn(row: LedgerRow) -> tuple[float | None, ...]:
    controls = (against.value for against in row.against)
    return (0.0, row.value, row.low, row.high, row.claim.published, *controls)


def _mark_beyond(figure: go.Figure, rows: Sequence[LedgerRow], theme: Theme) -> None:
    """Write a value that lies outside of the chart at the end where it does."""
    for row in rows:
        if row.value is None or abs(row.value) <= FARTHEST:
            continue
        left = row.value < 0
        figure.add_annotation(
            x=-FARTHEST if left else FARTHEST,
            y=row.claim.name,
            text=f"◂ {number(row.value)}" if left else f"{number(row.value)} ▸",
            xanchor="left" if left else "right",
            showarrow=False,
            bgcolor=theme.paper,
        )


def _decades(rows: Sequence[LedgerRow]) -> list[float]:
    """Return the range of the logarithmic axis, a half to eight times at least."""
    values = [v for row in rows for v in (row.value, row.low, row.high, row.claim.published) if v]
    return [float(np.log10(min(0.5, *values) * 0.8)), float(np.log10(max(8.0, *values) * 1.6))]
