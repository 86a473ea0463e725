"""All metrics of one pair on one scale: 0 is what shuffled images give, 1 is identity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from substrate.analyses.metrics.all_metrics import (
    MetricRow,
    MetricsResult,
)
from substrate.figures.theme import Theme, base, state
from substrate.figures.whiskers import whiskers

if TYPE_CHECKING:
    from substrate.numerics.estimates import Null


def calibrated_chart(result: MetricsResult, theme: Theme, title: str) -> go.Figure:
    """Draw each metric's calibrated value with its interval, against its null's 95 % level.

    Below ten photographs the null keeps them together and no level is drawn.
    """
    rows = [row for row in result.rows if row.calibrated is not None]
    rows.sort(key=lambda row: row.calibrated or 0.0)
    figure = base(theme, title=title, height=110 + 20 * len(rows))
    if not result.within:
        figure.add_trace(_levels(rows, theme))
    figure.add_trace(_values(rows, theme, within=result.within))
    figure.add_vline(x=0, line={"color": theme.muted, "width": 1})
    figure.add_vline(x=1, line={"color": theme.muted, "width": 1, "dash": "dot"})
    lowest = min((row.calibrated or 0.0 for row in rows), default=0.0)
    figure.update_xaxes(
        title="Calibrated value (1 is identity)",
        range=[min(-0.1, lowest) - 0.02, 1.05],
    )
    figure.update_yaxes(showgrid=False)
    facts = (
        f"{result.counted} · {result.permutations} permutations of {result.permuted} · "
        f"seed {result.seed} · widths {result.widths[0]} and {result.widths[1]}"
    )
    return state(figure, theme, facts)


def _levels(rows: Sequence[MetricRow], theme: Theme) -> go.Bar:
    """Return the bar of each null, up to its 95 % level."""
    return go.Bar(
        x=[_scaled(row, _null(row).level) for row in rows],
        y=[_name(row) for row in rows],
        orientation="h",
        marker={"color": theme.null},
        name="95 % level of the null",
        hovertemplate="%{y}: 95 % of the null below %{x:.3f}<extra></extra>",
    )


def _values(rows: Sequence[MetricRow], theme: Theme, *, within: bool) -> go.Scatter:
    return go.Scatter(
        x=[row.calibrated or 0.0 for row in rows],
        y=[_name(row) for row in rows],
        mode="markers",
        name="calibrated value",
        marker={"color": theme.accent, "size": 8},
        error_x=whiskers([_ends(row) for row in rows], theme.muted),
        customdata=[[row.estimate.value, _p(row)] for row in rows],
        hovertemplate="%{y}<br>calibrated %{x:.3f}<br>value %{customdata[0]:.4f}"
        + ("" if within else "<br>p %{customdata[1]:.3f}")
        + "<extra></extra>",
    )


def _name(row: MetricRow) -> str:
    return f"{row.label}, {row.direction}" if row.direction else row.label


def _null(row: MetricRow) -> Null:
    """Return the null of a row that is drawn: what is calibrated has one."""
    assert row.estimate.null is not None
    return row.estimate.null


def _p(row: MetricRow) -> float:
    p = _null(row).p
    return float("nan") if p is None else p


def _best(row: MetricRow) -> float:
    """Return the value of identity, from value = mean + calibrated (best - mean)."""
    assert row.calibrated
    mean = _null(row).mean
    return float(mean + (row.estimate.value - mean) / row.calibrated)


def _scaled(row: MetricRow, value: float | None) -> float | None:
    if value is None or not row.calibrated:
        return None
    mean = _null(row).mean
    return (value - mean) / (_best(row) - mean)


def _ends(row: MetricRow) -> tuple[float | None, float | None, float | None]:
    """Return the calibrated value and the ends of its interval, the lower first."""
    low, high = _scaled(row, row.estimate.low), _scaled(row, row.estimate.high)
    if low is None or high is None:
        return row.calibrated, None, None
    return row.calibrated, min(low, high), max(low, high)
