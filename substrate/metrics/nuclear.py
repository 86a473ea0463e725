"""Nuclear norms: singular values only, and from a Gram matrix where its rounding allows."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int

from substrate.metrics.parallel import each

TOLERANCE = 1e-10  # largest relative error that the road through Gram matrices may bring in
EPSILON = float(np.finfo(np.float64).eps)
CHUNK = 10_000_000  # numbers of features side by side
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
    """Nuclear norm of x'y for all pairs, with many of the second in one product, on all cores.

    The same list twice costs half: the norm of x'x is its trace, the squared norm of x.
    """
    same = first is second
    out = np.empty((len(first), len(second)))
    for start, stop in _blocks([y.size for y in second]):
        side = np.hstack(second[start:stop])
        edges = np.cumsum([0, *(y.shape[1] for y in second[start:stop])])
        left = range(len(first) - 1, start if same else -1, -1)  # those with most partners first
        counts = [min(stop, i if same else stop) - start for i in left]
        tasks = [(first[i], side, edges[: n + 1]) for i, n in zip(left, counts, strict=True)]
        rows = each(_row, tasks)
        for i, count, row in zip(left, counts, rows, strict=True):
            out[i, start : start + count] = row
    if same:
        upper = np.triu_indices(len(out), 1)
        out[upper] = out.T[upper]
        np.fill_diagonal(out, [np.vdot(x, x) for x in first])
    return out


def _row(task: tuple[np.ndarray, np.ndarray, Int[np.ndarray, " c"]]) -> list[float]:
    """Nuclear norms of x with each of the features side by side, whose edges are given."""
    x, side, edges = task
    cross = x.T @ side[:, : edges[-1]]
    return [nuclear_norm(cross[:, low:high]) for low, high in pairwise(edges)]


def _blocks(sizes: Sequence[int]) -> list[tuple[int, int]]:
    """Cut a list where its sizes would add up to more than a chunk."""
    edges, total = [0], 0
    for i, size in enumerate(sizes):
        if total + size > CHUNK and i > edges[-1]:
            edges.append(i)
            total = 0
        total += size
    return list(pairwise([*edges, len(sizes)]))
