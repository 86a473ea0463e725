"""Mean activations of the units of a layer, sorted: its spectrum, and how far two lie apart."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy.stats import wasserstein_distance

from substrate.numerics.units.blocks import UnitsError


def relative(means: Float[np.ndarray, " p"]) -> Float[np.ndarray, " p"]:
    """Return mean activations in units of their mean size, so that scales of layers drop out.

    Raises
    ------
    UnitsError
        If all are 0.
    """
    size = float(np.abs(means).mean())
    if size == 0:
        raise UnitsError("All units of this layer are silent on these images: choose another one.")
    return means / size


def spectrum_distance(a: Float[np.ndarray, " p"], b: Float[np.ndarray, " q"]) -> float:
    r"""Return how far the sorted relative means of two layers lie apart, rank by rank.

    .. math:: \int_0^1 |Q_a(u) - Q_b(u)| \, du

    with the quantile functions Q of the units' relative means: the Wasserstein distance of order 1.
    0 for spectra of one shape, whatever the scale or the number of units; in units of the mean size
    of an activation.
    """
    return float(wasserstein_distance(relative(a), relative(b)))


def mean_distance(spectra: list[Float[np.ndarray, " _"]]) -> float:
    """Return the mean distance over all pairs of two or more spectra."""
    pairs = [
        spectrum_distance(spectra[i], spectra[j]) for j in range(len(spectra)) for i in range(j)
    ]
    return float(np.mean(pairs))
