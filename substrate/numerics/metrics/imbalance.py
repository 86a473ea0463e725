"""Information imbalance: how well the neighbours in one space predict those in another."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Int, Real

from substrate.numerics.grouping import (
    Codes,
    Groups,
    apart,
    group_codes,
    require_same_groups,
    taken_codes,
)
from substrate.numerics.metrics.spec import (
    SIMILARITY,
    Metric,
)
from substrate.numerics.metrics.support.features import (
    TILES,
    centred,
    is_permutation,
    require_neighbours,
    squared_distances,
)

#: Distances of a row closer than this share of its largest are equal.
EQUAL = 1e-12


@dataclass(frozen=True, eq=False)
class RankState:
    """Row i ranks the samples of other groups by distance from sample i, 1 the nearest.

    Equally far samples share the mean of their ranks. Itself and samples of its own group have
    rank 0; `others` is how many are ranked. `weights` are those of the `neighbors`: 1 / k each, or
    their part of it where the last of the k are equally far as others.
    """

    ranks: Real[np.ndarray, "n n"]
    neighbors: Int[np.ndarray, "n w"]
    weights: Float[np.ndarray, "n w"]
    others: Int[np.ndarray, " n"]
    codes: Codes | None
    k: int
    tied: bool


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
    require_neighbours(k, int(others.min()))
    order = np.argsort(distances, axis=1, kind="stable")
    far = np.take_along_axis(distances, order, axis=1)
    left_out = n - others
    places = np.arange(n, dtype=np.int32) - (left_out[:, None] - 1).astype(np.int32)
    within = np.maximum(places, 0)
    alike = (np.diff(far, axis=1) <= EQUAL * far[:, -1:]) & (within[:, :-1] > 0)
    tied = bool(alike.any())
    ranked = _averaged(within, alike) if tied else within
    ranks = np.empty((n, n), dtype=ranked.dtype)
    np.put_along_axis(ranks, order, ranked, axis=1)
    if not tied:
        nearest = np.take_along_axis(order, left_out[:, None] + np.arange(k), axis=1)
        return RankState(ranks, nearest, np.full((n, k), 1 / k), others, codes, k, tied=False)
    neighbors, weights = _weighed(order, alike, left_out, k)
    return RankState(ranks, neighbors, weights, others, codes, k, tied=True)


def _averaged(
    places: Int[np.ndarray, "n n"], alike: Bool[np.ndarray, "n m"]
) -> Float[np.ndarray, "n n"]:
    """Give sorted samples that are equally far the mean of their places."""
    n = len(places)
    starts = np.hstack([np.ones((n, 1), dtype=bool), ~alike]).ravel()
    level = np.cumsum(starts) - 1
    mean = np.bincount(level, weights=places.ravel()) / np.bincount(level)
    return mean[level].reshape(n, n).astype(np.float32)


def _weighed(
    order: Int[np.ndarray, "n n"],
    alike: Bool[np.ndarray, "n m"],
    left_out: Int[np.ndarray, " n"],
    k: int,
) -> tuple[Int[np.ndarray, "n w"], Float[np.ndarray, "n w"]]:
    """Return the k nearest with all that are equally far as the last, which share its weight."""
    n = len(order)
    last = left_out + k - 1
    begins = np.hstack([np.ones((n, 1), dtype=bool), ~alike])
    ends = np.hstack([~alike, np.ones((n, 1), dtype=bool)])
    columns = np.arange(n)
    begin = np.where(begins & (columns <= last[:, None]), columns, -1).max(axis=1)
    end = np.where(ends & (columns >= last[:, None]), columns, n).min(axis=1)
    width = int((end - left_out).max()) + 1
    at = left_out[:, None] + np.arange(width)
    shared = (last - begin + 1) / (end - begin + 1)
    weights = np.where(at < begin[:, None], 1.0, np.where(at <= end[:, None], shared[:, None], 0.0))
    return np.take_along_axis(order, np.minimum(at, n - 1), axis=1), weights / k


def take_rows(state: RankState, rows: Int[np.ndarray, " k"]) -> RankState:
    """Keep these rows; the ranks of a subset are the ranks of its ranks."""
    codes, n = taken_codes(state.codes, rows), len(state.ranks)
    if is_permutation(rows, n):
        return replace(
            state,
            ranks=state.ranks[np.ix_(rows, rows)],
            neighbors=np.argsort(rows)[state.neighbors[rows]],
            weights=state.weights[rows],
            others=state.others[rows],
            codes=codes,
        )
    if state.tied or len(np.unique(rows)) < len(rows):
        return _state(state.ranks[np.ix_(rows, rows)], codes, state.k)
    return _fewer(state, rows, codes)


def _fewer(state: RankState, rows: Int[np.ndarray, " k"], codes: Codes | None) -> RankState:
    """Keep rows of ranks without ties: each rank falls by how many nearer samples are gone."""
    n = len(state.ranks)
    others = len(rows) - (~apart(codes, len(rows))).sum(axis=1)
    require_neighbours(state.k, int(others.min()))
    gone = np.setdiff1d(np.arange(n), rows)
    nearer = np.zeros((len(rows), n + 1), dtype=np.int32)
    np.put_along_axis(nearer, state.ranks[np.ix_(rows, gone)], 1, axis=1)
    nearer[:, 0] = 0
    before = state.ranks[np.ix_(rows, rows)]
    ranks = before - np.take_along_axis(np.cumsum(nearer, axis=1, dtype=np.int32), before, axis=1)
    near = np.where(ranks > 0, ranks, n + 1)
    neighbors = np.argpartition(near, state.k - 1, axis=1)[:, : state.k]
    inner = np.argsort(np.take_along_axis(near, neighbors, axis=1), axis=1)
    neighbors = np.take_along_axis(neighbors, inner, axis=1)
    return RankState(ranks, neighbors, state.weights[rows], others, codes, state.k, tied=False)


def compare(a: RankState, b: RankState) -> float:
    """Imbalance from the first space to the second."""
    require_same_groups(a.codes, b.codes)
    ranks = np.take_along_axis(b.ranks, a.neighbors, axis=1)
    return float(2 * ((a.weights * ranks).sum(axis=1) / (b.others + 1)).mean())


def permuted(
    a: RankState, b: RankState, permutations: Int[np.ndarray, "c n"]
) -> Float[np.ndarray, " c"]:
    """`compare` against each row order of the second; orders may repeat rows."""
    return permuted_all([a], b, permutations)[:, 0]


def permuted_all(
    first: Sequence[RankState], b: RankState, permutations: Int[np.ndarray, "c n"]
) -> Float[np.ndarray, "c a"]:
    """`compare` of several spaces against each row order of one, which is ranked once per order."""
    rows, between = np.arange(len(b.ranks))[:, None], apart(b.codes, len(b.ranks))
    levels = _levels(b)
    out = np.empty((len(permutations), len(first)))
    for at, order in enumerate(permutations):
        codes = taken_codes(b.codes, order)
        for a in first:
            require_same_groups(a.codes, codes)
        plain = is_permutation(order, len(b.ranks))
        places = None if plain else _places(levels[np.ix_(order, order)], between)
        for i, a in enumerate(first):
            moved = order[:, None], order[a.neighbors]
            ranks = b.ranks[moved] if places is None else places[rows, levels[moved]]
            out[at, i] = ((a.weights * ranks).sum(axis=1) / (b.others + 1)).mean()
    return 2 * out


def _levels(state: RankState) -> Int[np.ndarray, "n n"]:
    """Return ranks as whole numbers; means of ranks may be half ones."""
    scale = 2 if state.tied else 1
    return np.round(scale * state.ranks).astype(np.intp)


def _places(
    levels: Int[np.ndarray, "n n"], between: Bool[np.ndarray, "n n"]
) -> Float[np.ndarray, "n w"]:
    """Return for each row the rank of what has a level, by counting: rows may repeat."""
    n, width = len(levels), int(levels.max()) + 2
    at = np.where(between, levels, width - 1) + width * np.arange(n)[:, None]
    counts = np.bincount(at.ravel(), minlength=n * width).reshape(n, width)
    return np.cumsum(counts, axis=1) - (counts - 1) / 2


INFORMATION_IMBALANCE = Metric(
    key="information_imbalance",
    label="Information imbalance",
    definition="Δ(X→Y) = mean of 2 r / (m + 1), r the rank in Y of each of a sample's k nearest in "
    "X, among the m samples of other groups (n - 1 where each is its own), Euclidean",
    reference="Glielmo et al., PNAS Nexus 2022",
    bounds=(0.0, 2.0),
    range_note="about 1 for unrelated spaces",
    identical=None,
    axis_end=1.2,
    identical_note="(k + 1)/n; more where groups are left out",
    closer="lower",
    symmetric=False,
    invariances=SIMILARITY,
    undersampled="Defined at any width; distances concentrate in many dimensions.",
    misleads="Asymmetric: Δ(X→Y) near 0 says that X holds what Y holds, not the reverse. " + TILES,
    parameters={"k": 1, "groups": None},
    prepare=prepare,
    compare=compare,
    take_rows=take_rows,
    permuted=permuted,
    permuted_all=permuted_all,
    needs_samples="it needs the neighbours of every sample",
)
