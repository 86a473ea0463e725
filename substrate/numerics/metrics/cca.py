"""Canonical correlations: means, squared means, and their truncated and weighted forms."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int, Real

from substrate.numerics.metrics.spec import (
    EVERY,
    SIMILARITY,
    Invariance,
    Metric,
    UndefinedScoreError,
)
from substrate.numerics.metrics.support.features import (
    centred,
    is_permutation,
    narrowed,
    orthonormal_basis,
    permuted_copies,
    recentred,
)
from substrate.numerics.metrics.support.nuclear import (
    all_nuclear_norms,
    nuclear_norm,
    nuclear_norms,
)
from substrate.numerics.parallel import parallel_map

CHUNK = 10_000_000  # numbers in one batch of permuted copies
MAX_CONDITION = 1e4
Matrix = Float[np.ndarray, "_ _"]


@dataclass(frozen=True, eq=False)
class CcaState:
    """An orthonormal basis of the centred columns, and how many columns there were."""

    basis: Float[np.ndarray, "n r"]
    width: int


def prepare(x: Real[np.ndarray, "n p"]) -> CcaState:
    """Find an orthonormal basis."""
    x = centred(x)
    return CcaState(orthonormal_basis(x), x.shape[1])


def take_rows(state: CcaState, rows: Int[np.ndarray, " k"]) -> CcaState:
    """Keep these rows: their columns span what the taken features span."""
    if is_permutation(rows, len(state.basis)):
        return CcaState(state.basis[rows], state.width)
    return CcaState(orthonormal_basis(recentred(state.basis[rows])), state.width)


def _number(a: CcaState, b: CcaState) -> int:
    return min(a.width, b.width, len(a.basis) - 1)


def forced(a: Any, b: Any) -> int:
    """Count the canonical correlations that are 1 whatever the features: p + q - (n - 1) of them.

    Two subspaces of p and q dimensions in the n - 1 that centred samples leave intersect in as
    many at least.
    """
    return max(0, a.basis.shape[1] + b.basis.shape[1] - (len(a.basis) - 1))


def caveat(a: Any, b: Any) -> str:
    """Say how many correlations say nothing, if any."""
    if not (count := forced(a, b)):
        return ""
    return (
        f"{count} of {min(a.basis.shape[1], b.basis.shape[1])} canonical correlations are 1 for "
        f"any features of these widths: {a.basis.shape[1]} + {b.basis.shape[1]} directions exceed "
        f"the {len(a.basis) - 1} that {len(a.basis)} samples have."
    )


def compare_mean(a: CcaState, b: CcaState) -> float:
    """Mean canonical correlation."""
    return nuclear_norm(a.basis.T @ b.basis) / _number(a, b)


def all_mean(
    states_a: Sequence[CcaState], states_b: Sequence[CcaState]
) -> Float[np.ndarray, "a b"]:
    """`compare_mean` of all pairs."""
    first = [a.basis for a in states_a]
    norms = all_nuclear_norms(first, first if states_a is states_b else [b.basis for b in states_b])
    return norms / [[_number(a, b) for b in states_b] for a in states_a]


def compare_squared(a: CcaState, b: CcaState) -> float:
    """Mean squared canonical correlation, which needs no singular values."""
    cross = a.basis.T @ b.basis
    return float(np.vdot(cross, cross) / _number(a, b))


def _of_crosses(
    summary: Callable[[Float[np.ndarray, "c p q"]], Float[np.ndarray, " c"]],
    a: CcaState,
    b: CcaState,
    permutations: Int[np.ndarray, "c n"],
) -> Float[np.ndarray, " c"]:
    """Sum up the cross-product of the bases for each permutation, some at a time."""
    q = b.basis.shape[1]

    def part(rows: Int[np.ndarray, "c n"]) -> Float[np.ndarray, " c"]:
        cross = a.basis.T @ permuted_copies(b.basis, rows)
        return summary(cross.reshape(len(cross), -1, q).transpose(1, 0, 2))

    step = max(1, CHUNK // (len(a.basis) * q))
    starts = range(0, len(permutations), step)
    parts = parallel_map(part, [permutations[i : i + step] for i in starts])
    return np.asarray(np.concatenate(parts) / _number(a, b))


def permuted_mean(
    a: CcaState, b: CcaState, permutations: Int[np.ndarray, "c n"]
) -> Float[np.ndarray, " c"]:
    """`compare_mean` against each row permutation of the second."""
    return _of_crosses(nuclear_norms, a, b, permutations)


def permuted_squared(
    a: CcaState, b: CcaState, permutations: Int[np.ndarray, "c n"]
) -> Float[np.ndarray, " c"]:
    """`compare_squared` against each row permutation of the second."""
    return _of_crosses(lambda m: np.einsum("cpq,cpq->c", m, m), a, b, permutations)


def correlations_from_moments(xx: Matrix, xy: Matrix, yy: Matrix) -> Float[np.ndarray, " r"]:
    """Canonical correlations from covariances of full rank and condition below 1e4."""
    halves = []
    for side, c in (("first", xx), ("second", yy)):
        values, vectors = np.linalg.eigh(c)
        if not values[0] * MAX_CONDITION > values[-1]:
            raise UndefinedScoreError(
                f"The covariance of the {side} side has condition number above {MAX_CONDITION:g} "
                "or is rank-deficient: canonical correlations then need the samples."
            )
        halves.append(vectors / np.sqrt(values))
    return np.linalg.svd(halves[0].T @ xy @ halves[1], compute_uv=False)


def mean_from_moments(xx: Matrix, xy: Matrix, yy: Matrix) -> float:
    """Mean canonical correlation from moments."""
    return float(correlations_from_moments(xx, xy, yy).mean())


def squared_from_moments(xx: Matrix, xy: Matrix, yy: Matrix) -> float:
    """Mean squared canonical correlation from moments."""
    return float(np.square(correlations_from_moments(xx, xy, yy)).mean())


@dataclass(frozen=True, eq=False)
class TruncatedState:
    """Centred features, and the left singular vectors that hold the variance to be kept."""

    x: Float[np.ndarray, "n p"]
    basis: Float[np.ndarray, "n r"]
    variance: float


def prepare_truncated(x: Real[np.ndarray, "n p"], *, variance: float = 0.99) -> TruncatedState:
    """Keep the fewest principal components that hold this share of the variance."""
    if not 0 < variance <= 1:
        raise ValueError(f"variance is {variance}, expected a share in (0, 1].")
    return _truncated(narrowed(centred(x)), variance)


def _truncated(x: Float[np.ndarray, "n p"], variance: float) -> TruncatedState:
    u, s, _ = np.linalg.svd(x, full_matrices=False)
    held = np.cumsum(s * s) / np.sum(s * s)
    kept = 1 + int(np.searchsorted(held, variance - 1e-12))
    return TruncatedState(x, u[:, :kept], variance)


def take_truncated(state: TruncatedState, rows: Int[np.ndarray, " k"]) -> TruncatedState:
    """Keep these rows; a subset chooses its components anew."""
    if is_permutation(rows, len(state.x)):
        return TruncatedState(state.x[rows], state.basis[rows], state.variance)
    return _truncated(recentred(state.x[rows]), state.variance)


def compare_truncated(a: TruncatedState, b: TruncatedState) -> float:
    """Mean canonical correlation of the kept components."""
    return float(np.linalg.svd(a.basis.T @ b.basis, compute_uv=False).mean())


@dataclass(frozen=True, eq=False)
class WeightedState:
    """An orthonormal basis of the centred features and their coordinates in it."""

    basis: Float[np.ndarray, "n r"]
    coordinates: Float[np.ndarray, "r p"]


def prepare_weighted(x: Real[np.ndarray, "n p"]) -> WeightedState:
    """Find an orthonormal basis and keep the units' coordinates in it."""
    return _weighted(centred(x))


