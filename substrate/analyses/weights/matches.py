"""Where else an eigenvector is found: its nearest one in every other encoder."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from substrate.analyses.weights.spatial import MeanFilters, Spatial
from substrate.numerics.weights.spatial import largest_cosines

#: Random directions that a match is held against.
DRAWS = 999


@dataclass(frozen=True)
class Match:
    """The nearest eigenvector of another encoder.

    Attributes
    ----------
    layer, place
        The layer's number in `Spatial.layers`, and the eigenvector's place among those shown.
    cosine
        Their |cosine|.
    level
        What the nearest one to a random direction, as symmetric as the eigenvector, stays below in
        95 % of cases: as many are tried.
    """

    layer: int
    place: int
    cosine: float
    level: float


def matches(result: Spatial, layer: int, place: int) -> list[Match]:
    """Return the nearest eigenvector of each other encoder that has kernels of this size.

    First layers are compared with first layers alone, and later ones with later ones.
    """
    one = result.layers[layer]
    vector = one.vectors[:, place]
    closest = []
    for encoder in result.encoders:
        own = [
            i
            for i, other in enumerate(result.layers)
            if other.encoder == encoder and other.side == one.side and other.first == one.first
        ]
        if encoder == one.encoder or not own:
            continue
        sets = [result.layers[i].vectors for i in own]
        cosines = [np.abs(vector @ vectors) for vectors in sets]
        best = int(np.argmax([values.max() for values in cosines]))
        null = largest_cosines(vector, np.hstack(sets), seed=result.seed, draws=DRAWS)
        at = int(np.argmax(cosines[best]))
        level = float(np.quantile(null, 0.95))
        closest.append(Match(own[best], at, float(cosines[best][at]), level))
    return closest


def nearest_own(
    result: Spatial, mean: MeanFilters, rank: int, encoder: str = ""
) -> tuple[int, int]:
    """Return the layer and the place of the eigenvector nearest to one of a mean.

    Of the encoder's layers whose mean it is, of all layers for the mean of all; of those of
    ``encoder`` where one is named.
    """
    wanted = encoder or mean.encoder
    own = [
        i
        for i, one in enumerate(result.layers)
        if wanted in ("", one.encoder) and one.side == mean.side
    ]
    own = [i for i in own if not result.layers[i].first] or own
    cosines = [np.abs(mean.vectors[:, rank] @ result.layers[i].vectors) for i in own]
    best = int(np.argmax([values.max() for values in cosines]))
    return own[best], int(np.argmax(cosines[best]))
