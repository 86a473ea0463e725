"""Every encoder's way from its first layer to its last, in one plane, drawn layer by layer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Int

from substrate.analyses.layers.trajectories import Trajectories
from substrate.figures.looks import hollow
from substrate.figures.theme import Theme, base, legend_below, state
from substrate.wording import number

#: Encoders from which all but those in focus are faint, and how faint.
MANY, FAINT = 7, 0.35
#: Size of a layer's mark, and of the last one's; pixels.
MARK, LAST = 7, 14
#: Depths at which the animation stops.
STOPS = tuple(np.linspace(0.0, 1.0, 11).round(2).tolist())
#: Room for the slider and its buttons below the axis; pixels.
SLIDER_PX = 120


def trajectories_chart(
    result: Trajectories,
    theme: Theme,
    titles: Mapping[str, str],
    focus: tuple[str, str] = ("", ""),
) -> go.Figure:
    """Draw a line per encoder from its first layer to its last, which is marked large.

    A slider draws the lines as far as a relative depth; whole ways are shown at first.
    """
    figure = base(theme, title="Ways through the space of representations", height=620)
    many = sum(not one for one in result.untrained) >= MANY
    names = list(dict.fromkeys(result.encoders))
    for encoder, untrained, here in result.ways():
        look, lit = theme.look(encoder, names.index(encoder)), encoder in focus
        name = f"{titles[encoder]}, untrained" if untrained else titles[encoder]
        figure.add_scatter(
            **_until(result, here, 1.0),
            mode="lines+markers",
            line={
                "color": look.colour,
                "width": 1.2 if untrained else 2.2,
                "dash": "dot" if untrained else "solid",
            },
            marker_symbol=hollow(look.marker) if untrained else look.marker,
            marker_color=look.colour,
            opacity=FAINT if many and not lit else (0.75 if untrained else 1.0),
            name=name,
            showlegend=not untrained,
            customdata=[[names.index(encoder), 0]] * len(here),
            hovertemplate="%{text}<extra>%{fullData.name}</extra>",
        )
    ways = [here for _, _, here in result.ways()]
    figure.frames = [
        go.Frame(
            data=[go.Scatter(**_until(result, here, stop)) for here in ways],
            traces=list(range(len(ways))),
            name=_stop(stop),
        )
        for stop in STOPS
    ]
    if any(result.untrained):
        figure.add_scatter(
            x=[None],
            y=[None],
            mode="lines",
            line={"color": theme.untrained, "dash": "dot", "width": 1.2},
            name="Untrained twins, in their encoder's colour",
        )
    for axis, places in ((0, "x"), (1, "y")):
        figure.update_layout({f"{places}axis.range": _range(result, axis)})
    figure.update_xaxes(title="First axis (radians)", zeroline=False)
    figure.update_yaxes(title="Second axis (radians)", zeroline=False, scaleanchor="x")
    legend_below(figure, math.ceil((len(names) + 1) / 2))
    _add_slider(figure, theme)
    return state(figure, theme, facts(result))


def _until(result: Trajectories, here: Int[np.ndarray, " k"], stop: float) -> dict[str, Any]:
    """Return a way as far as a relative depth; the last layer that is reached is marked large."""
    reached = here[result.depth[here] <= stop + 1e-9]
    reached = reached if len(reached) else here[:1]
    return {
        "x": result.places[reached, 0],
        "y": result.places[reached, 1],
        "marker_size": [MARK] * (len(reached) - 1) + [LAST],
        "text": [f"{result.layers[i]} (depth {number(float(result.depth[i]))})" for i in reached],
    }


def _range(result: Trajectories, axis: int) -> list[float]:
    """Return a range that all frames share."""
    low, high = (float(end) for end in (result.places[:, axis].min(), result.places[:, axis].max()))
    room = 0.06 * max(high - low, 1e-6)
    return [low - room, high + room]


def _stop(stop: float) -> str:
    return f"{stop:.1f}"


def _add_slider(figure: go.Figure, theme: Theme) -> None:
    """Put a slider over depth and its buttons between the axis and the legend."""
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
                "active": len(STOPS) - 1,
                "x": 0.2,
                "len": 0.8,
                "y": -56 / inner,
                "yanchor": "top",
                "pad": {"t": 4, "b": 0},
                "currentvalue": {"prefix": "As far as relative depth "},
                "steps": [
                    {"label": _stop(s), "method": "animate", "args": [[_stop(s)], jump]}
                    for s in STOPS
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
                    {
                        "label": "Play",
                        "method": "animate",
                        "args": [[_stop(s) for s in STOPS], play],
                    },
                    {"label": "Stop", "method": "animate", "args": [[None], jump]},
                ],
            }
        ],
    )


def facts(result: Trajectories) -> str:
    """State what the plane rests on, and how faithful it is."""
    return (
        f"{result.size.caption} · {len(result.layers)} layers · arccos of linear CKA · stress "
        f"{number(result.stress)}"
    )
