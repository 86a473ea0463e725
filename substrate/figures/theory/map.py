"""The map of students: alignment by signal-to-noise ratio and number of samples, errors over it."""

from __future__ import annotations

import math

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.experiments.student_curves import StudentMap
from substrate.figures.theme import SEQUENTIAL, Theme, base, state
from substrate.figures.theory.panels import TICKS
from substrate.figures.theory.students import samples_title

SNR_TICKS = (0.1, 0.5, 1, 2, 10, 100)
#: Errors whose lines are named: half a power of ten apart, as they are written.
LEVELS = {0.03: -1.5, 0.1: -1.0, 0.3: -0.5, 1.0: 0.0, 3.0: 0.5, 10.0: 1.0}


def map_figure(student_map: StudentMap, theme: Theme) -> go.Figure:
    """Draw alignment as colours over both ratios, the error as lines of equal height over it."""
    figure = base(theme, title="Alignment and error by signal and samples", height=500)
    low, high = student_map.choice.bounds
    fixed = {"zmin": max(low, 0.0), "zmax": high} if math.isfinite(high) else {}
    x, y = np.log10(student_map.ratios), np.log10(student_map.snrs)
    figure.add_heatmap(
        x=x,
        y=y,
        z=student_map.alignment,
        colorscale=SEQUENTIAL,
        colorbar={"title": {"text": student_map.choice.metric_title, "side": "right"}},
        customdata=_customdata(student_map),
        hovertemplate="SNR %{customdata[1]:.3g}, samples %{customdata[0]:.3g}: %{z:.3f}<br>"
        "error %{customdata[2]:.3g}<extra></extra>",
        **fixed,
    )
    if student_map.exact:
        figure.add_contour(
            x=x,
            y=y,
            z=np.log10(np.clip(student_map.error, 1e-3, 1e3)),
            contours={
                "coloring": "none",
                "start": -1.5,
                "end": 1.0,
                "size": 0.5,
                "showlabels": False,
            },
            line={"color": "#FFFFFF", "width": 1.4},
            showscale=False,
            showlegend=False,
            hoverinfo="skip",
        )
        for place, text in _labels(student_map):
            figure.add_annotation(
                x=place[0],
                y=place[1],
                text=text,
                showarrow=False,
                font={"color": "#FFFFFF"},
                bgcolor="rgba(0,0,0,0.55)",
            )
    figure.add_vline(0.0, line={"color": "#FFFFFF", "width": 1.5, "dash": "dash"})
    figure.add_scatter(
        x=[math.log10(float(student_map.choice.ratio))],
        y=[math.log10(float(student_map.choice.snr))],
        mode="markers",
        marker={
            "symbol": "x",
            "size": 13,
            "color": "#FFFFFF",
            "line": {"color": "#000000", "width": 1.5},
        },
        showlegend=False,
        hovertemplate="chosen<extra></extra>",
    )
    figure.update_xaxes(
        title=samples_title(student_map.choice.student),
        tickvals=[math.log10(tick) for tick in TICKS],
        ticktext=[f"{tick:g}" for tick in TICKS],
        showgrid=False,
        range=[-1, 1],
    )
    figure.update_yaxes(
        title="Signal-to-noise ratio",
        tickvals=[math.log10(tick) for tick in SNR_TICKS],
        ticktext=[f"{tick:g}" for tick in SNR_TICKS],
        showgrid=False,
        zeroline=False,
    )
    return state(figure, theme, student_map.facts)


def _customdata(student_map: StudentMap) -> np.ndarray:
    shape = student_map.alignment.shape
    return np.dstack(
        [
            np.broadcast_to(student_map.ratios[None], shape),
            np.broadcast_to(student_map.snrs[:, None], shape),
            student_map.error,
        ]
    )


def _labels(student_map: StudentMap) -> list[tuple[tuple[float, float], str]]:
    """Place the errors of the lines along the right and the left, where each crosses it."""
    made = []
    for column in (int(len(student_map.ratios) * 0.2), int(len(student_map.ratios) * 0.78)):
        along = student_map.error[:, column]
        for level, power in LEVELS.items():
            exact = 10**power
            crossed = np.flatnonzero(np.diff(np.sign(along - exact)))
            if len(crossed):
                place = (
                    float(np.log10(student_map.ratios[column])),
                    float(np.log10(student_map.snrs[crossed[0]])),
                )
                made.append((place, f"error {level:g}"))
    return made
