"""What a classifier's own classes tell of the new labels: LEEP and the conditional entropy."""

import numpy as np
from jaxtyping import Float, Int, Real, Shaped
from scipy.special import softmax, xlogy

from substrate.numerics.transfer.spec import (
    Evidence,
    TransferError,
    TransferScore,
    class_codes,
    finite_features,
)


def leep(logits: Real[np.ndarray, "n z"], labels: Shaped[np.ndarray, " n"]) -> float:
    r"""Log expected empirical prediction, at most 0; 0 means the old classes decide the new ones.

    .. math:: \tfrac1n \sum_i \log \sum_z \hat P(y_i \mid z) \, \theta(x_i)_z

    where :math:`\theta` is the softmax of the logits and :math:`\hat P(y \mid z)` the share of
    label y in the probability given to z. Nguyen et al., ICML 2020. A confident classifier is
    favoured, right or wrong.
    """
    theta, codes = _soft(logits, labels)
    joint = _sums_by_class(theta, codes)
    mass = joint.sum(axis=0)
    given = joint[:, mass > 0] / mass[mass > 0]
    return float(np.log(np.einsum("iz,iz->i", given[codes], theta[:, mass > 0])).mean())


def nce(logits: Real[np.ndarray, "n z"], labels: Shaped[np.ndarray, " n"]) -> float:
    r"""Negative conditional entropy of the labels given the predicted old class, at most 0.

    .. math:: -H(Y \mid Z) = \tfrac1n \sum_i \log \hat P(y_i \mid z_i), \quad z_i = argmax

    Tran et al., ICCV 2019. With few samples per old class it is flattered: a class predicted
    once decides its label.
    """
    theta, codes = _soft(logits, labels)
    hard = np.zeros_like(theta)
    hard[np.arange(len(hard)), theta.argmax(axis=1)] = 1.0
    joint = _sums_by_class(hard, codes)
    return float((xlogy(joint, joint).sum() - xlogy(joint.sum(0), joint.sum(0)).sum()) / len(hard))


def _soft(
    logits: Real[np.ndarray, "n z"], labels: Shaped[np.ndarray, " n"]
) -> tuple[Float[np.ndarray, "n z"], Int[np.ndarray, " n"]]:
    logits = finite_features(logits, "logits")
    if logits.shape[1] < 2:
        raise TransferError(f"{logits.shape[1]} logit arrived; a classifier has at least two.")
    return softmax(logits, axis=1), class_codes(labels, len(logits))[1]


def _sums_by_class(
    values: Float[np.ndarray, "n z"], codes: Int[np.ndarray, " n"]
) -> Float[np.ndarray, "classes z"]:
    sums = np.zeros((codes.max() + 1, values.shape[1]))
    np.add.at(sums, codes, values)
    return sums


def _leep(evidence: Evidence) -> float:
    assert evidence.logits is not None and evidence.labels is not None
    return leep(evidence.logits, evidence.labels)


def _nce(evidence: Evidence) -> float:
    assert evidence.logits is not None and evidence.labels is not None
    return nce(evidence.logits, evidence.labels)


LEEP = TransferScore(
    key="leep",
    label="LEEP",
    definition="mean log Σ_z P(y|z) θ(x)_z over the classifier's own classes z",
    reference="Nguyen et al., ICML 2020",
    value_range="at most 0",
    misleads="It favours confident heads and needs one; encoders without a head have no value.",
    needs=("logits", "labels"),
    compute=_leep,
)
NCE = TransferScore(
    key="nce",
    label="NCE",
    definition="-H(Y|Z), Z the old class with the largest logit",
    reference="Tran et al., ICCV 2019",
    value_range="at most 0",
    misleads="With few samples per old class it is biased upwards.",
    needs=("logits", "labels"),
    compute=_nce,
)