def _weighted(x: Float[np.ndarray, "n p"]) -> WeightedState:
    basis = orthonormal_basis(x)
    return WeightedState(basis, basis.T @ x)


def take_weighted(state: WeightedState, rows: Int[np.ndarray, " k"]) -> WeightedState:
    """Keep these rows."""
    if is_permutation(rows, len(state.basis)):
        return WeightedState(state.basis[rows], state.coordinates)
    return _weighted(recentred(state.basis[rows] @ state.coordinates))


def compare_weighted(a: WeightedState, b: WeightedState) -> float:
    """Canonical correlations weighted by how much of the first side each variate carries.

    Raises
    ------
    UndefinedScoreError
        Where p + q > n: two correlations or more are then 1 by necessity, and their variates may
        be turned among themselves, which changes their weights.
    """
    if forced(a, b) > 1:
        raise UndefinedScoreError(
            f"PWCCA is not identified here: {caveat(a, b)} Their variates, and so the weights, are "
            "arbitrary. Add samples, or compare narrower layers."
        )
    u, s, _ = np.linalg.svd(a.basis.T @ b.basis, full_matrices=False)
    weights = np.abs(u.T @ a.coordinates).sum(axis=1)
    return float(weights @ s / weights.sum())


_COMMON: dict[str, Any] = {
    "identical": 1.0,
    "closer": "higher",
    "caveat": caveat,
    "bounds": (0.0, 1.0),
    "undersampled": "p + q - (n - 1) of the correlations are 1 whatever the features; all of them "
    "are once both sides have n - 1 units.",
    "misleads": "Directions of tiny variance count as much as the leading ones.",
}

