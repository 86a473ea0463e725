"""Concepts of a sparse code under shift: images that they keep, concepts that fire, error."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go
from jaxtyping import UInt8
from PIL import Image
from plotly.subplots import make_subplots

from substrate.analyses.experiments.concepts import (
    DRAWN,
    OWN,
    PICTURES,
    ConceptRepeat,
    ConceptSummary,
)
from substrate.figures.experiments.untrained import untrained_ranges
from substrate.figures.shared import name_rows
from substrate.figures.theme import Theme, base, state
from substrate.figures.whiskers import whiskers

if TYPE_CHECKING:
    from substrate.numerics.estimates import Estimate

#: Pixels of the side of a picture.
SIDE = 56


def concept_images(summary: ConceptSummary, theme: Theme) -> go.Figure:
    """Draw the share of their own images that concepts keep under every change."""
    rows = summary.changed
    figure = base(theme, title="Images that a concept keeps", height=250 + 46 * len(rows))
    for place, row in enumerate(rows):
        null = row.kept.null
        if null is not None:
            figure.add_shape(
                type="rect",
                x0=0,
                x1=null.level,
                y0=place - 0.35,
                y1=place + 0.35,
                fillcolor=theme.null,
                line={"width": 0},
                layer="below",
            )
    figure.add_scatter(
        x=[None],
        y=[None],
        mode="markers",
        name="Photographs shuffled, to the 95 % level",
        marker={"symbol": "square", "size": 12, "color": theme.null},
    )
    draws = [row.kept_untrained for row in rows]
    untrained_ranges(figure, draws, theme, "Untrained twins", showlegend=True)
    figure.add_scatter(
        x=[row.kept_units for row in rows],
        y=list(range(len(rows))),
        mode="markers",
        name="Units in place of concepts",
        marker={"symbol": "diamond-open", "size": 10, "color": theme.ink, "line": {"width": 1.8}},
        hovertemplate="units: %{x:.0%}<extra></extra>",
    )
    _values(figure, [row.kept for row in rows], [row.kept_codes for row in rows], theme)
    name_rows(figure, [row.title for row in rows])
    figure.update_xaxes(
        title=f"Share of its {OWN} photographs that a concept has again",
        range=[-0.02, 1.02],
        tickformat=".0%",
    )
    return state(figure, theme, summary.facts)


def concept_firing(summary: ConceptSummary, theme: Theme) -> go.Figure:
    """Draw which share of the concepts fires on every domain, and what stays unexplained."""
    rows = (summary.inside, *summary.changed, *summary.other)
    names = ("Concepts that fire", "Left unexplained")
    figure = make_subplots(1, 2, subplot_titles=names, horizontal_spacing=0.05)
    plain = base(
        theme, title="Concepts in and out of the domain", height=260 + 34 * len(rows)
    ).layout
    figure.update_layout(plain)
    figure.update_xaxes(plain.xaxis.to_plotly_json())
    figure.update_yaxes(plain.yaxis.to_plotly_json())
    figure.update_layout(margin_t=44)
    parts = (
        (
            [row.firing_untrained for row in rows],
            [row.firing for row in rows],
            [row.firing_codes for row in rows],
        ),
        (
            [row.unexplained_untrained for row in rows],
            [row.unexplained for row in rows],
            [row.unexplained_codes for row in rows],
        ),
    )
    for column, (twins, estimates, codes) in enumerate(parts, start=1):
        at = {"row": 1, "col": column}
        untrained_ranges(figure, twins, theme, "Untrained twins", showlegend=_first(at), **at)
        _values(figure, estimates, codes, theme, at)
    name_rows(
        figure,
        [f"{row.title} ({row.photographs})" for row in rows],
    )
    figure.update_yaxes(showticklabels=False, col=2)
    figure.update_xaxes(
        title=f"Share, on {DRAWN} images", range=[-0.02, 1.02], tickformat=".0%", col=1
    )
    figure.update_xaxes(title="Error over variance", rangemode="tozero", col=2)
    return state(figure, theme, summary.facts)


def _values(
    figure: go.Figure,
    estimates: Sequence[Estimate],
    codes: Sequence[Sequence[float]],
    theme: Theme,
    at: dict[str, int] | None = None,
) -> None:
    """Draw single codes as small dots, and their mean with its interval."""
    figure.add_scatter(
        x=[value for values in codes for value in values],
        y=[place for place, values in enumerate(codes) for _ in values],
        mode="markers",
        name="Single codes",
        showlegend=_first(at),
        marker={"size": 5, "color": theme.muted},
        hovertemplate="one code: %{x:.3f}<extra></extra>",
        **(at or {}),
    )
    figure.add_scatter(
        x=[one.value for one in estimates],
        y=list(range(len(estimates))),
        mode="markers",
        name="Mean over codes, 95 % CI",
        showlegend=_first(at),
        marker={"size": 11, "color": theme.accent},
        error_x=whiskers([(e.value, e.low, e.high) for e in estimates], theme.accent),
        hovertemplate="%{x:.3f}<extra></extra>",
        **(at or {}),
    )


def _first(at: dict[str, int] | None) -> bool:
    return at is None or at["col"] == 1


def concept_pictures(
    summary: ConceptSummary,
    row: ConceptRepeat,
    photographs: Sequence[UInt8[np.ndarray, "h w 3"]],
    theme: Theme,
) -> go.Figure:
    """Draw the images of some concepts before and after a change; those that stay are framed."""
    inside = summary.inside
    title = f"Whose images stay: {row.title.lower()}"
    figure = base(theme, title=title, height=90 + (SIDE + 10) * len(inside.own))
    for place, (before, after) in enumerate(zip(inside.own, row.own, strict=True)):
        for side, images in enumerate((before, after)):
            for column, image in enumerate(images):
                x = side * (PICTURES + 1) + column
                figure.add_layout_image(
                    source=_address(photographs[inside.places[image]]),
                    x=x,
                    y=place,
                    xref="x",
                    yref="y",
                    sizex=0.9,
                    sizey=0.9,
                    xanchor="center",
                    yanchor="middle",
                )
                if image in before and image in after:
                    figure.add_shape(
                        type="rect",
                        x0=x - 0.47,
                        x1=x + 0.47,
                        y0=place - 0.47,
                        y1=place + 0.47,
                        line={"color": theme.accent, "width": 3},
                    )
    figure.update_xaxes(
        range=[-0.6, 2 * PICTURES + 0.6],
        tickvals=[(PICTURES - 1) / 2, PICTURES + 1 + (PICTURES - 1) / 2],
        ticktext=["Before", "After"],
        side="top",
        showgrid=False,
        zeroline=False,
        ticks="",
    )
    name_rows(figure, [f"Concept {place + 1}" for place in range(len(inside.own))], foot=10)
    figure.update_yaxes(showgrid=False)
    return state(figure, theme, summary.facts)


def _address(picture: UInt8[np.ndarray, "h w 3"]) -> str:
    buffer = BytesIO()
    Image.fromarray(picture).save(buffer, format="PNG")
    return f"data:image/png;base64,{b64encode(buffer.getvalue()).decode()}"
