"""Every encoder's way from its first layer to its last, in one plane."""

from __future__ import annotations

from collections.abc import Mapping

import plotly.graph_objects as go

from substrate.analyses.layers.trajectories import Trajectories
from substrate.figures.looks import hollow
from substrate.figures.theme import Theme, base, legend_below, state
from substrate.wording import number

#: Encoders from which all but those in focus are faint, and how faint.
MANY, FAINT = 7, 0.35
#: Size of a layer's mark, and of the last one's; pixels.
MARK, LAST = 7, 14


def trajectories_chart(
    result: Trajectories,
    theme: Theme,
    titles: Mapping[str, str],
    focus: tuple[str, str] = ("", ""),
) -> go.Figure:
    """Draw a line per encoder from its first layer to its last, which is marked large."""
    figure = base(theme, title="Ways through the space of representations", height=620)
    many = sum(not one for one in result.untrained) >= MANY
    names = list(dict.fromkeys(result.encoders))
    for encoder, untrained, here in result.ways():
        look, lit = theme.look(encoder, names.index(encoder)), encoder in focus
        sizes = [MARK] * (len(here) - 1) + [LAST]
        name = f"{titles[encoder]}, untrained" if untrained else titles[encoder]
        figure.add_scatter(
            x=result.places[here, 0],
            y=result.places[here, 1],
            mode="lines+markers",
            line={
                "color": look.colour,
                "width": 1.2 if untrained else 2.2,
                "dash": "dot" if untrained else "solid",
            },
            marker={
                "symbol": hollow(look.marker) if untrained else look.marker,
                "size": sizes,
                "color": look.colour,
            },
            opacity=FAINT if many and not lit else (0.75 if untrained else 1.0),
            name=name,
            showlegend=not untrained,
            text=[f"{result.layers[i]} (depth {number(float(result.depth[i]))})" for i in here],
            hovertemplate="%{text}<extra>%{fullData.name}</extra>",
        )
    if any(result.untrained):
        figure.add_scatter(
            x=[None],
            y=[None],
            mode="lines",
            line={"color": theme.untrained, "dash": "dot", "width": 1.2},
            name="Untrained twins, in their encoder's colour",
        )
    figure.update_xaxes(title="First axis (radians)", zeroline=False)
    figure.update_yaxes(title="Second axis (radians)", zeroline=False, scaleanchor="x")
    legend_below(figure, len(names) + 1)
    return state(figure, theme, facts(result))


def facts(result: Trajectories) -> str:
    """State what the plane rests on, and how faithful it is."""
    return (
        f"{result.size.caption} · {len(result.layers)} layers · arccos of linear CKA · stress "
        f"{number(result.stress)}"
    )
