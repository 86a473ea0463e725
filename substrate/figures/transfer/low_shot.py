"""Accuracy against the number of labels: substrate scores and encoders' full features."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.transfer.low_shot import (
    SUBSTRATE,
    UNTRAINED,
    LowShotResult,
    Space,
)
from substrate.figures.shared import error_bar, guessing
from substrate.figures.theme import (
    Theme,
    base,
    colour,
    legend_below,
    series_dash,
    series_marker,
    state,
)


def curves(result: LowShotResult, theme: Theme, titles: Mapping[str, str]) -> go.Figure:
    """Draw balanced accuracy of every feature space against labels per class."""
    figure = base(theme, title="Accuracy with few labels", height=430)
    for index, space in enumerate(result.spaces):
        found, shade = list(space.accuracies), _colour(space, index, theme)
        figure.add_scatter(
            x=_beside(result, index), y=[each.value for each in found], mode="lines+markers",
            name=_name(space, titles), error_y=error_bar(found, shade),
            line={"color": shade, "dash": _dash(space, index),
                  "width": 3.2 if space.name == SUBSTRATE else 1.6},
            marker={"symbol": series_marker(index), "size": 8},
            hovertemplate="%{y:.1%}<extra>" + _name(space, titles) + "</extra>",
        )  # fmt: skip
    guessing(figure, result.chance, theme, horizontal=True)
    _shots_axis(figure, result)
    figure.update_yaxes(title="Balanced accuracy", range=[-0.02, 1.03], tickformat=".0%")
    return state(figure, theme, _facts(result))


def differences(result: LowShotResult, theme: Theme, titles: Mapping[str, str]) -> go.Figure:
    """Draw how many points the substrate's scores are ahead of each encoder's full features."""
    figure = base(theme, title="Points ahead of full features", height=430)
    figure.add_hline(0, line={"color": theme.muted, "width": 1.2})
    reach = 0.0
    for index, space in enumerate(result.spaces):
        if not space.differences:
            continue
        ahead = [-100 * each.value for each in space.differences]
        error = None
        if all(each.low is not None for each in space.differences):
            half = [50 * (each.high - each.low) for each in space.differences]
            error = {"type": "data", "array": half, "thickness": 1.4, "width": 4,
                     "color": _colour(space, index, theme)}  # fmt: skip
            reach = max(reach, *(abs(a) + h for a, h in zip(ahead, half, strict=True)))
        reach = max(reach, *(abs(a) for a in ahead))
        figure.add_scatter(
            x=_beside(result, index), y=ahead, mode="lines+markers", error_y=error,
            name=_name(space, titles), marker={"symbol": series_marker(index), "size": 8},
            line={"color": _colour(space, index, theme), "dash": _dash(space, index),
                  "width": 1.6},
            hovertemplate="%{y:+.1f} points<extra>" + _name(space, titles) + "</extra>",
        )  # fmt: skip
    _shots_axis(figure, result)
    bound = max(10.0, 5 * np.ceil(1.05 * reach / 5))
    figure.update_yaxes(title="Substrate scores less these features, points",
                        range=[-bound, bound])  # fmt: skip
    return state(figure, theme, _facts(result))


def _beside(result: LowShotResult, index: int) -> list[float]:
    """Place spaces a little beside each other, so that intervals can be told apart."""
    return [shot * 1.03 ** (index - len(result.spaces) / 2) for shot in result.shots]


def _shots_axis(figure: go.Figure, result: LowShotResult) -> None:
    low, high = np.log10(result.shots[0]) - 0.14, np.log10(result.shots[-1]) + 0.14
    figure.update_xaxes(
        type="log", title="Labels per class (logarithmic)", tickvals=list(result.shots),
        ticktext=[str(shot) for shot in result.shots], range=[low, high],
    )  # fmt: skip
    legend_below(figure, len(result.spaces) + 1)


def _name(space: Space, titles: Mapping[str, str]) -> str:
    if space.name == SUBSTRATE:
        return f"{space.width} substrate scores"
    if space.name == UNTRAINED:
        return f"{space.width} scores of untrained twins"
    return f"{titles[space.name]}, {space.width} units"


def _colour(space: Space, index: int, theme: Theme) -> str:
    if space.name == SUBSTRATE:
        return theme.ink
    return theme.muted if space.name == UNTRAINED else colour(index)


def _dash(space: Space, index: int) -> str:
    return "solid" if space.name == SUBSTRATE else series_dash(index)


def _facts(result: LowShotResult) -> str:
    first, *rest = result.facts.split(" · ")
    return f"{first}<br>{' · '.join(rest)}"
