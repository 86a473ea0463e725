"""One direction at a time: its scores, its partners elsewhere, and where on an image it lies."""

from __future__ import annotations

import numpy as np
import pandas as pd
from jaxtyping import UInt8

from substrate.analyses.directions.basis import Basis
from substrate.analyses.directions.partners import Matched
from substrate.analyses.directions.spatial_map import SpatialMap
from substrate.analyses.directions.tables import map_table, partner_table, scores_table
from substrate.exhibits.directions import card_words as words
from substrate.exhibits.directions.trace import basis_trace
from substrate.exhibits.exhibit import Exhibit
from substrate.figures.directions.cards import partner_plot, score_histogram, spatial_overlay
from substrate.figures.theme import Theme
from substrate.wording import LONE_BAR

#: The two sides of a comparison, in the order of their colours.
SIDES = ("A", "B")


def _key(side: str, what: str) -> str:
    return f"directions-card-{side.lower()}-{what}"


def scores(
    basis: Basis,
    direction: int,
    samples: pd.DataFrame,
    theme: Theme,
    *,
    side: str,
    name: str,
    aligned: bool = False,
) -> Exhibit:
    """Return how far each sample lies along a direction.

    ``samples`` is the domain's table in the order of the features, ``side`` is A or B and gives
    the colour, ``name`` is the encoder's title, ``aligned`` says that its sign was turned.
    """
    return Exhibit(
        key=_key(side, "histogram"),
        title=words.card_title(side, name, basis, direction, aligned=aligned),
        sentence=words.card_sentence(basis, direction, theme.domain(basis.domain)),
        figure=score_histogram(basis, direction, theme, index=SIDES.index(side)),
        read=f"How far each sample lies along the direction. {LONE_BAR}",
        table=scores_table(basis, direction, samples),
        trace=basis_trace(basis, direction) | ({"sign": words.ALIGNED} if aligned else {}),
    )


def partners(
    matched: Matched,
    basis: Basis,
    direction: int,
    theme: Theme,
    *,
    side: str,
    name: str,
    components: int,
) -> Exhibit:
    """Return where a direction is found again, without a figure where it was sought nowhere.

    Partners are sought among the first ``components`` directions of each other encoder.
    """
    key = _key(side, "partners")
    title = f"{words.card_title(side, name, basis, direction)}: best match in other encoders"
    if not matched.others:
        return Exhibit(key=key, title=title, sentence=words.no_partners(theme.domain(basis.domain)))
    return Exhibit(
        key=key,
        title=title,
        sentence=words.partners_sentence(matched, direction),
        figure=partner_plot(matched, direction, theme),
        read=words.partners_read(matched, components),
        table=partner_table(matched, direction),
        trace=basis_trace(basis, direction),
    )


def spatial_map(
    projected: SpatialMap,
    picture: UInt8[np.ndarray, "s s 3"],
    basis: Basis,
    direction: int,
    sample: str,
    theme: Theme,
    *,
    side: str,
    limit: float,
) -> Exhibit:
    """Return where on one image a direction's score comes from; colours end at ``limit``."""
    title = f"Where on {sample}"
    return Exhibit(
        key=_key(side, "map"),
        title=title,
        sentence=words.map_sentence(projected),
        figure=spatial_overlay(projected, picture, theme, title=title, limit=limit),
        read=words.map_read(projected),
        table=map_table(projected),
        trace=basis_trace(basis, direction) | {"sample": sample},
    )
