"""Every layer of one side against every layer of the other: values, permuted, without a group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from substrate.metrics import METRICS
from substrate.metrics.cka import CkaState
from substrate.metrics.spec import FeaturesError, Metric, UndefinedScoreError

#: Metrics whose whole grid has a closed form on Gram matrices: any null and interval is affordable.
STACKED = ("linear_cka", "debiased_cka")

Values = Float[np.ndarray, "a b"]
Many = Float[np.ndarray, "c a b"]


@dataclass(frozen=True, eq=False)
class Grid:
    """Prepared layers of two sides; a layer that a metric cannot take is None, with its reason."""

    metric: Metric
    first: tuple[Any, ...]
    second: tuple[Any, ...]
    reasons: tuple[str, ...]

    def values(self) -> tuple[Values, tuple[str, ...]]:
        """Return the score of every pair, NaN where the metric has none, and why it has none."""
        reasons: list[str] = []
        values = _compared(self.metric, self.first, self.second, reasons)
        return values, tuple(dict.fromkeys(reasons))

    def permuted(self, permutations: Int[np.ndarray, "c n"]) -> Many:
        """Return all scores with the second side's rows permuted, alike for all its layers."""
        if self.metric.key in STACKED:
            return _permuted_stack(self, permutations)
        out = np.full((len(permutations), len(self.first), len(self.second)), np.nan)
        for i, a in enumerate(self.first):
            for j, b in enumerate(self.second):
                if a is not None and b is not None:
                    out[:, i, j] = _permuted_pair(self.metric, a, b, permutations)
        return out

    def of_rows(self) -> Callable[[Int[np.ndarray, " k"]], Values]:
        """Return the function that gives all scores from some of the rows alone."""
        if self.metric.key in STACKED and any(s is not None for s in (*self.first, *self.second)):
            return _StackOfRows(self)
        return lambda rows: _compared(
            self.metric,
            first := _taken(self.metric, self.first, rows),
            first if self.second is self.first else _taken(self.metric, self.second, rows),
        )


def prepare(
    metric: str,
    first: Sequence[Float[np.ndarray, "n _"]],
    second: Sequence[Float[np.ndarray, "n _"]],
    groups: np.ndarray | None = None,
) -> Grid:
    """Prepare each layer once; the same list twice is prepared once.

    ``groups`` are for the metrics that split samples themselves.
    """
    chosen, reasons = METRICS[metric], []
    options = {"groups": groups} if "groups" in chosen.parameters and groups is not None else {}
    sides = []
    for side in (first,) if second is first else (first, second):
        states = []
        for x in side:
            try:
                states.append(chosen.prepare(x, **options))
            except (UndefinedScoreError, FeaturesError) as error:
                states.append(None)
                reasons.append(str(error))
        sides.append(tuple(states))
    return Grid(chosen, sides[0], sides[-1], tuple(dict.fromkeys(reasons)))


def _compared(
    metric: Metric,
    first: tuple[Any, ...],
    second: tuple[Any, ...],
    reasons: list[str] | None = None,
) -> Values:
    out = np.full((len(first), len(second)), np.nan)
    rows = [i for i, a in enumerate(first) if a is not None]
    columns = [j for j, b in enumerate(second) if b is not None]
    if not rows or not columns:
        return out
    present = [first[i] for i in rows]
    others = present if second is first else [second[j] for j in columns]
    try:
        out[np.ix_(rows, columns)] = metric.compare_all(present, others)
    except UndefinedScoreError:
        for i in rows:
            for j in columns:
                out[i, j] = _compared_pair(metric, first[i], second[j], reasons)
    return out


def _compared_pair(metric: Metric, a: Any, b: Any, reasons: list[str] | None) -> float:
    try:
        return float(metric.compare(a, b))
    except UndefinedScoreError as error:
        if reasons is not None:
            reasons.append(str(error))
        return float("nan")


