"""What layers keep along the depth: two encoders in front, the others faint, twins as bands."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.layers.kept import (
    EncoderKept,
    Kept,
    TwinsKept,
    UntrainedKept,
)
from substrate.analyses.layers.kept_measure import (
    DIMENSION,
    IMBALANCE,
    LABELS,
    LAST_THIRD,
)
from substrate.figures.looks import Look
from substrate.figures.shared import band
from substrate.figures.theme import Theme, base, legend_below, reachable, reached, state
from substrate.figures.whiskers import whiskers

#: Seeds from which the middle 90 % is a band; of fewer it is their range.
MANY_SEEDS = 20
FAINT = 0.35
#: Dashes of the twins of A and of B.
DASHES = "dash", "dot"


def kept_curves(
    result: Kept,
    untrained: UntrainedKept | None,
    quantity: str,
    theme: Theme,
    front: tuple[str, ...],
) -> go.Figure:
    """Draw a quantity against relative depth; whiskers and twins' bands for those in front."""
    figure = base(theme, title=f"Along depth: {quantity}", height=480)
    shown = [one for one in result.encoders if one.encoder in front]
    for place, one in enumerate(shown):
        if untrained is not None:
            _twins(figure, one, untrained.of(one.encoder), quantity, theme, DASHES[place % 2])
    for place, one in enumerate(result.encoders):
        look = theme.look(one.encoder, place)
        _line(figure, one, quantity, look, front=one.encoder in front)
    figure.add_vline(LAST_THIRD, line={"color": theme.muted, "dash": "dot", "width": 1})
    figure.update_xaxes(title="Relative depth", range=[-0.02, 1.04], zeroline=False)
    figure.update_yaxes(title=axis_name(quantity), range=_range(figure, quantity))
    figure.update_yaxes(zeroline=True, zerolinecolor=theme.muted, zerolinewidth=1.5)
    entries = sum(trace.showlegend is not False for trace in figure.data)
    legend_below(figure, (entries + 1) // 2)
    return state(figure, theme, f"{result.size.caption} · seed {result.seed}")


def axis_name(quantity: str) -> str:
    """Name what a quantity's axis shows."""
    return {
        LABELS: "Held-out accuracy minus guessing",
        DIMENSION: "Intrinsic dimension",
        IMBALANCE: "Information imbalance (lower: more kept)",
    }.get(quantity, f"Held-out R² of {quantity}")


def _range(figure: go.Figure, quantity: str) -> list[float]:
    if quantity in (DIMENSION, IMBALANCE):
        return [0.0, reached(figure)[1]]
    return reachable(figure)


def _line(figure: go.Figure, one: EncoderKept, quantity: str, look: Look, *, front: bool) -> None:
    row = one.row(quantity)
    values, low, high = one.values[row], one.low[row], one.high[row]
    ends = zip(values.tolist(), low.tolist(), high.tolist(), strict=True)
    figure.add_scatter(
        x=one.depth,
        y=values,
        mode="lines+markers",
        name=look.title,
        opacity=1.0 if front else FAINT,
        line={"color": look.colour, "dash": look.dash, "width": 2.6 if front else 1.6},
        marker={"symbol": look.marker, "size": 9 if front else 6},
        error_y=whiskers(ends, look.colour) if front else None,
        text=list(one.layers),
        hovertemplate="%{text}: %{y:.2f}<extra>%{fullData.name}</extra>",
    )


def _twins(
    figure: go.Figure,
    one: EncoderKept,
    twins: TwinsKept,
    quantity: str,
    theme: Theme,
    dash: str,
) -> None:
    drawn = twins.values[:, one.row(quantity)]
    finite = np.isfinite(drawn).all(axis=0)
    if not finite.any():
        return
    seeds, look = len(drawn), theme.look(one.encoder)
    low, high, what = drawn.min(axis=0), drawn.max(axis=0), f"mean and range of {seeds} seeds"
    if seeds >= MANY_SEEDS:
        low, high = np.quantile(drawn, [0.05, 0.95], axis=0)
        what = f"mean and middle 90 % of {seeds} seeds"
    if seeds > 1:
        band(figure, one.depth[finite], low[finite], high[finite], theme.untrained_fill, "")
        figure.data[-1].showlegend = False
    figure.add_scatter(
        x=one.depth[finite],
        y=drawn[:, finite].mean(axis=0),
        mode="lines",
        name=f"Untrained twins of {look.title}, {what if seeds > 1 else 'one seed'}",
        line={"color": theme.untrained, "dash": dash, "width": 1.8},
        hovertemplate=f"untrained twins of {look.title}: %{{y:.2f}}<extra></extra>",
    )
