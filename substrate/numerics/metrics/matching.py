"""Unit by unit: the best partners, one to one or freely, and Procrustes over permutations."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int, Real
from scipy.optimize import linear_sum_assignment

from substrate.numerics.metrics.spec import (
    Invariance,
    Metric,
)
from substrate.numerics.metrics.support.features import (
    centred,
    recentred,
    standardised,
)

_PERMUTED = "this program matches units on samples, whose permutation makes its null"


@dataclass(frozen=True, eq=False)
class UnitState:
    """Centred units: of length one for correlations, as they are for Procrustes."""

    x: Float[np.ndarray, "n p"]
    unit_length: bool


def prepare_correlations(x: Real[np.ndarray, "n p"]) -> UnitState:
    """Centre every unit and scale it to length one."""
    return UnitState(standardised(x), True)


def prepare_centred(x: Real[np.ndarray, "n p"]) -> UnitState:
    """Centre every unit and leave its scale."""
    return UnitState(centred(x), False)


def take_rows(state: UnitState, rows: Int[np.ndarray, " k"]) -> UnitState:
    """Keep these rows, centred (and scaled) anew."""
    x = state.x[rows]
    return UnitState(standardised(x) if state.unit_length else recentred(x), state.unit_length)


def compare_one_to_one(a: UnitState, b: UnitState) -> float:
    """Mean correlation of the best assignment."""
    correlations = a.x.T @ b.x
    return float(correlations[linear_sum_assignment(correlations, maximize=True)].mean())


def compare_best(a: UnitState, b: UnitState) -> float:
    """Mean over units of the first side of their best correlation with any of the second."""
    return float((a.x.T @ b.x).max(axis=1).mean())


def compare_permutations(a: UnitState, b: UnitState) -> float:
    """Distance left after the best permutation of units; the narrower side is padded with zeros."""
    rows, columns = linear_sum_assignment(a.x.T @ b.x, maximize=True)
    unmatched = np.vdot(a.x, a.x) - np.vdot(a.x[:, rows], a.x[:, rows])
    if a.x.shape[1] <= b.x.shape[1]:
        left = np.delete(b.x, columns, axis=1)
        unmatched = np.vdot(left, left)
    matched = a.x[:, rows] - b.x[:, columns]
    return float(np.sqrt(np.vdot(matched, matched) + unmatched))


_UNITS = frozenset(
    {
        Invariance.TRANSLATION,
        Invariance.SCALING,
        Invariance.UNIT_SCALING,
        Invariance.PERMUTATION,
    }
)
_COMMON: dict[str, Any] = {
    "take_rows": take_rows,
    "undersampled": "Defined at any width; the best of many chance correlations grows as n falls.",
}

CORRELATION_MATCH = Metric(
    key="correlation_match",
    label="One-to-one correlation",
    definition="mean Pearson correlation (signed) over the assignment of min(p, q) pairs of units "
    "that maximises it",
    reference="Li et al., ICLR 2016",
    bounds=(-1.0, 1.0),
    identical=1.0,
    closer="higher",
    invariances=_UNITS,
    misleads="Above 0 for unrelated units: it takes the best. Blind to a shared rotated code.",
    prepare=prepare_correlations,
    compare=compare_one_to_one,
    needs_samples=_PERMUTED,
    **_COMMON,
)

SOFT_MATCH = Metric(
    key="soft_match",
    label="Best-partner correlation",
    definition="mean over units of the first side of the largest Pearson correlation (signed, unit "
    "variance) with any unit of the second; partners may repeat",
    reference="Li et al., ICLR 2016 (semi-matching)",
    bounds=(-1.0, 1.0),
    identical=1.0,
    closer="higher",
    symmetric=False,
    invariances=_UNITS,
    misleads="Above 0 for unrelated units; a wide second side raises it. Not the optimal-transport "
    "distance of the same name.",
    prepare=prepare_correlations,
    compare=compare_best,
    needs_samples=_PERMUTED,
    **_COMMON,
)

PERMUTATION_PROCRUSTES = Metric(
    key="permutation_procrustes",
    label="Procrustes over permutations",
    definition="min over permutations P of ||X - Y P||, units centred and not scaled, the narrower "
    "side padded with zero units",
    reference="Williams et al., NeurIPS 2021; Ainsworth et al., ICLR 2023",
    bounds=(0.0, np.inf),
    identical=0.0,
    closer="lower",
    is_metric=True,
    invariances=frozenset({Invariance.TRANSLATION, Invariance.PERMUTATION}),
    misleads="In the units of the features and growing with n: compare only at equal n and scale.",
    prepare=prepare_centred,
    compare=compare_permutations,
    needs_samples=_PERMUTED,
    **_COMMON,
)
