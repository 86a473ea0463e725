r"""The spatial patterns that k x k kernels are made of, and whether two layers have the same ones.

.. math:: C = \frac{1}{C_{out} C_{in}} \sum_{o,i} w_{oi} w_{oi}^\top,
    \qquad w_{oi} \in R^{k^2},

uncentred. Its eigenvectors are patterns of k x k. Guth & Ménard, arXiv:2409.19460, section 2.1.

Eigenvectors whose eigenvalues cannot be told apart may turn into each other or change places; they
are compared as the plane (or space) that they span. Eigenvalues are told apart where they differ by
more than twice the standard error :math:`\lambda \sqrt{2 / m}` of either, for m kernels.

Where images are as likely as their mirror images, filters tend to be left-right symmetric or
antisymmetric, and patterns of one kind agree more than any two do. Bases drawn at random here are
the first one's, turned at random among symmetric patterns and, apart from these, among
antisymmetric ones: they have its eigenvalues and, filter by filter, its symmetry.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import scipy.linalg
from jaxtyping import Float, Int, Real
from scipy.optimize import linear_sum_assignment
from scipy.stats import chi2

from substrate.numerics.metrics.support.nuclear import nuclear_norm, nuclear_norms
from substrate.numerics.spectra import RANK_TOLERANCE, fix_signs

#: Why two bases have no agreement.
NEARLY_TIED = "The eigenvalues nearly tie: any basis would agree."
#: Standard errors by which eigenvalues must differ to have eigenvectors of their own.
APART = 2.0
#: Bases drawn at random.
DRAWS = 1000
#: Rings of frequency that power is averaged in.
RADIAL_BINS = 16


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
        """Share of the kernels' mean square along each eigenvector; zero where all kernels are."""
        return self.values / max(float(self.values.sum()), np.finfo(np.float64).tiny)

    @property
    def rank(self) -> int:
        """Number of dimensions that the kernels span: 0 where all are zero."""
        return int(np.count_nonzero(self.values > RANK_TOLERANCE * self.values[0]))

    def lacking(self, count: int) -> str:
        """Say why there are no first ``count`` eigenvectors to compare; empty where there are."""
        size = len(self.values)
        if self.rank >= min(count, size):
            return ""
        if not self.rank:
            return "All kernels are zero: they have no patterns."
        return (
            f"The kernels span {self.rank} of {size} dimensions: there are no first "
            f"{min(count, size)} eigenvectors to compare."
        )

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


def block_sums(
    kernels: Real[np.ndarray, "o i k k"], blocks: int
) -> tuple[Float[np.ndarray, "b s s"], Int[np.ndarray, " b"]]:
    """Return the sums of w w' over blocks of neurons (outputs), and how many kernels each has.

    Neurons are what a layer has a number of: another network has others in their place. What the
    spatial covariance would be without some of them follows from these sums.
    """
    count = min(blocks, len(kernels))
    parts = np.array_split(np.asarray(kernels, dtype=np.float64), count)
    flat = [part.reshape(-1, kernels.shape[2] * kernels.shape[3]) for part in parts]
    return np.array([w.T @ w for w in flat]), np.array([len(w) for w in flat])


def basis_of_blocks(
    sums: Float[np.ndarray, "b s s"], counts: Int[np.ndarray, " b"]
) -> SpatialBasis:
    """Decompose the spatial covariance of all neurons of some blocks (`block_sums`)."""
    total = int(counts.sum())
    return basis_of(sums.sum(axis=0) / total, total)


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


def aligned_columns(
    basis: SpatialBasis, reference: SpatialBasis | None, count: int
) -> tuple[Float[np.ndarray, "s f"], Int[np.ndarray, " f"]]:
    """Return the leading eigenvectors as they are shown beside a reference, and their ranks.

    Their signs are those of the reference's; those of one space stand in its order (the largest
    sum of |cosines|). Without a reference they stay as they are.
    """
    order, signs = np.arange(len(basis.values)), np.ones(len(basis.values))
    if reference is not None:
        cosines = basis.vectors.T @ reference.vectors
        for space in np.unique(basis.spaces):
            here = np.flatnonzero(basis.spaces == space)
            rows, places = linear_sum_assignment(-np.abs(cosines[np.ix_(here, here)]))
            order[here[places]] = here[rows]
        signs = np.where(np.diag(cosines[order]) < 0, -1.0, 1.0)
    return (basis.vectors[:, order] * signs)[:, :count], order[:count]


def radial_power(
    covariance: Float[np.ndarray, "s s"], bins: int = RADIAL_BINS
) -> tuple[Float[np.ndarray, " w"], Float[np.ndarray, " w"]]:
    r"""Return the mean power of filters of a spatial covariance by radial frequency.

    .. math:: P(f) = e_f^* C \, e_f, \qquad e_f(x) = e^{-2 \pi i f \cdot x},

    on a fine grid of frequencies up to .5 cycles per pixel along either axis, averaged in rings; 1
    everywhere for white filters, whatever their scale.
    """
    side = round(len(covariance) ** 0.5)
    grid = np.linspace(-0.5, 0.5, 4 * bins + 1)
    at = np.exp(-2j * np.pi * np.outer(grid, np.arange(side)))
    waves = np.einsum("fa,gb->fgab", at, at).reshape(len(grid) ** 2, side**2)
    power = np.einsum("fs,st,ft->f", waves.conj(), covariance, waves, optimize=True).real
    radius = np.hypot(*np.meshgrid(grid, grid, indexing="ij")).ravel()
    edges = np.linspace(0, 0.5, bins + 1)
    ring = np.searchsorted(edges, radius, side="right") - 1
    inside = ring < bins
    sums = np.bincount(ring[inside], power[inside], bins)
    middles = (edges[1:] + edges[:-1]) / 2
    scale = max(float(np.trace(covariance)), np.finfo(np.float64).tiny)
    return middles, sums / np.bincount(ring[inside], minlength=bins) / scale


