"""The spatial filters that the layers of a convolutional network have in common."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float


def spatial_covariance(weight: Float[np.ndarray, "o i h w"]) -> Float[np.ndarray, "k k"]:
    r"""Mean over all pairs of channels of the outer product of their filter with itself.

    .. math:: C = \frac{1}{C_{out} C_{in}} \sum_{o,i} w_{oi} w_{oi}^\top, \quad w_{oi} \in R^{hw}

    Not centred. Guth and Menard, arXiv:2409.19460, section on spatial eigenvectors.
    """
    filters = weight.reshape(-1, weight.shape[2] * weight.shape[3]).astype(np.float64)
    return filters.T @ filters / len(filters)


def leading_filters(
    weights: Sequence[Float[np.ndarray, "_ _ h w"]], count: int = 5
) -> Float[np.ndarray, "count h w"]:
    """Return the leading eigenvectors of the mean covariance of several layers, of unit norm.

    Each layer counts with trace 1. The sign is the one that makes the largest entry positive.
    How `FILTERS` of `substrate.encoders.networks.factorised_filters` were measured.
    """
    covariances = [spatial_covariance(weight) for weight in weights]
    mean = np.mean([c / np.trace(c) for c in covariances], axis=0)
    vectors = np.linalg.eigh(mean).eigenvectors[:, ::-1][:, :count].T
    height, width = weights[0].shape[2:]
    return _positive(vectors).reshape(count, height, width)


def random_filters(seed: int, count: int = 5, size: int = 3) -> Float[np.ndarray, "count k k"]:
    """Return orthonormal filters drawn uniformly (Haar), without units, shape (count, size, size).

    The first `count` columns of the orthogonal factor of a Gaussian matrix whose triangular factor
    has a positive diagonal (Mezzadri, Notices of the AMS 54, 2007). Signs as in `leading_filters`.
    How the random ones of `FILTERS` were drawn.
    """
    gaussian = np.random.default_rng(seed).standard_normal((size * size, size * size))
    orthogonal, triangular = np.linalg.qr(gaussian)
    vectors = (orthogonal * np.sign(np.diag(triangular)))[:, :count].T
    return _positive(vectors).reshape(count, size, size)


def _positive(vectors: Float[np.ndarray, "count p"]) -> Float[np.ndarray, "count p"]:
    """Turn each vector so that its largest entry is positive."""
    largest = np.take_along_axis(vectors, np.abs(vectors).argmax(axis=1)[:, None], axis=1)
    return vectors * np.sign(largest)
