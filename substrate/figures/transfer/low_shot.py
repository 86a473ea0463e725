"""Accuracy against the number of labels: substrate scores and encoders' full features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

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
    legend_below,
    state,
)

if TYPE_CHECKING:
    from substrate.numerics.estimates import Estimate


def curves(result: LowShotResult, theme: Theme, titles: Mapping[str, str]) -> go.Figure:
    """Draw balanced accuracy of every feature space against labels per class."""
    figure = base(theme, title="Accuracy with few labels", height=430)
    for index, space in enumerate(result.spaces):
        _series(figure, result, index, space.accuracies, theme, titles, hover="%{y:.1%}")
    guessing(figure, result.chance, theme, horizontal=True)
    _shots_axis(figure, result)
    figure.update_yaxes(title="Balanced accuracy", range=[-0.02, 1.03], tickformat=".0%")
    return state(figure, theme, result.facts)


def differences(result: LowShotResult, theme: Theme, titles: Mapping[str, str]) -> go.Figure:
    """Draw how many points the substrate's scores are ahead of each encoder's full features."""
    figure = base(theme, title="Points ahead of full features", height=430)
    figure.add_hline(0, line={"color": theme.muted, "width": 1.2})
    ends = [0.0]
    for index, space in enumerate(result.spaces):
        if space.differences:
            ahead = [_points_ahead(less) for less in space.differences]
            _series(figure, result, index, ahead, theme, titles, hover="%{y:+.1f} points")
            ends += [x for i in ahead for x in (i.value, i.low, i.high) if x is not None]
    _shots_axis(figure, result)
    bound = max(10.0, 5 * np.ceil(1.05 * max(map(abs, ends)) / 5))
    figure.update_yaxes(title="Substrate scores − these features, points", range=[-bound, bound])
    return state(figure, theme, result.facts)


def _points_ahead(less: Estimate) -> Estimate:
    """Turn how much a space is better than the substrate into points that it is behind."""
    low, high = (None if end is None else -100 * end for end in (less.high, less.low))
    return replace(less, value=-100 * less.value, low=low, high=high)


def _series(
    figure: go.Figure,
    result: LowShotResult,
    index: int,
    intervals: Sequence[Estimate],
    theme: Theme,
    titles: Mapping[str, str],
    *,
    hover: str,
) -> None:
    """Draw one space's values against labels per class, in its own colour, dash and marker."""
    space = result.spaces[index]
    look = theme.look(space.name, index)
    name, shade, ours = _name(space, titles), _colour(space, index, theme), space.name == SUBSTRATE
    figure.add_scatter(
        x=_beside(result, index),
        y=[interval.value for interval in intervals],
        mode="lines+markers",
        name=name,
        error_y=error_bar(intervals, shade),
        line={
            "color": shade,
            "dash": "solid" if ours else look.dash,
            "width": 3.2 if ours else 1.6,
        },
        marker={"symbol": look.marker, "size": 8},
        hovertemplate=f"{hover}<extra>{name}</extra>",
    )


def _beside(result: LowShotResult, index: int) -> list[float]:
    """Place spaces a little beside each other, so that intervals can be told apart."""
    return [shot * 1.03 ** (index - len(result.spaces) / 2) for shot in result.shots]


def _shots_axis(figure: go.Figure, result: LowShotResult) -> None:
    low, high = np.log10(result.shots[0]) - 0.14, np.log10(result.shots[-1]) + 0.14
    figure.update_xaxes(
        type="log",
        title="Labels per class (logarithmic)",
        tickvals=list(result.shots),
        ticktext=[str(shot) for shot in result.shots],
        range=[low, high],
    )
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
    return theme.untrained if space.name == UNTRAINED else theme.look(space.name, index).colour
