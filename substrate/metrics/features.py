"""What every metric asks of features before it looks at them, and the products they share."""

import numpy as np
from jaxtyping import Float, Int, Real
from scipy.linalg import lapack

from substrate.metrics.spec import FeaturesError, UndefinedScoreError

MIN_SAMPLES = 4
RANK_TOLERANCE = 1e-10


def checked(x: Real[np.ndarray, "n p"]) -> Float[np.ndarray, "n p"]:
    """Return float64 features, after refusing what no metric could compare."""
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
    with np.errstate(invalid="ignore", over="ignore"):
        finite = bool(np.isfinite(x.sum(dtype=np.float64)))
    if not finite and not np.isfinite(x).all():
        row, column = np.argwhere(~np.isfinite(x))[0]
        raise FeaturesError(
            f"Features hold {x[row, column]} at sample {row}, unit {column}. "
            "Leave such samples out on both sides, or find where they come from."
        )
    return x.astype(np.float64, copy=False)


def centred(x: Real[np.ndarray, "n p"]) -> Float[np.ndarray, "n p"]:
    """Subtract the column means, in float64; constant units become exact zeros."""
    return recentred(checked(x))


def recentred(x: Float[np.ndarray, "n p"]) -> Float[np.ndarray, "n p"]:
    """Subtract the column means of float64 features; constant units become exact zeros.

    The second subtraction removes the rounding of the first, which an offset makes large.
    """
    means = x.mean(axis=0)
    out = x - means
    out -= out.mean(axis=0)
    energy = np.einsum("ij,ij->j", out, out)
    suspects = np.flatnonzero(energy <= len(x) * (1e-8 * means) ** 2)
    constant = suspects[np.ptp(x[:, suspects], axis=0) == 0] if suspects.size else suspects
    if constant.size == x.shape[1]:
        raise UndefinedScoreError(
            f"All {x.shape[1]} units are constant over the {x.shape[0]} samples: "
            "without variance there is nothing to compare."
        )
    out[:, constant] = 0.0
    return out


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
    """Rotate wide features into at most n units, leaving every product of rows as it was."""
    n, p = x.shape
    if p <= n:
        return x
    _, r = np.linalg.qr(x.T, mode="reduced")
    return np.ascontiguousarray(r.T)


def is_permutation(rows: Int[np.ndarray, " k"], n: int) -> bool:
    """Whether the rows are all of 0..n-1, each once."""
    return rows.size == n and bool((np.bincount(rows, minlength=n) == 1).all())


def orthonormal_basis(x: Float[np.ndarray, "n p"]) -> Float[np.ndarray, "n r"]:
    """Orthonormal columns that span the centred columns of x; r is their numerical rank.

    Columns are brought to length one first, so that the rank does not depend on their units.
    Singular values below 1e-10 of the largest count as zero.
    """
    norms = np.linalg.norm(x, axis=0)
    x = x[:, norms > 0] / norms[norms > 0]
    n, p = x.shape
    if p < n:
        q, r = np.linalg.qr(x)
        reciprocal_condition, _ = lapack.dtrcon(r)
        if reciprocal_condition > 1e-7:
            return q
    u, s, _ = np.linalg.svd(x, full_matrices=False)
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
    buffer, out = np.empty_like(b), np.empty(len(permutations))
    for count, rows in enumerate(permutations):
        np.take(b[rows], rows, axis=1, out=buffer, mode="clip")
        out[count] = np.vdot(a, buffer)
    return out


def permuted_copies(
    x: Float[np.ndarray, "n q"], permutations: Int[np.ndarray, "c n"]
) -> Float[np.ndarray, "n cq"]:
    """Side by side, the rows of x in the order of each permutation."""
    return x[permutations].transpose(1, 0, 2).reshape(x.shape[0], -1)
