"""Does it hold up? Every K, every number of samples, and the panel without each encoder."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.subspace.dimension_sweep import Sweep
from substrate.analyses.subspace.leave_out import (
    LeaveOut,
    LeftOut,
)
from substrate.analyses.subspace.sample_size import NCurve
from substrate.figures.theme import PALETTE, Theme, base, reachable, state
from substrate.wording import between

BY_DIMENSION = "By the dimension K of the subspace"
BY_SAMPLES = "By the number of samples per domain"


def sweep(result: Sweep, theme: Theme, *, debiased: bool, published: dict[int, float]) -> go.Figure:
    """Draw the median between domains and the leave-encoder-out correlation against K."""
    side = int(debiased)
    figure = base(theme, title=BY_DIMENSION, height=480)
    for row, seed in zip(result.untrained[:, side], result.seeds, strict=True):
        _line(
            figure,
            result.ks,
            row,
            "Untrained, between domains",
            theme.untrained,
            "dot",
            first=seed == result.seeds[0],
        )
    if not debiased:
        name = "Random bases, K / (K + PR)"
        _line(figure, result.ks, result.expected, name, theme.muted, "longdash")
    error = None
    if np.isfinite(result.low[side]).any():
        error = {
            "type": "data",
            "array": result.high[side] - result.median[side],
            "arrayminus": result.median[side] - result.low[side],
            "width": 4,
        }
    _line(
        figure,
        result.ks,
        result.median[side],
        "Trained, between domains",
        theme.accent,
        "solid",
        error=error,
    )
    for row, seed in zip(result.shared_untrained, result.seeds, strict=True):
        _line(
            figure,
            result.shared_ks,
            row,
            f"Untrained, shared on {theme.domain(result.domain)}",
            theme.untrained,
            "dot",
            first=seed == result.seeds[0],
        )
    name = f"Trained, shared on {theme.domain(result.domain)}"
    _line(figure, result.shared_ks, result.shared, name, PALETTE[2], "solid")
    if published:
        _line(
            figure,
            tuple(published),
            np.array(list(published.values())),
            "Published medians (other encoders and domains)",
            PALETTE[3],
            "dash",
        )
    figure.update_xaxes(title="K", type="log", tickvals=list(result.ks), ticktext=list(result.ks))
    figure.update_yaxes(title="Similarity", range=reachable(figure, top=1.03))
    _legend_below(figure)
    interval = result.reason or f"interval 95 % over {result.nouns.groups}"
    return state(figure, theme, f"{'debiased' if debiased else 'biased'} · {interval}")


def _line(
    figure: go.Figure,
    x: tuple[int, ...],
    y: np.ndarray,
    name: str,
    colour: str,
    dash: str,
    *,
    error: dict | None = None,
    first: bool = True,
) -> None:
    figure.add_scatter(
        x=list(x),
        y=y,
        name=name,
        legendgroup=name,
        showlegend=first,
        mode="lines+markers",
        line={"color": colour, "dash": dash, "width": 2},
        marker={"size": 5},
        error_y=error,
        hovertemplate="%{fullData.name}<br>%{x}: %{y:.2f}<extra></extra>",
    )


def _legend_below(figure: go.Figure) -> None:
    figure.update_layout(
        hovermode="closest",
        margin={"b": 150},
        legend={"yref": "container", "y": 0, "yanchor": "bottom"},
    )


def n_curve(result: NCurve, theme: Theme) -> go.Figure:
    """Draw biased and debiased medians and their shuffled null against the number of samples."""
    figure = base(theme, title=BY_SAMPLES, height=440)
    series = (
        ("Trained, biased", result.trained[0], theme.accent, "solid"),
        ("Trained, debiased", result.trained[1], theme.accent, "dash"),
        (f"{result.shuffled_name}, biased", result.shuffled[0], theme.muted, "solid"),
        (f"{result.shuffled_name}, debiased", result.shuffled[1], theme.muted, "dash"),
    )
    for name, values, colour, dash in series:
        figure.add_scatter(
            x=list(result.sizes),
            y=np.mean(values, axis=1),
            mode="lines",
            name=name,
            line={"color": colour, "dash": dash, "width": 2},
            legendgroup=name,
            hoverinfo="skip",
        )
        figure.add_scatter(
            x=np.repeat(result.sizes, values.shape[1]),
            y=values.ravel(),
            mode="markers",
            name=name,
            legendgroup=name,
            showlegend=False,
            marker={"color": colour, "size": 6, "symbol": "circle" if dash == "solid" else "x"},
            hovertemplate=f"{name}<br>n = %{{x}}: %{{y:.2f}}<extra></extra>",
        )
    figure.update_xaxes(
        title="Samples per domain",
        type="log",
        tickvals=list(result.sizes),
        ticktext=list(result.sizes),
    )
    figure.update_yaxes(title="Median Procrustes-CKA", range=reachable(figure, top=1.03))
    _legend_below(figure)
    repeats = result.trained.shape[2]
    return state(
        figure, theme, f"K = {result.k} · {repeats} random subsamples of each size, a dot each"
    )


def leave_out(result: LeaveOut, theme: Theme, *, debiased: bool) -> go.Figure:
    """Draw the panel without each encoder and each family, beside the whole panel."""
    rows = result.rows
    figure = base(
        theme, title="Without each encoder, and without each family", height=230 + 26 * len(rows)
    )
    names = [row.name for row in rows]
    for name, colour, symbol, pick in (
        (
            "Between domains (median Procrustes-CKA)",
            theme.accent,
            "circle",
            lambda row: row.debiased if debiased else row.biased,
        ),
        (
            f"Shared on {theme.domain(result.domain)} (leave-encoder-out)",
            PALETTE[2],
            "diamond",
            lambda row: row.shared,
        ),
    ):
        _left_out(figure, rows, names, (name, colour, symbol), pick)
    figure.update_yaxes(categoryorder="array", categoryarray=names[::-1])
    figure.update_xaxes(
        title="Similarity", range=reachable(figure, axis="x", top=1.03), zeroline=False
    )
    figure.update_layout(
        hovermode="closest",
        margin={"b": 120},
        legend={"yref": "container", "y": 0, "yanchor": "bottom"},
    )
    over = result.over_encoders
    text = over.reason
    if over.low is not None and over.high is not None:
        text = f"encoder jackknife of the whole panel: {between(over.low, over.high)}"
    reason = rows[0].biased.reason or f"bars: 95 % over {rows[0].biased.unit}"
    return state(figure, theme, f"K = {result.k} · {text}<br>between domains: {reason}")


def _left_out(
    figure: go.Figure, rows: tuple[LeftOut, ...], names: list[str], look: tuple[str, str, str], pick
) -> None:
    name, colour, symbol = look
    estimates = [pick(row) for row in rows]
    values = np.array([one.value for one in estimates])
    bounds = np.array([[one.low, one.high] for one in estimates], dtype=np.float64)
    error = None
    if np.isfinite(bounds).any():
        error = {
            "type": "data",
            "array": bounds[:, 1] - values,
            "arrayminus": values - bounds[:, 0],
            "thickness": 1.3,
            "width": 4,
        }
    figure.add_scatter(
        x=values,
        y=names,
        mode="markers",
        name=name,
        error_x=error,
        marker={"color": colour, "symbol": symbol, "size": 9},
        hovertemplate="%{y}: %{x:.3f}<extra></extra>",
    )
    figure.add_vline(values[0], line={"color": colour, "width": 1, "dash": "dot"})
