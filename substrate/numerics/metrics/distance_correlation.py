"""Distance correlation: zero only for independent representations, in the limit."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int, Real

from substrate.numerics.grouping import (
    Codes,
    Groups,
    apart,
    group_codes,
    keep_groups,
    require_same_groups,
    taken_codes,
)
from substrate.numerics.metrics.spec import (
    SIMILARITY,
    Metric,
    UndefinedScoreError,
)
from substrate.numerics.metrics.support.features import (
    centred,
    double_centred,
    is_permutation,
    permuted_products,
    squared_distances,
)


@dataclass(frozen=True, eq=False)
class DistanceState:
    """Doubly centred distances, scaled to Frobenius norm one; 0 where a pair is left out."""

    distances: Float[np.ndarray, "n n"]
    codes: Codes | None


def prepare(x: Real[np.ndarray, "n p"], *, groups: Groups | None = None) -> DistanceState:
    """Measure all distances; those within a group are left out."""
    codes = group_codes(groups)
    return _state(np.sqrt(squared_distances(centred(x))), codes)


def _state(distances: Float[np.ndarray, "n n"], codes: Codes | None) -> DistanceState:
    both = double_centred(distances) if codes is None else centred_apart(distances, codes)
    norm = np.linalg.norm(both)
    if not norm > 0:
        raise UndefinedScoreError("The rows taken are all alike: they have no distances.")
    return DistanceState(both / norm, codes)


def centred_apart(distances: Float[np.ndarray, "n n"], codes: Codes) -> Float[np.ndarray, "n n"]:
    r"""Subtract row and column effects so that what is kept sums to zero in every row.

    Kept are pairs of different groups and, as in any V-statistic, each sample with itself. The
    effects r solve, for the kept entries,

    .. math:: \sum_j (d_{ij} - r_i - r_j) = 0

    With groups of one this is ordinary double centring.
    """
    n = len(distances)
    kept = apart(codes, n) | np.eye(n, dtype=bool)
    sizes = np.bincount(codes)
    if 2 * sizes.max() > n:
        raise UndefinedScoreError(
            f"One group holds {sizes.max()} of {n} samples: without pairs inside it too few are "
            "left to compare. Use more groups, or none."
        )
    sums = np.where(kept, distances, 0.0).sum(axis=1)
    of_group = np.bincount(codes, sums)
    weights = 1 / (n - 2 * sizes + 2.0)
    total = (weights @ of_group) / (1 + weights @ sizes)
    effects = weights * (of_group - sizes * total)
    rows = (sums - total + effects[codes]) / (n - sizes[codes] + 2)
    return np.where(kept, distances - rows - rows[:, None], 0.0)


def take_rows(state: DistanceState, rows: Int[np.ndarray, " k"]) -> DistanceState:
    """Keep these rows: centring a subset anew undoes the centring of the whole."""
    distances, codes = state.distances[np.ix_(rows, rows)], taken_codes(state.codes, rows)
    if is_permutation(rows, len(state.distances)):
        return DistanceState(distances, codes)
    return _state(distances, codes)


def compare(a: DistanceState, b: DistanceState) -> float:
    """Root of the normalised distance covariance."""
    require_same_groups(a.codes, b.codes)
    return float(_root(np.vdot(a.distances, b.distances)))


def permuted(
    a: DistanceState, b: DistanceState, permutations: Int[np.ndarray, "c n"]
) -> Float[np.ndarray, " c"]:
    """`compare` against each row permutation of the second."""
    if not keep_groups(b.codes, permutations):
        return np.array([compare(a, take_rows(b, rows)) for rows in permutations])
    require_same_groups(a.codes, b.codes)
    return _root(permuted_products(a.distances, b.distances, permutations))


def _root(covariance: Any) -> Any:
    """Take the root and keep the sign: without the pairs of a group, a covariance may be negative.

    With all pairs it is a squared distance of characteristic functions, and what falls below zero
    is rounding.
    """
    return np.copysign(np.sqrt(np.abs(covariance)), covariance)


DISTANCE_CORRELATION = Metric(
    key="distance_correlation",
    label="Distance correlation",
    definition="sqrt(dCov²(X, Y) / sqrt(dVar²(X) dVar²(Y))), V-statistics of Euclidean distances "
    "between samples of different groups",
    reference="Székely, Rizzo & Bakirov, Ann. Stat. 2007",
    bounds=(0.0, 1.0),
    range_note="where groups are left out it may fall below 0",
    identical=1.0,
    closer="higher",
    invariances=SIMILARITY,
    undersampled="Rises towards 1 with the widths at fixed n, also for unrelated features.",
    misleads="Biased upwards, strongly for small n: never read it without its null.",
    parameters={"groups": None},
    prepare=prepare,
    compare=compare,
    take_rows=take_rows,
    permuted=permuted,
    needs_samples="it needs the distance of every pair of samples",
)
