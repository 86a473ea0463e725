"""Distance correlation: zero only for independent representations, in the limit."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, Real

from substrate.metrics.features import (
    centred,
    double_centred,
    is_permutation,
    permuted_products,
    squared_distances,
)
from substrate.metrics.spec import SIMILARITY, Metric, UndefinedScoreError


@dataclass(frozen=True, eq=False)
class DistanceState:
    """Doubly centred distances, scaled to Frobenius norm one."""

    distances: Float[np.ndarray, "n n"]


def prepare(x: Real[np.ndarray, "n p"]) -> DistanceState:
    """Measure all distances."""
    return _state(np.sqrt(squared_distances(centred(x))))


def _state(distances: Float[np.ndarray, "n n"]) -> DistanceState:
    both = double_centred(distances)
    norm = np.linalg.norm(both)
    if not norm > 0:
        raise UndefinedScoreError("The rows taken are all alike: they have no distances.")
    return DistanceState(both / norm)


def take(state: DistanceState, rows: Int[np.ndarray, " k"]) -> DistanceState:
    """Keep these rows: centring a subset anew undoes the centring of the whole."""
    distances = state.distances[np.ix_(rows, rows)]
    return (
        DistanceState(distances)
        if is_permutation(rows, len(state.distances))
        else _state(distances)
    )


def compare(a: DistanceState, b: DistanceState) -> float:
    """Root of the normalised distance covariance."""
    return float(np.sqrt(np.vdot(a.distances, b.distances)))


def permuted(
    a: DistanceState, b: DistanceState, permutations: Int[np.ndarray, "c n"]
) -> Float[np.ndarray, " c"]:
    """`compare` against each row permutation of the second."""
    return np.sqrt(permuted_products(a.distances, b.distances, permutations))


DISTANCE_CORRELATION = Metric(
    key="distance_correlation",
    label="Distance correlation",
    definition="sqrt(dCov²(X, Y) / sqrt(dVar²(X) dVar²(Y))), V-statistics of Euclidean distances",
    reference="Székely, Rizzo & Bakirov, Ann. Stat. 2007",
    bounds=(0.0, 1.0),
    identical=1.0,
    closer="higher",
    invariances=SIMILARITY,
    undersampled="Rises towards 1 with the widths at fixed n, also for unrelated features.",
    misleads="Biased upwards, strongly for small n: never read it without its null.",
    prepare=prepare,
    compare=compare,
    take=take,
    permuted=permuted,
    needs_samples="it needs the distance of every pair of samples",
)
