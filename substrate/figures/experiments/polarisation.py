"""Passive and mixed units along a training, unit by unit, and of other encoders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from substrate.analyses.experiments.polarisation import (
    MIXED,
    PASSIVE,
    PolarisedRepeat,
    PolarisedSummary,
)
from substrate.figures.experiments.untrained import untrained_ranges
from substrate.figures.shared import LEGEND_AT_FOOT, name_rows
from substrate.figures.theme import Theme, base, colour, marker, state
from substrate.figures.training.steps import step_positions
from substrate.figures.whiskers import whiskers

if TYPE_CHECKING:
    from substrate.numerics.estimates import Estimate

#: Variance, in units of the layer's mean, that smaller ones are drawn at.
LEAST = 1e-5
SHARES = {PASSIVE: "Passive units", MIXED: "Mixed units"}


def polarised_training(summary: PolarisedSummary, theme: Theme) -> go.Figure:
    """Draw the shares of passive and mixed units of every layer, step by step."""
    figure = _two(theme, "Passive and mixed units along training", 520)
    for place, row in enumerate(summary.followed):
        for column, kind in enumerate(SHARES, start=1):
            _line(figure, row, kind, place, column)
    first = True
    for row in summary.followed:
        for column, kind in enumerate(SHARES, start=1):
            _twins(figure, row, kind, column, theme, shown=first)
            first = False
    steps = np.array([step.step for step in summary.own.steps])
    at = step_positions(steps)
    shown = sorted({*range(0, len(steps), 3), len(steps) - 1})
    figure.update_xaxes(
        title="Training step (logarithmic)",
        tickvals=at[shown],
        ticktext=[f"{steps[i]:,}" for i in shown],
    )
    figure.update_yaxes(range=[-0.03, 1.03], tickformat=".0%")
    figure.update_yaxes(title="Share of the layer's units", col=1)
    figure.update_yaxes(showticklabels=False, col=2)
    figure.update_layout(margin={"b": 150}, legend=LEGEND_AT_FOOT)
    return state(figure, theme, summary.facts)


def _two(theme: Theme, title: str, height: int) -> go.Figure:
    """Return two empty panels side by side, passive units at the left."""
    figure = make_subplots(1, 2, subplot_titles=list(SHARES.values()), horizontal_spacing=0.04)
    plain = base(theme, title=title, height=height).layout
    figure.update_layout(plain)
    figure.update_xaxes(plain.xaxis.to_plotly_json())
    figure.update_yaxes(plain.yaxis.to_plotly_json())
    figure.update_layout(margin_t=44)
    return figure


def _line(figure: go.Figure, row: PolarisedRepeat, kind: str, place: int, column: int) -> None:
    estimates = [_of(step, kind) for step in row.steps]
    figure.add_scatter(
        x=step_positions(np.array([step.step for step in row.steps])),
        y=[one.value for one in estimates],
        mode="lines+markers",
        name=row.layer,
        legendgroup=row.layer,
        showlegend=column == 1,
        line={"color": colour(place), "width": 2},
        marker={"color": colour(place), "symbol": marker(place), "size": 7},
        error_y=whiskers([(e.value, e.low, e.high) for e in estimates], colour(place), width=3),
        customdata=[step.step for step in row.steps],
        hovertemplate=f"{row.layer}, step %{{customdata:,}}: %{{y:.0%}}<extra></extra>",
        row=1,
        col=column,
    )


def _twins(
    figure: go.Figure, row: PolarisedRepeat, kind: str, column: int, theme: Theme, *, shown: bool
) -> None:
    """Mark further draws of untrained twins where the training begins."""
    draws = row.untrained_passive if kind == PASSIVE else row.untrained_mixed
    start = step_positions(np.array([step.step for step in row.steps]))[0]
    figure.add_scatter(
        x=[start] * len(draws),
        y=list(draws),
        mode="markers",
        name="Untrained twins of every layer, draw by draw",
        legendgroup="twins",
        showlegend=shown,
        marker={"symbol": "x-thin-open", "size": 8, "color": theme.untrained},
        hovertemplate=f"untrained, {row.layer}: %{{y:.0%}}<extra></extra>",
        row=1,
        col=column,
    )


def _of(one: object, kind: str) -> Estimate:
    estimate: Estimate = getattr(one, kind)
    return estimate


def polarised_units(
    summary: PolarisedSummary, theme: Theme, noise: float, mixed: float
) -> go.Figure:
    """Draw every unit of the last layer: how much it varies, and on how much of the images."""
    row = summary.own
    figure = base(theme, title=f"The units of {row.title}, before and after", height=480)
    for name, points, tone, symbol in (
        ("At step 0", row.start, theme.untrained, "x-thin-open"),
        ("At the end", row.end, theme.accent, "circle"),
    ):
        figure.add_scatter(
            x=[max(variance, LEAST) for variance, _ in points],
            y=[support for _, support in points],
            mode="markers",
            name=name,
            marker={
                "color": tone,
                "symbol": symbol,
                "size": 8,
                "opacity": 0.8,
                "line": {"width": 1.5, "color": tone},
            },
            hovertemplate="variance %{x:.3g} of the mean, support %{y:.2f}<extra></extra>",
        )
    line = {"color": theme.muted, "dash": "dot", "width": 1.5}
    figure.add_vline(noise, line=line)
    figure.add_hline(mixed, line=line)
    for text, x, y, anchor in (
        ("passive", 0.02, 0.98, "left"),
        ("active", 0.98, 0.98, "right"),
        ("mixed", 0.98, 0.03, "right"),
    ):
        figure.add_annotation(
            text=text,
            x=x,
            y=y,
            xref="paper",
            yref="paper",
            xanchor=anchor,
            showarrow=False,
            font={"color": theme.muted, "size": 14},
        )
    figure.update_xaxes(
        title="Variance over images (mean of the layer: 1)",
        type="log",
        dtick=1,
        exponentformat="power",
    )
    figure.update_yaxes(title="Support, in units of a Gaussian's", range=[0, 1.3], zeroline=False)
    figure.update_layout(margin={"b": 110}, legend=LEGEND_AT_FOOT)
    return state(figure, theme, summary.facts)


def polarised_encoders(summary: PolarisedSummary, theme: Theme) -> go.Figure:
    """Draw the shares of the last features of every encoder, with the range of its twins."""
    rows = summary.last
    figure = _two(theme, "Passive and mixed units of every encoder", 230 + 28 * len(rows))
    for column, kind in enumerate(SHARES, start=1):
        draws = [row.untrained_passive if kind == PASSIVE else row.untrained_mixed for row in rows]
        place = {"row": 1, "col": column, "showlegend": column == 1}
        untrained_ranges(figure, draws, theme, "Untrained twins", **place)
        estimates = [_of(row, kind) for row in rows]
        looks = [theme.look(row.encoder, place) for place, row in enumerate(rows)]
        own = [row.encoder == summary.own.encoder for row in rows]
        figure.add_scatter(
            x=[one.value for one in estimates],
            y=list(range(len(rows))),
            mode="markers",
            name="Trained, 95 % CI" if estimates[0].low is not None else "Trained",
            showlegend=column == 1,
            marker={
                "color": [look.colour for look in looks],
                "symbol": [look.marker for look in looks],
                "size": [15 if mine else 9 for mine in own],
            },
            error_x=whiskers([(e.value, e.low, e.high) for e in estimates], theme.muted),
            text=[row.title for row in rows],
            hovertemplate="%{text}: %{x:.0%}<extra></extra>",
            row=1,
            col=column,
        )
    name_rows(figure, [row.title for row in rows])
    figure.update_yaxes(showticklabels=False, col=2)
    figure.update_xaxes(title="Share of the units", range=[-0.03, 1.03], tickformat=".0%")
    return state(figure, theme, summary.facts)
