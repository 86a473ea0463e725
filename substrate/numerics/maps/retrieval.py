"""Finding the same image in another encoder, and telling whether two images are of one class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Real, Shaped
from sklearn.metrics import roc_curve


class RetrievalError(ValueError):
    """Rows among which nothing can be found; the message says why."""


def similarities(
    queries: Real[np.ndarray, "m q"], candidates: Real[np.ndarray, "n q"]
) -> Float[np.ndarray, "m n"]:
    """Return the cosine of each query with each candidate; 0 where either is nothing."""
    return _unit_rows(queries) @ _unit_rows(candidates).T


def hits(
    scores: Float[np.ndarray, "n n"], groups: Shaped[np.ndarray, " n"], top: int
) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, " n"]]:
    """Say for each row whether its partner is among the ``top`` candidates, and its chance.

    Candidates of the row's own group are left out except for the partner itself: another tile of
    the same photograph is neither right nor wrong. Among candidates of equal score each order is
    as likely, so a row may be a hit in part, and constant scores give chance exactly.

    Parameters
    ----------
    scores
        Similarity of each row's prediction (rows) with each sample (columns); partners stand on
        the diagonal.
    top
        How many of the most similar candidates count.
    """
    if len(scores) < 2:
        raise RetrievalError(f"{len(scores)} sample to find: give at least two.")
    candidate = groups[:, None] != groups
    own = np.diag(scores)[:, None]
    better = (candidate & (scores > own)).sum(axis=1)
    equal = (candidate & (scores == own)).sum(axis=1)
    rates = np.clip((top - better) / (equal + 1), 0.0, 1.0)
    chance = np.minimum(1.0, top / (candidate.sum(axis=1) + 1))
    return rates, chance


@dataclass(frozen=True, eq=False)
class Verification:
    """How well a similarity tells pairs of one class from pairs of two.

    ``false_accepted`` and ``accepted`` are the ROC: shares of pairs of two classes and of one
    that pass as the threshold falls. ``equal_error`` is the rate at which both errors are equal,
    .5 for chance; ``same`` and ``different`` count the pairs.
    """

    false_accepted: Float[np.ndarray, " t"]
    accepted: Float[np.ndarray, " t"]
    equal_error: float
    same: int
    different: int


def verification(
    scores: Float[np.ndarray, "n n"],
    labels: Shaped[np.ndarray, " n"],
    groups: Shaped[np.ndarray, " n"],
) -> Verification:
    """Take each row's prediction against all samples of other groups: of its class or not?

    Raises
    ------
    RetrievalError
        If pairs of one class, or of two, are lacking.
    """
    apart = groups[:, None] != groups
    same = (labels[:, None] == labels)[apart]
    if same.all() or not same.any():
        raise RetrievalError(
            "Verification needs pairs of one class and of two, of different groups."
        )
    false_accepted, accepted, _ = roc_curve(same, scores[apart])
    error = equal_error(false_accepted, accepted)
    return Verification(false_accepted, accepted, error, int(same.sum()), int((~same).sum()))


def equal_error(
    false_accepted: Float[np.ndarray, " t"], accepted: Float[np.ndarray, " t"]
) -> float:
    """Return the error at which as many pairs of one class are refused as of two are accepted.

    Between two points of the curve the straight line between them counts.
    """
    gap = false_accepted - (1 - accepted)  # rises from -1 to 1
    after = int(np.argmax(gap >= 0))
    if after == 0:
        return float(false_accepted[0])
    low, high = gap[after - 1], gap[after]
    share = -low / (high - low)
    step = false_accepted[after] - false_accepted[after - 1]
    return float(false_accepted[after - 1] + share * step)


def _unit_rows(x: Real[np.ndarray, "n q"]) -> Float[np.ndarray, "n q"]:
    x = np.asarray(x, dtype=np.float64)
    norms = np.linalg.norm(x, axis=1, keepdims=True)
    return np.divide(x, norms, out=np.zeros_like(x), where=norms > 0)
