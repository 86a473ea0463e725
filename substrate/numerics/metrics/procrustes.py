"""Orthogonal Procrustes: how far two representations stay apart after the best rotation."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int, Real

from substrate.numerics.metrics.spec import (
    RIGID,
    SIMILARITY,
    Metric,
    UndefinedScoreError,
)
from substrate.numerics.metrics.support.features import (
    centred,
    is_permutation,
    narrowed,
    permuted_copies,
    recentred,
)
from substrate.numerics.metrics.support.nuclear import (
    all_nuclear_norms,
    nuclear_norm,
    nuclear_norms,
)
from substrate.numerics.parallel import parallel_map

NEARLY_ONE = 0.99  # above it, 1 - s has lost digits: the gap is measured from the residual
CHUNK = 10_000_000  # numbers in one batch of permuted copies
Similarities = Float[np.ndarray, "a b"]


@dataclass(frozen=True, eq=False)
class ProcrustesState:
    """Centred features scaled to Frobenius norm one, at most n wide, and the norm they had."""

    x: Float[np.ndarray, "n r"]
    norm: float


def prepare(x: Real[np.ndarray, "n p"]) -> ProcrustesState:
    """Centre, rotate into at most n units, scale to norm one."""
    return unit_norm(narrowed(centred(x)), 1.0)


def unit_norm(x: Float[np.ndarray, "n r"], norm: float) -> ProcrustesState:
    """Scale to Frobenius norm one, in place; `norm` is the scale that x was given in."""
    own = float(np.linalg.norm(x))
    x /= own
    return ProcrustesState(x, norm * own)


def take_rows(state: ProcrustesState, rows: Int[np.ndarray, " k"]) -> ProcrustesState:
    """Keep these rows, centred and scaled anew unless they are all there."""
    if is_permutation(rows, len(state.x)):
        return ProcrustesState(state.x[rows], state.norm)
    return unit_norm(narrowed(recentred(state.x[rows])), state.norm)


def rotation_gap(a: Float[np.ndarray, "n p"], b: Float[np.ndarray, "n q"]) -> float:
    """Frobenius norm of what is left of `a - b Q` for the best rotation Q, without cancellation."""
    wide, narrow = (a, b) if a.shape[1] >= b.shape[1] else (b, a)
    u, _, vt = np.linalg.svd(narrow.T @ wide, full_matrices=False)
    return float(np.linalg.norm(wide - narrow @ (u @ vt)))


def compare_nuclear(a: ProcrustesState, b: ProcrustesState) -> float:
    """Nuclear norm of the cross-product of the normalised features."""
    return nuclear_norm(a.x.T @ b.x)


def compare_normalised(a: ProcrustesState, b: ProcrustesState) -> float:
    """Chord: sqrt(2 - 2 s), taken from the residual where s is close to one."""
    s = compare_nuclear(a, b)
    return rotation_gap(a.x, b.x) if s > NEARLY_ONE else float(np.sqrt(2 - 2 * s))


def compare_angular(a: ProcrustesState, b: ProcrustesState) -> float:
    """Angle: arccos s, taken from the residual where s is close to one."""
    s = compare_nuclear(a, b)
    return (
        2 * float(np.arcsin(rotation_gap(a.x, b.x) / 2)) if s > NEARLY_ONE else float(np.arccos(s))
    )


def compare_size_and_shape(a: ProcrustesState, b: ProcrustesState) -> float:
    """Distance of the centred, unscaled features after the best rotation."""
    s = compare_nuclear(a, b)
    if s > NEARLY_ONE:
        return rotation_gap(a.norm * a.x, b.norm * b.x)
    return float(np.sqrt(a.norm**2 + b.norm**2 - 2 * a.norm * b.norm * s))


def permuted_nuclear(
    a: ProcrustesState, b: ProcrustesState, permutations: Int[np.ndarray, "c n"]
) -> Float[np.ndarray, " c"]:
    """`compare_nuclear` against each row permutation of the second."""
    q = b.x.shape[1]

    def norms(rows: Int[np.ndarray, "c n"]) -> Float[np.ndarray, " c"]:
        cross = a.x.T @ permuted_copies(b.x, rows)
        return nuclear_norms(cross.reshape(len(cross), -1, q).transpose(1, 0, 2))

    step = max(1, CHUNK // (len(a.x) * q))
    starts = range(0, len(permutations), step)
    return np.concatenate(parallel_map(norms, [permutations[i : i + step] for i in starts]))


def all_nuclear(
    states_a: Sequence[ProcrustesState], states_b: Sequence[ProcrustesState]
) -> Similarities:
    """`compare_nuclear` of all pairs."""
    first = [a.x for a in states_a]
    return all_nuclear_norms(first, first if states_a is states_b else [b.x for b in states_b])


def _all_distances(
    compare: Callable[[ProcrustesState, ProcrustesState], float],
    of_similarity: Callable[[Similarities], Similarities],
) -> Callable[[Sequence[ProcrustesState], Sequence[ProcrustesState]], Similarities]:
    """All pairs at once; those that nearly coincide go through `compare`."""

    def all_pairs(
        states_a: Sequence[ProcrustesState], states_b: Sequence[ProcrustesState]
    ) -> Similarities:
        s = all_nuclear(states_a, states_b)
        close = s > NEARLY_ONE
        out = np.zeros_like(s)
        out[~close] = of_similarity(s[~close])
        itself = np.eye(len(s), dtype=bool) if states_a is states_b else np.zeros_like(close)
        pairs = np.argwhere(close & ~itself)
        out[close & ~itself] = parallel_map(
            lambda ij: compare(states_a[ij[0]], states_b[ij[1]]), pairs
        )
        return out

    return all_pairs


def _permuted_distance(
    compare: Callable[[ProcrustesState, ProcrustesState], float],
    of_similarity: Callable[[Float[np.ndarray, " c"]], Float[np.ndarray, " c"]],
) -> Callable[[ProcrustesState, ProcrustesState, Int[np.ndarray, "c n"]], Float[np.ndarray, " c"]]:
    """Many permutations at once; those that nearly coincide go through `compare`."""

    def permuted(
        a: ProcrustesState, b: ProcrustesState, permutations: Int[np.ndarray, "c n"]
    ) -> Float[np.ndarray, " c"]:
        s = permuted_nuclear(a, b, permutations)
        close = s > NEARLY_ONE
        out = np.empty_like(s)
        out[~close] = of_similarity(s[~close])
        out[close] = [compare(a, take_rows(b, rows)) for rows in permutations[close]]
        return out

    return permuted


permuted_angular = _permuted_distance(compare_angular, np.arccos)
permuted_normalised = _permuted_distance(compare_normalised, lambda s: np.sqrt(2 - 2 * s))
all_angular = _all_distances(compare_angular, np.arccos)
all_normalised = _all_distances(compare_normalised, lambda s: np.sqrt(2 - 2 * s))


def nuclear_from_moments(
    xx: Float[np.ndarray, "p p"], xy: Float[np.ndarray, "p q"], yy: Float[np.ndarray, "q q"]
) -> float:
    """Nuclear norm of the cross-covariance over the root of the product of total variances."""
    return nuclear_norm(xy) / float(np.sqrt(np.trace(xx) * np.trace(yy)))


def angular_from_moments(
    xx: Float[np.ndarray, "p p"], xy: Float[np.ndarray, "p q"], yy: Float[np.ndarray, "q q"]
) -> float:
    """Angle from moments."""
    return 2 * float(np.arcsin(normalised_from_moments(xx, xy, yy) / 2))


def normalised_from_moments(
    xx: Float[np.ndarray, "p p"], xy: Float[np.ndarray, "p q"], yy: Float[np.ndarray, "q q"]
) -> float:
    """Chord from moments: the residual's own covariance where the two are close."""
    p, q = float(np.trace(xx)), float(np.trace(yy))
    return residual_from_moments(xx / p, xy / np.sqrt(p * q), yy / q)


