"""Principal directions and spectra of features, from whichever of their two sides is smaller."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import scipy.linalg
import scipy.sparse.linalg
from jaxtyping import Float, Real

#: Eigenvalues below this share of the largest are rounding: no direction is read from them.
RANK_TOLERANCE = 1e-10
#: Matrices of this size give a few leading eigenvectors by Lanczos' method, to the same precision
#: in a fifth of the time and without a copy.
LANCZOS = 2000


class SpectrumError(ValueError):
    """Features that do not have the directions asked for; the message says how many they have."""


@dataclass(frozen=True, eq=False)
class Directions:
    """The leading principal directions of centred features.

    ``vectors`` are orthonormal, their signs fixed by `fix_signs`; ``variances`` are the variances
    along them (divided by n - 1), falling. ``total`` and ``squares`` are the trace of the whole
    covariance and of its square, so that shares and the participation ratio need no full spectrum.
    """

    vectors: Float[np.ndarray, "p k"]
    variances: Float[np.ndarray, " k"]
    total: float
    squares: float

    @property
    def shares(self) -> Float[np.ndarray, " k"]:
        """Share of the total variance along each direction."""
        return self.variances / self.total

    @property
    def participation_ratio(self) -> float:
        """(sum of eigenvalues)² / sum of squared eigenvalues, of the whole spectrum."""
        return self.total**2 / self.squares

    def leading(self, k: int) -> Directions:
        """Keep the first k directions: they are the same whatever came after them."""
        return Directions(self.vectors[:, :k], self.variances[:k], self.total, self.squares)


def centred(x: Real[np.ndarray, "n p"]) -> Float[np.ndarray, "n p"]:
    """Subtract the column means in float64, twice: the second pass removes the first's rounding."""
    out = x - x.mean(axis=0, dtype=np.float64)
    out -= out.mean(axis=0)
    return out


def principal_directions(x: Real[np.ndarray, "n p"], k: int) -> Directions:
    """Return the k leading principal directions of the rows of x.

    Decomposes the smaller of the p x p covariance and the n x n Gram matrix.

    Raises
    ------
    SpectrumError
        If x has fewer than k directions with variance.
    """
    return directions_of_centred(centred(x), k)


@runtime_checkable
class Rows(Protocol):
    """Samples that are not held in one array (`substrate.numerics.joined.Joined`)."""

    @property
    def shape(self) -> tuple[int, int]:
        """Number of samples and units."""

    def products(self) -> np.ndarray:
        """Return X'X."""


def directions_of_centred(x: Float[np.ndarray, "n p"] | Rows, k: int) -> Directions:
    """Do the work of `principal_directions` for features whose columns already have mean zero."""
    return _exactly(existing_directions(x, k), k)


def existing_directions(x: Float[np.ndarray, "n p"] | Rows, k: int) -> Directions:
    """Return up to k directions of centred features: as many as carry more than rounding."""
    n, p = x.shape
    if not isinstance(x, np.ndarray):
        products = x.products()
        products /= n - 1
        return _of_covariance(products, k)
    if p <= n:
        return _of_covariance(x.T @ x / (n - 1), k)
    gram = x @ x.T / (n - 1)
    values, left = existing_eigenvectors(gram, k)
    vectors = x.T @ (left / np.sqrt(values * (n - 1)))
    return Directions(fix_signs(vectors), values, float(np.trace(gram)), float(np.vdot(gram, gram)))


def directions_of_covariance(covariance: Float[np.ndarray, "p p"], k: int) -> Directions:
    """Return the k leading eigenvectors of a covariance, as accumulated moments give it."""
    return _exactly(_of_covariance(covariance, k), k)


def _of_covariance(covariance: Float[np.ndarray, "p p"], k: int) -> Directions:
    values, vectors = existing_eigenvectors(covariance, k)
    squares = float(np.vdot(covariance, covariance))
    return Directions(fix_signs(vectors), values, float(np.trace(covariance)), squares)


def _exactly(directions: Directions, k: int) -> Directions:
    if k < 1 or len(directions.variances) < k:
        raise SpectrumError(
            f"{k} directions were asked for, but these features vary along "
            f"{len(directions.variances)} only. Ask for fewer, or add samples."
        )
    return directions


def existing_eigenvectors(
    symmetric: Float[np.ndarray, "m m"], k: int
) -> tuple[Float[np.ndarray, " r"], Float[np.ndarray, "m r"]]:
    """Return up to k leading eigenvalues and eigenvectors: as many as are more than rounding."""
    m = symmetric.shape[0]
    if m >= LANCZOS and k <= m // 16:
        pairs = scipy.sparse.linalg.eigsh(symmetric, k, v0=np.ones(m), ncv=4 * k + 16)
        order = np.argsort(pairs[0])
        values, vectors = (pairs[0][order], pairs[1][:, order])
    else:
        values, vectors = leading_eigenpairs(symmetric, min(k, m))
    values, vectors = values[::-1], vectors[:, ::-1]
    rank = int(np.count_nonzero(values > max(RANK_TOLERANCE * values[0], 0.0)))
    return values[:rank], vectors[:, :rank]


