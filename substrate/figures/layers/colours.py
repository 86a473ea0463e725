"""Colours of layers in a plane: by family, by objective, or by depth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from substrate.analyses.layers.choice import BY_FAMILY
from substrate.figures.theme import SEQUENTIAL, Theme, colour
from substrate.wording import family_title


def of_kinds(
    named: Sequence[str], encoders: Sequence[str], by: str, theme: Theme
) -> dict[str, str]:
    """Return the colour of each family or objective; a family's is that of its first encoder."""
    tones: dict[str, str] = {}
    for kind, encoder in zip(named, encoders, strict=True):
        place = len(tones)
        own = theme.look(encoder, place).colour if by == BY_FAMILY else colour(place)
        tones.setdefault(kind, own)
    return tones


def name_kinds(figure: go.Figure, tones: Mapping[str, str], by: str, size: int) -> None:
    """Name the colour of every family or objective in the legend, by a mark of this size."""
    for title, tone in tones.items():
        written = family_title(title) if by == BY_FAMILY else title or "no objective named"
        marker = {"color": tone, "size": size}
        figure.add_scatter(x=[None], y=[None], mode="markers", marker=marker, name=written)


def depth_bar(figure: go.Figure) -> None:
    """Give the figure the colour axis of relative depth."""
    bar = {"title": {"text": "Relative depth", "side": "right"}, "thickness": 12}
    axis = {"colorscale": SEQUENTIAL, "cmin": 0, "cmax": 1, "colorbar": bar}
    figure.update_layout(coloraxis=axis)
