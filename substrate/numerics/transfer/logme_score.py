"""LogME as a transfer score: the maximum evidence of a linear model of the labels."""

from substrate.numerics.transfer.spec import (
    Evidence,
    TransferScore,
    class_codes,
    finite_features,
)


def _score(evidence: Evidence) -> float:
    from substrate.numerics.transfer.logme import logme

    assert evidence.labels is not None
    features = finite_features(evidence.features, "features")
    _, codes = class_codes(evidence.labels, len(features))
    return float(logme(features, codes))


LOGME = TransferScore(
    key="logme",
    label="LogME",
    definition="mean over classes of the maximum log evidence of a linear model, per sample",
    reference="You et al., ICML 2021",
    value_range="real",
    misleads="Its scale depends on the number of classes: compare encoders, not domains.",
    needs=("features", "labels"),
    compute=_score,
)
