"""What every score costs for one encoder."""

from __future__ import annotations

import plotly.graph_objects as go

from substrate.analyses.transfer.scores import HYBRID, TransferResult
from substrate.analyses.transfer.tables import NAMES, seconds_table
from substrate.figures.shared import name_rows
from substrate.figures.theme import Theme, base, state

#: Powers of ten that the axis names, of a second.
DECADES = range(-6, 5)


def seconds_chart(result: TransferResult, theme: Theme) -> go.Figure:
    """Draw the seconds that each score takes for one encoder, on a logarithmic axis."""
    table = seconds_table(result).sort_values("median").reset_index(drop=True)
    figure = base(theme, title="Seconds for one encoder", height=180 + 30 * len(table))
    ends = zip(table["least"], table["most"], strict=True)
    figure.add_scatter(
        x=[x for least, most in ends for x in (least, most, None)],
        y=[y for i in range(len(table)) for y in (i, i, None)],
        mode="lines",
        line={"color": theme.null, "width": 9},
        name="least to most",
        hoverinfo="skip",
    )
    symbols = ["diamond" if name == NAMES[HYBRID] else "circle" for name in table["score"]]
    figure.add_scatter(
        x=table["median"],
        y=list(range(len(table))),
        mode="markers",
        name="median encoder",
        marker={"size": 10, "color": theme.accent, "symbol": symbols},
        text=table["score"],
        hovertemplate="%{text}: %{x:.2g} s<extra></extra>",
    )
    name_rows(figure, table["score"].tolist())
    figure.update_xaxes(
        type="log",
        title="Time, logarithmic",
        tickvals=[10.0**power for power in DECADES],
        ticktext=[_written(power) for power in DECADES],
    )
    facts = "measured one after the other in one thread; a run has others at work"
    return state(figure, theme, facts)


def _written(power: int) -> str:
    """Write a power of ten of a second as whole microseconds, milliseconds or seconds."""
    unit, step = ("s", 0) if power >= 0 else ("ms", -3) if power >= -3 else ("µs", -6)
    return f"{10 ** (power - step):,} {unit}"
