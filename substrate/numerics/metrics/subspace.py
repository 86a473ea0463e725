"""Leading subspaces over the same samples: their overlap, and their directions one by one."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Float, Int, Real

from substrate.numerics.metrics.spec import (
    SIMILARITY,
    Metric,
)
from substrate.numerics.metrics.support.features import (
    RANK_TOLERANCE,
    centred,
    is_permutation,
    narrowed,
    permuted_copies,
    recentred,
)

Alignment = Literal["scores", "mapped"]


@dataclass(frozen=True, eq=False)
class SubspaceState:
    """Centred features with their leading left and right singular vectors."""

    x: Float[np.ndarray, "n p"]
    left: Float[np.ndarray, "n k"]
    right: Float[np.ndarray, "k p"]
    k: int
    alignment: Alignment


def prepare(
    x: Real[np.ndarray, "n p"], *, k: int = 16, alignment: Alignment = "scores"
) -> SubspaceState:
    """Decompose; fewer than k directions are kept where the rank is lower."""
    if k < 1:
        raise ValueError(f"k is {k}, expected at least one direction.")
    if alignment not in ("scores", "mapped"):
        raise ValueError(f'alignment is {alignment!r}, expected "scores" or "mapped".')
    return _state(narrowed(centred(x)), k, alignment)


def _state(x: Float[np.ndarray, "n p"], k: int, alignment: Alignment) -> SubspaceState:
    u, s, vt = np.linalg.svd(x, full_matrices=False)
    kept = min(k, int((s > RANK_TOLERANCE * s[0]).sum()))
    return SubspaceState(x, u[:, :kept], vt[:kept], k, alignment)


def take_rows(state: SubspaceState, rows: Int[np.ndarray, " k"]) -> SubspaceState:
    """Keep these rows; a subset is decomposed anew."""
    if is_permutation(rows, len(state.x)):
        return SubspaceState(state.x[rows], state.left[rows], state.right, state.k, state.alignment)
    return _state(recentred(state.x[rows]), state.k, state.alignment)


def compare_grassmann(a: SubspaceState, b: SubspaceState) -> float:
    """Mean squared cosine of the principal angles."""
    k = min(a.left.shape[1], b.left.shape[1])
    cross = a.left[:, :k].T @ b.left[:, :k]
    return float(np.vdot(cross, cross) / k)


def permuted_grassmann(
    a: SubspaceState, b: SubspaceState, permutations: Int[np.ndarray, "c n"]
) -> Float[np.ndarray, " c"]:
    """`compare_grassmann` against each row permutation of the second."""
    k = min(a.left.shape[1], b.left.shape[1])
    cross = a.left[:, :k].T @ permuted_copies(b.left[:, :k], permutations)
    return np.asarray(np.square(cross).reshape(k, -1, k).sum(axis=(0, 2)) / k)


def compare_directions(a: SubspaceState, b: SubspaceState) -> Float[np.ndarray, "k l"]:
    """Absolute cosines, since the sign of an eigenvector is arbitrary."""
    if a.alignment == "scores":
        return np.abs(a.left.T @ b.left)
    u, _, vt = np.linalg.svd(a.x.T @ b.x, full_matrices=False)
    return np.abs((a.right @ u) @ (vt @ b.right.T))


_COMMON: dict[str, Any] = {
    "bounds": (0.0, 1.0),
    "closer": "higher",
    "invariances": SIMILARITY,
    "prepare": prepare,
    "take_rows": take_rows,
    "needs_samples": "directions are compared by their scores on the same samples",
}

GRASSMANN = Metric(
    key="grassmann",
    label="Grassmann overlap",
    definition="||U'V||² / K, U and V the K leading left singular vectors of the centred features "
    "(K falls to the rank)",
    reference="Björck & Golub, Math. Comp. 1973",
    identical=1.0,
    parameters={"k": 16},
    undersampled="About K/(n - 1) by chance.",
    misleads="All K directions count alike; a small eigengap at K makes the edge arbitrary.",
    compare=compare_grassmann,
    permuted=permuted_grassmann,
    **_COMMON,
)

EIGENVECTOR_COSINE = Metric(
    key="eigenvector_cosine",
    label="Eigenvector cosines",
    definition='|u_i · v_j| of the K leading score vectors ("scores"), or |a_i\' Q b_j| of '
    'principal directions under the orthogonal map Q fitted on the same samples ("mapped")',
    reference="Guth & Ménard, arXiv:2409.19460",
    identical=None,
    identical_note="the identity matrix",
    output="matrix",
    parameters={"k": 16, "alignment": "scores"},
    undersampled="Chance cosines are about 1/sqrt(n) for scores, and higher for mapped directions.",
    misleads="Eigenvectors of close eigenvalues mix; mapped cosines are high by chance for steep "
    "spectra, because the map was fitted to them.",
    compare=compare_directions,
    **_COMMON,
)
