"""Nuclear norms: singular values only, and from a Gram matrix where its rounding allows."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from substrate.numerics.parallel import parallel_map

TOLERANCE = 1e-10  # largest relative error that the road through Gram matrices may bring in
EPSILON = float(np.finfo(np.float64).eps)
Features = Sequence[Float[np.ndarray, "n _"]]


def nuclear_norm(x: Float[np.ndarray, "p q"]) -> float:
    """Sum of the singular values of a matrix."""
    return float(nuclear_norms(x[None])[0])


def nuclear_norms(stack: Float[np.ndarray, "c p q"]) -> Float[np.ndarray, " c"]:
    """Sum of the singular values of each matrix, to 1e-10 of itself.

    The roots of the eigenvalues of M M' cost half as much as singular values but lose digits where
    these are small: an eigenvalue is known to about m eps λmax, its root to that over twice itself.
    Matrices for which the sum of these errors could matter are decomposed themselves.
    """
    if stack.shape[1] > stack.shape[2]:
        stack = stack.swapaxes(1, 2)
    values = np.linalg.eigvalsh(stack @ stack.swapaxes(1, 2))
    noise = values.shape[1] * EPSILON * values[:, -1]
    out = np.empty(len(stack))
    sound = values[:, 0] > noise
    roots = np.sqrt(values[sound])
    out[sound] = roots.sum(axis=1)
    errors = (noise[sound, None] / roots).sum(axis=1) / 2
    sound[sound] = errors <= TOLERANCE * out[sound]
    out[~sound] = np.linalg.svd(stack[~sound], compute_uv=False).sum(axis=1)
    return out


def all_nuclear_norms(first: Features, second: Features) -> Float[np.ndarray, "a b"]:
    """Nuclear norm of x'y for all pairs, on all cores.

    The same list twice costs half: the norm of x'x is its trace, the squared norm of x.
    """
    same = first is second
    at = [(i, j) for i in range(len(first)) for j in range(i if same else len(second))]
    values = parallel_map(lambda ij: nuclear_norm(first[ij[0]].T @ second[ij[1]]), at)
    out = np.empty((len(first), len(second)))
    for (i, j), value in zip(at, values, strict=True):
        out[i, j] = value
        if same:
            out[j, i] = value
    if same:
        np.fill_diagonal(out, [np.vdot(x, x) for x in first])
    return out
