"""Two encoders along one direction: who disagrees about which image, and what removal costs."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.encoders.disagreement import Disagreement
from substrate.analyses.encoders.removal import Causal
from substrate.figures.theme import PALETTE, Theme, base, state


def scores(found: Disagreement, direction: int, theme: Theme) -> go.Figure:
    """Draw held-out scores in the first encoder against matched scores in the second."""
    match = int(found.match[direction]) + 1
    figure = base(theme, title=f"Direction {direction + 1} of {found.first} and direction {match} "
                  f"of {found.second}", height=460)  # fmt: skip
    x, y = found.first_scores[:, direction], found.second_scores[:, direction]
    figure.add_scatter(
        x=x, y=y, mode="markers", name="held-out samples", showlegend=False,
        customdata=[[int(i)] for i in range(len(x))],
        marker={"size": 7, "color": found.residuals(direction), "colorscale": "RdBu", "cmid": 0,
                "cmin": -3, "cmax": 3, "line": {"width": 0.5, "color": theme.muted},
                "colorbar": {"title": {"text": "residual", "side": "right"}, "thickness": 12}},
        hovertemplate="%{x:.2f}, %{y:.2f}<extra></extra>",
    )  # fmt: skip
    r = float(found.correlations[direction])
    reach = np.array([-4.0, 4.0])
    figure.add_scatter(x=reach, y=r * reach, mode="lines", hoverinfo="skip", showlegend=False,
                       line={"color": theme.ink, "dash": "dash", "width": 1.5})  # fmt: skip
    figure.update_xaxes(title=f"Score in {found.first}, standardised", range=[-4.2, 4.2])
    figure.update_yaxes(title=f"Matched score in {found.second}", range=[-4.2, 4.2])
    figure.update_layout(margin={"t": 76}, dragmode="lasso")
    low, high = found.low[direction], found.high[direction]
    interval = f"95 % interval {low:.2f} to {high:.2f}" if np.isfinite(low) else found.reason
    units = " and ".join(u.text for u in found.units)
    facts = f"{len(x)} held-out of {found.size.caption}, {units} · r = {r:.2f}, {interval}"
    chance = f"the best match reaches {found.tau:.2f} by chance (95 %)"
    if found.no_chance:
        chance = f"within these photographs. {found.no_chance}"
    return state(figure, theme, f"{facts}<br>{chance}")


def removal(found: Causal, theme: Theme) -> go.Figure:
    """Draw the change of probe accuracy when each direction, or its match, is taken out."""
    figure = base(theme, title="What the probe loses without each direction", height=440)
    k = np.arange(1, found.change.shape[1] + 1)
    low, high = np.quantile(found.random, [0.025, 0.975], axis=1)
    figure.add_hrect(y0=float(low.min()), y1=float(high.max()), fillcolor=theme.null,
                     line={"width": 0})  # fmt: skip
    figure.add_scatter(x=[None], y=[None], mode="markers", name="a random direction, middle 95 %",
                       marker={"symbol": "square", "size": 12, "color": theme.null})  # fmt: skip
    for side, (name, shift, colour) in enumerate(
        ((f"{found.first} without its direction", -0.12, PALETTE[0]),
         (f"{found.second} without the match", 0.12, PALETTE[3]))
    ):  # fmt: skip
        error = None
        if np.isfinite(found.low[side]).any():
            error = {"type": "data", "array": found.high[side] - found.change[side],
                     "arrayminus": found.change[side] - found.low[side], "width": 3,
                     "thickness": 1.2}  # fmt: skip
        figure.add_scatter(
            x=k + shift, y=found.change[side], mode="markers", name=name, error_y=error,
            marker={"color": colour, "size": 8, "symbol": ("circle", "diamond")[side]},
            hovertemplate="%{y:+.3f}<extra></extra>",
        )  # fmt: skip
    figure.add_hline(0, line={"color": theme.muted, "width": 1})
    figure.update_xaxes(title="Direction of the first encoder", dtick=1, zeroline=False)
    figure.update_yaxes(title="Change of accuracy", range=[-0.52, 0.22], zeroline=False)
    figure.update_layout(margin={"t": 84, "b": 120},
                         legend={"yref": "container", "y": 0, "yanchor": "bottom"})  # fmt: skip
    interval = found.reason or "bars: 95 % over held-out photographs"
    accuracy = f"accuracy {found.accuracy[0]:.2f} and {found.accuracy[1]:.2f}"
    units = " and ".join(u.text for u in found.units)
    facts = f"{found.n_test} held-out of {found.size.caption}, {units} · {found.classes} classes"
    return state(figure, theme, f"{facts} · {accuracy}<br>{interval}")