def size_and_shape_from_moments(
    xx: Float[np.ndarray, "p p"], xy: Float[np.ndarray, "p q"], yy: Float[np.ndarray, "q q"], n: int
) -> float:
    """Distance from moments: covariances divide by n - 1, this distance does not."""
    return float(np.sqrt(n - 1)) * residual_from_moments(xx, xy, yy)


def residual_from_moments(
    xx: Float[np.ndarray, "p p"], xy: Float[np.ndarray, "p q"], yy: Float[np.ndarray, "q q"]
) -> float:
    """Root of the total variance left after the best rotation of the narrower side."""
    if xy.shape[0] < xy.shape[1]:
        xx, xy, yy = yy, xy.T, xx
    u, s, vt = np.linalg.svd(xy, full_matrices=False)
    total = np.trace(xx) + np.trace(yy)
    left = total - 2 * s.sum()
    if left < 1e-6 * total:
        q = vt.T @ u.T
        cross = xy @ q
        left = np.trace(xx - cross - cross.T + q.T @ yy @ q)
    if left < 0:
        raise UndefinedScoreError(
            "The two are equal to the precision of their moments: take their distance from samples."
        )
    return float(np.sqrt(left))


_COMMON: dict[str, Any] = {
    "reference": "Williams et al., NeurIPS 2021; Ding et al., NeurIPS 2021",
    "undersampled": "Every rotation fits better as the widths grow past n: unrelated features "
    "then look close.",
    "misleads": "Follows the directions of largest variance; unrelated features of steep spectrum "
    "score well. Read it beside its null.",
    "prepare": prepare,
    "take_rows": take_rows,
}

