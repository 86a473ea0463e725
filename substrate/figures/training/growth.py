"""Agreement with the other encoders against size or skill, and how the two go together."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.training.growth import Growth, Standing
from substrate.analyses.training.growth_trends import ACCURACY, PROBE, SIZE, Trend
from substrate.figures.looks import hollow
from substrate.figures.shared import axis_title, error_bar, name_rows
from substrate.figures.theme import Theme, base, legend_below, state
from substrate.figures.whiskers import whiskers

AXES = {
    SIZE: "Parameters",
    ACCURACY: "Accuracy of the encoder's card",
    PROBE: "Linear probe, balanced accuracy",
}
#: Rows of the rank correlations.
ROWS = {
    (SIZE, ""): "Parameters",
    (ACCURACY, ""): "Accuracy",
    (PROBE, ""): "Linear probe",
    (SIZE, PROBE): "Parameters given linear probe",
    (PROBE, SIZE): "Linear probe given parameters",
    (SIZE, ACCURACY): "Parameters given accuracy",
    (ACCURACY, SIZE): "Accuracy given parameters",
}
#: Kendall's tau of alignment and linear-probe transfer, 11 encoders on 4 targets (Radwan 2026).
PUBLISHED_TAU = -0.08


def growth_scatter(
    result: Growth, theme: Theme, titles: Mapping[str, str], measure: str
) -> go.Figure:
    """Draw each encoder's mean agreement over its size or skill; copies and trainings as lines."""
    figure = base(theme, title=f"Agreement over {AXES[measure].lower()}", height=430)
    _copies(figure, result, theme, measure)
    if measure == ACCURACY:
        _courses(figure, result, theme, titles)
    shown = [s for s in result.standings if s.in_panel and s.measure(measure) is not None]
    for place, one in enumerate(shown):
        look = theme.look(one.encoder, place)
        across = [one.probe] if measure == PROBE and one.probe is not None else []
        figure.add_scatter(
            x=[one.measure(measure)],
            y=[one.agreement.value],
            mode="markers",
            name=titles[one.encoder],
            marker={"size": 12, "color": look.colour, "symbol": look.marker},
            error_y=error_bar([one.agreement], look.colour),
            error_x=error_bar(across, look.colour) if across else None,
            hovertemplate=_hover(measure) + "<extra>%{fullData.name}</extra>",
        )
    _others(figure, result, theme, titles, measure)
    _twins(figure, shown, theme, titles, measure)
    drawn = [one for one in result.standings if one.measure(measure) is not None]
    figure.update_xaxes(title=AXES[measure], **_across(measure, drawn))
    figure.update_yaxes(
        title=f"Mean agreement with the others<br>{axis_title(result.scores)}",
        autorange="reversed" if result.scores.closer == "lower" else True,
        zeroline=False,
    )
    named = sum(trace.showlegend is not False for trace in figure.data)
    legend_below(figure, math.ceil((named + 1) / 2))
    figure.update_layout(legend={"entrywidth": 0.48, "entrywidthmode": "fraction"})  # two columns
    return state(figure, theme, result.facts)


def _across(measure: str, shown: list[Standing]) -> dict[str, object]:
    if measure != SIZE or not shown:
        return {"tickformat": ".0%"} if measure != SIZE else {}
    sizes = np.array([one.parameters for one in shown], dtype=float)
    wide = sizes.max() > 4 * sizes.min()
    return {"tickformat": "~s", **({"type": "log", "dtick": "D2"} if wide else {"type": "linear"})}


def _hover(measure: str) -> str:
    return "%{x:,}, %{y:.3f}" if measure == SIZE else "%{x:.1%}, %{y:.3f}"


def _copies(figure: go.Figure, result: Growth, theme: Theme, measure: str) -> None:
    """Join the encoders of one recipe: its widths and seeds, in the order of the measure."""
    recipes = dict.fromkeys(one.recipe for one in result.standings)
    measured = [one for one in result.standings if one.measure(measure) is not None]
    for recipe in recipes:
        copies = [one for one in measured if one.recipe == recipe]
        if len(copies) > 1:
            copies.sort(key=lambda one: one.measure(measure) or 0.0)
            figure.add_scatter(
                x=[one.measure(measure) for one in copies],
                y=[one.agreement.value for one in copies],
                mode="lines",
                line={"color": theme.muted, "width": 1.4},
                hoverinfo="skip",
                showlegend=False,
            )


