"""Colours of layers in a plane: by family, by objective, or by depth."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from substrate.analyses.layers.choice import BY_FAMILY
from substrate.figures.theme import SEQUENTIAL, colour
from substrate.wording import family_title


def name_kinds(figure: go.Figure, kinds: Sequence[str], by: str, size: int) -> None:
    """Name the colour of every family or objective in the legend, by a mark of this size."""
    for kind, title in enumerate(kinds):
        written = family_title(title) if by == BY_FAMILY else title or "no objective named"
        marker = {"color": colour(kind), "size": size}
        figure.add_scatter(x=[None], y=[None], mode="markers", marker=marker, name=written)


def depth_bar(figure: go.Figure) -> None:
    """Give the figure the colour axis of relative depth."""
    bar = {"title": {"text": "Relative depth", "side": "right"}, "thickness": 12}
    axis = {"colorscale": SEQUENTIAL, "cmin": 0, "cmax": 1, "colorbar": bar}
    figure.update_layout(coloraxis=axis)
