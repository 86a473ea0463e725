"""Where the image lies along the panel's directions, from what is stored or computed for it."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from substrate.analyses.lens.position import Position, held_out_parts, position
from substrate.analyses.lens.scores import LENS_SCORES, LensScores, LensScoresParams
from substrate.analyses.sharedness.leave_encoder_out import Sharedness
from substrate.ui.lens.choose import Shown
from substrate.ui.results import result
from substrate.ui.selection import Selection
from substrate.ui.shared.panel import choice_of


def position_of(selection: Selection, shared: Sharedness, shown: Shown) -> Position | None:
    """Return the image's place; where it cannot be had the page has said why."""
    parts = _parts(selection, shared, shown)
    return None if parts is None else position(shared, shown.row, parts)


def _parts(
    selection: Selection, shared: Sharedness, shown: Shown
) -> Float[np.ndarray, "e k"] | None:
    """Return each encoder's part of the image's scores: held out, fitted, or one's own."""
    held_out = None if shown.row is None else held_out_parts(shared, shown.row)
    if held_out is not None:
        return held_out
    sharedness = choice_of(selection).sharedness(shared.size.domain)
    params = LensScoresParams(**vars(sharedness), image=shown.own)
    scores: LensScores | None = result(
        LENS_SCORES, selection.run, params, what="the scores of the image"
    )
    if scores is None:
        return None
    at = 0 if shown.row is None else int(np.flatnonzero(scores.rows == shown.row)[0])
    return scores.parts[:, at]
