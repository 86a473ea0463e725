"""What the tasks of the table cannot do without: bare products and decompositions, well arranged.

A floor uses the cores that ours may use, batches what can be batched, and takes the cheapest form
that BLAS and LAPACK have. Where it depends on the machine which form that is, there are several,
and the fastest counts. None of them centres, scales, checks or keeps anything.
"""

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import scipy.linalg
from scipy.linalg import blas, lapack

from substrate.numerics.parallel import parallel_map

Run = Callable[[], Any]
Features = Sequence[np.ndarray]
STRIP = 64  # rows of Gram matrices at a time, so that a strip of all of them stays in the cache


def _syrk(x: np.ndarray) -> np.ndarray:
    """One triangle of x x', the other left at zero: half of the multiplications."""
    rank_k = blas.ssyrk if x.dtype == np.float32 else blas.dsyrk
    return rank_k(1.0, x.T, trans=1)  # x.T is Fortran-contiguous: no copy


def _syrk_units(x: np.ndarray) -> np.ndarray:
    """One triangle of x'x."""
    rank_k = blas.ssyrk if x.dtype == np.float32 else blas.dsyrk
    return rank_k(1.0, x.T)


def gram_products(xs: Features, ys: Features) -> dict[str, Run]:
    """Inner products of all Gram matrices of one side with those of the other."""
    layers, n = [*xs, *ys], len(xs[0])

    def whole() -> np.ndarray:
        grams = np.stack(parallel_map(_syrk, layers)).reshape(len(layers), -1)
        return grams[: len(xs)] @ grams[len(xs) :].T

    def strip(start: int) -> np.ndarray:
        rows = slice(start, start + STRIP)
        parts = np.stack([x[rows] @ x[start:].T for x in layers]).reshape(len(layers), -1)
        return parts[: len(xs)] @ parts[len(xs) :].T

    return {
        "by triangles": whole,
        "by strips": lambda: np.sum(parallel_map(strip, range(0, n, STRIP)), axis=0),
    }


def feature_products(xs: Features, ys: Features) -> dict[str, Run]:
    """Cross-products of all layers of one side with those of the other, and of each with itself."""
    wide = [np.hstack(side) for side in (xs, ys)]

    def stacked() -> list[np.ndarray]:
        return [wide[0].T @ wide[1], *[x.T @ x for x in (*xs, *ys)]]

    def pairs() -> list[np.ndarray]:
        tasks = [(x, y) for x in xs for y in ys] + [(x, x) for x in (*xs, *ys)]
        return parallel_map(lambda both: both[0].T @ both[1], tasks)

    return {"stacked": stacked, "pair by pair": pairs}


def one_against(new: np.ndarray, known: Features) -> dict[str, Run]:
    """Products of a new layer with known ones, of which Gram matrices may be kept."""
    wide = np.hstack(known)
    grams = np.stack([_syrk(x) for x in known]).reshape(len(known), -1)

    def features() -> tuple[np.ndarray, np.ndarray]:
        return new.T @ wide, new.T @ new

    return {"by features": features, "by Gram matrices": lambda: grams @ _syrk(new).ravel()}


def cross_spectra(xs: Features) -> dict[str, Run]:
    """Singular values of the cross-products of all pairs, or their squares as eigenvalues."""
    pairs = list(combinations(range(len(xs)), 2))

    def roots(pair: tuple[int, int]) -> np.ndarray:
        return _squares(xs[pair[0]].T @ xs[pair[1]])

    def stacked() -> list[np.ndarray]:
        cross = _blocks(xs)
        return parallel_map(lambda ij: np.linalg.svd(cross(*ij), compute_uv=False), pairs)

    def stacked_roots() -> list[np.ndarray]:
        cross = _blocks(xs)
        return parallel_map(lambda ij: _squares(cross(*ij)), pairs)

    return {
        "eigenvalues": lambda: parallel_map(roots, pairs),
        "stacked, eigenvalues": stacked_roots,
        "stacked, singular values": stacked,
    }


def _squares(cross: np.ndarray) -> np.ndarray:
    """Squared singular values, as eigenvalues."""
    return lapack.dsyevd(blas.dsyrk(1.0, cross), compute_v=0)[0]


def _blocks(xs: Features) -> Callable[[int, int], np.ndarray]:
    """All cross-products from one triangle of the product of the features side by side."""
    stacked, d = np.hstack(xs), xs[0].shape[1]
    gram = _syrk_units(stacked)  # the upper triangle
    return lambda i, j: gram[i * d : (i + 1) * d, j * d : (j + 1) * d]


