"""Pairs of heads on real features, measured over the theory: alignment above, error below."""

from __future__ import annotations

import math

import plotly.graph_objects as go

from substrate.analyses.theory.features import APART, HeadCurve, HeadsResult
from substrate.figures.theme import Theme, base, colour, dash, legend_below, marker, state
from substrate.figures.theory.panels import HEIGHT, level_below, mark_threshold, two_panels
from substrate.figures.whiskers import whiskers
from substrate.wording import percent


def curve_name(curve: HeadCurve) -> str:
    """Name a curve."""
    return APART if curve.kind == APART else f"{percent(curve.share)} of labels drawn anew"


def heads_figure(result: HeadsResult, theme: Theme) -> go.Figure:
    """Draw measured pairs as points, what the theory expects as lines."""
    figure = base(theme, title="Heads on real features, over the theory", height=HEIGHT)
    for place, curve in enumerate(result.curves):
        ink, name = colour(place), curve_name(curve)
        figure.add_scatter(
            x=curve.drawn / result.axes,
            y=curve.theory,
            mode="lines",
            line={"color": ink, "width": 1.6, "dash": dash(place)},
            name=name,
            legendgroup=name,
            showlegend=False,
            hovertemplate=f"theory: %{{y:.3f}}<extra>{name}</extra>",
        )
        for axis, estimates, what in (
            ("y", curve.alignment, "alignment"),
            ("y2", curve.error, "error"),
        ):
            ends = [(one.value, one.low, one.high) for one in estimates]
            figure.add_scatter(
                x=curve.samples / result.axes,
                y=[value for value, _, _ in ends],
                mode="markers" if axis == "y" else "lines+markers",
                line={"color": ink, "width": 1.2, "dash": dash(place)},
                marker={"color": ink, "symbol": marker(place), "size": 9},
                error_y=whiskers(ends, ink),
                yaxis=axis,
                name=name,
                legendgroup=name,
                showlegend=axis == "y",
                customdata=curve.samples.tolist(),
                hovertemplate=f"{what}, %{{customdata}} images: %{{y:.3f}}<extra>{name}</extra>",
            )
    level_below(figure, 1 - 1 / len(result.classes), theme)
    mark_threshold(figure, theme)
    two_panels(
        figure,
        f"Images / axes of the features ({result.axes})",
        ("Cosine of the outputs", "Wrong classes"),
        upper={"range": [-0.15, 1.05]},
        lower={"range": [-0.02, 1.02], "tickformat": ".0%"},
        ticks=(0.25, 0.5, 1, 2, 5, 10),
        ends=(0.2, max(3.0, 1.2 * max(c.samples.max() for c in result.curves) / result.axes)),
    )
    legend_below(figure, math.ceil(len(result.curves) / 2))
    facts = (
        f"{result.counted} · {result.axes} axes of equal variance · 5 folds over {result.unit} · "
        f"{result.draws} draws at each point · seed {result.seed}"
    )
    return state(figure, theme, facts)
