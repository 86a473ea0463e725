"""Emergence: shares of the way, and every training's curve on one domain."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.experiments.emergence import (
    EmergenceRepeat,
    EmergenceSummary,
    has_share,
)
from substrate.figures.looks import Look
from substrate.figures.shared import LEGEND_AT_FOOT
from substrate.figures.theme import Theme, base, colour, dash, marker, reachable, state
from substrate.figures.training.steps import step_positions
from substrate.figures.whiskers import whiskers
from substrate.wording import percent

#: Shares that the axis holds: a change of alignment that is small against its error gives others.
REACH = (-1.0, 2.0)
SHARES_TITLE = "How far alignment had come when accuracy was half way"


def emergence_shares(summary: EmergenceSummary, theme: Theme) -> go.Figure:
    """Draw the share of its way that alignment had made half-way through accuracy's gain."""
    outside = 0
    trainings = list(dict.fromkeys(r.encoder for r in summary.every))
    titles = {r.encoder: r.title for r in summary.every}
    figure = base(
        theme,
        title=SHARES_TITLE,
        height=230 + 62 * len(trainings),
    )
    for index, domain in enumerate(summary.domains):
        rows = [r for r in summary.every if r.domain == domain and has_share(r)]
        offset = 0.6 * ((index + 0.5) / len(summary.domains) - 0.5)
        ends = [(_shown(r.share.value), _shown(r.share.low), _shown(r.share.high)) for r in rows]
        away = [r.share.value != shown for r, (shown, _, _) in zip(rows, ends, strict=True)]
        outside += sum(away)
        title = next(r.domain_title for r in summary.every if r.domain == domain)
        within = any(r.within for r in summary.every if r.domain == domain)
        figure.add_scatter(
            x=[shown for shown, _, _ in ends],
            y=[trainings.index(r.encoder) + offset for r in rows],
            mode="markers+text",
            text=[percent(r.share.value) if far else "" for r, far in zip(rows, away, strict=True)],
            textposition=[_inwards(shown, index) for shown, _, _ in ends],
            name=f"{title}{' (within photographs)' if within else ''}",
            marker={
                "color": colour(index),
                "symbol": [
                    _symbol(shown, marker(index), within=within, outside=far)
                    for (shown, _, _), far in zip(ends, away, strict=True)
                ],
                "size": 10,
                "line": {"width": 1.5},
            },
            error_x=whiskers(ends, colour(index)),
            customdata=[[r.title, r.photographs, percent(r.share.value)] for r in rows],
            hovertemplate="%{customdata[0]}, %{customdata[1]} photographs<br>%{customdata[2]} "
            "of the way"
            "<extra></extra>",
        )
    figure.add_vline(0.5, line={"color": theme.muted, "dash": "dot", "width": 1.5})
    figure.update_yaxes(
        tickvals=list(range(len(trainings))),
        ticktext=[titles[t] for t in trainings],
        range=[len(trainings) - 0.4, -0.6],
        showgrid=False,
        zeroline=False,
    )
    figure.update_xaxes(
        title="Share of the whole change in alignment",
        tickformat=".0%",
        range=[REACH[0] - 0.08, REACH[1] + 0.08],
    )
    figure.update_layout(margin={"b": 120}, legend=LEGEND_AT_FOOT)
    silent = len(summary.every) - sum(has_share(r) for r in summary.every)
    facts = "Whiskers: 95 % jackknife over photographs; open: under ten photographs, no interval"
    if silent:
        facts += f"<br>Left out: {silent} whose change does not exceed its interval"
    if outside:
        facts += f"<br>Triangles at an edge: {outside} beyond it, with its share"
    return state(figure, theme, f"{facts}<br>Dotted line: in step with accuracy")


def _shown(share: float | None) -> float | None:
    """Return where a share is drawn: at an edge of the axis where it lies beyond."""
    return None if share is None else float(np.clip(share, *REACH))


def _symbol(shown: float | None, symbol: str, *, within: bool, outside: bool) -> str:
    """Return a mark's symbol: a triangle that points to where a share beyond the edge lies."""
    if outside:
        symbol = "triangle-left" if shown == REACH[0] else "triangle-right"
    return f"{symbol}-open" if within else symbol


def _inwards(shown: float | None, index: int) -> str:
    """Return where a number beyond an edge stands: those of neighbouring domains lie apart."""
    side = "right" if shown == REACH[0] else "left"
    return f"{('top', 'bottom')[index % 2]} {side}"


def emergence_curves(summary: EmergenceSummary, theme: Theme) -> go.Figure:
    """Draw every training's alignment on one domain (solid) and its accuracy (dashed)."""
    figure = base(theme, title=f"Along training, on {summary.domain_title}", height=540)
    for index, row in enumerate(summary.here):
        _curve(figure, row, theme.look(row.encoder, index))
    longest = max((r.steps for r in summary.here), key=len)
    at = step_positions(np.array(longest))
    figure.update_xaxes(
        title="Training step (logarithmic)",
        tickvals=at,
        ticktext=[f"{s:,}" for s in longest],
        tickangle=-40,
    )
    both = reachable(figure)  # one scale for both axes
    figure.update_yaxes(title=summary.here[0].metric, range=both)
    figure.update_layout(
        yaxis2={
            "title": "Accuracy (dashed)",
            "overlaying": "y",
            "side": "right",
            "range": both,
            "tickformat": ".0%",
            "showgrid": False,
            "zeroline": False,
            "color": theme.muted,
        },
        margin={"r": 72, "b": 140},
        legend=LEGEND_AT_FOOT,
    )
    return state(figure, theme, summary.facts)


def _curve(figure: go.Figure, row: EmergenceRepeat, look: Look) -> None:
    x, ink = step_positions(np.array(row.steps)), look.colour
    ends = list(zip(row.values, row.low, row.high, strict=True))
    lines = [(row.values, row.title, {"color": ink, "dash": "solid", "width": 2.4})]
    if not row.within:
        level = {"color": ink, "dash": "dot", "width": 1}
        lines.append((row.tau, f"{row.title}, 95 % of shuffled", level))
    for y, name, style in lines:
        measured = y is row.values
        figure.add_scatter(
            x=x,
            y=y,
            mode="lines+markers" if measured else "lines",
            name=name,
            line=style,
            legendgroup=row.encoder,
            showlegend=measured,
            customdata=row.steps,
            marker={"symbol": look.marker, "size": 8},
            error_y=whiskers(ends, ink) if measured else None,
            hovertemplate=f"{name}<br>step %{{customdata:,}}: %{{y:.3f}}<extra></extra>",
        )
    figure.add_scatter(
        x=x,
        y=row.accuracy,
        yaxis="y2",
        mode="lines",
        showlegend=False,
        legendgroup=row.encoder,
        line={"color": ink, "dash": dash(1), "width": 1.4},
        name=f"{row.title}, accuracy",
        hovertemplate=f"{row.title}<br>{row.accuracy_kind} %{{y:.1%}}<extra></extra>",
    )
