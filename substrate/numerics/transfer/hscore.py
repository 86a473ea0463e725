"""H-score with a shrunk covariance: how far classes lie apart, against how far samples spread."""

import numpy as np
from jaxtyping import Float, Real, Shaped

from substrate.numerics.spectra import centred
from substrate.numerics.transfer.spec import (
    Evidence,
    TransferError,
    TransferScore,
    class_codes,
    finite_features,
)


def h_score(features: Real[np.ndarray, "n d"], labels: Shaped[np.ndarray, " n"]) -> float:
    r"""Regularised H-score, from 0 to at most classes - 1; higher means better separated classes.

    .. math:: (1 - \lambda) \, tr(\hat\Sigma_\lambda^{-1} \hat\Sigma_z), \quad
        \hat\Sigma_\lambda = (1 - \lambda) \hat\Sigma + \lambda (tr \hat\Sigma / d) I

    with the covariance of the class means :math:`\hat\Sigma_z` and Ledoit and Wolf's
    :math:`\lambda`. Bao et al., ICIP 2019; the shrunk form: Ibrahim et al., ECML 2022. It sees
    means alone: classes that differ in spread, or lie around one another, count as equal.
    """
    x = centred(finite_features(features, "features"))
    classes, codes = class_codes(labels, len(x))
    n, d = x.shape
    left, singular, _ = np.linalg.svd(x, full_matrices=False)
    variances = singular**2 / n
    total = float(variances.sum())
    if total == 0:
        raise TransferError("all features are constant; without variance there is no H-score.")
    shrinkage = ledoit_wolf(variances, np.einsum("ij,ij->i", x, x), d)
    counts = np.bincount(codes)
    sums = np.zeros((len(classes), left.shape[1]))
    np.add.at(sums, codes, left)
    # Class means live in the span of the samples, so the directions without variance drop out.
    between = np.square(sums / np.sqrt(counts)[:, None]).sum(axis=0) * variances
    spread = (1 - shrinkage) * variances + shrinkage * total / d
    return float((1 - shrinkage) * (between[spread > 0] / spread[spread > 0]).sum())


def ledoit_wolf(
    variances: Float[np.ndarray, " r"], row_norms: Float[np.ndarray, " n"], d: int
) -> float:
    """Ledoit and Wolf's shrinkage towards a multiple of the identity, in [0, 1].

    From the nonzero eigenvalues of the covariance (divided by n), the squared norms of the
    centred samples and the number of features. J. Multivariate Analysis 88, 2004.
    """
    n = len(row_norms)
    squares = float(np.square(variances).sum())
    distance = squares - float(variances.sum()) ** 2 / d
    noise = (float(np.square(row_norms).mean()) - squares) / n
    return 1.0 if distance <= noise else noise / distance


def _score(evidence: Evidence) -> float:
    assert evidence.labels is not None
    return h_score(evidence.features, evidence.labels)


H_SCORE = TransferScore(
    key="hscore",
    label="H-score",
    definition="(1 - λ) tr(Σ_λ⁻¹ Σ_z), Σ_z the covariance of the class means, Σ_λ shrunk",
    reference="Bao et al., ICIP 2019; Ibrahim et al., ECML PKDD 2022",
    value_range="0 to classes - 1",
    misleads="It sees class means alone, and grows with the number of classes.",
    needs=("features", "labels"),
    compute=_score,
)
