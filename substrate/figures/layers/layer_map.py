"""All layers of all encoders as a map, coloured by encoder, family, objective or depth."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.layers.choice import BY_DEPTH, BY_FAMILY, BY_OBJECTIVE
from substrate.analyses.layers.layer_map import LayerMap
from substrate.figures.layers.colours import depth_bar, name_kinds, of_kinds
from substrate.figures.layers.frames import plane_axes
from substrate.figures.theme import Theme, base, legend_below, state
from substrate.wording import number

#: Size of a layer's mark, and of the last one's; pixels.
MARK, LAST = 9, 16


def layer_map_chart(
    result: LayerMap, theme: Theme, titles: Mapping[str, str], by: str
) -> go.Figure:
    """Draw every layer at its place, an encoder's joined by a thin line; the last one is large."""
    figure = base(theme, title="All layers at once", height=620)
    named = {BY_FAMILY: result.families, BY_OBJECTIVE: result.objectives}.get(by, ())
    kinds = of_kinds(named, result.encoders[: len(named)], by, theme)
    for owner, encoder in enumerate(result.encoders):
        look, here = theme.look(encoder, owner), np.flatnonzero(result.owner == owner)
        drawn = kinds[named[owner]] if named else look.colour
        depths = result.depth[here]
        figure.add_scatter(
            x=result.places[here, 0],
            y=result.places[here, 1],
            mode="lines+markers",
            line={"color": drawn, "width": 2 if by == BY_DEPTH else 1},
            marker={
                "symbol": look.marker,
                "size": [MARK] * (len(here) - 1) + [LAST],
                **(
                    {"color": depths, "coloraxis": "coloraxis"}
                    if by == BY_DEPTH
                    else {"color": drawn}
                ),
            },
            name=titles[encoder],
            showlegend=not kinds,
            text=[f"{result.layers[i]} (depth {number(float(result.depth[i]))})" for i in here],
            hovertemplate="%{text}<extra>%{fullData.name}</extra>",
        )
    name_kinds(figure, kinds, by, MARK)
    if by == BY_DEPTH:
        depth_bar(figure)
    plane_axes(figure, result.places, unit=f" ({result.distance})")
    legend_below(figure, math.ceil((len(kinds) or len(result.encoders)) / 2))
    return state(figure, theme, facts(result))


def facts(result: LayerMap) -> str:
    """State what the map rests on, and how faithful it is."""
    instead = f", as {result.reason}" if result.reason else ""
    return (
        f"{result.size.caption} · {len(result.layers)} layers · {result.distance}{instead} "
        f"· stress {number(result.stress)}"
    )
