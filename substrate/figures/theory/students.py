"""Students along the number of samples: alignment above, error below, on one axis."""

from __future__ import annotations

import math

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.experiments.student_curves import StudentChoice, StudentCurve, StudentCurves
from substrate.analyses.experiments.students import LINEAR
from substrate.figures.theme import Theme, base, colour, dash, legend_below, marker, state
from substrate.figures.theory.panels import (
    HEIGHT,
    level_below,
    mark_threshold,
    two_panels,
    upright,
)
from substrate.figures.whiskers import whiskers

#: Errors beyond this are cut: at the threshold they have no mean.
LARGEST = 30.0
ERRORS = {
    "type": "log",
    "range": [math.log10(0.008), math.log10(LARGEST)],
    "tickvals": [0.01, 0.1, 1, 10],
    "ticktext": ["0.01", "0.1", "1", "10"],
}
#: Shares of wrong classes.
WRONG = {"range": [-0.02, 1.02], "tickformat": ".0%"}


def samples_title(student: str) -> str:
    """Name the axis of samples."""
    return "Samples / inputs (n / d)" if student == LINEAR else "Samples / threshold"


def students_title(choice: StudentChoice) -> str:
    """Name the figure by whose alignment and error it shows."""
    if choice.student == LINEAR:
        return "Alignment and error of two linear students"
    return f"Alignment and error of two networks: {choice.task}, noise on the {choice.noise}"


def students_figure(students: StudentCurves, theme: Theme) -> go.Figure:
    """Draw alignment and, below it, the error against the number of samples, one line per ratio."""
    figure = base(theme, title=students_title(students.choice), height=HEIGHT)
    place = 0
    for curve in students.curves:
        simulated = len(curve.ratios) > 0
        _add(figure, curve, place if simulated else -1, theme)
        place += simulated
    mark_threshold(figure, theme)
    choice = students.choice
    if choice.by_formula:
        upright(figure, float(choice.ratio), {"color": theme.accent, "width": 1.5, "dash": "dot"})
    low, high = choice.bounds
    fixed = math.isfinite(low) and math.isfinite(high)
    room = 0.05 * (high - max(low, 0.0))
    two_panels(
        figure,
        samples_title(choice.student),
        (
            choice.metric_title,
            "Error on new inputs" if students.guessing is None else "Wrong classes",
        ),
        upper={"range": [max(low, -0.1) - room, high + room]} if fixed else {},
        lower=ERRORS if students.guessing is None else WRONG,
    )
    if students.guessing is not None:
        level_below(figure, students.guessing, theme)
    legend_below(figure, math.ceil(len(students.curves) / 2))
    return state(figure, theme, students.facts)


def _add(figure: go.Figure, curve: StudentCurve, place: int, theme: Theme) -> None:
    """Draw one signal-to-noise ratio in both panels; at -1 the one that nothing was drawn of."""
    ink = theme.ink if place < 0 else colour(place)
    name = f"SNR {curve.snr:g}" + (", chosen" if curve.chosen else "")
    line = {
        "color": ink,
        "width": 3.4 if curve.chosen else 1.8,
        "dash": "solid" if place < 0 else dash(place),
    }
    alike = [(one.value, one.low, one.high) for one in curve.alignment]
    wrong = [
        (one.value, one.low, one.high)
        if one.value is not None and one.value <= LARGEST
        else (None, None, None)
        for one in curve.error
    ]
    drawn = len(curve.line_ratios) > 0
    for axis, formula, ends, what in (
        ("y", curve.line_alignment, alike, "alignment"),
        ("y2", curve.line_error, wrong, "error"),
    ):
        if drawn:
            figure.add_scatter(
                x=curve.line_ratios,
                y=[float(v) if np.isfinite(v) and v <= LARGEST else None for v in formula],
                mode="lines",
                line=line,
                yaxis=axis,
                name=name,
                legendgroup=name,
                showlegend=axis == "y",
                hovertemplate=f"{what}, closed form: %{{y:.3f}}<extra>{name}</extra>",
            )
        if len(curve.ratios):
            figure.add_scatter(
                x=curve.ratios,
                y=[value for value, _, _ in ends],
                mode="markers" if drawn else "lines+markers",
                line=line,
                marker={"color": ink, "symbol": marker(place), "size": 9},
                yaxis=axis,
                name=name,
                legendgroup=name,
                showlegend=axis == "y" and not drawn,
                error_y=whiskers(ends, ink),
                customdata=list(curve.samples),
                hovertemplate=f"{what}, %{{customdata}} samples: %{{y:.3f}}<extra>{name}</extra>",
            )
