"""Two encoders along one direction: who disagrees about which image, and what removal costs."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.encoders.disagreement import Disagreement
from substrate.analyses.encoders.removal import Causal
from substrate.figures.looks import apart
from substrate.figures.theme import Theme, base, state
from substrate.wording import between, number


def scores(result: Disagreement, direction: int, theme: Theme) -> go.Figure:
    """Draw held-out scores in the first encoder against matched scores in the second."""
    match = int(result.match[direction]) + 1
    first, second = theme.encoder(result.first), theme.encoder(result.second)
    figure = base(
        theme,
        title=f"Direction {direction + 1} of {first} and direction {match} of {second}",
        height=460,
    )
    x, y = result.first_scores[:, direction], result.second_scores[:, direction]
    figure.add_scatter(
        x=x,
        y=y,
        mode="markers",
        name="held-out samples",
        showlegend=False,
        customdata=[[int(i)] for i in range(len(x))],
        marker={
            "size": 7,
            "color": result.residuals(direction),
            "colorscale": theme.diverging,
            "cmid": 0,
            "cmin": -3,
            "cmax": 3,
            "line": {"width": 0.5, "color": theme.muted},
            "colorbar": {"title": {"text": "residual", "side": "right"}, "thickness": 12},
        },
        hovertemplate="%{x:.2f}, %{y:.2f}<extra></extra>",
    )
    r = float(result.correlations[direction])
    reach = np.array([-4.0, 4.0])
    figure.add_scatter(
        x=reach,
        y=r * reach,
        mode="lines",
        hoverinfo="skip",
        showlegend=False,
        line={"color": theme.ink, "dash": "dash", "width": 1.5},
    )
    figure.update_xaxes(title=f"Score in {first}, standardised", range=[-4.2, 4.2])
    figure.update_yaxes(title=f"Matched score in {second}", range=[-4.2, 4.2])
    figure.update_layout(dragmode="lasso")
    low, high = result.low[direction], result.high[direction]
    interval = between(low, high) if np.isfinite(low) else result.reason
    units = " and ".join(u.text for u in result.units)
    facts = f"{len(x)} held-out of {result.size.caption}, {units} · r = {number(r)}, {interval}"
    chance = f"the best match reaches {number(result.tau)} by chance (95 %)"
    if result.no_chance:
        chance = f"within these {result.size.nouns.groups}. {result.no_chance}"
    return state(figure, theme, f"{facts}<br>{chance}")


def removal(result: Causal, theme: Theme) -> go.Figure:
    """Draw the change of probe accuracy when each direction, or its match, is taken out."""
    figure = base(theme, title="What the probe loses without each direction", height=440)
    k = np.arange(1, result.change.shape[1] + 1)
    low, high = np.quantile(result.random, [0.025, 0.975], axis=1)
    figure.add_hrect(
        y0=float(low.min()), y1=float(high.max()), fillcolor=theme.null, line={"width": 0}
    )
    figure.add_scatter(
        x=[None],
        y=[None],
        mode="markers",
        name="a random direction, middle 95 %",
        marker={"symbol": "square", "size": 12, "color": theme.null},
    )
    looks = apart([theme.look(result.first, 0), theme.look(result.second, 1)], theme.ink)
    for side, (gone, shift) in enumerate((("its direction", -0.12), ("the match", 0.12))):
        look = looks[side]
        error = None
        if np.isfinite(result.low[side]).any():
            error = {
                "type": "data",
                "array": result.high[side] - result.change[side],
                "arrayminus": result.change[side] - result.low[side],
                "width": 3,
                "thickness": 1.2,
            }
        figure.add_scatter(
            x=k + shift,
            y=result.change[side],
            mode="markers",
            name=f"{look.title} without {gone}",
            error_y=error,
            marker={"color": look.colour, "size": 8, "symbol": look.marker},
            hovertemplate="%{y:+.3f}<extra></extra>",
        )
    figure.add_hline(0, line={"color": theme.muted, "width": 1})
    figure.update_xaxes(title="Direction of the first encoder", dtick=1, zeroline=False)
    figure.update_yaxes(title="Change of accuracy", range=[-0.52, 0.22], zeroline=False)
    figure.update_layout(
        margin={"b": 120}, legend={"yref": "container", "y": 0, "yanchor": "bottom"}
    )
    interval = result.reason or f"bars: 95 % over {result.size.nouns.held_out}"
    accuracy = f"accuracy {number(result.accuracy[0])} and {number(result.accuracy[1])}"
    units = " and ".join(u.text for u in result.units)
    facts = f"{result.n_test} held-out of {result.size.caption}, {units} · {result.classes} classes"
    return state(figure, theme, f"{facts} · {accuracy}<br>{interval}")
