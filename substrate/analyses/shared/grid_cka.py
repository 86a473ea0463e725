"""CKA of whole grids of layers in closed form, from Gram matrices stacked side by side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.numerics.metrics.cka import CkaState, debias

BIASED, DEBIASED = "linear_cka", "debiased_cka"
#: Numbers of a gathered Gram matrix that are held at a time.
CELLS = 2_000_000
#: Rows whose variance is less than this share of their squared length are all alike.
ALIKE = 1e-12

States = tuple[CkaState | None, ...]
Values = Float[np.ndarray, "a b"]
Many = Float[np.ndarray, "c a b"]


def _grams(states: States, n: int, dtype: type) -> Float[np.ndarray, "n n a"]:
    """Stack Gram matrices with the layer last, so that one cell's layers lie side by side."""
    out: np.ndarray = np.empty((n, n, len(states)), dtype)
    for i, state in enumerate(states):
        if state is None:
            out[:, :, i] = np.nan
        elif state.gram is not None:
            out[:, :, i] = state.gram
        else:
            assert state.features is not None
            out[:, :, i] = state.features @ state.features.T
    return out


def permuted_stack(
    key: str, first: States, second: States, permutations: Int[np.ndarray, "c n"]
) -> Many:
    """CKA of all pairs for each permutation: one gather and one product of half the Grams."""
    n = permutations.shape[1]
    above, below = np.triu_indices(n, 1)
    fixed = _grams(first, n, np.float32)[above, below].T
    moved = _grams(second, n, np.float32).reshape(n * n, -1)
    norms_a, norms_b = _norms(first, n), _norms(second, n)
    scale = _own(key, first, second)
    gathered = np.empty((above.size, moved.shape[1]), np.float32)
    out = np.empty((len(permutations), len(first), len(second)))
    for index, rows in enumerate(permutations):
        np.take(moved, rows[above] * n + rows[below], axis=0, out=gathered, mode="clip")
        diagonal = norms_a @ norms_b[:, rows].T
        out[index] = _hsic(key, 2.0 * (fixed @ gathered), diagonal, n) / scale
    return out


def resampled_stack(
    key: str, first: States, second: States, orders: Int[np.ndarray, "c n"]
) -> Many:
    """CKA of all pairs for row orders of the second side that may repeat some rows.

    As `permuted_stack`, in float64: the second side's Gram matrices are centred anew for each
    order, and have another length in each. NaN where the rows of an order are all alike.
    """
    n = orders.shape[1]
    fixed, moved = (_grams(side, n, np.float64) for side in (first, second))
    squared = np.square(moved)
    lengths = np.einsum("iia->a", moved)
    own_a = np.array([_energy(key, s) for s in first])
    norms_a = _norms(first, n)
    out = np.full((len(orders), len(first), len(second)), np.nan)
    for index, order in enumerate(orders):
        cross, own_b, norms_b = _resampled_products(fixed, moved, squared, order)
        if key != BIASED:
            cross = np.array(
                [debias(row, a, norms_b) for row, a in zip(cross, norms_a, strict=True)]
            )
            own_b = np.array([debias(own, b, b) for own, b in zip(own_b, norms_b, strict=True)])
        alike = ~(norms_b.sum(axis=1) > ALIKE * lengths)
        scale = np.outer(own_a, np.where(alike | ~(own_b > 0), np.nan, own_b))
        out[index] = cross / np.sqrt(scale)
    return out


