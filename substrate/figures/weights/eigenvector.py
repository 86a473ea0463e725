"""Channel eigenvectors beside each other: what their networks see where they respond."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from jaxtyping import UInt8

from substrate.analyses.weights.eigenvectors import Eigenvector
from substrate.figures.theme import Theme, base, broken, state
from substrate.figures.weights.pictures import Board, address

#: Side of a patch, the room between two, and between both columns; pixels.
LARGE, GAP, BETWEEN = 84, 6, 40
#: Heights of a column's name, and of the line above a row of patches.
NAME, LINE = 50, 26
#: Letters of a line of a column's name.
LETTERS = 40
TITLE = "What the eigenvector responds to"


def eigenvectors(
    shown: Sequence[Eigenvector], names: Sequence[str], theme: Theme, facts: str
) -> go.Figure:
    """Draw the patches at either end of one eigenvector, or of two beside each other.

    Each has a column: its name, the patches of highest response, those of lowest.
    """
    kept = max(len(one.highest) for one in shown)
    column = max(kept, 1) * (LARGE + GAP)
    figure = base(theme, title="What both eigenvectors respond to" if len(shown) > 1 else TITLE)
    board = Board()
    for side, (one, name) in enumerate(zip(shown, names, strict=True)):
        left = side * (column + BETWEEN) + 4.0
        said = broken(f"{name} {one.layer}, eigenvector {one.rank + 1}", LETTERS)
        board.write(f"<b>{said}</b>", left, NAME / 2, colour=theme.ink, across="left")
        top = float(NAME)
        for line, patches in _ends(one):
            board.write(line, left, top + LINE / 2, colour=theme.muted, across="left")
            top += LINE
            for place, patch in enumerate(patches):
                source = address(patch, max(1, round(2 * LARGE / patch.shape[0])))
                board.place(source, left + place * (LARGE + GAP), top, LARGE)
            top += LARGE + GAP
    board.onto(figure, len(shown) * (column + BETWEEN) - BETWEEN + 8, top + 4)
    return state(figure, theme, facts)


def _ends(one: Eigenvector) -> tuple[tuple[str, UInt8[np.ndarray, "k s s 3"]], ...]:
    return ("Highest response", one.highest), ("Lowest response", one.lowest)
