r"""The spatial patterns that k x k kernels are made of, and whether two layers have the same ones.

.. math:: C = \frac{1}{C_{out} C_{in}} \sum_{o,i} w_{oi} w_{oi}^\top,
    \qquad w_{oi} \in R^{k^2},

uncentred. Its eigenvectors are patterns of k x k. Guth & Ménard, arXiv:2409.19460, section 2.1.

Eigenvectors whose eigenvalues cannot be told apart may turn into each other or change places; they
are compared as the plane (or space) that they span. Eigenvalues are told apart where they differ by
more than twice the standard error :math:`\lambda \sqrt{2 / m}` of either, for m kernels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg
from jaxtyping import Float, Int, Real

from substrate.numerics.metrics.nuclear import nuclear_norm
from substrate.numerics.spectra import fix_signs

#: Standard errors by which eigenvalues must differ to have eigenvectors of their own.
APART = 2.0
#: Bases drawn at random.
DRAWS = 1000


@dataclass(frozen=True, eq=False)
class SpatialBasis:
    """Eigenvectors of a layer's spatial covariance.

    Attributes
    ----------
    vectors
        As columns, by falling eigenvalue, signs fixed; reshape one to (k, k) to see it.
    values
        The eigenvalues.
    kernels
        How many kernels they rest on, C_out x C_in.
    """

    vectors: Float[np.ndarray, "s s"]
    values: Float[np.ndarray, " s"]
    kernels: int

    @property
    def side(self) -> int:
        """Pixels along one side of a kernel."""
        return round(len(self.values) ** 0.5)

    @property
    def shares(self) -> Float[np.ndarray, " s"]:
        """Share of the kernels' mean square along each eigenvector."""
        return self.values / self.values.sum()

    @property
    def covariance(self) -> Float[np.ndarray, "s s"]:
        """Return the covariance of trace 1."""
        return (self.vectors * self.shares) @ self.vectors.T

    @property
    def spaces(self) -> Int[np.ndarray, " s"]:
        """Number the spaces of eigenvectors that are not told apart, by falling eigenvalue."""
        error = self.values * np.sqrt(2 / self.kernels)
        gaps = self.values[:-1] - self.values[1:]
        return np.concatenate([[0], np.cumsum(gaps > APART * error[:-1])])


def spatial_basis(kernels: Real[np.ndarray, "o i k k"]) -> SpatialBasis:
    """Decompose the spatial covariance of a layer's kernels."""
    w = np.asarray(kernels, dtype=np.float64).reshape(-1, kernels.shape[2] * kernels.shape[3])
    return basis_of(w.T @ w / len(w), len(w))


def basis_of(covariance: Float[np.ndarray, "s s"], kernels: int) -> SpatialBasis:
    """Decompose a spatial covariance that rests on so many kernels."""
    values, vectors = scipy.linalg.eigh(covariance)
    return SpatialBasis(fix_signs(vectors[:, ::-1]), np.maximum(values[::-1], 0.0), kernels)


def mean_basis(bases: list[SpatialBasis]) -> SpatialBasis:
    """Return the eigenvectors of the mean covariance, each layer's of trace 1."""
    mean = np.mean([basis.covariance for basis in bases], axis=0)
    return basis_of(mean, sum(basis.kernels for basis in bases))


def joined_spaces(first: SpatialBasis, second: SpatialBasis) -> Int[np.ndarray, " s"]:
    """Return the number of each eigenvector's space: one ends where both bases tell it apart."""
    cuts = (np.diff(first.spaces) > 0) & (np.diff(second.spaces) > 0)
    return np.concatenate([[0], np.cumsum(cuts)])


def agreement(
    first: SpatialBasis, second: SpatialBasis, count: int
) -> tuple[Float[np.ndarray, " c"], Int[np.ndarray, " c"]]:
    """Compare the leading eigenvectors of two bases, rank by rank.

    Returns
    -------
    tuple
        For each of the first ``count`` ranks |cosine| of the two eigenvectors; where they are not
        told apart from their neighbours, the mean cosine of the principal angles between the
        spaces, the same for all ranks of a space. And the number of each rank's space.
    """
    spaces = joined_spaces(first, second)
    out = np.empty(len(spaces))
    for space in np.unique(spaces):
        here = spaces == space
        out[here] = nuclear_norm(first.vectors[:, here].T @ second.vectors[:, here]) / here.sum()
    return out[:count], spaces[:count]


@dataclass(frozen=True)
class Agreement:
    """The mean agreement of the leading eigenvectors beside bases drawn at random.

    ``chance`` is the mean of random bases and ``level`` their 95 % level, compared in the same
    spaces; ``p`` counts the measured one in. Nearly equal eigenvalues make wide spaces, in which
    any two bases agree: the null knows of them.
    """

    value: float
    chance: float
    level: float
    p: float


def agreement_beside_chance(
    first: SpatialBasis, second: SpatialBasis, count: int, *, seed: int, draws: int = DRAWS
) -> Agreement:
    """Set the mean agreement of the first ``count`` ranks beside that of bases drawn at random.

    A filter bank of the first's spectrum whose axes are drawn at random is such a basis.
    """
    measured = float(agreement(first, second, count)[0].mean())
    rng = np.random.default_rng(seed)
    size = len(first.values)
    null = np.empty(draws)
    for draw in range(draws):
        turned, _ = np.linalg.qr(rng.standard_normal((size, size)))
        other = SpatialBasis(turned, first.values, first.kernels)
        null[draw] = agreement(other, second, count)[0].mean()
    return Agreement(
        measured,
        float(null.mean()),
        float(np.quantile(null, 0.95)),
        float((1 + np.count_nonzero(null >= measured)) / (1 + draws)),
    )