def highest_white(kernels: int) -> float:
    """Return what the power of white filters at one frequency stays below in 95 of 100 layers.

    It is the mean square of so many Gaussian numbers, over their variance.
    """
    return float(chi2.ppf(0.95, kernels) / kernels)


def agreement(
    first: SpatialBasis, second: SpatialBasis, count: int
) -> tuple[Float[np.ndarray, " c"], Int[np.ndarray, " c"]]:
    """Compare the leading eigenvectors of two bases, rank by rank.

    Returns
    -------
    tuple
        What `agreement_in` says of their `joined_spaces`, and the number of each rank's space.
    """
    spaces = joined_spaces(first, second)
    return agreement_in(first.vectors, second.vectors, spaces, count), spaces[:count]


def agreement_in(
    first: Float[np.ndarray, "s s"],
    second: Float[np.ndarray, "s s"],
    spaces: Int[np.ndarray, " s"],
    count: int,
) -> Float[np.ndarray, " c"]:
    """Compare eigenvectors, the columns of two bases, in spaces that are given.

    Returns
    -------
    Float[ndarray, "c"]
        For each of the first ``count`` ranks |cosine| of the two eigenvectors; where they are not
        told apart from their neighbours, the mean cosine of the principal angles between the
        spaces, the same for all ranks of a space.
    """
    out = np.empty(len(spaces))
    for space in np.unique(spaces[:count]):
        here = spaces == space
        width = np.count_nonzero(here)
        cosines = first[:, here].T @ second[:, here]
        out[here] = abs(cosines[0, 0]) if width == 1 else nuclear_norm(cosines) / width
    return out[:count]


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

    A filter bank of the first's spectrum and symmetry is such a basis.
    """
    reached, _ = agreement(first, second, count)
    measured, spaces = float(reached.mean()), joined_spaces(first, second)
    null = random_agreements(first.vectors, second.vectors, spaces, count, seed=seed, draws=draws)
    return Agreement(
        measured,
        float(null.mean()),
        float(np.quantile(null, 0.95)),
        float((1 + np.count_nonzero(null >= measured)) / (1 + draws)),
    )


@lru_cache(maxsize=64)
def mirrored(side: int) -> tuple[Float[np.ndarray, "s e"], Float[np.ndarray, "s o"]]:
    """Return orthonormal patterns that a left-right mirror leaves, and those it turns over."""
    pixels = np.arange(side * side).reshape(side, side)
    flip = np.eye(side * side)[pixels[:, ::-1].ravel()]
    values, vectors = np.linalg.eigh(flip)
    return vectors[:, values > 0], vectors[:, values < 0]


def random_agreements(
    first: Float[np.ndarray, "s s"],
    second: Float[np.ndarray, "s s"],
    spaces: Int[np.ndarray, " s"],
    count: int,
    *,
    seed: int,
    draws: int = DRAWS,
) -> Float[np.ndarray, " t"]:
    """Return the mean agreement of the first ``count`` ranks with bases drawn at random.

    Those are the first basis, turned among patterns that a left-right mirror leaves and among those
    that it turns over, each apart.
    """
    widths, count = np.bincount(spaces), min(count, len(spaces))
    used = int(np.searchsorted(np.cumsum(widths), count)) + 1
    widths = widths[:used]
    leading = int(widths.sum())
    cosines = np.zeros((draws, leading, leading))
    for kind, part in enumerate(mirrored(round(len(spaces) ** 0.5))):
        frame, own = np.linalg.qr(part.T @ first[:, :leading])
        turned = _frames(len(frame), own.shape[0], draws, seed, kind) @ own
        cosines += turned.swapaxes(1, 2) @ (part.T @ second[:, :leading])
    total, start = np.zeros(draws), 0
    for width in map(int, widths):
        here = slice(start, start + width)
        ranks = min(start + width, count) - start
        if width == 1:
            total += np.abs(cosines[:, start, start])
        else:
            total += ranks * nuclear_norms(cosines[:, here, here]) / width
        start += width
    return total / count


@lru_cache(maxsize=24)
def _frames(
    size: int, columns: int, draws: int, seed: int, kind: int
) -> Float[np.ndarray, "t p c"]:
    """Draw orthonormal columns at random; ``kind`` keeps draws of two parts apart."""
    rng = np.random.default_rng([seed, kind])
    frames, upper = np.linalg.qr(rng.standard_normal((draws, size, columns)))
    frames *= np.sign(np.diagonal(upper, axis1=1, axis2=2))[:, None, :]
    frames.flags.writeable = False
    return frames


def largest_cosines(
    vector: Float[np.ndarray, " s"],
    candidates: Float[np.ndarray, "s c"],
    *,
    seed: int,
    draws: int = DRAWS,
) -> Float[np.ndarray, " t"]:
    """Return the largest |cosine| with any of some unit vectors (columns) of random directions.

    They are as symmetric, left to right, as a unit vector is. In [0, 1]; the more candidates, the
    nearer to 1: what the best of as many is by chance.
    """
    rng = np.random.default_rng(seed)
    directions = np.zeros((draws, len(vector)))
    for part in mirrored(round(len(vector) ** 0.5)):
        if part.shape[1]:
            drawn = rng.standard_normal((draws, part.shape[1]))
            drawn *= np.linalg.norm(part.T @ vector) / np.linalg.norm(drawn, axis=1, keepdims=True)
            directions += drawn @ part.T
    largest: Float[np.ndarray, " t"] = np.abs(directions @ candidates).max(axis=1)
    return largest
