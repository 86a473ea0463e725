"""What animated planes share: axes that all frames keep, and a slider over the frames."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float

from substrate.figures.theme import Theme

#: Room for the slider and its buttons below the axis; pixels.
SLIDER_PX = 120


def plane_axes(
    figure: go.Figure, places: Float[np.ndarray, "*t l 2"], unit: str = " (radians)"
) -> None:
    """Give both axes one scale and a range that all frames share."""
    figure.update_xaxes(title=f"First axis{unit}", zeroline=False, range=_range(places[..., 0]))
    figure.update_yaxes(
        title=f"Second axis{unit}",
        zeroline=False,
        scaleanchor="x",
        range=_range(places[..., 1]),
    )


def _range(along: Float[np.ndarray, "*t l"]) -> list[float]:
    low, high = float(along.min()), float(along.max())
    room = 0.06 * max(high - low, 1e-6)
    return [low - room, high + room]


def add_slider(
    figure: go.Figure,
    theme: Theme,
    names: Sequence[str],
    *,
    prefix: str,
    active: int = -1,
    labels: Sequence[str] = (),
) -> None:
    """Put a slider over the frames of these names and its buttons between axis and legend."""
    jump = {"mode": "immediate", "frame": {"duration": 0, "redraw": False}}
    play = {"frame": {"duration": 450, "redraw": False}, "fromcurrent": True}
    look = {"bgcolor": theme.panel, "bordercolor": theme.muted}
    height, bottom = figure.layout.height, figure.layout.margin.b
    inner = height - figure.layout.margin.t - bottom
    figure.update_layout(
        height=height + SLIDER_PX,
        margin={"b": bottom + SLIDER_PX},
        sliders=[
            {
                **look,
                "active": range(len(names))[active],
                "x": 0.2,
                "len": 0.8,
                "y": -56 / inner,
                "yanchor": "top",
                "pad": {"t": 4, "b": 0},
                "currentvalue": {"prefix": prefix},
                "steps": [
                    {"label": label, "method": "animate", "args": [[name], jump]}
                    for name, label in zip(names, labels or names, strict=True)
                ],
            }
        ],
        updatemenus=[
            {
                **look,
                "type": "buttons",
                "direction": "left",
                "x": 0.0,
                "xanchor": "left",
                "y": -76 / inner,
                "yanchor": "top",
                "showactive": False,
                "buttons": [
                    {"label": "Play", "method": "animate", "args": [list(names), play]},
                    {"label": "Stop", "method": "animate", "args": [[None], jump]},
                ],
            }
        ],
    )