def canonical(xs: Features) -> dict[str, Run]:
    """Canonical correlations of all pairs: by orthogonal bases, or by Cholesky factors."""
    pairs = list(combinations(range(len(xs)), 2))

    def bases() -> list[np.ndarray]:
        q = parallel_map(lambda x: scipy.linalg.qr(x, mode="economic", check_finite=False)[0], xs)
        return parallel_map(lambda ij: _squares(q[ij[0]].T @ q[ij[1]]), pairs)

    def factors() -> list[np.ndarray]:
        cross = _blocks(xs)
        r = parallel_map(lambda i: lapack.dpotrf(cross(i, i), lower=0)[0], range(len(xs)))

        def one(pair: tuple[int, int]) -> np.ndarray:
            i, j = pair
            left = blas.dtrsm(1.0, r[i], cross(i, j), trans_a=1)
            return _squares(blas.dtrsm(1.0, r[j], left, side=1))

        return parallel_map(one, pairs)

    return {"orthogonal bases": bases, "Cholesky factors": factors}


def rank_patterns(xs: Features) -> dict[str, Run]:
    """Order the entries of every Gram matrix, and multiply the orders of all."""
    upper = ~np.tri(len(xs[0]), dtype=bool)

    def compared(x: np.ndarray) -> np.ndarray:
        return (x @ x.T)[upper].argsort().astype(np.float64)

    def by_digits(x: np.ndarray) -> np.ndarray:
        values = (x @ x.T)[upper]
        bits = (values - values.min()).view(np.uint64)
        order = np.argsort((bits >> np.uint64(15)).astype(np.uint16), kind="stable")
        for shift in (31, 47):
            digits = (bits >> np.uint64(shift)).astype(np.uint16)
            order = order[np.argsort(digits[order], kind="stable")]
        return order.astype(np.float64)

    def products(order: Callable[[np.ndarray], np.ndarray]) -> Run:
        def run() -> np.ndarray:
            patterns = np.stack(parallel_map(order, xs))
            return patterns @ patterns.T

        return run

    return {"compared": products(compared), "by digits": products(by_digits)}


def permuted(x: np.ndarray, y: np.ndarray, permutations: np.ndarray) -> dict[str, Run]:
    """One product per permutation: of the features, or of looked-up Gram entries."""
    n, d = y.shape

    def features(rows: np.ndarray) -> np.ndarray:
        return x.T @ y[rows.T].reshape(n, -1)

    def lookups() -> list[float]:
        first, second = _mirrored(_syrk(x)), _mirrored(_syrk(y))

        def part(orders: np.ndarray) -> list[float]:
            buffer = np.empty_like(second)
            found = []
            for rows in orders:
                np.take(second[rows], rows, axis=1, out=buffer, mode="clip")
                found.append(float(np.vdot(first, buffer)))
            return found

        return [
            value for one in parallel_map(part, np.array_split(permutations, 8)) for value in one
        ]

    chunks = np.array_split(permutations, max(1, len(permutations) * n * d // 10_000_000))
    return {"features": lambda: parallel_map(features, chunks), "look-ups": lookups}


def _mirrored(triangle: np.ndarray) -> np.ndarray:
    return triangle + np.tril(triangle.T, -1)


def leading_directions(xs: Features, k: int) -> dict[str, Run]:
    """Find the k leading eigenvectors of every Gram matrix: side by side, or on all cores."""
    n = len(xs[0])

    def one(x: np.ndarray) -> np.ndarray:
        return scipy.linalg.eigh(
            _syrk(x), lower=False, subset_by_index=[n - k, n - 1], check_finite=False
        )[1]

    return {"side by side": lambda: parallel_map(one, xs), "in turn": lambda: [one(x) for x in xs]}


def spectrum(x: np.ndarray) -> dict[str, Run]:
    """Eigenvectors of the smaller product of a matrix with itself."""
    return {
        "divide and conquer": lambda: scipy.linalg.eigh(_syrk_units(x), lower=False, driver="evd")
    }


def sums_of_products(batch: np.ndarray, times: int) -> dict[str, Run]:
    """One triangle of X'X for each batch, added up where it is."""

    def run() -> np.ndarray:
        total = np.zeros((batch.shape[1],) * 2, order="F")
        for _ in range(times):
            total = blas.dsyrk(1.0, batch.T, c=total, beta=1.0, overwrite_c=True)
        return total

    return {"one triangle": run}
