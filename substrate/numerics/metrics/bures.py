"""Bures-Wasserstein: how far the covariances are apart, in shared coordinates."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int, Real

from substrate.numerics.metrics.procrustes import (
    NEARLY_ONE,
    rotation_gap,
)
from substrate.numerics.metrics.spec import (
    Invariance,
    Metric,
    UndefinedScoreError,
)
from substrate.numerics.metrics.support.features import (
    centred,
    recentred,
)
from substrate.numerics.metrics.support.nuclear import nuclear_norm

Matrix = Float[np.ndarray, "_ _"]


@dataclass(frozen=True, eq=False)
class BuresState:
    """Centred features, and a factor F of their covariance: C = F F'."""

    x: Float[np.ndarray, "n p"]
    factor: Float[np.ndarray, "p r"]


def prepare(x: Real[np.ndarray, "n p"]) -> BuresState:
    """Factor the covariance without forming it."""
    return _state(centred(x))


def _state(x: Float[np.ndarray, "n p"]) -> BuresState:
    _, r = np.linalg.qr(x)
    return BuresState(x, r.T / np.sqrt(len(x) - 1))


def take_rows(state: BuresState, rows: Int[np.ndarray, " k"]) -> BuresState:
    """Keep these rows."""
    return _state(recentred(state.x[rows]))


def _same_coordinates(a: Any, b: Any, what: str) -> None:
    if len(a) != len(b):
        narrower = "first" if len(a) < len(b) else "second"
        raise UndefinedScoreError(
            f"{what} compares covariances in shared coordinates, but the sides have {len(a)} and "
            f"{len(b)} units. Align the {narrower} side to the other first, and use "
            "bures_cosine on the aligned features."
        )


def compare(a: BuresState, b: BuresState) -> float:
    """Distance of the covariances."""
    _same_coordinates(a.factor, b.factor, "bures")
    return _distance(a.factor, b.factor)


def _distance(f: Matrix, g: Matrix) -> float:
    total = float(np.vdot(f, f) + np.vdot(g, g))
    fidelity = nuclear_norm(f.T @ g)
    if 2 * fidelity > NEARLY_ONE * total:
        return rotation_gap(f, g)
    return float(np.sqrt(total - 2 * fidelity))


def compare_cosine(a: BuresState, b: BuresState) -> float:
    """Cosine of the angle between the covariances' square roots, best turned."""
    _same_coordinates(a.factor, b.factor, "bures_cosine")
    scale = np.linalg.norm(a.factor) * np.linalg.norm(b.factor)
    return nuclear_norm(a.factor.T @ b.factor) / float(scale)


def _root(c: Matrix) -> Matrix:
    """Factor a covariance, leaving out directions without variance."""
    values, vectors = np.linalg.eigh(c)
    kept = values > 1e-14 * values[-1]
    return vectors[:, kept] * np.sqrt(values[kept])


def distance_from_moments(xx: Matrix, xy: Matrix, yy: Matrix) -> float:
    """Distance of two covariances; their cross-covariance plays no part."""
    _same_coordinates(xx, yy, "bures")
    return _distance(_root(xx), _root(yy))


def cosine_from_moments(xx: Matrix, xy: Matrix, yy: Matrix) -> float:
    """Cosine of two covariances; their cross-covariance plays no part."""
    _same_coordinates(xx, yy, "bures_cosine")
    return nuclear_norm(_root(xx).T @ _root(yy)) / float(np.sqrt(np.trace(xx) * np.trace(yy)))


_SPREADS = "Compares spreads, not samples: shuffled rows score the same. "
_COMMON: dict[str, Any] = {
    "reference": "Bhatia, Jain & Lim, Expo. Math. 2019; Guth & Ménard, arXiv:2409.19460",
    "needs_pairing": False,
    "same_width": True,
    "prepare": prepare,
    "take_rows": take_rows,
    "undersampled": "Sampled covariances of one distribution differ: the distance is biased away "
    "from identical.",
}

BURES = Metric(
    key="bures",
    label="Bures-Wasserstein distance",
    definition="sqrt(tr Cx + tr Cy - 2 ||Cx^½ Cy^½||_*), covariances divided by n - 1",
    bounds=(0.0, np.inf),
    identical=0.0,
    closer="lower",
    is_metric=True,
    invariances=frozenset({Invariance.TRANSLATION}),
    misleads=_SPREADS
    + "Needs shared coordinates. Zero means equal covariances, not equal features.",
    compare=compare,
    from_moments=distance_from_moments,
    **_COMMON,
)

BURES_COSINE = Metric(
    key="bures_cosine",
    label="Bures-Wasserstein cosine",
    definition="||Cx^½ Cy^½||_* / sqrt(tr Cx tr Cy)",
    bounds=(0.0, 1.0),
    identical=1.0,
    closer="higher",
    invariances=frozenset({Invariance.TRANSLATION, Invariance.SCALING}),
    misleads=_SPREADS + "Needs shared coordinates; random coordinates of flat spectra score high.",
    compare=compare_cosine,
    from_moments=cosine_from_moments,
    **_COMMON,
)