NUCLEAR_SIMILARITY = Metric(
    key="nuclear_similarity",
    label="Nuclear-norm similarity",
    definition="s = ||X'Y||_* / (||X|| ||Y||), columns centred",
    bounds=(0.0, 1.0),
    identical=1.0,
    closer="higher",
    invariances=SIMILARITY,
    compare=compare_nuclear,
    all_pairs=all_nuclear,
    permuted=permuted_nuclear,
    from_moments=nuclear_from_moments,
    **_COMMON,
)

PROCRUSTES_ANGULAR = Metric(
    key="procrustes_angular",
    label="Procrustes, angle",
    definition="arccos s, s = ||X'Y||_* / (||X|| ||Y||), columns centred",
    bounds=(0.0, np.pi / 2),
    identical=0.0,
    closer="lower",
    is_metric=True,
    invariances=SIMILARITY,
    compare=compare_angular,
    all_pairs=all_angular,
    permuted=permuted_angular,
    from_moments=angular_from_moments,
    **_COMMON,
)

PROCRUSTES_NORMALISED = Metric(
    key="procrustes_normalised",
    label="Procrustes, normalised",
    definition="sqrt(2 - 2 s), s = ||X'Y||_* / (||X|| ||Y||), columns centred",
    bounds=(0.0, np.sqrt(2.0)),
    identical=0.0,
    closer="lower",
    is_metric=True,
    invariances=SIMILARITY,
    compare=compare_normalised,
    all_pairs=all_normalised,
    permuted=permuted_normalised,
    from_moments=normalised_from_moments,
    **_COMMON,
)

PROCRUSTES_SIZE_AND_SHAPE = Metric(
    key="procrustes_size_and_shape",
    label="Procrustes, size and shape",
    definition="sqrt(||X||² + ||Y||² - 2 ||X'Y||_*), columns centred, not scaled",
    bounds=(0.0, np.inf),
    identical=0.0,
    closer="lower",
    is_metric=True,
    invariances=RIGID,
    compare=compare_size_and_shape,
    from_moments=size_and_shape_from_moments,
    **_COMMON,
)
