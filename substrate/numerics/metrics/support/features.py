"""What every metric asks of features before it looks at them, and the products they share."""

import numpy as np
import scipy.linalg
from jaxtyping import Float, Int, Real, Shaped
from scipy.linalg import lapack

from substrate.numerics.metrics.spec import (
    FeaturesError,
    UndefinedScoreError,
)
from substrate.numerics.parallel import (
    cores,
    parallel_map,
)

MIN_SAMPLES = 4
RANK_TOLERANCE = 1e-10
#: How metrics of neighbours mislead.
TILES = "Tiles of one photograph are each other's neighbours everywhere: give their groups."


def checked(x: Real[np.ndarray, "n p"]) -> Float[np.ndarray, "n p"]:
    """Return float64 features, after refusing what no metric could compare."""
    x = _shaped(x)
    _refuse_not_finite(x, column_means(x))
    return x


def _shaped(x: Real[np.ndarray, "n p"]) -> Float[np.ndarray, "n p"]:
    x = np.asarray(x)
    if x.ndim != 2:
        raise FeaturesError(
            f"Features have shape {x.shape}, expected (samples, units). Choose how to pool them."
        )
    if not np.issubdtype(x.dtype, np.number) or np.iscomplexobj(x):
        raise FeaturesError(f"Features are of type {x.dtype}, expected real numbers.")
    if x.shape[0] < MIN_SAMPLES or x.shape[1] < 1:
        raise FeaturesError(
            f"Features have shape {x.shape}; "
            f"at least {MIN_SAMPLES} samples and one unit are needed."
        )
    return x.astype(np.float64, copy=False)


def column_means(x: Float[np.ndarray, "n p"]) -> Float[np.ndarray, " p"]:
    """Mean of each column, as a matrix product, which is faster than `mean`."""
    with np.errstate(invalid="ignore", over="ignore"):  # refused by those who ask
        return np.full(len(x), 1 / len(x)) @ x


def _refuse_not_finite(x: Float[np.ndarray, "n p"], means: Float[np.ndarray, " p"]) -> None:
    if np.isfinite(means).all():
        return
    row, column = np.argwhere(~np.isfinite(x))[0]
    raise FeaturesError(
        f"Features hold {x[row, column]} at sample {row}, unit {column}. "
        "Leave such samples out on both sides, or find where they come from."
    )


def centred(x: Real[np.ndarray, "n p"]) -> Float[np.ndarray, "n p"]:
    """Subtract the column means, in float64; constant units become exact zeros."""
    return recentred(_shaped(x))


def recentred(x: Float[np.ndarray, "n p"]) -> Float[np.ndarray, "n p"]:
    """Subtract the column means of float64 features; constant units become exact zeros.

    The second subtraction removes the rounding of the first, which an offset makes large.
    """
    means = column_means(x)
    _refuse_not_finite(x, means)
    constant = constant_units(x)
    if constant.size == x.shape[1]:
        raise UndefinedScoreError(
            f"All {x.shape[1]} units are constant over the {x.shape[0]} samples: "
            "without variance there is nothing to compare."
        )
    out = x - means
    out -= column_means(out)
    out[:, constant] = 0.0
    return out


