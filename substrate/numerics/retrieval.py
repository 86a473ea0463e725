"""Which samples look most like one image to an encoder, and where an image lies among samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, Real, Shaped

from substrate.numerics.grouping import UndefinedScoreError

#: Similarities that are held at a time.
BLOCK = 4_000_000


@dataclass(frozen=True, eq=False)
class Nearest:
    """The samples nearest to some images, the nearest first, and their cosines.

    A row of fewer candidates than k is filled up with -1 and NaN. ``among`` counts the candidates.
    """

    rows: Int[np.ndarray, "q k"]
    cosines: Float[np.ndarray, "q k"]
    among: Int[np.ndarray, " q"]


def nearest_to(
    x: Real[np.ndarray, "n p"],
    images: Real[np.ndarray, "q p"],
    k: int,
    *,
    groups: Shaped[np.ndarray, " n"],
    own: Shaped[np.ndarray, " q"],
) -> Nearest:
    """Find the k samples with the largest cosine to each image, those of its own group left out.

    Features are not centred: the neighbours are those of `numerics.metrics.neighbors`. Equal
    cosines are taken in the order of the samples.

    Parameters
    ----------
    x
        Features of the samples.
    images
        Features of the images that neighbours are sought of.
    groups, own
        The group (photograph) of each sample, and that of each image.

    Raises
    ------
    UndefinedScoreError
        If a sample or an image is all zeros and has no direction.
    """
    x, images = _unit(x), _unit(images)
    count = min(k, len(x))
    rows = np.full((len(images), count), -1, dtype=np.int32)
    cosines = np.full((len(images), count), np.nan)
    among = np.empty(len(images), dtype=np.int32)
    step = max(1, BLOCK // max(len(x), 1))
    for start in range(0, len(images), step):
        part = slice(start, min(start + step, len(images)))
        products = images[part] @ x.T
        same = own[part, None] == groups[None]
        products[same] = -np.inf
        order = np.argsort(-products, axis=1, kind="stable")[:, :count]
        highest = np.take_along_axis(products, order, axis=1)
        there = np.isfinite(highest)
        rows[part], cosines[part] = np.where(there, order, -1), np.where(there, highest, np.nan)
        among[part] = len(x) - same.sum(axis=1)
    return Nearest(rows, cosines, among)


@dataclass(frozen=True, eq=False)
class Placed:
    """Where an image's scores lie among those of other samples.

    ``ranks`` count from 1, the highest score, out of ``out_of``; ``deviations`` are in standard
    deviations of the samples, from their mean; NaN where the samples do not differ.
    """

    ranks: Int[np.ndarray, "*shape"]
    out_of: int
    deviations: Float[np.ndarray, "*shape"]

    @property
    def shares(self) -> Float[np.ndarray, "*shape"]:
        """Return the share of the other samples that score lower: 1 the highest, 0 the lowest."""
        return np.asarray(1 - (self.ranks - 1) / max(self.out_of - 1, 1))


def placed(
    samples: Real[np.ndarray, "e n k"], image: Real[np.ndarray, "e k"], *, inside: bool
) -> Placed:
    """Rank an image's scores among those of samples; ``inside`` where it is one of them."""
    higher = (samples > image[:, None]).sum(axis=1)
    spread = samples.std(axis=1, dtype=np.float64)
    gap = image - samples.mean(axis=1, dtype=np.float64)
    nowhere = np.full(spread.shape, np.nan)
    deviations = np.divide(gap, spread, out=nowhere, where=spread > 0)
    return Placed(higher + 1, samples.shape[1] + (not inside), deviations)


def _unit(x: Real[np.ndarray, "n p"]) -> Float[np.ndarray, "n p"]:
    x = np.asarray(x, np.float64)
    lengths = np.linalg.norm(x, axis=1, keepdims=True)
    if not lengths.all():
        raise UndefinedScoreError(
            f"Sample {int(np.argmin(lengths))} is all zeros and has no direction: it has no "
            "nearest neighbours."
        )
    return np.asarray(x / lengths)