def _resampled_products(
    fixed: Float[np.ndarray, "n n a"],
    moved: Float[np.ndarray, "n n b"],
    squared: Float[np.ndarray, "n n b"],
    order: Int[np.ndarray, " n"],
) -> tuple[Values, Float[np.ndarray, " b"], Float[np.ndarray, "b n"]]:
    """Return the products with the centred Grams of these rows, their energies and diagonals."""
    n, a, b = len(order), fixed.shape[2], moved.shape[2]
    counts = np.bincount(order, minlength=n).astype(np.float64)
    means = np.tensordot(counts / n, moved, axes=1)
    overall = counts @ means / n
    cross = np.zeros((a, b))
    step = max(1, CELLS // (n * b))
    for start in range(0, n, step):
        rows = order[start : start + step]
        places = (rows[:, None] * n + order).ravel()
        here = np.take(moved.reshape(n * n, b), places, axis=0, mode="clip")
        # The fixed Grams' rows and columns sum to zero: centring the others changes no product.
        cross += fixed[start : start + step].reshape(-1, a).T @ here
    squares = counts @ np.tensordot(counts, squared, axes=1)
    own = squares - 2 * n * (counts @ np.square(means)) + n * n * np.square(overall)
    diagonals = np.diagonal(moved) - 2.0 * means.T + overall[:, None]
    return cross, own, diagonals[:, order]


def _norms(states: States, n: int) -> Float[np.ndarray, "a n"]:
    return np.array([np.full(n, np.nan) if s is None else s.norms for s in states])


def _hsic(key: str, apart: Values, diagonal: Values, n: int) -> Values:
    """Combine off-diagonal and diagonal products of centred, unit-norm features' Grams.

    Rows of a centred Gram sum to zero, so without its diagonal each sums to minus its squared
    norm; the squared norms of either side sum to one.
    """
    if key == BIASED:
        return apart + diagonal
    return apart + 1.0 / ((n - 1) * (n - 2)) - 2.0 / (n - 2) * diagonal


def _own(key: str, first: States, second: States) -> Values:
    """Root of the product of both sides' HSIC with themselves; NaN where it is not positive."""
    a, b = (np.array([_energy(key, s) for s in side]) for side in (first, second))
    return np.sqrt(np.outer(a, b))


def _energy(key: str, state: CkaState | None) -> float:
    """Return a representation's HSIC with itself; NaN where it is not positive."""
    if state is None:
        return float("nan")
    own = state.energy if key == BIASED else state.debiased_energy
    return own if own > 0 else float("nan")


@dataclass(frozen=True, eq=False)
class _Side:
    """One side's Gram matrices and the sums of their rows."""

    grams: Float[np.ndarray, "n n a"]
    sums: Float[np.ndarray, "n a"]


class StackOfRows:
    """CKA of all pairs from some of the rows: what the other rows add is taken off the whole.

    Neither estimator changes when the rows and columns of a Gram matrix are shifted, so the Grams
    of all samples serve for any of them without being centred anew.
    """

    def __init__(self, key: str, first: States, second: States) -> None:
        self.biased = key == BIASED
        self.n = next(s.n for s in (*first, *second) if s is not None)
        a = self._side(first)
        b = a if second is first else self._side(second)
        self.pairs = ((a, b, "cross"), (a, a, "own"), (b, b, "own"))
        self.products = [_row_products(x.grams, y.grams, kind) for x, y, kind in self.pairs]

    def _side(self, states: States) -> _Side:
        grams = _grams(states, self.n, np.float64)
        if not self.biased:
            grams[np.arange(self.n), np.arange(self.n)] = 0.0
        return _Side(grams, grams.sum(axis=1))

    def __call__(self, rows: Int[np.ndarray, " k"]) -> Values:
        """Return the scores from these rows."""
        gone = np.setdiff1d(np.arange(self.n), rows)
        cross, own_a, own_b = (
            self._hsic(pair, products, rows, gone)
            for pair, products in zip(self.pairs, self.products, strict=True)
        )
        a, b = (np.where(own > 0, own, np.nan) for own in (own_a, own_b))
        return np.asarray(cross / np.sqrt(np.outer(a, b)))

    def _hsic(
        self,
        pair: tuple[_Side, _Side, str],
        by_row: Float[np.ndarray, "n ..."],
        rows: Int[np.ndarray, " k"],
        gone: Int[np.ndarray, " g"],
    ) -> np.ndarray:
        first, second, kind = pair
        block = np.ix_(gone, gone)
        within = _row_products(first.grams[block], second.grams[block], kind).sum(axis=0)
        products = by_row[rows].sum(axis=0) - by_row[gone].sum(axis=0) + within
        a, b = (s.sums[rows] - s.grams[np.ix_(rows, gone)].sum(axis=1) for s in (first, second))
        together = a.T @ b if kind == "cross" else np.einsum("ia,ia->a", a, b)
        total_a, total_b = a.sum(axis=0), b.sum(axis=0)
        totals = np.outer(total_a, total_b) if kind == "cross" else total_a * total_b
        k = rows.size
        if self.biased:
            return np.asarray(products - 2.0 / k * together + totals / k**2)
        return np.asarray(products + totals / ((k - 1) * (k - 2)) - 2.0 / (k - 2) * together)


def _row_products(
    first: Float[np.ndarray, "n m a"], second: Float[np.ndarray, "n m b"], kind: str
) -> Float[np.ndarray, "n ..."]:
    """Return per row the products of the Grams: of all pairs, or of each layer with itself."""
    if kind == "own":
        return np.asarray(np.einsum("ija,ija->ia", first, second))
    return np.matmul(first.transpose(0, 2, 1), second)