def constant_units(x: Float[np.ndarray, "n p"]) -> Int[np.ndarray, " c"]:
    """Which units have one value for every sample, exactly."""
    few = x[[0, 1, len(x) // 2, -1]]
    suspects = np.flatnonzero((few == few[0]).all(axis=0))
    return suspects[(x[:, suspects] == x[0, suspects]).all(axis=0)]


def standardised(x: Real[np.ndarray, "n p"]) -> Float[np.ndarray, "n p"]:
    """Centred units of length one, so that their products are Pearson correlations."""
    out = centred(x)
    constant = np.flatnonzero(~out.any(axis=0))
    if constant.size:
        raise UndefinedScoreError(
            f"Units {_few(constant)} are constant: they have no correlation with anything. "
            "Leave them out first."
        )
    return out / np.linalg.norm(out, axis=0)


def _few(indices: Int[np.ndarray, " k"]) -> str:
    shown = ", ".join(str(i) for i in indices[:5])
    return shown + (f" and {indices.size - 5} more" if indices.size > 5 else "")


def narrowed(x: Float[np.ndarray, "n p"]) -> Float[np.ndarray, "n r"]:
    """Rotate wide centred features into n - 1 units, leaving every product of rows as it was.

    The rows sum to zero, so the last of the n units that a triangular factor has is rounding.
    """
    n, p = x.shape
    if p < n:
        return x
    _, r = np.linalg.qr(x.T, mode="reduced")
    return np.ascontiguousarray(r[:-1].T)


def is_permutation(rows: Int[np.ndarray, " k"], n: int) -> bool:
    """Whether the rows are all of 0..n-1, each once."""
    return rows.size == n and bool((np.bincount(rows, minlength=n) == 1).all())


def orthonormal_basis(x: Float[np.ndarray, "n p"]) -> Float[np.ndarray, "n r"]:
    """Orthonormal columns that span the centred columns of x; r is their numerical rank.

    Columns are brought to length one first, so that the rank does not depend on their units.
    Singular values below 1e-10 of the largest count as zero.
    """
    norms = np.linalg.norm(x, axis=0)
    scaled = x[:, norms > 0] / norms[norms > 0]
    n, p = scaled.shape
    if p < n:
        q, r = scipy.linalg.qr(scaled, mode="economic", check_finite=False)
        reciprocal_condition, _ = lapack.dtrcon(r)
        if reciprocal_condition > 1e-7:
            return q
    u, s, _ = np.linalg.svd(scaled, full_matrices=False)
    return u[:, s > RANK_TOLERANCE * s[0]]


def squared_distances(x: Float[np.ndarray, "n p"]) -> Float[np.ndarray, "n n"]:
    """Squared Euclidean distances of all rows; close pairs are measured from their difference.

    The product form loses digits where two rows nearly coincide, so those are done again.
    """
    x = narrowed(recentred(x))
    norms = np.einsum("ij,ij->i", x, x)
    reach = norms[:, None] + norms
    out = reach - 2 * (x @ x.T)
    rows, columns = np.nonzero(np.triu(out <= 1e-7 * reach, 1))
    for start in range(0, rows.size, 4096):
        i, j = rows[start : start + 4096], columns[start : start + 4096]
        out[i, j] = out[j, i] = np.square(x[i] - x[j]).sum(axis=1)
    np.fill_diagonal(out, 0.0)
    return out


def double_centred(gram: Float[np.ndarray, "n n"]) -> Float[np.ndarray, "n n"]:
    """Subtract row and column means of a symmetric matrix."""
    means = gram.mean(axis=0)
    return gram - means - means[:, None] + means.mean()


def permuted_products(
    a: Float[np.ndarray, "n n"], b: Float[np.ndarray, "n n"], permutations: Int[np.ndarray, "c n"]
) -> Float[np.ndarray, " c"]:
    """Sum of a[i, j] b[π(i), π(j)] for each permutation π; b symmetric."""

    def part(orders: Int[np.ndarray, "c n"]) -> list[float]:
        buffer, out = np.empty_like(b), []
        for rows in orders:
            np.take(b[rows], rows, axis=1, out=buffer, mode="clip")
            out.append(float(np.vdot(a, buffer)))
        return out

    return np.concatenate(
        parallel_map(part, np.array_split(permutations, min(cores(), len(permutations))))
    )


def permuted_copies(
    x: Float[np.ndarray, "n q"], permutations: Int[np.ndarray, "c n"]
) -> Float[np.ndarray, "n cq"]:
    """Side by side, the rows of x in the order of each permutation."""
    return x[permutations.T].reshape(len(x), -1)


def require_same_samples(x: Shaped[np.ndarray, "n p"], y: Shaped[np.ndarray, "m q"]) -> None:
    """Refuse features of different numbers of samples."""
    if len(x) != len(y):
        raise FeaturesError(
            f"The two sides hold {len(x)} and {len(y)} samples: only features of the same "
            "samples, in the same order, can be compared."
        )


def require_neighbours(k: int, fewest: int) -> None:
    """Refuse more neighbours than the sample with the fewest has."""
    if not 1 <= k <= fewest:
        raise UndefinedScoreError(
            f"k = {k} neighbours were asked for, but a sample has only {fewest} others to choose "
            "from. Lower k or add samples."
        )
