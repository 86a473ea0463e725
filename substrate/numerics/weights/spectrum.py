r"""What is learned in a layer's weights: eigenvalues above noise, shrunk, and their effective rank.

The weights of one layer are n neurons (rows) over d inputs. Their covariance C = W'W / n is
uncentred, as the methods that are followed here have it, and is brought to noise of unit variance.
An eigenvalue :math:`\lambda` above the edge of noise stands for a learned one,

.. math:: \eta(\lambda) = \frac{\lambda - 1 - \gamma}{2} +
    \sqrt{\Bigl(\frac{\lambda + 1 - \gamma}{2}\Bigr)^2 - \lambda},
    \qquad \gamma = d / n,

which begins at :math:`\sqrt\gamma` on the edge :math:`(1 + \sqrt\gamma)^2`; below it, 0. Guth &
Ménard, arXiv:2409.19460, section 2; the spiked model is Baik & Silverstein's, J. Multivar.
Anal. 97, 2006.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg
from jaxtyping import Float, Real

from substrate.numerics.spectra import RANK_TOLERANCE, fix_signs, leading_eigenpairs
from substrate.numerics.weights.noise import Noise, edge, noise_of

#: The smaller side of a matrix from which on few eigenvectors are found without all others.
LARGE = 512


@dataclass(frozen=True, eq=False)
class WeightSpectrum:
    """The covariance of a layer's weights, in units of its noise.

    Attributes
    ----------
    values
        The min(d, n) eigenvalues that are not zero, falling, over the noise variance.
    vectors
        Orthonormal eigenvectors of those above the edge, as columns, signs fixed.
    neurons, inputs
        n and d.
    noise
        The noise that was told from the bulk, or given.
    """

    values: Float[np.ndarray, " m"]
    vectors: Float[np.ndarray, "d r"]
    neurons: int
    inputs: int
    noise: Noise

    @property
    def gamma(self) -> float:
        """Inputs per neuron, d / n."""
        return self.inputs / self.neurons

    @property
    def learned(self) -> Float[np.ndarray, " r"]:
        """Return the learned eigenvalues, shrunk; empty where none stands out of the noise."""
        return shrunk(self.values[: self.vectors.shape[1]], self.gamma)

    @property
    def effective_rank(self) -> float:
        """Return `effective_rank` of the learned eigenvalues; NaN where there is none."""
        return effective_rank(self.learned)


def neurons(weights: Real[np.ndarray, "o i ..."]) -> Real[np.ndarray, "n i"]:
    """Return a row per output and position of its kernels, a column per input channel."""
    if weights.ndim == 2:
        return weights
    return weights.transpose(0, 2, 3, 1).reshape(-1, weights.shape[1])


def channel_eigenvalues(weights: Real[np.ndarray, "n d"]) -> Float[np.ndarray, " m"]:
    """Return the min(d, n) eigenvalues of W'W / n, falling, from the smaller of its two sides.

    Their rounding is that of the largest: about 1e-16 of it.
    """
    w = np.asarray(weights, dtype=np.float64)
    gram = w.T @ w if w.shape[1] <= w.shape[0] else w @ w.T
    return np.maximum(scipy.linalg.eigvalsh(gram)[::-1], 0.0) / len(w)


def leading_vectors(weights: Real[np.ndarray, "n d"], count: int) -> Float[np.ndarray, "d k"]:
    """Return the eigenvectors of W'W with the largest eigenvalues, signs fixed, as columns.

    Few of them are found from the smaller side of a large matrix, without all others.
    """
    w = np.asarray(weights, dtype=np.float64)
    smaller = min(w.shape)
    if smaller >= LARGE and count <= smaller / 4:
        tall = w.shape[1] <= w.shape[0]
        values, axes = leading_eigenpairs(w.T @ w if tall else w @ w.T, count)
        if tall:
            return fix_signs(axes[:, ::-1])
        if values[0] > RANK_TOLERANCE * values[-1]:  # else the other side's have no directions
            return fix_signs((w.T @ (axes / np.sqrt(values)))[:, ::-1])
    _, _, axes = scipy.linalg.svd(w, full_matrices=False)
    return fix_signs(axes[:count].T)


@dataclass(frozen=True, eq=False)
class LearnedValues:
    """Eigenvalues in units of their noise, falling, and the learned part of those above it."""

    values: Float[np.ndarray, " m"]
    learned: Float[np.ndarray, " r"]
    noise: Noise


def learned_values(values: Float[np.ndarray, " m"], neurons: int, inputs: int) -> LearnedValues:
    """Tell noise from learning by the min(d, n) eigenvalues of W'W / n alone, falling.

    The same as `weight_spectrum` says, without eigenvectors.

    Raises
    ------
    NoiseError
        If the eigenvalues do not say what their noise is.
    """
    noise, gamma = noise_of(values, neurons, inputs), inputs / neurons
    scaled = values / noise.variance
    kept = (scaled > edge(gamma)) & (values > RANK_TOLERANCE * values[0])
    return LearnedValues(scaled, shrunk(scaled[kept], gamma), noise)


def shrunk(values: Float[np.ndarray, " k"], gamma: float) -> Float[np.ndarray, " k"]:
    """Return the learned part of eigenvalues in units of noise: 0 up to the edge."""
    above = np.maximum(values, edge(gamma))
    root = np.sqrt(np.maximum(((above + 1 - gamma) / 2) ** 2 - above, 0.0))
    return np.where(values > edge(gamma), (above - 1 - gamma) / 2 + root, 0.0)


def effective_rank(learned: Float[np.ndarray, " k"]) -> float:
    r"""Return :math:`\sum_k k \lambda_k / \sum_k \lambda_k` of falling eigenvalues, k from 1.

    The mean rank weighted by the eigenvalues (Guth & Ménard), not the exponential of an entropy
    nor a participation ratio: 1 for a single eigenvalue, (r + 1) / 2 for r equal ones.
    """
    total = float(learned.sum())
    if not total > 0:
        return float("nan")
    return float(np.arange(1, len(learned) + 1) @ learned / total)


def weight_spectrum(
    weights: Real[np.ndarray, "n d"], *, variance: float | None = None
) -> WeightSpectrum:
    """Decompose the covariance of some neurons' weights, from the smaller of its two sides.

    ``variance`` is that of one weight at initialisation, where it is known and nothing else has
    moved the bulk since; without it, the bulk's own (`noise_of`).

    Raises
    ------
    NoiseError
        If the eigenvalues do not say what their noise is.
    """
    w = np.asarray(weights, dtype=np.float64)
    n, d = w.shape
    gamma = d / n
    values = channel_eigenvalues(w)
    noise = noise_of(values, n, d) if variance is None else _given(values, gamma, variance)
    scaled = values / noise.variance
    kept = (scaled > edge(gamma)) & (values > RANK_TOLERANCE * values[0])
    vectors = leading_vectors(w, int(np.count_nonzero(kept)))
    return WeightSpectrum(scaled, vectors, n, d, noise)


def _given(values: Float[np.ndarray, " m"], gamma: float, variance: float) -> Noise:
    above = int(np.count_nonzero(values > variance * edge(gamma)))
    return Noise(variance, above, len(values) - above, float("nan"))