def _others(
    figure: go.Figure, result: Growth, theme: Theme, titles: Mapping[str, str], measure: str
) -> None:
    """Mark copies that are not of the panel, which take part in no correlation."""
    for place, one in enumerate(result.standings):
        if one.in_panel or one.measure(measure) is None:
            continue
        look = theme.look(one.encoder, place)
        figure.add_scatter(
            x=[one.measure(measure)],
            y=[one.agreement.value],
            mode="markers",
            name=f"{titles[one.encoder]} (copy)",
            marker={"size": 10, "color": look.colour, "symbol": hollow(look.marker)},
            hovertemplate=_hover(measure) + "<extra>%{fullData.name}</extra>",
        )


def _courses(figure: go.Figure, result: Growth, theme: Theme, titles: Mapping[str, str]) -> None:
    """Draw trainings, step by step, whose accuracy is of the kind that is shown."""
    measured = {one.encoder for one in result.standings if one.accuracy is not None}
    for place, course in enumerate(result.courses):
        if course.encoder not in measured:
            continue
        look = theme.look(course.encoder, place)
        figure.add_scatter(
            x=course.accuracy,
            y=course.agreement,
            mode="lines+markers",
            line={"color": look.colour, "width": 1.2, "dash": "dot"},
            marker={"size": 5, "color": look.colour},
            opacity=0.7,
            name=f"{titles[course.encoder]}, in training",
            text=[f"step {step:,}" for step in course.steps],
            hovertemplate="%{text}: %{x:.1%}, %{y:.3f}<extra>%{fullData.name}</extra>",
        )


def _twins(
    figure: go.Figure,
    shown: list[Standing],
    theme: Theme,
    titles: Mapping[str, str],
    measure: str,
) -> None:
    with_twins = [one for one in shown if len(one.twins)]
    if not with_twins:
        return
    ends = [
        (float(t.mean()), float(t.min()), float(t.max())) for t in (k.twins for k in with_twins)
    ]
    figure.add_scatter(
        x=[one.measure(measure) for one in with_twins],
        y=[mean for mean, _, _ in ends],
        mode="markers",
        name="Untrained twins, range of seeds",
        marker={
            "symbol": "x-thin-open",
            "size": 9,
            "color": theme.untrained,
            "line": {"width": 1.8, "color": theme.untrained},
        },
        error_y=whiskers(ends, theme.untrained),
        text=[titles[one.encoder] for one in with_twins],
        hovertemplate="untrained %{text}: %{y:.3f}<extra></extra>",
    )


def trend_chart(result: Growth, theme: Theme, *, published: bool = False) -> go.Figure:
    """Draw every rank correlation with its interval, and that of untrained twins."""
    trends = [one for one in result.trends if one.defined]
    figure = base(theme, title="Rank correlations with agreement", height=200 + 40 * len(trends))
    figure.add_vline(0, line={"color": theme.muted, "width": 1})
    _row_marks(figure, trends, theme.untrained, trained=False)
    _row_marks(figure, trends, theme.accent, trained=True)
    rows = [(one.measure, one.given) for one in trends]
    if published and (PROBE, "") in rows:
        figure.add_scatter(
            x=[PUBLISHED_TAU],
            y=[rows.index((PROBE, ""))],
            mode="markers",
            name="Published, Kendall's τ (Radwan 2026)",
            marker={"symbol": "star", "size": 13, "color": theme.ink},
            hovertemplate="published τ %{x:.2f}<extra></extra>",
        )
    name_rows(
        figure,
        [f"{ROWS[row]} (n = {len(t.encoders)})" for row, t in zip(rows, trends, strict=True)],
    )
    figure.update_xaxes(title="Rank correlation with agreement", range=[-1.08, 1.08])
    return state(figure, theme, result.facts)


def _row_marks(figure: go.Figure, rows: list[Trend], colour: str, *, trained: bool) -> None:
    estimates = [(i, one.trained if trained else one.untrained) for i, one in enumerate(rows)]
    estimates = [(i, one) for i, one in estimates if one.value is not None]
    if not estimates:
        return
    shift = -0.14 if trained else 0.14
    bounded = any(one.low is not None for _, one in estimates)
    name = "Encoders" if trained else "Untrained twins, mean over seeds"
    figure.add_scatter(
        x=[one.value for _, one in estimates],
        y=[i + shift for i, _ in estimates],
        mode="markers",
        name=f"{name}, 95 % CI" if bounded else name,
        marker={"size": 10, "color": colour, "symbol": "circle" if trained else "x"},
        error_x=error_bar([one for _, one in estimates], colour),
        hovertemplate="%{x:.2f}<extra>%{fullData.name}</extra>",
    )