def _permuted_pair(
    metric: Metric, a: Any, b: Any, permutations: Int[np.ndarray, "c n"]
) -> Float[np.ndarray, " c"]:
    try:
        return metric.compare_permuted(a, b, permutations)
    except UndefinedScoreError:
        return np.full(len(permutations), np.nan)


def _taken(metric: Metric, states: tuple[Any, ...], rows: Int[np.ndarray, " k"]) -> tuple[Any, ...]:
    out: list[Any] = []
    for state in states:
        try:
            out.append(None if state is None else metric.take(state, rows))
        except UndefinedScoreError:
            out.append(None)
    return tuple(out)


def _grams(states: tuple[CkaState | None, ...], n: int, dtype: type) -> Float[np.ndarray, "n n a"]:
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


def _permuted_stack(grid: Grid, permutations: Int[np.ndarray, "c n"]) -> Many:
    """CKA of all pairs for each permutation: one gather and one product of half the Grams."""
    n = permutations.shape[1]
    above, below = np.triu_indices(n, 1)
    first = _grams(grid.first, n, np.float32)[above, below].T
    second = _grams(grid.second, n, np.float32).reshape(n * n, -1)
    norms_a, norms_b = _norms(grid.first, n), _norms(grid.second, n)
    scale = _own(grid)
    gathered = np.empty((above.size, second.shape[1]), np.float32)
    out = np.empty((len(permutations), len(grid.first), len(grid.second)))
    for index, rows in enumerate(permutations):
        np.take(second, rows[above] * n + rows[below], axis=0, out=gathered, mode="clip")
        diagonal = norms_a @ norms_b[:, rows].T
        out[index] = _hsic(grid, 2.0 * (first @ gathered), diagonal, n) / scale
    return out


def _norms(states: tuple[CkaState | None, ...], n: int) -> Float[np.ndarray, "a n"]:
    return np.array([np.full(n, np.nan) if s is None else s.norms for s in states])


def _hsic(grid: Grid, apart: Values, diagonal: Values, n: int) -> Values:
    """Combine off-diagonal and diagonal products of centred, unit-norm features' Grams.

    Rows of a centred Gram sum to zero, so without its diagonal each sums to minus its squared
    norm; the squared norms of either side sum to one.
    """
    if grid.metric.key == "linear_cka":
        return apart + diagonal
    return apart + 1.0 / ((n - 1) * (n - 2)) - 2.0 / (n - 2) * diagonal


def _own(grid: Grid) -> Values:
    """Root of the product of both sides' HSIC with themselves; NaN where it is not positive."""
    attribute = "energy" if grid.metric.key == "linear_cka" else "debiased_energy"
    a, b = (
        np.array([np.nan if s is None else getattr(s, attribute) for s in side])
        for side in (grid.first, grid.second)
    )
    return np.sqrt(np.outer(np.where(a > 0, a, np.nan), np.where(b > 0, b, np.nan)))


@dataclass(frozen=True, eq=False)
class _Side:
    """One side's Gram matrices and the sums of their rows."""

    grams: Float[np.ndarray, "n n a"]
    sums: Float[np.ndarray, "n a"]


class _StackOfRows:
    """CKA of all pairs from some of the rows: what the other rows add is taken off the whole.

    Neither estimator changes when the rows and columns of a Gram matrix are shifted, so the Grams
    of all samples serve for any of them without being centred anew.
    """

    def __init__(self, grid: Grid) -> None:
        self.biased = grid.metric.key == "linear_cka"
        self.n = next(s.n for s in (*grid.first, *grid.second) if s is not None)
        a = self._side(grid.first)
        b = a if grid.second is grid.first else self._side(grid.second)
        self.pairs = ((a, b, "cross"), (a, a, "own"), (b, b, "own"))
        self.products = [_row_products(x.grams, y.grams, kind) for x, y, kind in self.pairs]

    def _side(self, states: tuple[CkaState | None, ...]) -> _Side:
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
