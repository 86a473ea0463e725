"""One encoder's way from its first layer to its last, a frame per step of its training."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.layers.training_ways import TrainingWays
from substrate.figures.layers.frames import add_slider, plane_axes
from substrate.figures.looks import hollow
from substrate.figures.theme import Theme, base, legend_below, state
from substrate.wording import number, spread

TITLE = "Ways through the space of representations, by step"

#: Size of a layer's mark, and of the last one's; pixels.
MARK, LAST = 8, 15
#: How faint the encoders are that stand still.
STILL = 0.55


def training_ways_chart(
    result: TrainingWays, theme: Theme, titles: Mapping[str, str], step: int = -1
) -> go.Figure:
    """Draw the trained encoder's way at a step, moved by a slider, among those that stand still.

    ``step`` is the index of the frame that is shown first.
    """
    shown = range(len(result.steps))[step]
    figure = base(theme, title=TITLE, height=620)
    for owner, encoder in enumerate(result.encoders):
        look, here = theme.look(encoder, owner), np.flatnonzero(result.owner == owner)
        moves = owner == 0
        name = titles[encoder]
        figure.add_scatter(
            **_at(result, here, shown),
            mode="lines+markers",
            line={"color": look.colour, "width": 3.2 if moves else 1.6},
            marker={
                "symbol": look.marker if moves else hollow(look.marker),
                "color": look.colour,
                "size": [MARK] * (len(here) - 1) + [LAST],
            },
            opacity=1.0 if moves else STILL,
            name=f"{name}, at the step" if moves else f"{name}, as trained",
            text=[f"{result.layers[i]} (depth {number(float(result.depth[i]))})" for i in here],
            hovertemplate="%{text}<extra>%{fullData.name}</extra>",
        )
    own = np.flatnonzero(result.owner == 0)
    figure.frames = [
        go.Frame(data=[go.Scatter(**_at(result, own, t))], traces=[0], name=str(one))
        for t, one in enumerate(result.steps.tolist())
    ]
    plane_axes(figure, result.places)
    legend_below(figure, math.ceil(len(result.encoders) / 2))
    add_slider(
        figure,
        theme,
        [str(one) for one in result.steps.tolist()],
        prefix="Training step ",
        active=shown,
        labels=[f"{one:,}" for one in result.steps.tolist()],
    )
    return state(figure, theme, facts(result))


def _at(result: TrainingWays, here: np.ndarray, t: int) -> dict[str, Any]:
    return {"x": result.places[t, here, 0], "y": result.places[t, here, 1]}


def facts(result: TrainingWays) -> str:
    """State what the planes rest on, and how faithful they are."""
    return (
        f"{result.size.caption} · {len(result.layers)} layers, {len(result.steps)} steps · arccos "
        f"of linear CKA · stress {spread(result.stress.tolist())}"
    )
