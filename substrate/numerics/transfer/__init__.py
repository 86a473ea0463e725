"""Transfer scores. To add one: write its module, then name it in `TRANSFER_SCORES`."""

from substrate.numerics.transfer.consensus import CONSENSUS
from substrate.numerics.transfer.hscore import H_SCORE
from substrate.numerics.transfer.leep import (
    LEEP,
    NCE,
)
from substrate.numerics.transfer.logme_score import LOGME
from substrate.numerics.transfer.probe import UNTRAINED
from substrate.numerics.transfer.size import SIZE
from substrate.numerics.transfer.spec import (
    Evidence,
    TransferError,
    TransferScore,
)

TRANSFER_SCORES = {
    "consensus": CONSENSUS,
    "logme": LOGME,
    "hscore": H_SCORE,
    "leep": LEEP,
    "nce": NCE,
    "size": SIZE,
    "untrained": UNTRAINED,
}

__all__ = ["TRANSFER_SCORES", "Evidence", "TransferError", "TransferScore"]
