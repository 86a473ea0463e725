"""The ranking that looks at no image: the larger the encoder, the better."""

import numpy as np

from substrate.numerics.transfer.spec import (
    Evidence,
    TransferError,
    TransferScore,
)


def size_score(parameters: int) -> float:
    """Decimal logarithm of the number of weights; only its order matters.

    Singh, Hess and Vanschoren (arXiv:2510.06448) found that this ranks encoders better (weighted
    tau .91) than LogME (.57) on a common benchmark, so every score is held against it.
    """
    if parameters < 1:
        raise TransferError(f"the encoder has {parameters} weights; the count must be positive.")
    return float(np.log10(parameters))


def _score(evidence: Evidence) -> float:
    assert evidence.parameters is not None
    return size_score(evidence.parameters)


SIZE = TransferScore(
    key="size",
    label="Size",
    definition="log10 of the number of weights; no image and no label is looked at",
    reference="Singh, Hess & Vanschoren 2025, arXiv:2510.06448",
    value_range="positive",
    misleads="It gives one ranking for all domains; encoders of one size are tied.",
    needs=("parameters",),
    compute=_score,
)
