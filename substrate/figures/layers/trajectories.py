"""Every encoder's way from its first layer to its last, in one plane, drawn layer by layer."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Int

from substrate.analyses.layers.choice import BY_DEPTH, BY_ENCODER
from substrate.analyses.layers.trajectories import Trajectories
from substrate.figures.layers.colours import depth_bar, name_kinds, of_kinds
from substrate.figures.layers.frames import add_slider, plane_axes
from substrate.figures.looks import hollow
from substrate.figures.theme import Theme, base, legend_below, state
from substrate.wording import number

#: Encoders from which all but those in focus are faint, and how faint.
MANY, FAINT = 7, 0.35
#: Size of a layer's mark, and of the last one's; pixels.
MARK, LAST = 7, 14
#: Depths at which the animation stops.
STOPS = tuple(np.linspace(0.0, 1.0, 11).round(2).tolist())


def trajectories_chart(
    result: Trajectories,
    theme: Theme,
    titles: Mapping[str, str],
    focus: tuple[str, str] = ("", ""),
    by: str = BY_ENCODER,
    named: Sequence[str] = (),
) -> go.Figure:
    """Draw a line per encoder from its first layer to its last, which is marked large.

    ``by`` says what colours mean; ``named`` is the family or the objective of each way, where it is
    one of these. A slider draws the lines as far as a relative depth; whole ways are shown first.
    """
    figure = base(theme, title="Ways through the space of representations", height=620)
    many = sum(not one for one in result.untrained) >= MANY
    names = list(dict.fromkeys(result.encoders))
    kinds = of_kinds(named, result.encoders[: len(named)], by, theme)
    for way, (encoder, untrained, here) in enumerate(result.ways()):
        look, lit = theme.look(encoder, names.index(encoder)), encoder in focus
        drawn = kinds[named[way]] if named else look.colour
        of_marks = {"coloraxis": "coloraxis"} if by == BY_DEPTH else {"color": drawn}
        name = f"{titles[encoder]}, untrained" if untrained else titles[encoder]
        figure.add_scatter(
            **_until(result, here, 1.0, by),
            mode="lines+markers",
            line={
                "color": drawn,
                "width": 1.2 if untrained else 2.2,
                "dash": "dot" if untrained else "solid",
            },
            marker_symbol=hollow(look.marker) if untrained else look.marker,
            **{f"marker_{key}": value for key, value in of_marks.items()},
            opacity=FAINT if many and not lit else (0.75 if untrained else 1.0),
            name=name,
            showlegend=not untrained and not kinds,
            customdata=[[names.index(encoder), 0]] * len(here),
            hovertemplate="%{text}<extra>%{fullData.name}</extra>",
        )
    ways = [here for _, _, here in result.ways()]
    figure.frames = [
        go.Frame(
            data=[go.Scatter(**_until(result, here, stop, by)) for here in ways],
            traces=list(range(len(ways))),
            name=f"{stop:.1f}",
        )
        for stop in STOPS
    ]
    if any(result.untrained):
        figure.add_scatter(
            x=[None],
            y=[None],
            mode="lines",
            line={"color": theme.untrained, "dash": "dot", "width": 1.2},
            name="Untrained twins" + ", in their encoder's colour" * (by == BY_ENCODER),
        )
    name_kinds(figure, kinds, by, MARK)
    if by == BY_DEPTH:
        depth_bar(figure)
    plane_axes(figure, result.places)
    legend_below(figure, math.ceil((len(kinds or names) + 1) / 2))
    stops = [f"{stop:.1f}" for stop in STOPS]
    add_slider(figure, theme, stops, prefix="As far as relative depth ")
    return state(figure, theme, facts(result))


def _until(
    result: Trajectories, here: Int[np.ndarray, " k"], stop: float, by: str
) -> dict[str, Any]:
    """Return a way as far as a relative depth; the last layer that is reached is marked large."""
    reached = here[result.depth[here] <= stop + 1e-9]
    reached = reached if len(reached) else here[:1]
    depths = {"marker_color": result.depth[reached]} if by == BY_DEPTH else {}
    return {
        **depths,
        "x": result.places[reached, 0],
        "y": result.places[reached, 1],
        "marker_size": [*[MARK] * (len(reached) - 1), LAST][: len(reached)],
        "text": [f"{result.layers[i]} (depth {number(float(result.depth[i]))})" for i in reached],
    }


def facts(result: Trajectories) -> str:
    """State what the plane rests on, and how faithful it is."""
    return (
        f"{result.size.caption} · {len(result.layers)} layers · arccos of linear CKA · stress "
        f"{number(result.stress)}"
    )
