"""Transfer scores. To add one: write its module, then name it in `TRANSFER_SCORES`."""

from substrate.transfer.consensus import CONSENSUS
from substrate.transfer.hscore import H_SCORE
from substrate.transfer.leep import LEEP, NCE
from substrate.transfer.logme_score import LOGME
from substrate.transfer.probe import UNTRAINED
from substrate.transfer.size import SIZE
from substrate.transfer.spec import Evidence, TransferError, TransferScore

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
