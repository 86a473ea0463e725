"""Information imbalance: how well the neighbours in one space predict those in another."""

from dataclasses import dataclass

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
from substrate.numerics.metrics.features import (
    centred,
    is_permutation,
    squared_distances,
)
from substrate.numerics.metrics.spec import (
    SIMILARITY,
    Metric,
    UndefinedScoreError,
)


@dataclass(frozen=True, eq=False)
class RankState:
    """Row i ranks the samples of other groups by distance from sample i, 1 the nearest.

    Itself and samples of its own group have rank 0; `others` is how many are ranked.
    """

    ranks: Int[np.ndarray, "n n"]
    neighbors: Int[np.ndarray, "n k"]
    others: Int[np.ndarray, " n"]
    codes: Codes | None


def prepare(x: Real[np.ndarray, "n p"], *, k: int = 1, groups: Groups | None = None) -> RankState:
    """Rank all samples around each one; those of its own group are left out."""
    codes = group_codes(groups)
    return _state(squared_distances(centred(x)), codes, k)


def _state(distances: Real[np.ndarray, "n n"], codes: Codes | None, k: int) -> RankState:
    """Rank by any numbers that order the samples as distances do; those left out go first."""
    n = len(distances)
    out = ~apart(codes, n)
    distances[out] = -1
    others = n - out.sum(axis=1)
    fewest = int(others.min())
    if not 1 <= k <= fewest:
        raise UndefinedScoreError(
            f"k = {k} neighbours were asked for, but a sample has only {fewest} others to choose "
            "from. Lower k or add samples."
        )
    order = np.argsort(distances, axis=1, kind="stable")
    left_out = n - others
    ranks = np.empty((n, n), dtype=np.int32)
    places = np.arange(n, dtype=np.int32) - (left_out[:, None] - 1).astype(np.int32)
    np.put_along_axis(ranks, order, np.maximum(places, 0), axis=1)
    nearest = left_out[:, None] + np.arange(k)
    return RankState(ranks, np.take_along_axis(order, nearest, axis=1), others, codes)


def take_rows(state: RankState, rows: Int[np.ndarray, " k"]) -> RankState:
    """Keep these rows; the ranks of a subset are the ranks of its ranks."""
    ranks, codes = state.ranks[np.ix_(rows, rows)], taken_codes(state.codes, rows)
    if is_permutation(rows, len(state.ranks)):
        neighbors = np.argsort(rows)[state.neighbors[rows]]
        return RankState(ranks, neighbors, state.others[rows], codes)
    return _state(ranks, codes, state.neighbors.shape[1])


def compare(a: RankState, b: RankState) -> float:
    """Imbalance from the first space to the second."""
    require_same_groups(a.codes, b.codes)
    ranks = np.take_along_axis(b.ranks, a.neighbors, axis=1)
    return float(2 * (ranks.mean(axis=1) / (b.others + 1)).mean())


def permuted(
    a: RankState, b: RankState, permutations: Int[np.ndarray, "c n"]
) -> Float[np.ndarray, " c"]:
    """`compare` against each row permutation of the second."""
    if not keep_groups(b.codes, permutations):
        return np.array([compare(a, take_rows(b, rows)) for rows in permutations])
    require_same_groups(a.codes, b.codes)
    means = [b.ranks[rows[:, None], rows[a.neighbors]].mean(axis=1) for rows in permutations]
    return 2 * (np.array(means) / (b.others[permutations] + 1)).mean(axis=1)


INFORMATION_IMBALANCE = Metric(
    key="information_imbalance",
    label="Information imbalance",
    definition="Δ(X→Y) = mean of 2 r / (m + 1), r the rank in Y of each of a sample's k nearest in "
    "X, among the m samples of other groups (n - 1 where each is its own), Euclidean",
    reference="Glielmo et al., PNAS Nexus 2022",
    bounds=(0.0, 2.0),
    range_note="about 1 for unrelated spaces",
    identical=None,
    identical_note="(k + 1)/n; more where groups are left out",
    closer="lower",
    symmetric=False,
    invariances=SIMILARITY,
    undersampled="Defined at any width; distances concentrate in many dimensions.",
    misleads="Asymmetric: Δ(X→Y) near 0 says that X holds what Y holds, not the reverse. Tiles of "
    "one photograph are each other's neighbours everywhere: give their groups.",
    parameters={"k": 1, "groups": None},
    prepare=prepare,
    compare=compare,
    take_rows=take_rows,
    permuted=permuted,
    needs_samples="it needs the neighbours of every sample",
)
