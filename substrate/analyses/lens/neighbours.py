"""The nearest neighbours of images in each encoder, images of the same photograph left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.panel_choice import default_choice
from substrate.analyses.shared.own_image import image_features
from substrate.analyses.shared.samples import Sizes, features, sizes
from substrate.analyses.spec import Analysis, AnalysisError
from substrate.numerics.metrics.spec import FeaturesError, UndefinedScoreError
from substrate.numerics.retrieval import Nearest, nearest_to
from substrate.runs import Run

#: Neighbours of an image in each encoder.
NEAREST = 6
#: Samples of a domain up to which those of all its images are found at once.
WHOLE = 2000
#: Digits of a cosine that are kept.
DIGITS = 3


@dataclass(frozen=True)
class NeighboursParams:
    """The encoders and the domain; which of its images, or one's own image by its name.

    Without rows and image: all images of the domain.
    """

    encoders: tuple[str, ...]
    domain: str
    rows: tuple[int, ...] = ()
    image: str = ""


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The nearest images of the domain to each image ``rows`` names, encoder by encoder.

    ``near`` are rows of the domain, the nearest first, -1 where there are no more candidates;
    ``cosines`` are those of penultimate features, not centred; ``among`` counts the candidates of
    each image, which leave out its own photograph. An image of one's own has no row.
    """

    encoders: tuple[str, ...]
    size: Sizes
    rows: Int[np.ndarray, " r"]
    near: Int[np.ndarray, "e i k"]
    cosines: Float[np.ndarray, "e i k"]
    among: Int[np.ndarray, " i"]

    def place(self, row: int | None) -> int:
        """Return where an image stands in this result; one's own has no row."""
        return 0 if row is None else int(np.flatnonzero(self.rows == row)[0])

    def shared(self, place: int) -> Int[np.ndarray, "e e"]:
        """Count the neighbours of one image that two encoders have in common, for all pairs."""
        sets = [set(near[near >= 0].tolist()) for near in self.near[:, place]]
        return np.array([[len(a & b) for b in sets] for a in sets])

    def count(self, place: int) -> int:
        """Return how many neighbours an image has."""
        return int((self.near[0, place] >= 0).sum())

    def by_chance(self, place: int) -> float:
        """Return how many neighbours two encoders would share if both drew them at random."""
        return self.count(place) ** 2 / max(int(self.among[place]), 1)


def compute_neighbours(run: Run, params: NeighboursParams) -> Neighbours:
    """Find neighbours of the rows, of all of them, or of an image of one's own."""
    raw = features(run, params.encoders, params.domain)
    groups = run.groups(params.domain)
    rows = np.array(params.rows or range(len(groups)), dtype=np.int64)
    own, images = groups[rows], [x[rows] for x in raw]
    if params.image:
        rows, own = np.empty(0, dtype=np.int64), np.array(["\0 one's own"])
        images = image_features(run, params.image, params.encoders)
    try:
        nearest = [
            nearest_to(x, image, NEAREST, groups=groups, own=own)
            for x, image in zip(raw, images, strict=True)
        ]
    except (UndefinedScoreError, FeaturesError) as error:
        raise AnalysisError(str(error)) from error
    _require_others(run, params.domain, nearest[0])
    return Neighbours(
        params.encoders,
        sizes(run, params.domain),
        rows,
        np.array([one.rows for one in nearest]),
        np.round([one.cosines for one in nearest], DIGITS).astype(np.float32),
        nearest[0].among,
    )


def _require_others(run: Run, domain: str, nearest: Nearest) -> None:
    """Refuse images that are all of one photograph: none has a neighbour outside of it."""
    if not (nearest.rows >= 0).any():
        nouns = run.domains[domain].nouns
        raise AnalysisError(
            f"All images of {run.domains[domain].title} are of one {nouns.group}: neighbours are "
            f"sought among other {nouns.groups}, and there is none."
        )


def neighbours_params(run: Run, encoders: tuple[str, ...], domain: str, row: int) -> Any:
    """Return the parameters that find an image's neighbours: with those of all, or its alone."""
    alone = run.domains[domain].n > WHOLE
    return NeighboursParams(encoders, domain, (row,) if alone else ())


def defaults(run: Run) -> Iterator[tuple[Analysis, Any]]:
    """Yield the neighbours of all images of every domain that is not too large."""
    choice = default_choice(run)
    for domain in choice.domains:
        if run.domains[domain].n <= WHOLE:
            yield LENS_NEIGHBOURS, NeighboursParams(choice.encoders, domain)


LENS_NEIGHBOURS = Analysis(
    key="lens.neighbours",
    version=1,
    params=NeighboursParams,
    result=Neighbours,
    inputs=lambda run, params: (params.encoders, (params.domain,)),
    compute=compute_neighbours,
)
