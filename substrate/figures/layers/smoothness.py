"""How evenly networks go from layer to layer: a summary per encoder, and every step."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.layers.family_means import FamilyMean
from substrate.analyses.layers.smoothness import SUMMARIES, Path, Smoothness
from substrate.figures.looks import hollow
from substrate.figures.shared import name_rows
from substrate.figures.theme import Theme, base, legend_below, reached, state
from substrate.figures.whiskers import whiskers
from substrate.wording import family_title, many

#: Encoders from which all but the first two are faint, and how faint.
MANY, FAINT = 7, 0.35
AXES = {
    "variation": "Variation of the steps (SD / mean)",
    "largest": "Largest step",
    "mean": "Mean step",
    "detour": "Path length / distance of its ends",
}


def smoothness_chart(
    result: Smoothness, theme: Theme, titles: Mapping[str, str], summary: str
) -> go.Figure:
    """Draw one summary of every encoder with its interval, and of its untrained twins."""
    at = SUMMARIES.index(summary)
    paths = sorted(result.paths, key=lambda path: (path.kind, path.summaries.value[at]))
    means = [one for one in result.means if one.trained.low is not None]
    figure = base(theme, title=AXES[summary], height=170 + 34 * (len(paths) + len(means)))
    twins = [(row, v) for row, path in enumerate(paths) for v in path.twin_summaries[:, at]]
    if twins:
        figure.add_scatter(
            x=[value for _, value in twins],
            y=[row + 0.16 for row, _ in twins],
            mode="markers",
            name="Untrained twins, one mark per seed",
            marker={
                "symbol": "x-thin-open",
                "size": 8,
                "color": theme.untrained,
                "line": {"width": 1.6, "color": theme.untrained},
            },
            text=[titles[paths[row].encoder] for row, _ in twins],
            hovertemplate="untrained %{text}: %{x:.2f}<extra></extra>",
        )
    values = [(_end(path, at), row) for row, path in enumerate(paths)]
    figure.add_scatter(
        x=[value for (value, _, _), _ in values],
        y=[row - 0.16 for _, row in values],
        mode="markers",
        name="Trained, 95 % CI",
        marker={"size": 10, "color": theme.accent},
        error_x=whiskers([ends for ends, _ in values], theme.accent),
        text=[titles[path.encoder] for path in paths],
        hovertemplate="%{text}: %{x:.2f}<extra></extra>",
    )
    if means:
        figure.add_scatter(
            x=[float(one.trained.value[at]) for one in means],
            y=[len(paths) + row for row in range(len(means))],
            mode="markers",
            name="Mean, 95 % CI over recipes",
            marker={"size": 10, "color": theme.accent, "symbol": "diamond"},
            error_x=whiskers([_over_recipes(one, at) for one in means], theme.accent),
            text=[mean_of(one) for one in means],
            hovertemplate="%{text}: %{x:.2f}<extra></extra>",
        )
    name_rows(figure, [*(_row(path, titles) for path in paths), *map(mean_of, means)])
    figure.update_xaxes(title=AXES[summary], range=_from_zero(figure, "x"))
    return state(figure, theme, facts(result))


def mean_of(one: FamilyMean) -> str:
    """Name a mean: ``Mean of transformers, 5 recipes``."""
    return f"Mean of {family_title(one.name)}, {many(one.recipes, 'recipe')}"


def _over_recipes(one: FamilyMean, at: int) -> tuple[float, float | None, float | None]:
    trained = one.trained
    low, high = (None if end is None else float(end[at]) for end in (trained.low, trained.high))
    return float(trained.value[at]), low, high


def _end(path: Path, at: int) -> tuple[float, float | None, float | None]:
    summaries = path.summaries
    low, high = (None if end is None else float(end[at]) for end in (summaries.low, summaries.high))
    return float(summaries.value[at]), low, high


def _row(path: Path, titles: Mapping[str, str]) -> str:
    return titles[path.encoder] + (f" ({path.kind.removesuffix('s')})" if path.kind else "")


def steps_chart(
    result: Smoothness,
    theme: Theme,
    titles: Mapping[str, str],
    focus: tuple[str, str] = ("", ""),
) -> go.Figure:
    """Draw every step of every encoder along its depth, and where width or pooling changes.

    Of many encoders those in ``focus`` alone are strong, and have their twins beside them.
    """
    figure = base(theme, title="Steps along the depth", height=460)
    many = len(result.paths) >= MANY
    for place, path in enumerate(result.paths):
        look, lit = theme.look(path.encoder, place), path.encoder in focus
        if len(path.twin_steps) and (lit or not many):
            figure.add_scatter(
                x=path.middle,
                y=path.twin_steps.mean(axis=0),
                mode="lines",
                line={"color": look.colour, "dash": "dot", "width": 1.2},
                opacity=0.8,
                name=f"{titles[path.encoder]}, untrained",
                showlegend=False,
                hovertemplate="%{y:.3f}<extra>%{fullData.name}</extra>",
            )
        symbols = np.where(path.transition, hollow(look.marker), look.marker).tolist()
        bars = _bars(path) if lit else None
        figure.add_scatter(
            x=path.middle,
            y=path.steps.value,
            mode="lines+markers",
            line={"color": look.colour, "width": 2.2 if lit or not many else 1.4},
            marker={"symbol": symbols, "size": 9, "color": look.colour},
            opacity=1.0 if lit or not many else FAINT,
            error_y=None if bars is None else whiskers(bars, look.colour),
            name=titles[path.encoder],
            text=_hovers(path),
            hovertemplate="%{text}: %{y:.3f}<extra>%{fullData.name}</extra>",
        )
    for name, line, mark in (
        ("Untrained twins, mean, in their encoder's colour", "dot", None),
        ("Open: width or pooling changes", None, "circle-open"),
    ):
        figure.add_scatter(
            x=[None],
            y=[None],
            mode="lines" if line else "markers",
            line={"color": theme.untrained, "dash": line or "solid", "width": 1.2},
            marker={"symbol": mark or "circle", "color": theme.muted, "size": 9},
            name=name,
        )
    figure.update_xaxes(title="Relative depth", range=[0, 1.02])
    figure.update_yaxes(
        title="Distance from the layer before<br>(0 same neighbours, 1 unrelated)",
        range=_from_zero(figure, "y"),
    )
    legend_below(figure, len(result.paths) + 2)
    return state(figure, theme, facts(result))


def _from_zero(figure: go.Figure, axis: str) -> list[float]:
    """Return the range of lengths: from a little below 0 as far as anything drawn."""
    top = reached(figure, axis=axis)[1]
    return [-0.03 * top, top]


def _bars(path: Path) -> list[tuple[float, float, float]] | None:
    if path.steps.low is None:
        return None
    steps = zip(path.steps.value, path.steps.low, path.steps.high, strict=True)
    return [(float(v), float(low), float(high)) for v, low, high in steps]


def _hovers(path: Path) -> list[str]:
    changes = np.where(path.transition, ", width or pooling changes", "")
    pairs = zip(path.layers, path.layers[1:], changes, strict=False)
    return [f"{before} to {after}{change}" for before, after, change in pairs]


def facts(result: Smoothness) -> str:
    """State what the paths rest on."""
    return (
        f"{result.size.caption} · information imbalance both ways, k = 1 · {result.stages} stages, "
        "evenly spaced among the layers"
    )
