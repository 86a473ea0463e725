"""Does it hold up? Every setting, every K, every number of samples, and without each encoder."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.sharedness.by_setting import (
    COMPONENTS,
    WHITENING,
    Settings,
)
from substrate.analyses.subspace.dimension_sweep import Sweep
from substrate.analyses.subspace.leave_out import (
    LeaveOut,
    LeftOut,
)
from substrate.analyses.subspace.sample_size import NCurve
from substrate.figures.sharedness.spectrum import UNTRAINED_COLOUR
from substrate.figures.theme import PALETTE, Theme, base, state


def settings_curve(found: Settings, theme: Theme, *, chosen: int | None = None) -> go.Figure:
    """Draw the effect of every setting in rising order, and below it which setting each is."""
    figure = base(theme, title="The effect of training under every setting", height=560)
    order = np.argsort(found.effect, kind="stable")
    x = np.arange(found.count)
    error = None
    if np.isfinite(found.low).any():
        error = {"type": "data", "array": (found.high - found.effect)[order],
                 "arrayminus": (found.effect - found.low)[order], "thickness": 1.2, "width": 3,
                 "color": theme.accent}  # fmt: skip
    figure.add_scatter(
        x=x, y=found.effect[order], mode="markers", error_y=error, name="effect",
        customdata=[[int(i)] for i in order], text=[_setting(found, int(i)) for i in order],
        marker={"color": theme.accent, "size": 8},
        hovertemplate="%{text}<br>effect %{y:.2f}<extra></extra>",
    )  # fmt: skip
    rows = _setting_rows(found)
    labels = [label for label, _ in rows]
    for position, (_, member) in enumerate(rows):
        at = np.flatnonzero(member[order])
        figure.add_scatter(
            x=at, y=np.full(len(at), position), yaxis="y2", mode="markers", hoverinfo="skip",
            customdata=[[int(order[i])] for i in at],
            marker={"color": theme.ink, "size": 6, "symbol": "square"},
        )  # fmt: skip
    if chosen is not None:
        where = int(np.flatnonzero(order == chosen)[0])
        figure.add_vrect(x0=where - 0.5, x1=where + 0.5, fillcolor=theme.null, line={"width": 0})
    figure.add_hline(0, line={"color": theme.muted, "width": 1})
    effect = "trained less untrained" if found.seeds else "trained (no untrained twins)"
    figure.update_layout(
        showlegend=False, margin={"t": 84, "l": 90},
        yaxis={"domain": [0.44, 1], "range": [-1.02, 1.02], "title": effect},
        yaxis2={"domain": [0, 0.4], "tickvals": list(range(len(labels))), "ticktext": labels,
                "range": [len(labels) - 0.5, -0.5], "gridcolor": theme.grid, "zeroline": False},
    )  # fmt: skip
    figure.update_xaxes(title="Settings, by their effect", showticklabels=False, zeroline=False,
                        anchor="y2")  # fmt: skip
    interval = found.reason or "95 % interval over held-out photographs"
    seeds = ", ".join(map(str, found.seeds)) or "none"
    return state(figure, theme, f"{found.size.caption} · untrained seeds {seeds}<br>{interval}")


def _setting(found: Settings, i: int) -> str:
    return f"{found.whitening[i]}, K = {found.k[i]}, split {found.split[i]}"


def _setting_rows(found: Settings) -> list[tuple[str, np.ndarray]]:
    whitening = np.array(found.whitening)
    rows = [(name, whitening == name) for name in WHITENING]
    rows += [(f"K = {k}", found.k == k) for k in COMPONENTS if (found.k == k).any()]
    return rows + [(f"split {s}", found.split == s) for s in np.unique(found.split)]


def sweep(found: Sweep, theme: Theme, *, debiased: bool, published: dict[int, float]) -> go.Figure:
    """Draw the median between domains and the leave-encoder-out correlation against K."""
    side = int(debiased)
    figure = base(theme, title="By the dimension K of the subspace", height=480)
    for row, seed in zip(found.untrained[:, side], found.seeds, strict=True):
        _line(figure, found.ks, row, "Untrained, between domains", UNTRAINED_COLOUR, "dot",
              first=seed == found.seeds[0])  # fmt: skip
    if not debiased:
        name = "Random bases, K / (K + PR)"
        _line(figure, found.ks, found.expected, name, theme.muted, "longdash")
    error = None
    if np.isfinite(found.low[side]).any():
        error = {"type": "data", "array": found.high[side] - found.median[side],
                 "arrayminus": found.median[side] - found.low[side], "width": 4}  # fmt: skip
    _line(figure, found.ks, found.median[side], "Trained, between domains", theme.accent, "solid",
          error=error)  # fmt: skip
    for row, seed in zip(found.shared_untrained, found.seeds, strict=True):
        _line(figure, found.shared_ks, row, f"Untrained, shared on {found.domain}", PALETTE[4],
              "dot", first=seed == found.seeds[0])  # fmt: skip
    name = f"Trained, shared on {found.domain}"
    _line(figure, found.shared_ks, found.shared, name, PALETTE[2], "solid")
    if published:
        _line(figure, tuple(published), np.array(list(published.values())),
              "Published medians (other encoders and domains)", PALETTE[3], "dash")  # fmt: skip
    figure.update_xaxes(title="K", type="log", tickvals=list(found.ks), ticktext=list(found.ks))
    figure.update_yaxes(title="Similarity", range=[-0.55, 1.03])
    _legend_below(figure)
    interval = found.reason or "interval 95 % over photographs"
    return state(figure, theme, f"{'debiased' if debiased else 'biased'} · {interval}")


def _line(
    figure: go.Figure, x: tuple[int, ...], y: np.ndarray, name: str, colour: str, dash: str,
    *, error: dict | None = None, first: bool = True,
) -> None:  # fmt: skip
    figure.add_scatter(
        x=list(x), y=y, name=name, legendgroup=name, showlegend=first, mode="lines+markers",
        line={"color": colour, "dash": dash, "width": 2}, marker={"size": 5}, error_y=error,
        hovertemplate="%{fullData.name}<br>%{x}: %{y:.2f}<extra></extra>",
    )  # fmt: skip


def _legend_below(figure: go.Figure) -> None:
    figure.update_layout(
        hovermode="closest", margin={"t": 76, "b": 150},
        legend={"yref": "container", "y": 0, "yanchor": "bottom"},
    )  # fmt: skip


def n_curve(found: NCurve, theme: Theme) -> go.Figure:
    """Draw biased and debiased medians and their shuffled null against the number of samples."""
    figure = base(theme, title="By the number of samples per domain", height=440)
    series = (
        ("Trained, biased", found.trained[0], theme.accent, "solid"),
        ("Trained, debiased", found.trained[1], theme.accent, "dash"),
        ("Shuffled between encoders, biased", found.shuffled[0], theme.muted, "solid"),
        ("Shuffled between encoders, debiased", found.shuffled[1], theme.muted, "dash"),
    )
    for name, values, colour, dash in series:
        figure.add_scatter(
            x=list(found.sizes), y=np.mean(values, axis=1), mode="lines", name=name,
            line={"color": colour, "dash": dash, "width": 2}, legendgroup=name, hoverinfo="skip",
        )  # fmt: skip
        figure.add_scatter(
            x=np.repeat(found.sizes, values.shape[1]), y=values.ravel(), mode="markers",
            name=name, legendgroup=name, showlegend=False,
            marker={"color": colour, "size": 6, "symbol": "circle" if dash == "solid" else "x"},
            hovertemplate=f"{name}<br>n = %{{x}}: %{{y:.2f}}<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(title="Samples per domain", type="log", tickvals=list(found.sizes),
                        ticktext=list(found.sizes))  # fmt: skip
    figure.update_yaxes(title="Median Procrustes-CKA", range=[-0.1, 1.03])
    _legend_below(figure)
    repeats = found.trained.shape[2]
    return state(
        figure, theme, f"K = {found.k} · {repeats} random subsamples of each size, a dot each"
    )


def leave_out(found: LeaveOut, theme: Theme, *, debiased: bool) -> go.Figure:
    """Draw the panel without each encoder and each family, beside the whole panel."""
    rows = found.rows
    figure = base(theme, title="Without each encoder, and without each family",
                  height=230 + 26 * len(rows))  # fmt: skip
    names = [row.label for row in rows]
    for name, colour, symbol, pick in (
        ("Between domains (median Procrustes-CKA)", theme.accent, "circle",
         lambda row: row.debiased if debiased else row.biased),
        (f"Shared on {found.domain} (leave-encoder-out)", PALETTE[2], "diamond",
         lambda row: row.shared),
    ):  # fmt: skip
        _left_out(figure, rows, names, (name, colour, symbol), pick)
    figure.update_yaxes(categoryorder="array", categoryarray=names[::-1])
    figure.update_xaxes(title="Similarity", range=[-0.55, 1.03], zeroline=False)
    figure.update_layout(
        hovermode="closest", margin={"t": 84, "b": 120},
        legend={"yref": "container", "y": 0, "yanchor": "bottom"},
    )  # fmt: skip
    over = found.over_encoders
    text = over.reason or f"encoder jackknife of the whole panel {over.low:.2f} to {over.high:.2f}"
    reason = rows[0].biased.reason or "bars: 95 % over photographs"
    return state(figure, theme, f"K = {found.k} · {text}<br>between domains: {reason}")


def _left_out(
    figure: go.Figure, rows: tuple[LeftOut, ...], names: list[str], look: tuple[str, str, str], pick
) -> None:  # fmt: skip
    name, colour, symbol = look
    each = [pick(row) for row in rows]
    values = np.array([one.value for one in each])
    bounds = np.array([[one.low, one.high] for one in each], dtype=np.float64)
    error = None
    if np.isfinite(bounds).any():
        error = {"type": "data", "array": bounds[:, 1] - values,
                 "arrayminus": values - bounds[:, 0], "thickness": 1.3, "width": 4}  # fmt: skip
    figure.add_scatter(
        x=values, y=names, mode="markers", name=name, error_x=error,
        marker={"color": colour, "symbol": symbol, "size": 9},
        hovertemplate="%{y}: %{x:.3f}<extra></extra>",
    )  # fmt: skip
    figure.add_vline(values[0], line={"color": colour, "width": 1, "dash": "dot"})
