"""Expected interval and power of the headline figures at other sizes of the study."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.claims.images_needed import POWER, Needed
from substrate.figures.theme import Theme, base, colour, dash, legend_below, marker, state
from substrate.figures.theory.panels import HEIGHT, level_below, two_panels


def needed_figure(headlines: Sequence[Needed], theme: Theme) -> go.Figure:
    """Draw half widths and power against the number of photographs of each domain."""
    unit = headlines[0].unit
    figure = base(theme, title=f"Interval and power by number of {unit}", height=HEIGHT)
    for place, one in enumerate(headlines):
        _line(figure, place, one.name, one.photographs, one.half_widths, one.powers)
        _present(figure, place, one.marked, one.half_width, one.power, theme)
    _finish(figure, theme, f"{unit.capitalize()} of each domain", (10, 20, 50, 100, 200, 500, 1000))
    facts = " · ".join(f"{one.name}: {one.size} of {one.place}" for one in headlines)
    legend_below(figure, len(headlines))
    return state(figure, theme, facts)


def encoders_figure(one: Needed, theme: Theme) -> go.Figure:
    """Draw the same against the number of encoders, for a statement about such encoders."""
    figure = base(theme, title="Interval and power by number of encoders", height=HEIGHT)
    _line(figure, 0, one.name, one.encoders, one.encoder_half_widths, one.encoder_powers)
    _finish(figure, theme, "Encoders of different recipes", (8, 10, 15, 20, 30, 40), (7.5, 42.0))
    here = one.encoders.index(one.present_encoders) if one.present_encoders in one.encoders else -1
    if here >= 0:
        _present(
            figure,
            0,
            one.present_encoders,
            float(one.encoder_half_widths[here]),
            float(one.encoder_powers[here]),
            theme,
        )
    legend_below(figure, 1)
    facts = f"{one.present_encoders} encoders now · {one.size} of {one.place}"
    return state(figure, theme, facts)


def _line(
    figure: go.Figure,
    place: int,
    name: str,
    units: Sequence[int],
    widths: np.ndarray,
    powers: np.ndarray,
) -> None:
    for axis, values, what in (("y", widths, "±"), ("y2", powers, "power ")):
        figure.add_scatter(
            x=list(units),
            y=values,
            mode="lines",
            line={"color": colour(place), "width": 2.4, "dash": dash(place)},
            yaxis=axis,
            name=name,
            legendgroup=name,
            showlegend=axis == "y",
            hovertemplate=f"%{{x}}: {what}%{{y:.3f}}<extra>{name}</extra>",
        )


def _present(
    figure: go.Figure, place: int, x: float, width: float, power: float, theme: Theme
) -> None:
    for axis, y in (("y", width), ("y2", power)):
        figure.add_scatter(
            x=[x],
            y=[y],
            mode="markers",
            marker={
                "color": colour(place),
                "symbol": marker(place),
                "size": 14,
                "line": {"color": theme.ink, "width": 2},
            },
            yaxis=axis,
            name="the present study",
            showlegend=False,
            hovertemplate="the present study, %{x:.0f}: %{y:.3f}<extra></extra>",
        )


def _finish(
    figure: go.Figure,
    theme: Theme,
    title: str,
    ticks: Sequence[float],
    ends: tuple[float, float] = (9.0, 1100.0),
) -> None:
    level_below(figure, POWER, theme)
    most = max(float(np.max(trace.y)) for trace in figure.data if trace.yaxis == "y")
    two_panels(
        figure,
        title,
        ("Half of the expected 95 % CI", "Power"),
        upper={"range": [0, 1.08 * most]},
        lower={"range": [-0.02, 1.05], "tickformat": ".0%"},
        ticks=ticks,
        ends=ends,
    )
