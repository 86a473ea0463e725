"""The eigenvectors of all layers of an encoder as pictures: rows layers, columns ranks."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.weights.matches import nearest_own
from substrate.analyses.weights.spatial import LayerFilters, MeanFilters, Spatial
from substrate.figures.theme import Theme, base, state
from substrate.figures.weights import pictures
from substrate.figures.weights.pictures import GAP, SIDE, Board
from substrate.wording import many, number, percent, with_interval

#: Height of the lines of ranks, of a layer's name and of its shares, and the gap after the mean.
HEAD, NAME, SHARES, AFTER = 26, 22, 24, 12
ROW = NAME + SIDE + SHARES
#: Room at the left, and width that the two texts of a row need at least; pixels.
LEFT, LEAST = 6, 420
#: Letters of a layer's name: its end tells layers apart.
LETTERS = 26


def filter_grid(
    result: Spatial,
    encoder: str,
    title: str,
    theme: Theme,
    *,
    chosen: tuple[int, int] | None = None,
) -> go.Figure:
    """Draw an encoder's layers below the mean of all encoders; a click reports [layer, rank].

    Layers are numbered as in ``result``; ranks count from 0. On the mean it is the nearest
    eigenvector of the encoder's layers.
    """
    own = [(i, one) for i, one in enumerate(result.layers) if one.encoder == encoder]
    means = [one for one in result.means if one.side in {layer.side for _, layer in own}]
    columns = max(one.vectors.shape[1] for _, one in own)
    left, wide = float(LEFT), max(LEFT + columns * (SIDE + GAP), LEAST)
    high = HEAD + ROW * (len(own) + len(means)) + AFTER
    figure = base(theme, title=f"Filters of {title}")
    board = Board()
    for rank in range(columns):
        board.write(str(rank + 1), _middle(left, rank), HEAD / 2, colour=theme.muted)
    top = float(HEAD)
    centres: list[tuple[float, float]] = []
    data: list[tuple[int, int]] = []
    hovers: list[str] = []
    for mean in means:
        ranks = np.arange(mean.vectors.shape[1])
        _row(board, _mean_name(mean), mean.vectors, mean.shares, ranks, left, top, theme)
        for place in range(len(ranks)):
            centres.append((_middle(left, place), top + NAME + SIDE / 2))
            data.append(nearest_own(result, mean, place, encoder))
            hovers.append(_nearest_hover(result, data[-1]))
        top += ROW
    top += AFTER
    for index, one in own:
        _row(board, _short(one.layer), one.vectors, one.shares, one.ranks, left, top, theme)
        _planes(board, one, left, top, theme)
        _value(board, one, wide, top, theme)
        for place in range(one.vectors.shape[1]):
            centres.append((_middle(left, place), top + NAME + SIDE / 2))
            data.append((index, place))
            hovers.append(_hover(one, place))
        if chosen is not None and chosen[0] == index:
            board.frame(left + chosen[1] * (SIDE + GAP), top + NAME, SIDE, theme.ink)
        top += ROW
    board.onto(figure, wide, high)
    pictures.clicks(figure, centres, data, hovers)
    return state(figure, theme, facts(result, encoder))


def encoders_grid(result: Spatial, titles: Mapping[str, str], theme: Theme) -> go.Figure:
    """Draw the mean eigenvectors of every encoder below those of all.

    A click reports the layer and the place of the nearest one of the layers that a row is of.
    """
    rows = [*result.means, *result.by_encoder]
    columns = max(one.vectors.shape[1] for one in rows)
    left, wide = float(LEFT), max(LEFT + columns * (SIDE + GAP), LEAST)
    figure = base(theme, title="Filters of every encoder")
    board = Board()
    for rank in range(columns):
        board.write(str(rank + 1), _middle(left, rank), HEAD / 2, colour=theme.muted)
    top = float(HEAD)
    centres, data, hovers = [], [], []
    for place, one in enumerate(rows):
        name = titles.get(one.encoder, one.encoder) if one.encoder else _mean_name(one)
        ranks = np.arange(one.vectors.shape[1])
        _row(board, _title(name), one.vectors, one.shares, ranks, left, top, theme)
        if one.encoder:
            said = f"{many(one.layers, 'layer')}, {one.side} x {one.side}"
            board.write(said, wide - GAP, top + NAME / 2, colour=theme.muted, across="right")
        for column in range(len(ranks)):
            centres.append((_middle(left, column), top + NAME + SIDE / 2))
            data.append(nearest_own(result, one, column))
            hovers.append(_nearest_hover(result, data[-1]))
        top += ROW + (AFTER if place == len(result.means) - 1 else 0)
    board.onto(figure, wide, top + 4)
    pictures.clicks(figure, centres, data, hovers)
    return state(figure, theme, f"{len(result.layers)} layers · uncentred · seed {result.seed}")


def _nearest_hover(result: Spatial, nearest: tuple[int, int]) -> str:
    return f"click to open the nearest:<br>{result.layers[nearest[0]].layer}"


def _title(name: str) -> str:
    return name if len(name) <= LETTERS else f"{name[: LETTERS - 1]}…"


def facts(result: Spatial, encoder: str) -> str:
    """Return what a grid rests on."""
    kernels = [one.kernels for one in result.layers if one.encoder == encoder]
    span = f"{min(kernels):,} to {max(kernels):,}" if len(kernels) > 1 else f"{kernels[0]:,}"
    return f"{span} kernels a layer · uncentred covariance · seed {result.seed}"


def _mean_name(mean: MeanFilters) -> str:
    return f"Mean of {mean.layers} layers, {mean.side} x {mean.side}"


def _short(layer: str) -> str:
    return layer if len(layer) <= LETTERS else f"…{layer[1 - LETTERS :]}"


def _middle(left: float, place: int) -> float:
    return left + place * (SIDE + GAP) + SIDE / 2


def _row(
    board: Board,
    name: str,
    vectors: np.ndarray,
    shares: np.ndarray,
    ranks: np.ndarray,
    left: float,
    top: float,
    theme: Theme,
) -> None:
    """Place the pictures of a layer with the shares of variance below them."""
    board.write(f"<b>{name}</b>", left, top + NAME / 2, colour=theme.ink, across="left")
    top += NAME
    for place in range(vectors.shape[1]):
        source = pictures.filter_address(vectors[:, place], theme)
        board.place(source, left + place * (SIDE + GAP), top, SIDE)
        share = float(shares[ranks[place]])
        text = percent(share) if share >= 0.0095 else "< 1 %"
        board.write(text, _middle(left, place), top + SIDE + 13, colour=theme.muted)


def _planes(board: Board, one: LayerFilters, left: float, top: float, theme: Theme) -> None:
    """Underline eigenvectors whose eigenvalues are not told apart."""
    shown = one.spaces[: one.vectors.shape[1]]
    for space in np.unique(shown):
        here = np.flatnonzero(shown == space)
        if len(here) > 1:
            ends = left + here[0] * (SIDE + GAP), left + here[-1] * (SIDE + GAP) + SIDE
            board.line(ends, top + NAME + SIDE + 3, theme.accent)


def _value(board: Board, one: LayerFilters, wide: float, top: float, theme: Theme) -> None:
    """Write how far the first five agree with the mean, bold where beyond random bases."""
    text = "not compared"
    if one.compared:
        value = number(one.agreement.value)
        value = f"<b>{value}</b>" if one.beyond_bases else value
        text = f"agreement {value}, random {number(one.chance)}"
    board.write(text, wide - GAP, top + NAME / 2, colour=theme.ink, across="right")


def _hover(one: LayerFilters, place: int) -> str:
    """Say what a picture is, and how far the layer agrees with the others."""
    rank = int(one.ranks[place])
    lines = [f"<b>{one.layer}, eigenvector {rank + 1}</b>"]
    lines.append(f"{percent(float(one.shares[rank]), 1)} of the variance")
    if one.compared:
        agreement = one.agreement
        lines.append(f"first five: {with_interval(agreement.value, agreement.low, agreement.high)}")
        lines.append(f"random bases {number(one.chance)}, 95 % level {number(one.level)}")
    return "<br>".join(lines)
