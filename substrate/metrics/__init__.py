"""Similarity metrics. To add one: write its module, then name it in `METRICS`."""

from typing import Any

import numpy as np
from jaxtyping import Float

from substrate.metrics.cka import DEBIASED_CKA, LINEAR_CKA, debiased_cka, linear_cka
from substrate.metrics.procrustes import (
    NUCLEAR_SIMILARITY,
    PROCRUSTES_ANGULAR,
    PROCRUSTES_NORMALISED,
    PROCRUSTES_SIZE_AND_SHAPE,
)
from substrate.metrics.spec import FeaturesError, Invariance, Metric, UndefinedScoreError

METRICS: dict[str, Metric] = {
    "linear_cka": LINEAR_CKA,
    "debiased_cka": DEBIASED_CKA,
    "procrustes_angular": PROCRUSTES_ANGULAR,
    "procrustes_normalised": PROCRUSTES_NORMALISED,
    "procrustes_size_and_shape": PROCRUSTES_SIZE_AND_SHAPE,
    "nuclear_similarity": NUCLEAR_SIMILARITY,
}


def score(key: str, x: Float[np.ndarray, "n p"], y: Float[np.ndarray, "n q"], **params: Any) -> Any:
    """Score two representations of the same samples by the metric of this key, x first."""
    if key not in METRICS:
        raise KeyError(f"No metric is called {key!r}. There are: {', '.join(METRICS)}.")
    if len(x) != len(y):
        raise FeaturesError(
            f"The two sides hold {len(x)} and {len(y)} samples: only features of the same "
            "samples, in the same order, can be compared."
        )
    return METRICS[key].score(x, y, **params)


__all__ = [
    "METRICS",
    "FeaturesError",
    "Invariance",
    "Metric",
    "UndefinedScoreError",
    "debiased_cka",
    "linear_cka",
    "score",
]
