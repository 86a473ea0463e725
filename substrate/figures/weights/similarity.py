"""Layers beside layers: how far their first five spatial eigenvectors agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.weights.spatial import LayerFilters, Spatial
from substrate.figures import cells
from substrate.figures.shared import outline
from substrate.figures.theme import SEQUENTIAL, Theme, base, state
from substrate.figures.weights import pictures
from substrate.figures.weights.pictures import GAP
from substrate.wording import many, number, percent

#: Side of a filter where two layers are compared, and the height of a row; pixels.
LARGE, ROW = 64, 96
LEFT, HEAD = 220, 34
#: Names that rows of a matrix have room for in a window of 1024 pixels.
MOST_NAMES = 30


def layer_matrix(
    result: Spatial,
    titles: Mapping[str, str],
    theme: Theme,
    shown: Sequence[int],
    *,
    chosen: tuple[int, int] | None = None,
) -> go.Figure:
    """Draw the agreement of every two layers; a click reports the numbers of both layers."""
    figure = base(theme, title="Layers whose filters agree")
    values = result.similarity[np.ix_(shown, shown)]
    chance = result.chance[np.ix_(shown, shown)]
    level = result.level[np.ix_(shown, shown)]
    figure.add_heatmap(
        z=((values - chance) / (1 - chance)).astype(np.float32),
        zmin=0.0,
        zmax=1.0,
        colorscale=SEQUENTIAL,
        hoverinfo="skip",
        xgap=1,
        ygap=1,
        colorbar={"title": {"text": "Calibrated: 0 random bases, 1 identical", "side": "top"}},
        name="",
        showlegend=False,
    )
    cells.missing(figure, theme)
    unclear = np.argwhere(np.isfinite(values) & ~(values > level))
    cells.unclear(figure, unclear, "Not beyond the 95 % level of random bases")
    names = [layer_name(result.layers[i], titles) for i in shown]
    hovers = [
        _hover(result, names, shown, i, j) for i in range(len(shown)) for j in range(len(shown))
    ]
    beside, below = labels([result.layers[i] for i in shown], titles)
    fitted = cells.fit(figure, beside, below, legend=int(len(unclear) > 0))
    cells.clicks(figure, values.shape, fitted, hovers)
    figure.data[-1].customdata = [(int(i), int(j)) for i in shown for j in shown]
    if chosen is not None and all(one in shown for one in chosen):
        outline(figure, (list(shown).index(chosen[0]), list(shown).index(chosen[1])), theme)
    return state(figure, theme, facts(result, shown))


def facts(result: Spatial, shown: Sequence[int] | None = None) -> str:
    """Return what the matrix rests on: all layers, or those that are ``shown``."""
    layers = result.layers if shown is None else [result.layers[i] for i in shown]
    count = len({one.encoder for one in layers})
    return (
        f"{len(layers)} layers of {many(count, 'encoder')} · first five eigenvectors · "
        f"random bases for every cell · seed {result.seed}"
    )


def labels(
    layers: Sequence[LayerFilters], titles: Mapping[str, str]
) -> tuple[list[str], list[str]]:
    """Return the names of rows and of columns, empty where there is no room for one.

    A row is named by its layer, every so many only where they are many; columns, which have the
    same order, by their encoder alone, below the middle one of its layers.
    """
    step = -(-len(layers) // MOST_NAMES)
    rows = [layer_name(one, titles) if i % step == 0 else "" for i, one in enumerate(layers)]
    columns = [""] * len(layers)
    for name in dict.fromkeys(one.encoder for one in layers):
        own = [i for i, one in enumerate(layers) if one.encoder == name]
        columns[own[len(own) // 2]] = titles.get(name, name)
    return rows, columns


def layer_name(one: LayerFilters, titles: Mapping[str, str]) -> str:
    """Return a layer with its encoder, as it is read."""
    return f"{titles.get(one.encoder, one.encoder)} {one.layer}"


def _hover(result: Spatial, names: Sequence[str], shown: Sequence[int], i: int, j: int) -> str:
    a, b = shown[i], shown[j]
    lines = [f"<b>{names[i]} – {names[j]}</b>"]
    if np.isfinite(result.similarity[a, b]):
        lines.append(f"mean |cosine| {number(float(result.similarity[a, b]))}")
        lines.append(
            f"random bases {number(float(result.chance[a, b]))}, "
            f"95 % level {number(float(result.level[a, b]))}"
        )
    elif result.layers[a].side != result.layers[b].side:
        lines.append("kernels of two sizes: not compared")
    else:
        lines.append("eigenvalues nearly tie, or kernels span too little: not compared")
    return "<br>".join(lines)


def two_layers(
    first: LayerFilters,
    second: LayerFilters,
    titles: Mapping[str, str],
    theme: Theme,
    cosines: Sequence[float],
    spaces: Sequence[int],
    numbered: tuple[int, int],
    facts_line: str,
) -> go.Figure:
    """Draw the first eigenvectors of two layers, one above the other, with |cosine| below.

    ``spaces`` are their numbers, rank by rank; those of several ranks are underlined. A click
    reports a layer, as ``numbered``, and the place of the eigenvector.
    """
    count = len(cosines)
    figure = base(theme, title="The first eigenvectors of two layers")
    board = pictures.Board()
    step = LARGE + GAP + 10
    centres, data, hovers = [], [], []
    for rank in range(count):
        middle = LEFT + rank * step + LARGE / 2
        board.write(str(rank + 1), middle, HEAD / 2, colour=theme.muted)
        for row, one in enumerate((first, second)):
            top = HEAD + row * ROW
            sign = np.sign(first.vectors[:, rank] @ second.vectors[:, rank]) if row else 1.0
            vector = (sign or 1.0) * one.vectors[:, rank]
            source = pictures.filter_address(vector, theme, side=LARGE)
            board.place(source, LEFT + rank * step, top, LARGE)
            centres.append((middle, top + LARGE / 2))
            data.append((numbered[row], rank))
            hovers.append(f"<b>{one.layer}, eigenvector {int(one.ranks[rank]) + 1}</b>")
            share = percent(float(one.shares[one.ranks[rank]]))
            board.write(share, middle, top + LARGE + 14, colour=theme.muted)
        board.write(
            f"<b>{number(cosines[rank])}</b>", middle, HEAD + 2 * ROW + 14, colour=theme.ink
        )
    for start, end in _runs(spaces):
        ends = LEFT + start * step, LEFT + end * step + LARGE
        board.line(ends, HEAD + 2 * ROW, theme.accent)
    for row, one in enumerate((first, second)):
        name = f"{titles.get(one.encoder, one.encoder)}<br>{one.layer}"
        middle = HEAD + row * ROW + LARGE / 2
        board.write(name, LEFT - 14, middle, colour=theme.ink, across="right")
    foot = HEAD + 2 * ROW + 14
    board.write("|cosine|", LEFT - 14, foot, colour=theme.muted, across="right")
    board.onto(figure, LEFT + count * step + 14, HEAD + 2 * ROW + 34)
    pictures.clicks(figure, centres, data, hovers, side=LARGE)
    return state(figure, theme, facts_line)


def _runs(spaces: Sequence[int]) -> list[tuple[int, int]]:
    """Return the first and the last rank of each space of several."""
    places = {space: [k for k, one in enumerate(spaces) if one == space] for space in spaces}
    return [(ranks[0], ranks[-1]) for ranks in places.values() if len(ranks) > 1]
