"""Centred kernel alignment with a Gaussian kernel."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, Real

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
class KernelState:
    """Squared distances, and their centred kernel matrix of Frobenius norm one."""

    distances: Float[np.ndarray, "n n"]
    kernel: Float[np.ndarray, "n n"]
    factor: float


def prepare(x: Real[np.ndarray, "n p"], *, factor: float = 1.0) -> KernelState:
    """Bandwidth: `factor` times the median distance of different samples."""
    if not factor > 0:
        raise ValueError(f"factor is {factor}, expected a positive number.")
    return _state(squared_distances(centred(x)), factor)


def _state(distances: Float[np.ndarray, "n n"], factor: float) -> KernelState:
    median = np.median(np.sqrt(distances[np.triu_indices(len(distances), 1)]))
    if not median > 0:
        raise UndefinedScoreError(
            "Half of all pairs of samples coincide, so the median distance is 0: "
            "leave duplicates out."
        )
    kernel = double_centred(np.exp(-distances / (2 * (factor * median) ** 2)))
    return KernelState(distances, kernel / np.linalg.norm(kernel), factor)


def take_rows(state: KernelState, rows: Int[np.ndarray, " k"]) -> KernelState:
    """Keep these rows; a subset gets its own bandwidth."""
    square = np.ix_(rows, rows)
    if is_permutation(rows, len(state.kernel)):
        return KernelState(state.distances[square], state.kernel[square], state.factor)
    return _state(state.distances[square], state.factor)


def compare(a: KernelState, b: KernelState) -> float:
    """Inner product of the normalised kernels."""
    return float(np.vdot(a.kernel, b.kernel))


def permuted(
    a: KernelState, b: KernelState, permutations: Int[np.ndarray, "c n"]
) -> Float[np.ndarray, " c"]:
    """`compare` against each row permutation of the second."""
    return permuted_products(a.kernel, b.kernel, permutations)


RBF_CKA = Metric(
    key="rbf_cka",
    label="CKA, Gaussian kernel (biased)",
    definition="<HKH, HLH> / (||HKH|| ||HLH||), K = exp(-d² / (2 (factor · median d)²))",
    reference="Kornblith et al., ICML 2019",
    bounds=(0.0, 1.0),
    identical=1.0,
    closer="higher",
    invariances=SIMILARITY,
    undersampled="Distances grow alike in many dimensions: the kernels flatten and the score rises "
    "towards 1.",
    misleads="Biased upwards like linear_cka; a small factor sees only near neighbours.",
    parameters={"factor": 1.0},
    prepare=prepare,
    compare=compare,
    take_rows=take_rows,
    permuted=permuted,
    needs_samples="a Gaussian kernel needs the distance of every pair of samples",
)
