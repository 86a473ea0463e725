"""One eigenvector, large, beside its best match in every other encoder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.weights.matches import Match
from substrate.analyses.weights.spatial import LayerFilters
from substrate.figures.theme import Theme, base, broken, state
from substrate.figures.weights import pictures
from substrate.figures.weights.pictures import Board
from substrate.wording import number

#: Side of the filter, of its matches, and the columns that matches stand in; pixels.
LARGE, SMALL, COLUMN = 168, 84, 168
#: Matches in a row.
ACROSS = 4
#: Letters of a line below a match.
LETTERS = 21


def filter_card(
    one: LayerFilters,
    place: int,
    matches: Sequence[Match],
    layers: Sequence[LayerFilters],
    titles: Mapping[str, str],
    theme: Theme,
    facts: str,
) -> go.Figure:
    """Draw an eigenvector and the nearest one of each other encoder; a click opens that one."""
    rows = max(1, -(-len(matches) // ACROSS))
    across = min(len(matches), ACROSS)
    left = LARGE + 48
    figure = base(theme, title=f"Eigenvector {int(one.ranks[place]) + 1} of {one.layer}")
    block = SMALL + 74
    wide, high = left + COLUMN * across + 12, max(LARGE + 24, rows * block + 8)
    board = Board()
    vector = one.vectors[:, place]
    board.place(pictures.filter_address(vector, theme, side=LARGE), 10, 10, LARGE)
    centres, data, hovers = [], [], []
    for index, match in enumerate(matches):
        other = layers[match.layer]
        middle = left + (index % ACROSS) * COLUMN + COLUMN / 2
        top = 10 + (index // ACROSS) * block
        matched = other.vectors[:, match.place]
        sign = -1.0 if matched @ vector < 0 else 1.0
        source = pictures.filter_address(sign * matched, theme, side=SMALL)
        board.place(source, middle - SMALL / 2, top, SMALL)
        name = broken(f"{titles.get(other.encoder, other.encoder)} {other.layer}", LETTERS)
        cosine = number(match.cosine)
        text = f"<b>{cosine}</b>" if match.cosine > match.level else cosine
        written = f"{name}<br>{text} (chance {number(match.level)})"
        board.write(written, middle, top + SMALL + 4, colour=theme.ink, down="top")
        centres.append((middle, top + SMALL / 2))
        data.append((match.layer, match.place))
        rank = int(np.asarray(other.ranks)[match.place]) + 1
        hovers.append(f"<b>{other.layer}, eigenvector {rank}</b><br>|cosine| {cosine}")
    board.onto(figure, wide, high)
    pictures.clicks(figure, centres, data, hovers, side=SMALL)
    return state(figure, theme, facts)
