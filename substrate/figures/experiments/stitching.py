"""Stitched networks: accuracy cut by cut, and against what an affine map predicts at the cut."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.experiments.stitching import StitchRepeat, StitchSummary
from substrate.figures.experiments.untrained import untrained_ranges
from substrate.figures.shared import LEGEND_AT_FOOT, guessing, name_rows
from substrate.figures.theme import Theme, base, colour, marker, state
from substrate.figures.whiskers import whiskers
from substrate.wording import number, with_interval

#: Of ten classes.
CHANCE = 0.1


def stitching_rows(summary: StitchSummary, theme: Theme) -> go.Figure:
    """Draw the accuracy of every cut, pair by pair, beside the upper network and untrained ones."""
    rows = [row for pair in summary.pairs for row in summary.of(pair)]
    places = list(range(len(rows)))
    figure = base(theme, title="Accuracy of stitched networks", height=210 + 30 * len(rows))
    draws = [row.untrained for row in rows]
    untrained_ranges(figure, draws, theme, "Untrained lower network")
    figure.add_scatter(
        x=[row.original.value for row in rows],
        y=places,
        mode="markers",
        name="Upper network as it is",
        marker={
            "color": theme.ceiling,
            "symbol": "line-ns-open",
            "size": 16,
            "line": {"width": 2.5},
        },
        hovertemplate="as it is: %{x:.1%}<extra></extra>",
    )
    figure.add_scatter(
        x=[row.fitted.value for row in rows],
        y=places,
        mode="markers",
        name="Map of least squares",
        marker={"color": theme.accent, "symbol": "diamond-open", "size": 9, "line": {"width": 2}},
        hovertemplate="map of least squares: %{x:.1%}<extra></extra>",
    )
    figure.add_scatter(
        x=[row.stitched.value for row in rows],
        y=places,
        mode="markers",
        name="Map trained for the classes",
        marker={"color": theme.accent, "symbol": "circle", "size": 11},
        error_x=whiskers(
            [(r.stitched.value, r.stitched.low, r.stitched.high) for r in rows], theme.accent
        ),
        text=[_hover(row) for row in rows],
        hovertemplate="%{text}<extra></extra>",
    )
    guessing(figure, CHANCE, theme)
    figure.update_xaxes(title="Accuracy on test images", range=[-0.02, 1.02], tickformat=".0%")
    name_rows(figure, [f"{row.pair}, {row.cut}" for row in rows], foot=140)
    return state(figure, theme, summary.facts)


def stitching_r2(summary: StitchSummary, theme: Theme) -> go.Figure:
    """Draw accuracy kept, as a share of the upper network's, against R2 at the same cut."""
    figure = base(theme, title="Accuracy kept, against R² at the cut", height=460)
    untrained = [row for row in summary.rows if row.untrained]
    if untrained:
        figure.add_scatter(
            x=[float(np.mean(row.untrained_r2)) for row in untrained],
            y=[float(np.mean(row.untrained)) / row.original.value for row in untrained],
            mode="markers",
            name="Untrained lower networks, mean of draws",
            marker={"color": theme.untrained, "symbol": "triangle-up-open", "size": 10},
            text=[f"untrained under {row.second_title}, {row.cut}" for row in untrained],
            hovertemplate="%{text}<br>R² %{x:.2f}, %{y:.0%} kept<extra></extra>",
        )
    for index, pair in enumerate(summary.pairs):
        rows = summary.of(pair)
        figure.add_scatter(
            x=[row.r2.value for row in rows],
            y=[row.stitched.value / row.original.value for row in rows],
            mode="lines+markers",
            name=pair,
            line={"color": colour(index), "width": 1.2},
            marker={"color": colour(index), "symbol": marker(index), "size": 11},
            error_x=whiskers([(r.r2.value, r.r2.low, r.r2.high) for r in rows], colour(index)),
            error_y=whiskers([_kept(row) for row in rows], colour(index)),
            text=[_hover(row) for row in rows],
            hovertemplate="%{text}<extra></extra>",
        )
    figure.add_hline(1, line={"color": theme.muted, "width": 1.2})
    figure.update_xaxes(title="Held-out R² of the affine map", range=[-0.02, 1.02])
    figure.update_yaxes(title="Share of the accuracy kept", range=[0, 1.08], tickformat=".0%")
    figure.update_layout(margin={"b": 170}, legend=LEGEND_AT_FOOT)
    return state(figure, theme, summary.facts)


def _kept(row: StitchRepeat) -> tuple[float | None, float | None, float | None]:
    """Return the share of the upper network's accuracy that is kept, and its ends."""
    stitched, whole = row.stitched, row.original.value
    low, high = (None if end is None else end / whole for end in (stitched.low, stitched.high))
    return stitched.value / whole, low, high


def _hover(row: StitchRepeat) -> str:
    stitched = with_interval(row.stitched.value, row.stitched.low, row.stitched.high)
    return (
        f"<b>{row.pair}</b><br>{row.first_layer} → {row.second_layer}, {row.grid}"
        f"<br>accuracy {stitched}, as it is {number(row.original.value)}"
        f"<br>R² {with_interval(row.r2.value, row.r2.low, row.r2.high)}"
    )
