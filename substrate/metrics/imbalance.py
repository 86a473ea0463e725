"""Information imbalance: how well the neighbours in one space predict those in another."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, Real

from substrate.metrics.features import centred, is_permutation, squared_distances
from substrate.metrics.spec import SIMILARITY, Metric, UndefinedScoreError


@dataclass(frozen=True, eq=False)
class RankState:
    """Row i ranks all samples by distance from sample i: 0 itself, 1 the nearest."""

    ranks: Int[np.ndarray, "n n"]
    neighbors: Int[np.ndarray, "n k"]


def prepare(x: Real[np.ndarray, "n p"], *, k: int = 1) -> RankState:
    """Rank all samples around each one."""
    distances = squared_distances(centred(x))
    np.fill_diagonal(distances, -1.0)
    return _state(distances, k)


def _state(distances: Real[np.ndarray, "n n"], k: int) -> RankState:
    n = len(distances)
    if not 1 <= k < n:
        raise UndefinedScoreError(f"k = {k} neighbours were asked for among {n} samples.")
    order = np.argsort(distances, axis=1, kind="stable")
    ranks = np.empty((n, n), dtype=np.int32)
    np.put_along_axis(ranks, order, np.arange(n, dtype=np.int32)[None], axis=1)
    return RankState(ranks, order[:, 1 : k + 1])


def take(state: RankState, rows: Int[np.ndarray, " k"]) -> RankState:
    """Keep these rows; the ranks of a subset are the ranks of its ranks."""
    ranks = state.ranks[np.ix_(rows, rows)]
    if is_permutation(rows, len(state.ranks)):
        return RankState(ranks, np.argsort(rows)[state.neighbors[rows]])
    np.fill_diagonal(ranks, -1)  # ahead of copies of the sample, where rows repeat
    return _state(ranks, state.neighbors.shape[1])


def compare(a: RankState, b: RankState) -> float:
    """Imbalance from the first space to the second."""
    ranks = np.take_along_axis(b.ranks, a.neighbors, axis=1)
    return float(2 * ranks.mean() / len(ranks))


def permuted(
    a: RankState, b: RankState, permutations: Int[np.ndarray, "c n"]
) -> Float[np.ndarray, " c"]:
    """`compare` against each row permutation of the second."""
    values = [b.ranks[rows[:, None], rows[a.neighbors]].mean() for rows in permutations]
    return 2 * np.array(values) / len(a.ranks)


INFORMATION_IMBALANCE = Metric(
    key="information_imbalance",
    label="Information imbalance",
    definition="Δ(X→Y) = (2/n) · mean rank in Y of each sample's k nearest in X, Euclidean",
    reference="Glielmo et al., PNAS Nexus 2022",
    bounds=(0.0, 2.0),
    range_note="about 1 for unrelated spaces",
    identical=None,
    identical_note="(k + 1)/n",
    closer="lower",
    symmetric=False,
    invariances=SIMILARITY,
    undersampled="Defined at any width; distances concentrate in many dimensions.",
    misleads="Asymmetric: Δ(X→Y) near 0 says that X holds what Y holds, not the reverse. Tiles of "
    "one photograph are each other's neighbours.",
    parameters={"k": 1},
    prepare=prepare,
    compare=compare,
    take=take,
    permuted=permuted,
    needs_samples="it needs the neighbours of every sample",
)