def leading_eigenpairs(
    symmetric: Float[np.ndarray, "m m"], k: int
) -> tuple[Float[np.ndarray, " k"], Float[np.ndarray, "m k"]]:
    """Return the k largest eigenvalues, rising, and their eigenvectors.

    LAPACK's search for some of them can come back with fewer where eigenvalues are equal, as with
    copies side by side: on some processors none, on others an internal error. All are found then.
    """
    m = len(symmetric)
    try:
        values, vectors = scipy.linalg.eigh(symmetric, subset_by_index=(m - k, m - 1))
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(symmetric)
    if len(values) < k:
        values, vectors = np.linalg.eigh(symmetric)
    return values[-k:], vectors[:, -k:]


def eigenspectrum(x: Real[np.ndarray, "n p"]) -> Float[np.ndarray, " r"]:
    """Return all min(n - 1, p) eigenvalues of the covariance, falling; rounding is set to zero."""
    x = centred(x)
    n, p = x.shape
    small = x @ x.T if n < p else x.T @ x
    values = np.linalg.eigvalsh(small)[::-1][: min(n - 1, p)] / (n - 1)
    return np.where(values > RANK_TOLERANCE * values[0], values, 0.0)


def effective_rank(spectrum: Float[np.ndarray, " r"]) -> float:
    r"""Exponential of the spectrum's entropy, from 1 (one direction) to r (all equal).

    .. math:: \exp(-\sum_k p_k \log p_k), \quad p_k = \lambda_k / \sum_j \lambda_j

    Roy & Vetterli, EUSIPCO 2007. Small samples cut the tail and lower it.
    """
    shares = spectrum[spectrum > 0] / spectrum.sum()
    return float(np.exp(-np.sum(shares * np.log(shares))))


def participation_ratio(spectrum: Float[np.ndarray, " r"]) -> float:
    r"""Return the participation ratio of a spectrum, from 1 (one direction) to r (all equal).

    .. math:: (\sum_k \lambda_k)^2 / \sum_k \lambda_k^2
    """
    return float(spectrum.sum() ** 2 / np.vdot(spectrum, spectrum))


def eigengaps(spectrum: Float[np.ndarray, " r"]) -> Float[np.ndarray, " r-1"]:
    """Return the drop to the next eigenvalue as a share of each: 0 where two coincide.

    NaN where an eigenvalue is itself zero.
    """
    return _share(spectrum[:-1] - spectrum[1:], spectrum[:-1])


def isolation(spectrum: Float[np.ndarray, " r"]) -> Float[np.ndarray, " r-1"]:
    """Distance of each eigenvalue to its nearest neighbour, as a share of itself.

    Near 0 the single direction is arbitrary within the plane it shares with its neighbour. The
    last eigenvalue is left out: what follows it is not known.
    """
    drops = spectrum[:-1] - spectrum[1:]
    above = np.concatenate(([np.inf], drops[:-1]))
    return _share(np.minimum(drops, above), spectrum[:-1])


def _share(part: Float[np.ndarray, " r"], whole: Float[np.ndarray, " r"]) -> np.ndarray:
    return np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0)


def fix_signs(vectors: Float[np.ndarray, "p k"]) -> Float[np.ndarray, "p k"]:
    """Flip each column so that its cubes sum to a positive number.

    A rule on the vector alone, so that it can be repeated; unlike the largest entry, it does not
    jump where two entries nearly tie.
    """
    cubes = np.einsum("pk,pk,pk->k", vectors, vectors, vectors)
    return vectors * np.where(cubes < 0, -1.0, 1.0)


def signs_towards(
    scores: Float[np.ndarray, "n k"], reference: Float[np.ndarray, "n k"]
) -> Float[np.ndarray, " k"]:
    """Return -1 for each column that runs against its reference over the same rows, else 1."""
    inner = np.einsum("nk,nk->k", centred(scores), centred(reference))
    return np.where(inner < 0, -1.0, 1.0)


def correlation_table(
    x: Float[np.ndarray, "n a"], y: Float[np.ndarray, "n b"]
) -> Float[np.ndarray, "a b"]:
    """Pearson correlation of every column of x with every column of y; NaN where one is flat."""
    x, y = x - x.mean(axis=0), y - y.mean(axis=0)
    norms = np.outer(np.linalg.norm(x, axis=0), np.linalg.norm(y, axis=0))
    return np.divide(x.T @ y, norms, out=np.full(norms.shape, np.nan), where=norms > 0)


def column_correlations(
    x: Float[np.ndarray, "n k"], y: Float[np.ndarray, "n k"]
) -> Float[np.ndarray, " k"]:
    """Pearson correlation of each column of x with the same column of y; NaN where one is flat."""
    x, y = centred(x), centred(y)
    norms = np.sqrt(np.einsum("nk,nk->k", x, x) * np.einsum("nk,nk->k", y, y))
    inner = np.einsum("nk,nk->k", x, y)
    return np.divide(inner, norms, out=np.full(norms.shape, np.nan), where=norms > 0)
