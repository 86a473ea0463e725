"""Linear predictivity: the held-out share of one side's variance that the other predicts."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, Int, Real, Shaped

from substrate.numerics.metrics.spec import (
    SIMILARITY,
    Metric,
    UndefinedScoreError,
)
from substrate.numerics.metrics.support.features import (
    RANK_TOLERANCE,
    centred,
    narrowed,
    recentred,
)

PENALTIES = np.logspace(-6, 2, 17)  # times the largest squared singular value
Groups = Shaped[np.ndarray, " n"]


@dataclass(frozen=True, eq=False)
class Fold:
    """One split, with the decomposition of its training features."""

    train: Int[np.ndarray, " a"]
    test: Int[np.ndarray, " b"]
    u: Float[np.ndarray, "a r"]
    s: Float[np.ndarray, " r"]
    held_out: Float[np.ndarray, "b r"]

    @property
    def shrinkage(self) -> Float[np.ndarray, "penalties r"]:
        """How much of each direction every penalty keeps."""
        squares = self.s**2
        return np.asarray(squares / (squares + PENALTIES[:, None] * squares[0]))


@dataclass(frozen=True, eq=False)
class RidgeState:
    """Centred features, as target, and their folds, as predictor: a target is never decomposed."""

    x: Float[np.ndarray, "n p"]
    groups: Groups | None
    seed: int
    fold_of: Int[np.ndarray, " n"]

    @property
    def count(self) -> int:
        """The number of folds."""
        return int(self.fold_of.max()) + 1

    @cached_property
    def folds(self) -> tuple[Fold, ...]:
        """Decompose the training part of every fold, when first asked for."""
        return tuple(_fold(self.x, self.fold_of == fold) for fold in range(self.count))


def prepare(
    x: Real[np.ndarray, "n p"], *, folds: int = 5, seed: int = 0, groups: Groups | None = None
) -> RidgeState:
    """Split: whole groups where given."""
    return _state(narrowed(centred(x)), None if groups is None else np.asarray(groups), seed, folds)


def _state(x: Float[np.ndarray, "n p"], groups: Groups | None, seed: int, folds: int) -> RidgeState:
    codes = np.arange(len(x)) if groups is None else np.unique(groups, return_inverse=True)[1]
    count = int(codes.max()) + 1
    if not 2 <= folds <= count:
        raise UndefinedScoreError(f"{folds} folds were asked for, with {count} groups to split.")
    of_group = np.empty(count, dtype=np.int64)
    of_group[np.random.default_rng(seed).permutation(count)] = np.arange(count) % folds
    return RidgeState(x, groups, seed, of_group[codes])


def _fold(x: Float[np.ndarray, "n p"], held_out: Shaped[np.ndarray, " n"]) -> Fold:
    train, test = np.flatnonzero(~held_out), np.flatnonzero(held_out)
    u, s, vt = np.linalg.svd(recentred(x[train]), full_matrices=False)
    kept = s > RANK_TOLERANCE * s[0]
    held = (x[test] - x[train].mean(axis=0)) @ vt[kept].T
    return Fold(train, test, u[:, kept], s[kept], held)


def take_rows(state: RidgeState, rows: Int[np.ndarray, " k"]) -> RidgeState:
    """Keep these rows; folds go by position, so they are made anew."""
    groups = None if state.groups is None else state.groups[rows]
    return _state(recentred(state.x[rows]), groups, state.seed, state.count)


def _errors(fold: Fold, y: Float[np.ndarray, "n q"]) -> tuple[float, float]:
    """Squared error and squared spread of the held-out part."""
    mean = y[fold.train].mean(axis=0)
    target = y[fold.train] - mean
    weights = fold.u.T @ target
    kept = fold.shrinkage[_best_penalty(fold, target, weights)]
    spread = y[fold.test] - mean
    error = spread - fold.held_out @ ((kept / fold.s)[:, None] * weights)
    return float(np.vdot(error, error)), float(np.vdot(spread, spread))


def _best_penalty(
    fold: Fold, target: Float[np.ndarray, "a q"], weights: Float[np.ndarray, "r q"]
) -> int:
    """Penalty of least generalised cross-validation error on the training part alone."""
    n, rank = fold.u.shape
    energy = np.einsum("rq,rq->r", weights, weights)
    outside = float(np.vdot(target, target)) - energy.sum() if rank < n - 1 else 0.0
    residual = (1 - fold.shrinkage) ** 2 @ energy + outside
    freedom = n - 1 - fold.shrinkage.sum(axis=1)
    return int(np.argmin(residual / freedom**2))


def compare(a: RidgeState, b: RidgeState) -> float:
    """Held-out R² of the second side from the first, pooled over units and folds."""
    errors, spreads = zip(*(_errors(fold, b.x) for fold in a.folds), strict=True)
    return 1 - sum(errors) / sum(spreads)


def permuted(
    a: RidgeState, b: RidgeState, permutations: Int[np.ndarray, "c n"]
) -> Float[np.ndarray, " c"]:
    """`compare` against each row permutation of the second; the folds are the first side's."""
    targets = (RidgeState(b.x[rows], None, b.seed, b.fold_of) for rows in permutations)
    return np.array([compare(a, target) for target in targets])


LINEAR_PREDICTIVITY = Metric(
    key="linear_predictivity",
    label="Linear predictivity",
    definition="1 - Σ error² / Σ spread² of y predicted from x by ridge, held out in five folds, "
    "pooled over units; penalty by generalised cross-validation inside each training part",
    reference="Hoerl & Kennard 1970; Golub, Heath & Wahba 1979; Yamins et al., PNAS 2014",
    bounds=(-np.inf, 1.0),
    range_note="about 0 or below for unrelated features",
    identical=None,
    identical_note="just below 1; lower for n < p",
    closer="higher",
    symmetric=False,
    invariances=SIMILARITY,
    undersampled="Honest but low: with few samples little can be learned, even of itself.",
    misleads="Tiles of one photograph in two folds leak: give their groups. Units of large "
    "variance rule. Asymmetric.",
    parameters={"folds": 5, "seed": 0, "groups": None},
    prepare=prepare,
    compare=compare,
    take_rows=take_rows,
    permuted=permuted,
    needs_samples="it is scored on held-out samples",
)
