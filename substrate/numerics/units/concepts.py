"""Concepts of a sparse code: which fire, what they leave unexplained, which images are theirs."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.special import gammaln


@dataclass(frozen=True, eq=False)
class Concepts:
    """A top-k sparse code: features to scores of concepts, the highest few of them back again."""

    mean: Float[np.ndarray, " d"]
    scale: float
    encoder: Float[np.ndarray, "c d"]
    bias: Float[np.ndarray, " c"]
    decoder: Float[np.ndarray, "c d"]
    active: int

    def scores(self, x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n c"]:
        """Return how much of each concept an image has, before the highest are chosen."""
        return np.asarray((x - self.mean) / self.scale @ self.encoder.T + self.bias)

    def codes(self, x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n c"]:
        """Return the scores of the concepts that fire: the highest, where they are above zero."""
        scores = np.maximum(self.scores(x), 0.0)
        lowest = np.sort(scores, axis=1)[:, -self.active][:, None]
        return np.where(scores >= lowest, scores, 0.0)

    def unexplained(self, x: Float[np.ndarray, "n d"]) -> float:
        """Return the squared error over the variance of these images about their own mean."""
        read = (x - self.mean) / self.scale
        error = float(((self.codes(x) @ self.decoder - read) ** 2).sum())
        spread = float(((read - read.mean(axis=0)) ** 2).sum())
        return error / spread if spread > 0 else np.nan


def firing_share(fires: Bool[np.ndarray, "n c"], images: int) -> float:
    r"""Return the expected share of concepts that fire on one at least of so many images.

    .. math:: 1 - \frac{1}{c} \sum_j \binom{n - f_j}{k} \Big/ \binom{n}{k}

    with f_j the images on which a concept fires (rarefaction; Hurlbert 1971, Ecology 52:577): it
    does not grow with the number of images at hand. In [0, 1]; of fewer images, all of them count.
    """
    n, count = len(fires), fires.sum(axis=0)
    k = min(images, n)
    left = n - count
    able = left >= k
    logs = (
        gammaln(left[able] + 1) - gammaln(left[able] - k + 1) - gammaln(n + 1) + gammaln(n - k + 1)
    )
    return float(1 - np.exp(logs).sum() / len(count))


def top_images(scores: Float[np.ndarray, "n c"], count: int) -> Int[np.ndarray, "c k"]:
    """Return the images that have most of each concept, the first the one with most."""
    return np.argsort(-scores, axis=0, kind="stable")[:count].T


def kept_share(
    before: Float[np.ndarray, "n c"], after: Float[np.ndarray, "n c"], count: int
) -> float:
    """Return the share of its top images that a concept has again after a change, on average.

    In [0, 1]; where images have nothing to do with each other, count / n.
    """
    first, second = (_is_top(scores, count) for scores in (before, after))
    return float((first & second).sum(axis=0).mean() / count)


def _is_top(scores: Float[np.ndarray, "n c"], count: int) -> Bool[np.ndarray, "n c"]:
    top = top_images(scores, count).T
    marked = np.zeros(scores.shape, dtype=bool)
    np.put_along_axis(marked, top, True, axis=0)
    return marked
