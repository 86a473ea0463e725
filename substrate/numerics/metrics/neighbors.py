"""Do the same samples lie near each other? Shared nearest neighbours and their alignment."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Float, Int, Real

from substrate.numerics.grouping import (
    Groups,
    group_codes,
)
from substrate.numerics.metrics.spec import (
    Invariance,
    Metric,
    UndefinedScoreError,
)
from substrate.numerics.metrics.support.features import (
    TILES,
    centred,
    checked,
    is_permutation,
    require_neighbours,
)

Similarity = Literal["cosine", "inner"]
#: Similarities that are held at a time.
BLOCK = 4_000_000


@dataclass(frozen=True, eq=False)
class NeighborState:
    """The k nearest neighbours of each sample, and how near they are.

    Nearest first. `closeness` is their similarity less the sample's mean similarity to itself and
    to all samples of other groups.
    """

    x: Float[np.ndarray, "n p"]
    groups: Groups | None
    neighbors: Int[np.ndarray, "n k"]
    closeness: Float[np.ndarray, "n k"]


def prepare(
    x: Real[np.ndarray, "n p"],
    *,
    k: int = 10,
    similarity: Similarity = "cosine",
    groups: Groups | None = None,
) -> NeighborState:
    """Find neighbours; samples of one group (tiles of one photograph) never count as such."""
    x = checked(x)
    centred(x)
    if similarity == "cosine":
        lengths = np.linalg.norm(x, axis=1, keepdims=True)
        if not lengths.all():
            raise UndefinedScoreError(
                f"Sample {int(np.argmin(lengths))} is all zeros and has no direction: leave it "
                'out, or use similarity="inner".'
            )
        x = x / lengths
    elif similarity != "inner":
        raise ValueError(f'similarity is {similarity!r}, expected "cosine" or "inner".')
    return _state(x, None if groups is None else np.asarray(groups), k)


def _state(x: Float[np.ndarray, "n p"], groups: Groups | None, k: int) -> NeighborState:
    return NeighborState(x, groups, *_nearest(x, groups, k))


def nearest(
    x: Real[np.ndarray, "n p"], k: int, *, groups: Groups | None = None
) -> Int[np.ndarray, "n k"]:
    """Return the k nearest by cosine of each sample, nearest first, those of its group left out.

    The first few columns are the neighbours for a smaller k. Memory grows with n k.
    """
    return prepare(x, k=k, groups=groups).neighbors


def _nearest(
    x: Float[np.ndarray, "n p"], groups: Groups | None, k: int
) -> tuple[Int[np.ndarray, "n k"], Float[np.ndarray, "n k"]]:
    """Find neighbours some samples at a time, with their similarity less the sample's mean."""
    n, codes = len(x), group_codes(groups)
    own = np.arange(n) if codes is None else codes
    fewest = n - int(np.bincount(own).max())
    require_neighbours(k, fewest)
    neighbors, closeness = np.empty((n, k), dtype=np.int32), np.empty((n, k))
    step = max(1, BLOCK // n)
    for start in range(0, n, step):
        rows = np.arange(start, min(start + step, n))
        products = x[rows] @ x.T
        at = np.arange(len(rows))
        itself = products[at, rows]
        same = own[rows, None] == own
        others = n - same.sum(axis=1)
        products[same] = 0.0
        means = (products.sum(axis=1) + itself) / (others + 1)
        products[same] = -np.inf
        chosen = np.argpartition(products, n - k, axis=1)[:, n - k :]
        near = np.take_along_axis(products, chosen, axis=1)
        order = np.argsort(-near, axis=1, kind="stable")
        neighbors[rows] = np.take_along_axis(chosen, order, axis=1)
        closeness[rows] = np.take_along_axis(near, order, axis=1) - means[:, None]
    return neighbors, closeness


def take_rows(state: NeighborState, rows: Int[np.ndarray, " k"]) -> NeighborState:
    """Keep these rows; a subset looks for its neighbours anew."""
    groups = None if state.groups is None else state.groups[rows]
    if is_permutation(rows, len(state.x)):
        neighbors = np.argsort(rows)[state.neighbors[rows]]
        return NeighborState(state.x[rows], groups, neighbors, state.closeness[rows])
    if not np.ptp(state.x[rows], axis=0).any():
        raise UndefinedScoreError("The rows taken are all alike: they have no neighbours.")
    return _state(state.x[rows], groups, state.neighbors.shape[1])


def _codes(neighbors: Int[np.ndarray, "n k"]) -> Int[np.ndarray, " nk"]:
    n = len(neighbors)
    return np.asarray((np.arange(n)[:, None] * n + neighbors.astype(np.int64)).ravel())


def _shared_counts(a: NeighborState, b: NeighborState) -> Int[np.ndarray, " n"]:
    if a.neighbors.shape != b.neighbors.shape:
        raise ValueError(f"The sides hold neighbours {a.neighbors.shape} and {b.neighbors.shape}.")
    shared = np.isin(_codes(a.neighbors), _codes(b.neighbors), assume_unique=True)
    return np.asarray(shared.reshape(a.neighbors.shape).sum(axis=1))


def _mutual(counts: Int[np.ndarray, "... n"], k: int) -> Float[np.ndarray, "..."]:
    return np.asarray(counts.mean(axis=-1) / k)


def _jaccard(counts: Int[np.ndarray, "... n"], k: int) -> Float[np.ndarray, "..."]:
    return np.asarray((counts / (2 * k - counts)).mean(axis=-1))


def compare_mutual(a: NeighborState, b: NeighborState) -> float:
    """Mean share of neighbours in common."""
    return float(_mutual(_shared_counts(a, b), a.neighbors.shape[1]))


def compare_jaccard(a: NeighborState, b: NeighborState) -> float:
    """Mean intersection over union of the neighbourhoods."""
    return float(_jaccard(_shared_counts(a, b), a.neighbors.shape[1]))


def _permuted(
    summary: Callable[[Int[np.ndarray, "... n"], int], Float[np.ndarray, "..."]],
) -> Callable[..., Float[np.ndarray, " count"]]:
    def permuted(
        a: NeighborState, b: NeighborState, permutations: Int[np.ndarray, "c n"]
    ) -> Float[np.ndarray, " c"]:
        """Compare against each row permutation of the second, by looking neighbours up."""
        n, k = a.neighbors.shape
        near = np.zeros((n, n), dtype=bool)
        np.put_along_axis(near, a.neighbors, True, axis=1)
        at, out = np.arange(n)[:, None], np.empty(len(permutations))
        for count, rows in enumerate(permutations):
            moved = np.argsort(rows)[b.neighbors[rows]]
            out[count] = summary(near[at, moved].sum(axis=1), k)
        return out

    return permuted


def compare_cknna(a: NeighborState, b: NeighborState) -> float:
    """Alignment of closeness over pairs that are neighbours on both sides."""
    _, at_a, at_b = np.intersect1d(
        _codes(a.neighbors), _codes(b.neighbors), assume_unique=True, return_indices=True
    )
    joint = a.closeness.ravel()[at_a] @ b.closeness.ravel()[at_b]
    return float(joint / (np.linalg.norm(a.closeness) * np.linalg.norm(b.closeness)))


_COMMON: dict[str, Any] = {
    "identical": 1.0,
    "closer": "higher",
    "invariances": frozenset(
        {Invariance.SCALING, Invariance.SIGN, Invariance.PERMUTATION, Invariance.ORTHOGONAL}
    ),
    "parameters": {"k": 10, "similarity": "cosine", "groups": None},
    "prepare": prepare,
    "take_rows": take_rows,
    "undersampled": "Defined at any width; hubs appear in many dimensions.",
    "needs_samples": "it needs the neighbours of every sample",
}

MUTUAL_KNN = Metric(
    key="mutual_knn",
    label="Mutual k-NN",
    definition="mean over samples of |N_k(x_i) ∩ N_k(y_i)| / k, cosine neighbours, not centred",
    reference="Huh et al., ICML 2024",
    bounds=(0.0, 1.0),
    range_note="k/(n - 1) by chance",
    misleads=TILES + " A common mean direction makes all cosines alike.",
    compare=compare_mutual,
    permuted=_permuted(_mutual),
    **_COMMON,
)

JACCARD_KNN = Metric(
    key="jaccard_knn",
    label="Jaccard k-NN",
    definition="mean over samples of |N_k(x_i) ∩ N_k(y_i)| / |N_k(x_i) ∪ N_k(y_i)|",
    reference="Klabunde et al., ACM Comput. Surv. 2025",
    bounds=(0.0, 1.0),
    misleads=TILES + " Lower than mutual_knn at the same overlap: c/(2k - c).",
    compare=compare_jaccard,
    permuted=_permuted(_jaccard),
    **_COMMON,
)

CKNNA = Metric(
    key="cknna",
    label="CKNNA",
    definition="A(K, L) / sqrt(A(K, K) A(L, L)), A the sum of (K_ij - mean_l K_il)(L_ij - mean_l "
    "L_il) over j among the k nearest of i on both sides, K and L cosines",
    reference="Huh et al., ICML 2024",
    bounds=(-1.0, 1.0),
    misleads=TILES + " The released program of the reference differs from its formula; this is "
    "the formula.",
    compare=compare_cknna,
    **_COMMON,
)
