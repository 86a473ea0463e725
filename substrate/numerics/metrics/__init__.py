"""Similarity metrics. To add one: write its module, then name it in `METRICS`."""

from typing import Any

import numpy as np
from jaxtyping import Float

from substrate.numerics.metrics.bures import (
    BURES,
    BURES_COSINE,
)
from substrate.numerics.metrics.cca import (
    MEAN_CCA,
    PWCCA,
    R2_CCA,
    SVCCA,
)
from substrate.numerics.metrics.cka import (
    DEBIASED_CKA,
    LINEAR_CKA,
    debiased_cka,
    linear_cka,
)
from substrate.numerics.metrics.distance_correlation import DISTANCE_CORRELATION
from substrate.numerics.metrics.imbalance import INFORMATION_IMBALANCE
from substrate.numerics.metrics.kernel_cka import RBF_CKA
from substrate.numerics.metrics.matching import (
    CORRELATION_MATCH,
    PERMUTATION_PROCRUSTES,
    SOFT_MATCH,
)
from substrate.numerics.metrics.neighbors import (
    CKNNA,
    JACCARD_KNN,
    MUTUAL_KNN,
)
from substrate.numerics.metrics.predictivity import LINEAR_PREDICTIVITY
from substrate.numerics.metrics.procrustes import (
    NUCLEAR_SIMILARITY,
    PROCRUSTES_ANGULAR,
    PROCRUSTES_NORMALISED,
    PROCRUSTES_SIZE_AND_SHAPE,
)
from substrate.numerics.metrics.rsa import (
    RSA_CORRELATION_PEARSON,
    RSA_CORRELATION_SPEARMAN,
    RSA_EUCLIDEAN_SPEARMAN,
)
from substrate.numerics.metrics.shape_alpha import SHAPE_ALPHA
from substrate.numerics.metrics.spec import (
    FeaturesError,
    Invariance,
    Metric,
    UndefinedScoreError,
)
from substrate.numerics.metrics.subspace import (
    EIGENVECTOR_COSINE,
    GRASSMANN,
)
from substrate.numerics.metrics.support.features import require_same_samples

METRICS: dict[str, Metric] = {
    "linear_cka": LINEAR_CKA,
    "debiased_cka": DEBIASED_CKA,
    "rbf_cka": RBF_CKA,
    "mean_cca": MEAN_CCA,
    "r2_cca": R2_CCA,
    "svcca": SVCCA,
    "pwcca": PWCCA,
    "procrustes_angular": PROCRUSTES_ANGULAR,
    "procrustes_normalised": PROCRUSTES_NORMALISED,
    "procrustes_size_and_shape": PROCRUSTES_SIZE_AND_SHAPE,
    "nuclear_similarity": NUCLEAR_SIMILARITY,
    "shape_alpha": SHAPE_ALPHA,
    "bures": BURES,
    "bures_cosine": BURES_COSINE,
    "rsa_correlation_spearman": RSA_CORRELATION_SPEARMAN,
    "rsa_euclidean_spearman": RSA_EUCLIDEAN_SPEARMAN,
    "rsa_correlation_pearson": RSA_CORRELATION_PEARSON,
    "mutual_knn": MUTUAL_KNN,
    "jaccard_knn": JACCARD_KNN,
    "cknna": CKNNA,
    "information_imbalance": INFORMATION_IMBALANCE,
    "linear_predictivity": LINEAR_PREDICTIVITY,
    "correlation_match": CORRELATION_MATCH,
    "soft_match": SOFT_MATCH,
    "permutation_procrustes": PERMUTATION_PROCRUSTES,
    "grassmann": GRASSMANN,
    "eigenvector_cosine": EIGENVECTOR_COSINE,
    "distance_correlation": DISTANCE_CORRELATION,
}


def score(key: str, x: Float[np.ndarray, "n p"], y: Float[np.ndarray, "n q"], **params: Any) -> Any:
    """Score two representations of the same samples by the metric of this key, x first.

    For scripts and notebooks; the laws of all metrics are tested through it.
    """
    if key not in METRICS:
        raise KeyError(f"No metric is called {key!r}. There are: {', '.join(METRICS)}.")
    require_same_samples(x, y)
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
