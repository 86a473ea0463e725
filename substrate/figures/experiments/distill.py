"""Distilling: differences between arms, and every student."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from substrate.analyses.experiments.distill import (
    ARMS,
    BASELINE,
    SHUFFLED,
    Difference,
    DistillRepeat,
    DistillSummary,
    share,
)
from substrate.figures.shared import LEGEND_AT_FOOT
from substrate.figures.theme import Theme, base, colour, marker, state
from substrate.figures.whiskers import whiskers

#: Short names for the axis; the arms' full names are in the table and the hover.
SHORT = {
    "substrate": "+ substrate of the panel",
    "label_free": "+ substrate, label-free encoders",
    SHUFFLED: "+ scores of other images (null)",
    "untrained": "+ substrate, untrained (control)",
    "within": "+ supervised teacher",
    "across": "+ contrastive teacher",
}


def distill_differences(summary: DistillSummary, theme: Theme) -> go.Figure:
    """Draw each arm's change in accuracy against cross-entropy, one colour per share of labels."""
    figure = base(theme, title="Gain in accuracy over cross-entropy alone", height=520)
    names, count = list(SHORT), len(summary.fractions)
    for index, fraction in enumerate(summary.fractions):
        tested = [
            (d, d.difference)
            for d in summary.differences
            if d.fraction == fraction and d.difference is not None
        ]
        rows, gains = [d for d, _ in tested], [gain for _, gain in tested]
        offset = 0.34 * ((index + 0.5) / count - 0.5) * (2 if count > 1 else 0)
        y = [names.index(d.arm) + offset for d in rows]
        _null_band(figure, rows, offset, theme, names)
        _single_seeds(figure, rows, y, colour(index))
        figure.add_scatter(
            x=[100 * gain.value for gain in gains],
            y=y,
            mode="markers",
            name=f"{share(fraction)} of the labels ({rows[0].images:,} images)" if rows else "",
            marker={
                "color": [_tone(d.arm, index, theme) for d in rows],
                "symbol": marker(index),
                "size": 10,
            },
            error_x=whiskers(
                [(gain.value, gain.low, gain.high) for gain in gains],
                colour(index),
                scale=100,
            ),
            customdata=[[ARMS[d.arm], 100 * d.accuracy, d.alignment] for d in rows],
            hovertemplate="%{customdata[0]}<br>%{x:+.1f} points, accuracy %{customdata[1]:.1f} %"
            "<br>CKA with the substrate %{customdata[2]:.2f}<extra></extra>",
        )
    figure.add_vline(0, line={"color": theme.muted, "width": 1})
    figure.update_yaxes(
        tickvals=list(range(len(names))),
        ticktext=list(SHORT.values()),
        showgrid=False,
        range=[len(names) - 0.4, -0.6],
        zeroline=False,
    )
    figure.update_xaxes(title="Percentage points of accuracy, paired by seed")
    figure.update_layout(margin={"b": 110}, legend=LEGEND_AT_FOOT)
    return state(figure, theme, _facts(summary))


def _tone(arm: str, place: int, theme: Theme) -> str:
    """Return an arm's colour: controls have theirs, others that of their place."""
    return {"untrained": theme.untrained, SHUFFLED: theme.muted, BASELINE: theme.ink}.get(
        arm, colour(place)
    )


def _facts(summary: DistillSummary) -> str:
    lines = summary.facts
    return f"{lines}<br>Whiskers: 95 % t intervals over {len(summary.seeds)} paired seeds"


def _null_band(
    figure: go.Figure, rows: Sequence[Difference], offset: float, theme: Theme, names: list[str]
) -> None:
    """Shade what the scores of other images do, behind all arms of one share of the labels."""
    null = next((d.difference for d in rows if d.arm == SHUFFLED), None)
    if null is None or null.low is None:
        return
    for place in range(len(names)):
        figure.add_shape(
            type="rect",
            x0=100 * null.low,
            x1=100 * null.high,
            y0=place + offset - 0.13,
            y1=place + offset + 0.13,
            fillcolor=theme.null,
            line={"width": 0},
            layer="below",
        )


def _single_seeds(
    figure: go.Figure, rows: Sequence[Difference], y: Sequence[float], ink: str
) -> None:
    points = [(100 * v, place) for d, place in zip(rows, y, strict=True) for v in d.by_seed]
    figure.add_scatter(
        x=[x for x, _ in points],
        y=[place for _, place in points],
        mode="markers",
        showlegend=False,
        name="each seed",
        marker={"color": ink, "size": 5, "opacity": 0.55},
        hovertemplate="one seed: %{x:+.1f} points<extra></extra>",
    )


def distill_alignment(
    repeats: Sequence[DistillRepeat], summary: DistillSummary, theme: Theme
) -> go.Figure:
    """Draw every student: how close it came to the substrate, and how accurate it is."""
    figure = base(theme, title="Every student: alignment and accuracy", height=520)
    for index, arm in enumerate((BASELINE, *SHORT)):
        mine = [r for r in repeats if r.arm == arm]
        figure.add_scatter(
            x=[r.alignment for r in mine],
            y=[r.accuracy for r in mine],
            mode="markers",
            name=SHORT.get(arm, "Cross-entropy alone"),
            marker={"color": _tone(arm, index, theme), "symbol": marker(index), "size": 9},
            customdata=[[100 * r.fraction, r.seed] for r in mine],
            hovertemplate="%{customdata[0]:g} % of the labels, seed %{customdata[1]}<br>CKA "
            "%{x:.2f}, accuracy %{y:.1%}<extra></extra>",
        )
    figure.update_xaxes(title="Linear CKA with the panel's substrate, test images", range=[0, 1])
    figure.update_yaxes(title={"text": "Test accuracy", "standoff": 12}, tickformat=".0%")
    figure.update_layout(margin={"b": 150}, legend=LEGEND_AT_FOOT)
    return state(figure, theme, summary.facts)
