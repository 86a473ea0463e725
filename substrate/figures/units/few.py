"""Few to one: R² against the number of units, and the units that predict one, with pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.units.few_to_one import FewToOne
from substrate.analyses.units.pictures import UnitPictures
from substrate.figures.theme import PALETTE, TEXT_PX, Theme, base, legend_below, reachable, state
from substrate.figures.units.cards import place_pictures
from substrate.figures.units.curves import level_line, read_at
from substrate.wording import many, number, signed

#: Units of A that are shown of each prediction, pictures of a unit, height of a row in pixels.
TERMS, PICTURES, ROW = 3, 2, 100
#: Pictures of units by side and number.
Known = Mapping[tuple[int, int], UnitPictures | None]


def path(result: FewToOne, level: int | None, theme: Theme, names: tuple[str, str]) -> go.Figure:
    """Draw held-out R² of all units of B against the mean number of units of A that take part.

    ``level`` is the penalty that is marked, None for the one chosen for each unit.
    """
    figure = base(theme, title=f"Units of {names[1]} from few units of {names[0]}", height=430)
    for name, line, colour, dash, symbol in (
        ("Units", result.path, theme.accent, "solid", "circle"),
        ("Axes of the same space, turned at random", result.rotated_path, theme.ink, "dot", "x"),
    ):
        figure.add_scatter(
            x=line.count,
            y=line.r2,
            mode="lines+markers",
            name=name,
            line={"color": colour, "dash": dash, "width": 2.2},
            marker={"symbol": symbol, "size": 6},
            text=[f"penalty {penalty:.3g}" for penalty in result.penalties],
            hovertemplate="%{text}: R² %{y:.2f} with %{x:.1f} on average<extra></extra>",
        )
    _mark(figure, result, level, theme)
    end = float(max(result.path.count.max(), result.rotated_path.count.max(), 1.0))
    for name, draws, colour, dash in (
        ("Untrained twins, at most 3 units", result.twins, theme.untrained, "dashdot"),
        (
            f"{result.size.nouns.groups.capitalize()} shuffled, at most 3 units",
            result.shuffled,
            theme.muted,
            "longdash",
        ),
    ):
        level_line(figure, name, draws, (0.0, end), colour, dash)
    figure.update_xaxes(title="Mean number of units that take part", rangemode="tozero")
    figure.update_yaxes(title="Held-out R²", range=reachable(figure))
    legend_below(figure, 5)
    return state(figure, theme, facts(result))


def _mark(figure: go.Figure, result: FewToOne, level: int | None, theme: Theme) -> None:
    """Mark where the predictions that are shown lie, with the interval of those chosen."""
    chosen = result.chosen_all
    if level is None:
        x, y, name = float(result.chosen_count.mean()), float(chosen.value), "Chosen for each unit"
    else:
        x, y = float(result.path.count[level]), float(result.path.r2[level])
        name = f"Penalty {result.penalties[level]:.3g}"
    bars = {}
    if level is None and chosen.low is not None:
        bars = {
            "error_y": {
                "type": "data",
                "symmetric": False,
                "array": [chosen.high - y],
                "arrayminus": [y - chosen.low],
                "color": theme.ink,
            }
        }
    figure.add_scatter(
        x=[x],
        y=[y],
        mode="markers",
        name=name,
        marker={"symbol": "diamond", "size": 13, "color": PALETTE[1]},
        hovertemplate="%{fullData.name}: R² %{y:.2f} with %{x:.1f} on average<extra></extra>",
        **bars,
    )


def facts(result: FewToOne) -> str:
    """Return what every figure of few to one rests on."""
    return (
        f"{result.size.caption} · {result.positions:,} positions{read_at(result.grids)} · "
        f"{many(len(result.rotations), 'rotation')} · seed {result.place.seed}"
    )


def terms(result: FewToOne, row: int, level: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Return the units of A that predict a unit of B (its row), largest weight first, and weights.

    At the penalty ``level``, or at the one chosen for the unit.
    """
    at = int(result.chosen[row]) if level is None else level
    if at >= len(result.penalties):
        return np.empty(0, dtype=int), np.empty(0)
    there = result.leading[at, row] >= 0
    return result.leading[at, row][there], result.leading_weights[at, row][there]


def sums(
    result: FewToOne,
    rows: Sequence[int],
    level: int | None,
    pictures: Known,
    theme: Theme,
    names: tuple[str, str],
) -> go.Figure:
    """Draw units of B, one below the other, with the units of A that predict each.

    A click on a unit reports [side, unit].
    """
    figure = base(theme, title="What few units predict", height=70 + ROW * max(len(rows), 1))
    points: list[tuple[int, int, int, int]] = []
    for place, row in enumerate(rows):
        unit = int(result.second[row])
        units, weights = (values[:TERMS] for values in terms(result, row, level))
        left = _count(result, row, level) - len(units)
        more = f", {left} more" if left > 0 else ""
        place_pictures(figure, 0, place, pictures.get((1, unit)), PICTURES)
        _text(
            figure,
            place,
            0,
            f"unit {unit + 1} · R² {number(_r2(result, row, level))}{more}",
            theme,
        )
        points.append((place, 0, 1, unit))
        for column, (of, weight) in enumerate(zip(units, weights, strict=True), start=1):
            place_pictures(figure, column, place, pictures.get((0, int(of))), PICTURES)
            _text(figure, place, column, f"{signed(float(weight))} · unit {of + 1}", theme)
            points.append((place, column, 0, int(of)))
    figure.add_scatter(
        x=[column for _, column, _, _ in points],
        y=[place + 0.1 for place, _, _, _ in points],
        mode="markers",
        opacity=0,
        marker={"size": 60, "symbol": "square"},
        customdata=[[side, unit] for _, _, side, unit in points],
        hovertemplate="click to open the unit<extra></extra>",
        showlegend=False,
        name="units",
    )
    bare = {"showgrid": False, "zeroline": False, "showline": False, "ticks": ""}
    heads = [f"Unit of {names[1]}", "Largest weight", "Second", "Third"]
    figure.update_xaxes(
        side="top", tickvals=list(range(TERMS + 1)), ticktext=heads, range=[-0.5, TERMS + 0.5]
    )
    figure.update_xaxes(**bare)
    figure.update_yaxes(range=[max(len(rows), 1) - 0.5, -0.5], showticklabels=False, **bare)
    figure.update_layout(margin={"l": 8, "r": 8, "t": 40, "b": 8})
    return state(figure, theme, facts(result))


def _r2(result: FewToOne, row: int, level: int | None) -> float:
    return float(result.chosen_r2[row] if level is None else result.r2[level, row])


def _count(result: FewToOne, row: int, level: int | None) -> int:
    return int(result.chosen_count[row] if level is None else result.count[level, row])


def _text(figure: go.Figure, place: int, column: int, text: str, theme: Theme) -> None:
    figure.add_annotation(
        text=text,
        x=column - 0.48,
        y=place - 0.24,
        xref="x",
        yref="y",
        xanchor="left",
        yanchor="bottom",
        showarrow=False,
        font={"size": TEXT_PX, "color": theme.ink},
    )
