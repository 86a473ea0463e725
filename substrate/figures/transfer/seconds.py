"""What every score costs for one encoder."""

from __future__ import annotations

import plotly.graph_objects as go

from substrate.analyses.transfer.scores import HYBRID, TransferResult
from substrate.analyses.transfer.tables import NAMES, seconds_table
from substrate.figures.shared import name_rows
from substrate.figures.theme import Theme, base, state


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
    figure.update_xaxes(type="log", title="Seconds (logarithmic)", exponentformat="power", dtick=1)
    facts = "measured one after the other in one thread; a run has others at work"
    return state(figure, theme, facts)
