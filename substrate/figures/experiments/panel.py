"""The trained panel beside untrained panels on every domain, and pairs of one recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.experiments.panel import (
    PanelRepeat,
    PanelSummary,
)
from substrate.figures.shared import LEGEND_AT_FOOT
from substrate.figures.theme import Theme, base, colour, marker, reachable, state
from substrate.figures.whiskers import whiskers
from substrate.wording import MINUS, between, number, with_interval

PAIRS_TITLE = "Pairs of encoders: one recipe twice, and different ones"

if TYPE_CHECKING:
    from substrate.numerics.estimates import Estimate

SCALE = "Leave-encoder-out correlation"


def panel_domains(summary: PanelSummary, theme: Theme) -> go.Figure:
    """Draw a line per domain: shuffled panels in grey, untrained ones as dots, the trained one."""
    rows = summary.rows
    figure = base(
        theme, title="What the panel shares, trained and untrained", height=230 + 40 * len(rows)
    )
    for y, row in enumerate(rows):
        low, high = np.quantile(row.shuffled, [0.025, 0.975])
        figure.add_shape(
            type="rect",
            x0=low,
            x1=high,
            y0=y - 0.3,
            y1=y + 0.3,
            layer="below",
            fillcolor=theme.null,
            line={"width": 0},
        )
    figure.add_scatter(
        x=[None],
        y=[None],
        mode="markers",
        name="Images shuffled between encoders, middle 95 %",
        marker={"symbol": "square", "size": 12, "color": theme.null},
    )
    figure.add_scatter(
        x=[v for row in rows for v in row.untrained],
        y=[y for y, row in enumerate(rows) for _ in row.untrained],
        mode="markers",
        name=f"Untrained panels, {summary.seeds} seeds",
        marker={"size": 6, "color": theme.untrained, "opacity": 0.6},
        hovertemplate="untrained %{x:.3f}<extra></extra>",
    )
    figure.add_scatter(
        x=[row.trained.value for row in rows],
        y=list(range(len(rows))),
        mode="markers",
        name="Trained panel, 95 % CI",
        marker={
            "color": theme.accent,
            "size": 11,
            "line": {"width": 2, "color": theme.accent},
            "symbol": ["diamond-open" if row.within else "diamond" for row in rows],
        },
        error_x=whiskers(_ends([row.trained for row in rows]), theme.accent),
        text=[_hover(row) for row in rows],
        hovertemplate="%{text}<extra></extra>",
    )
    _lines(figure, rows)
    facts = "open: under ten photographs, values within them, no interval"
    return state(figure, theme, f"{summary.facts}<br>{facts}")


def panel_pairs(summary: PanelSummary, theme: Theme) -> go.Figure:
    """Draw panels of two: of one recipe with two seeds, and of different architectures."""
    rows = tuple(row for row in summary.rows if row.pairs)
    figure = base(
        theme,
        title=PAIRS_TITLE,
        height=260 + 44 * len(rows),
    )
    names = list(dict.fromkeys((p.first, p.second) for row in rows for p in row.pairs))
    for index, name in enumerate(names):
        here = [
            (y + 0.6 * ((index + 0.5) / len(names) - 0.5), pair)
            for y, row in enumerate(rows)
            for pair in row.pairs
            if (pair.first, pair.second) == name
        ]
        same = here[0][1].same_recipe
        said = " and ".join(map(theme.encoder, name))
        figure.add_scatter(
            x=[pair.estimate.value for _, pair in here],
            y=[y for y, _ in here],
            mode="markers",
            name=said,
            error_x=whiskers(_ends([p.estimate for _, p in here]), colour(index)),
            marker={
                "color": colour(index),
                "size": 9,
                "line": {"width": 1.5},
                "symbol": marker(index) + ("" if same else "-open"),
            },
            hovertemplate=f"{said}: %{{x:.3f}}<extra></extra>",
        )
    _lines(figure, rows)
    facts = "whiskers: 95 % jackknife over photographs, where there are ten or more"
    return state(figure, theme, f"{summary.facts}<br>{facts}")


def _lines(figure: go.Figure, rows: tuple[PanelRepeat, ...]) -> None:
    figure.update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=[f"{r.title} ({r.photographs})" for r in rows],
        range=[len(rows) - 0.4, -0.6],
        showgrid=False,
        zeroline=False,
    )
    figure.update_xaxes(
        title=f"{SCALE} (photographs in parentheses)", range=reachable(figure, axis="x")
    )
    figure.update_layout(margin={"b": 110}, legend=LEGEND_AT_FOOT)


def _ends(estimates: list[Estimate]) -> list[tuple[float, float | None, float | None]]:
    return [(e.value, e.low, e.high) for e in estimates]


def _hover(row: PanelRepeat) -> str:
    lines = [f"<b>{row.title}</b>", f"trained {number(row.trained.value)}"]
    if row.trained.low is not None and row.trained.high is not None:
        lines.append(between(row.trained.low, row.trained.high))
    lines.append(f"{row.exceeded} of {len(row.untrained)} untrained panels reach it")
    if row.difference.low is not None and row.difference.high is not None:
        lines.append(
            f"trained {MINUS} untrained "
            f"{with_interval(row.difference.value, row.difference.low, row.difference.high)}"
        )
    lines.append(f"{row.held_out} held-out tiles of {row.photographs} photographs")
    return "<br>".join(lines)
