"""The effect of training under every setting of the switches."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.sharedness.by_setting import COMPONENTS, WHITENING, Settings
from substrate.figures.theme import Theme, base, reached, state

TITLE = "The effect of training under every setting"


def settings_curve(result: Settings, theme: Theme, *, chosen: int | None = None) -> go.Figure:
    """Draw the effect of every setting in rising order, and below it which setting each is."""
    figure = base(theme, title=TITLE, height=560)
    order = np.argsort(result.effect, kind="stable")
    x = np.arange(result.count)
    error = None
    if np.isfinite(result.low).any():
        error = {
            "type": "data",
            "array": (result.high - result.effect)[order],
            "arrayminus": (result.effect - result.low)[order],
            "thickness": 1.2,
            "width": 3,
            "color": theme.accent,
        }
    figure.add_scatter(
        x=x,
        y=result.effect[order],
        mode="markers",
        error_y=error,
        name="effect",
        customdata=[[int(i)] for i in order],
        text=[_setting(result, int(i)) for i in order],
        marker={"color": theme.accent, "size": 8},
        hovertemplate="%{text}<br>effect %{y:.2f}<extra></extra>",
    )
    rows = _setting_rows(result)
    labels = [label for label, _ in rows]
    for position, (_, member) in enumerate(rows):
        at = np.flatnonzero(member[order])
        figure.add_scatter(
            x=at,
            y=np.full(len(at), position),
            yaxis="y2",
            mode="markers",
            hoverinfo="skip",
            customdata=[[int(order[i])] for i in at],
            marker={"color": theme.ink, "size": 6, "symbol": "square"},
        )
    if chosen is not None:
        where = int(np.flatnonzero(order == chosen)[0])
        figure.add_vrect(x0=where - 0.5, x1=where + 0.5, fillcolor=theme.null, line={"width": 0})
    figure.add_hline(0, line={"color": theme.muted, "width": 1})
    effect = "trained − untrained" if result.seeds else "trained (no untrained twins)"
    figure.update_layout(
        showlegend=False,
        margin={"l": 90},
        yaxis={"domain": [0.44, 1], "range": reached(figure), "title": effect},
        yaxis2={
            "domain": [0, 0.4],
            "tickvals": list(range(len(labels))),
            "ticktext": labels,
            "range": [len(labels) - 0.5, -0.5],
            "gridcolor": theme.grid,
            "zeroline": False,
        },
    )
    figure.update_xaxes(
        title="Settings, by their effect", showticklabels=False, zeroline=False, anchor="y2"
    )
    interval = result.reason or f"95 % CI over {result.size.nouns.held_out}"
    seeds = ", ".join(map(str, result.seeds)) or "none"
    return state(figure, theme, f"{result.size.caption} · untrained seeds {seeds}<br>{interval}")


def _setting(result: Settings, i: int) -> str:
    return f"{result.whitening[i]}, K = {result.k[i]}, split {result.split[i]}"


def _setting_rows(result: Settings) -> list[tuple[str, np.ndarray]]:
    whitening = np.array(result.whitening)
    rows = [(name, whitening == name) for name in WHITENING]
    rows += [(f"K = {k}", result.k == k) for k in COMPONENTS if (result.k == k).any()]
    return rows + [(f"split {s}", result.split == s) for s in np.unique(result.split)]
