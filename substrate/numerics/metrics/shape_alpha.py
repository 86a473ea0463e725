"""The family of shape distances between CCA (alpha 0) and Procrustes (alpha 1)."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, Real

from substrate.numerics.metrics import procrustes
from substrate.numerics.metrics.spec import (
    RIGID,
    Metric,
)
from substrate.numerics.metrics.support.features import (
    RANK_TOLERANCE,
    centred,
    is_permutation,
    narrowed,
    recentred,
)


@dataclass(frozen=True, eq=False)
class ShapeState:
    """Principal scores, and their partly whitened form scaled to norm one."""

    scores: Float[np.ndarray, "n r"]
    whitened: procrustes.ProcrustesState
    alpha: float


def prepare(x: Real[np.ndarray, "n p"], *, alpha: float = 0.5) -> ShapeState:
    """Whiten in part: singular values s become alpha s + (1 - alpha)."""
    if not 0 <= alpha <= 1:
        raise ValueError(f"alpha is {alpha}, expected 0 (CCA) to 1 (Procrustes).")
    return _state(narrowed(centred(x)), alpha)


def _state(x: Float[np.ndarray, "n r"], alpha: float) -> ShapeState:
    u, s, _ = np.linalg.svd(x, full_matrices=False)
    kept = s > RANK_TOLERANCE * s[0]
    u, s = u[:, kept], s[kept]
    return ShapeState(u * s, procrustes.unit_norm(u * (alpha * s + (1 - alpha)), 1.0), alpha)


def take_rows(state: ShapeState, rows: Int[np.ndarray, " k"]) -> ShapeState:
    """Keep these rows; a subset is whitened anew."""
    if is_permutation(rows, len(state.scores)):
        whitened = procrustes.take_rows(state.whitened, rows)
        return ShapeState(state.scores[rows], whitened, state.alpha)
    return _state(recentred(state.scores[rows]), state.alpha)


def compare(a: ShapeState, b: ShapeState) -> float:
    """Angle between the partly whitened shapes."""
    return procrustes.compare_angular(a.whitened, b.whitened)


def permuted(
    a: ShapeState, b: ShapeState, permutations: Int[np.ndarray, "c n"]
) -> Float[np.ndarray, " c"]:
    """`compare` against each row permutation of the second."""
    return procrustes.permuted_angular(a.whitened, b.whitened, permutations)


SHAPE_ALPHA = Metric(
    key="shape_alpha",
    label="Shape distance, partly whitened",
    definition="arccos of ||Xᵩ'Yᵩ||_* / (||Xᵩ|| ||Yᵩ||), Xᵩ = X (α I + (1 - α) (X'X)^(-1/2)), "
    "columns centred",
    reference="Williams et al., NeurIPS 2021",
    bounds=(0.0, np.pi / 2),
    identical=0.0,
    closer="lower",
    is_metric=True,
    invariances=RIGID,
    undersampled="With α < 1 small directions are raised: unrelated features look close.",
    misleads="For 0 < α < 1 it depends on the units of measurement: α weighs s against 1.",
    parameters={"alpha": 0.5},
    prepare=prepare,
    compare=compare,
    take_rows=take_rows,
    permuted=permuted,
    needs_samples="this program whitens from the samples, where small directions keep their digits",
)
