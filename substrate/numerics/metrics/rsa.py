"""Representational similarity analysis: do the same pairs of samples lie far apart?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int, Real

from substrate.numerics.grouping import (
    Codes,
    Groups,
    apart,
    group_codes,
    keep_groups,
    require_same_groups,
    taken_codes,
)
from substrate.numerics.metrics.spec import (
    SIMILARITY,
    Invariance,
    Metric,
    UndefinedScoreError,
)
from substrate.numerics.metrics.support.features import (
    centred,
    checked,
    is_permutation,
    permuted_products,
    squared_distances,
)

Matrix = Float[np.ndarray, "n n"]


@dataclass(frozen=True, eq=False)
class RsaState:
    """Dissimilarities of all pairs, and those of different groups as a vector of length one.

    The pattern runs along the upper triangle, row by row, without the pairs that are left out.
    """

    dissimilarities: Matrix
    pattern: Float[np.ndarray, " m"]
    ranked: bool
    codes: Codes | None


def correlation_dissimilarities(x: Real[np.ndarray, "n p"]) -> Matrix:
    """One minus the Pearson correlation of two samples over units."""
    x = checked(x)
    centred(x)
    if x.shape[1] < 2:
        raise UndefinedScoreError("One unit has no correlation over units: use rsa_euclidean.")
    flat = np.flatnonzero(np.ptp(x, axis=1) == 0)
    if flat.size:
        raise UndefinedScoreError(
            f"Sample {flat[0]} has one value in all its {x.shape[1]} units, and so no correlation "
            "with any other. Leave it out, or use rsa_euclidean_spearman."
        )
    x = x - x.mean(axis=1, keepdims=True)
    x -= x.mean(axis=1, keepdims=True)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    out = x @ x.T
    return np.subtract(1.0, out, out=out)


def euclidean_dissimilarities(x: Real[np.ndarray, "n p"]) -> Matrix:
    """Squared Euclidean distance of two samples."""
    return squared_distances(centred(x))


def upper_triangle(square: Matrix, codes: Codes | None = None) -> Float[np.ndarray, " m"]:
    """Entries right of the diagonal, row by row, of pairs of different groups."""
    return square[_counted(codes, len(square))]


def _counted(codes: Codes | None, n: int) -> Bool[np.ndarray, "n n"]:
    right = ~np.tri(n, dtype=bool)
    return right if codes is None else right & apart(codes, n)


def ranks(values: Float[np.ndarray, " m"]) -> Float[np.ndarray, " m"]:
    """Ranks from 1; values that agree in their first 37 binary digits tie and share their mean.

    Three stable passes over sixteen bits each, as the bits of numbers from zero up sort like the
    numbers; this is faster than sorting them by comparison.
    """
    bits = (values - values.min()).view(np.uint64)
    order = np.argsort((bits >> np.uint64(15)).astype(np.uint16), kind="stable")
    for shift in (31, 47):
        digits = (bits >> np.uint64(shift)).astype(np.uint16)
        order = order[np.argsort(digits[order], kind="stable")]
    ordered = bits[order] >> np.uint64(15)
    rises = ordered[1:] != ordered[:-1]
    out = np.empty_like(values)
    if rises.all():
        out[order] = np.arange(1.0, values.size + 1)
    else:
        edges = np.flatnonzero(np.concatenate(([True], rises, [True])))
        out[order] = np.repeat((edges[:-1] + edges[1:] + 1) / 2, np.diff(edges))
    return out


def _state(dissimilarities: Matrix, ranked: bool, codes: Codes | None) -> RsaState:
    pattern = upper_triangle(dissimilarities, codes)
    pattern = ranks(pattern) if ranked else pattern
    pattern -= pattern.mean()
    length = np.linalg.norm(pattern)
    if not length > 1e-12 * len(pattern):
        raise UndefinedScoreError("All pairs of samples are equally far apart: nothing to compare.")
    pattern /= length
    return RsaState(dissimilarities, pattern, ranked, codes)


def _prepare(
    dissimilarities: Callable[[Real[np.ndarray, "n p"]], Matrix], ranked: bool
) -> Callable[..., RsaState]:
    def prepare(x: Real[np.ndarray, "n p"], *, groups: Groups | None = None) -> RsaState:
        """Measure all pairs of samples; those of one group are left out."""
        codes = group_codes(groups)
        return _state(dissimilarities(x), ranked, codes)

    return prepare


def _square(state: RsaState) -> Matrix:
    """Lay the pattern out as a symmetric matrix, 0 where a pair is left out."""
    n = len(state.dissimilarities)
    out = np.zeros((n, n))
    out[_counted(state.codes, n)] = state.pattern
    return out + out.T


def take_rows(state: RsaState, rows: Int[np.ndarray, " k"]) -> RsaState:
    """Keep these rows; a subset is ranked anew."""
    square, codes = np.ix_(rows, rows), taken_codes(state.codes, rows)
    if is_permutation(rows, len(state.dissimilarities)):
        pattern = upper_triangle(_square(state)[square], codes)
        return RsaState(state.dissimilarities[square], pattern, state.ranked, codes)
    return _state(state.dissimilarities[square], state.ranked, codes)


def compare(a: RsaState, b: RsaState) -> float:
    """Correlation of the two patterns."""
    require_same_groups(a.codes, b.codes)
    return float(a.pattern @ b.pattern)


def all_pairs(
    states_a: Sequence[RsaState], states_b: Sequence[RsaState]
) -> Float[np.ndarray, "a b"]:
    """Correlations of all pairs of patterns as one matrix product."""
    for state in (*states_a, *states_b):
        require_same_groups(states_a[0].codes, state.codes)
    first = np.stack([a.pattern for a in states_a])
    second = first if states_a is states_b else np.stack([b.pattern for b in states_b])
    return np.asarray(first @ second.T)


def permuted(
    a: RsaState, b: RsaState, permutations: Int[np.ndarray, "c n"]
) -> Float[np.ndarray, " c"]:
    """`compare` against each row permutation of the second."""
    if not keep_groups(b.codes, permutations):
        return np.array([compare(a, take_rows(b, rows)) for rows in permutations])
    require_same_groups(a.codes, b.codes)
    return permuted_products(_square(a), _square(b), permutations) / 2


_COMMON: dict[str, Any] = {
    "reference": "Kriegeskorte, Mur & Bandettini, Front. Syst. Neurosci. 2008",
    "bounds": (-1.0, 1.0),
    "identical": 1.0,
    "closer": "higher",
    "compare": compare,
    "take_rows": take_rows,
    "all_pairs": all_pairs,
    "permuted": permuted,
    "parameters": {"groups": None},
    "undersampled": "Defined at any width; pairs share samples, so its n is that of samples.",
    "needs_samples": "it needs the dissimilarity of every pair of samples",
}
_PEARSON = frozenset({Invariance.SCALING, Invariance.PERMUTATION})
_UNCENTRED = (
    "Depends on the mean activation pattern, which all samples share: a large one flattens "
)

RSA_CORRELATION_SPEARMAN = Metric(
    key="rsa_correlation_spearman",
    label="RSA, correlation, Spearman",
    definition="Spearman correlation of 1 - Pearson over units, over pairs of samples of "
    "different groups",
    invariances=_PEARSON,
    misleads=_UNCENTRED + "all dissimilarities. Two clusters alone give a high value.",
    prepare=_prepare(correlation_dissimilarities, True),
    **_COMMON,
)

RSA_CORRELATION_PEARSON = Metric(
    key="rsa_correlation_pearson",
    label="RSA, correlation, Pearson",
    definition="Pearson correlation of 1 - Pearson over units, over pairs of samples of "
    "different groups",
    invariances=_PEARSON,
    misleads=_UNCENTRED + "all dissimilarities. A few far samples can rule the value.",
    prepare=_prepare(correlation_dissimilarities, False),
    **_COMMON,
)

RSA_EUCLIDEAN_SPEARMAN = Metric(
    key="rsa_euclidean_spearman",
    label="RSA, Euclidean, Spearman",
    definition="Spearman correlation of squared Euclidean distances, over pairs of samples "
    "of different groups",
    invariances=SIMILARITY,
    misleads="Samples of large norm are far from everything on both sides, which alone correlates.",
    prepare=_prepare(euclidean_dissimilarities, True),
    **_COMMON,
)