MEAN_CCA = Metric(
    key="mean_cca",
    label="CCA, mean",
    definition="(1/m) Σ ρ_k, m = min(p, q, n - 1), ρ the canonical correlations; rank deficiency "
    "counts as correlation 0",
    reference="Hotelling, Biometrika 1936; Raghu et al., NeurIPS 2017",
    invariances=EVERY,
    prepare=prepare,
    compare=compare_mean,
    all_pairs=all_mean,
    take_rows=take_rows,
    permuted=permuted_mean,
    from_moments=mean_from_moments,
    **_COMMON,
)

R2_CCA = Metric(
    key="r2_cca",
    label="CCA, mean square",
    definition="(1/m) Σ ρ_k², m = min(p, q, n - 1), ρ the canonical correlations; rank deficiency "
    "counts as correlation 0",
    reference="Kornblith et al., ICML 2019",
    invariances=EVERY,
    prepare=prepare,
    compare=compare_squared,
    take_rows=take_rows,
    permuted=permuted_squared,
    from_moments=squared_from_moments,
    **_COMMON,
)

SVCCA = Metric(
    key="svcca",
    label="SVCCA",
    definition="mean canonical correlation of the fewest principal components that hold 99 % of "
    "each side's variance, over the smaller number of them",
    reference="Raghu et al., NeurIPS 2017",
    invariances=SIMILARITY,
    parameters={"variance": 0.99},
    prepare=prepare_truncated,
    compare=compare_truncated,
    take_rows=take_truncated,
    needs_samples="the components of each side are cut before they are correlated, which this "
    "program does on samples only",
    **{**_COMMON, "misleads": "The number kept jumps with n and with the spectrum's tail."},
)

PWCCA = Metric(
    key="pwcca",
    label="PWCCA",
    definition="Σ α_k ρ_k / Σ α_k, α_k = Σ_j |<h_k, x_j>|, h_k the canonical variates of x",
    reference="Morcos et al., NeurIPS 2018",
    symmetric=False,
    invariances=EVERY,
    first_invariances=frozenset(
        {
            Invariance.TRANSLATION,
            Invariance.SCALING,
            Invariance.SIGN,
            Invariance.PERMUTATION,
        }
    ),
    prepare=prepare_weighted,
    compare=compare_weighted,
    take_rows=take_weighted,
    needs_samples="its weights are sums over units of absolute projections of the samples",
    **{
        **_COMMON,
        "undersampled": "No value where p + q > n: the variates are then not identified.",
        "misleads": "Asymmetric: the weights come from the side that is named first.",
    },
)
