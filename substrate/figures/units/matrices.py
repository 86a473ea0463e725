"""Correlations within and between two layers, in natural order and ordered by the matching."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float

from substrate.analyses.units.few_to_one import FewToOne
from substrate.analyses.units.one_to_one import OneToOne
from substrate.figures import cells
from substrate.figures.theme import ABOVE_PX, TEXT_PX, Theme, base, state
from substrate.figures.units.curves import facts
from substrate.figures.units.few import facts as few_facts
from substrate.wording import number

#: Rows and columns of a matrix that are drawn; beyond, cells are means of blocks.
MOST_CELLS = 512
#: Units of either side that the zoom shows.
ZOOM = 24
#: Side of one of the four matrices, and the room for its names; pixels.
SIDE, ROOM = 330, 70


def block_means(values: Float[np.ndarray, "p q"], most: int = MOST_CELLS) -> np.ndarray:
    """Return a matrix of at most ``most`` rows and columns, means of blocks of equal size.

    The last block of a side may hold fewer.
    """
    for axis in (0, 1):
        size = _size(values.shape[axis], most)
        if size > 1:
            starts = np.arange(0, values.shape[axis], size)
            lengths = np.diff([*starts, values.shape[axis]])
            shape = (-1, 1) if axis == 0 else (1, -1)
            values = np.add.reduceat(values, starts, axis=axis) / lengths.reshape(shape)
    return values.astype(np.float32)


def _size(count: int, most: int = MOST_CELLS) -> int:
    """Return how many of so many units stand for one row of a drawn matrix."""
    return -(-count // most)


def block_size(result: OneToOne) -> int:
    """Return how many units of a side stand for one row of the drawn matrices, 1 for each."""
    return max(-(-side // MOST_CELLS) for side in result.between.shape)


def places(result: OneToOne) -> tuple[np.ndarray, np.ndarray]:
    """Return rows and columns of ``between`` in matched order, unmatched units last."""
    out = []
    for living, order in (
        (result.living_first, result.order_first),
        (result.living_second, result.order_second),
    ):
        where = np.searchsorted(living, order)
        left = np.setdiff1d(np.arange(len(living)), where)
        out.append(np.concatenate([where, left]))
    return out[0], out[1]


def four_matrices(result: OneToOne, theme: Theme, names: tuple[str, str]) -> go.Figure:
    """Draw within A, within B, and between them in natural and in matched order."""
    rows, columns = places(result)
    panels = (
        (f"Within {names[0]}", result.within_first, names[0], names[0]),
        (f"Within {names[1]}", result.within_second, names[1], names[1]),
        ("Between, natural order", result.between, names[1], names[0]),
        ("Between, matched order", result.between[np.ix_(rows, columns)], names[1], names[0]),
    )
    figure = base(theme, title=f"Correlations of units of {names[0]} and {names[1]}")
    wide, high = 2 * (SIDE + ROOM) + 90, 2 * (SIDE + ROOM) + ABOVE_PX
    figure.update_layout(width=wide, height=high, margin={"l": 60, "r": 80, "t": 44, "b": 50})
    for index, panel in enumerate(panels):
        _panel(figure, index, *panel, theme)
    return state(figure, theme, f"{facts(result)}{averaged(result)}")


def averaged(result: OneToOne) -> str:
    """Say where cells are means of blocks."""
    size = block_size(result)
    return "" if size == 1 else f" · cells are means of {size} x {size} units"


def _panel(
    figure: go.Figure,
    index: int,
    title: str,
    values: np.ndarray,
    across: str,
    down: str,
    theme: Theme,
) -> None:
    """Place one of the four matrices."""
    number_of = "" if index == 0 else str(index + 1)
    left, top = (index % 2) * 0.55, 1.0 - (index // 2) * 0.55
    name = f"xaxis{number_of}", f"yaxis{number_of}"
    plain = {"showgrid": False, "zeroline": False, "ticks": "outside", "nticks": 5}
    figure.update_layout(
        {
            name[0]: {
                **plain,
                "domain": [left, left + 0.45],
                "anchor": f"y{number_of}",
                "title": {"text": f"Units of {across}", "standoff": 4},
                "constrain": "domain",
            },
            name[1]: {
                **plain,
                "domain": [top - 0.42, top],
                "anchor": f"x{number_of}",
                "title": {"text": f"Units of {down}", "standoff": 4},
                "autorange": "reversed",
            },
        }
    )
    rows, columns = (_size(count) for count in values.shape)
    figure.add_heatmap(
        z=block_means(values),
        x0=(columns + 1) / 2,  # units count from 1; a block stands at its middle
        dx=columns,
        y0=(rows + 1) / 2,
        dy=rows,
        zmin=-1.0,
        zmax=1.0,
        zmid=0.0,
        colorscale=theme.diverging,
        xaxis=f"x{number_of}",
        yaxis=f"y{number_of}",
        showscale=index == 1,
        colorbar={"title": {"text": "r", "side": "top"}, "thickness": 12, "len": 0.45, "y": 0.78},
        hovertemplate="%{y}, %{x}: r = %{z:.2f}<extra></extra>",
        name=title,
    )
    figure.add_annotation(
        text=title,
        x=left,
        y=top,
        xref="paper",
        yref="paper",
        xanchor="left",
        yanchor="bottom",
        showarrow=False,
        font={"size": TEXT_PX},
    )


def zoom(result: OneToOne, theme: Theme, names: tuple[str, str], start: int) -> go.Figure:
    """Draw true cells: units from place ``start`` of the matched order, `ZOOM` of either side."""
    rows, columns = (side[start : start + ZOOM] for side in places(result))
    values = result.between[np.ix_(rows, columns)]
    last = start + max(values.shape)
    figure = base(theme, title=f"Matched units {start + 1} to {last}, true cells")
    labels = _numbers(result.living_first[rows]), _numbers(result.living_second[columns])
    figure.add_heatmap(
        z=values,
        zmin=-1.0,
        zmax=1.0,
        zmid=0.0,
        colorscale=theme.diverging,
        xgap=1,
        ygap=1,
        colorbar={"title": {"text": "r", "side": "top"}, "thickness": 12},
        text=_hovers(values, labels),
        hovertemplate="%{text}<extra></extra>",
        name="",
    )
    cells.fit(figure, *labels, across=f"Units of {names[1]}", down=f"Units of {names[0]}")
    return state(figure, theme, facts(result))


def _hovers(values: np.ndarray, labels: tuple[list[str], list[str]]) -> list[list[str]]:
    return [
        [f"A {a}, B {b}: r = {number(float(r))}" for b, r in zip(labels[1], row, strict=True)]
        for a, row in zip(labels[0], values, strict=True)
    ]


def _numbers(units: Sequence[int] | np.ndarray) -> list[str]:
    return [str(int(unit) + 1) for unit in units]


def weights(result: FewToOne, theme: Theme, names: tuple[str, str]) -> go.Figure:
    """Draw the weights of the chosen predictions; rows sorted by the place of their largest."""
    matrix = result.weights
    order = np.lexsort((-np.abs(matrix).max(axis=1, initial=0.0), np.abs(matrix).argmax(axis=1)))
    figure = base(theme, title=f"Weights of {names[0]} in predictions of {names[1]}")
    figure.add_heatmap(
        z=block_means(matrix[order]),
        x0=1,
        y0=1,
        zmin=-1.0,
        zmax=1.0,
        zmid=0.0,
        colorscale=theme.diverging,
        colorbar={"title": {"text": "weight", "side": "top"}, "thickness": 12},
        hovertemplate="row %{y}, unit %{x}: %{z:.2f}<extra></extra>",
        name="",
    )
    figure.update_layout(height=520)
    figure.update_xaxes(title=f"Units of {names[0]}", showgrid=False, zeroline=False)
    figure.update_yaxes(
        title=f"Units of {names[1]}, sorted", autorange="reversed", showgrid=False, zeroline=False
    )
    size = max(-(-side // MOST_CELLS) for side in matrix.shape)
    blocks = f" · cells are means of {size} x {size} units" if size > 1 else ""
    return state(figure, theme, f"{few_facts(result)}{blocks}")
