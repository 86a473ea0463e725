"""How well a score orders encoders, and the two-step ranking that saves most of its cost."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, Real
from scipy import stats

from substrate.nulls import Interval, encoder_jackknife
from substrate.transfer.spec import TransferError


@dataclass(frozen=True, eq=False)
class RankAgreement:
    """Rank correlations of a score with the accuracies it predicts, with intervals.

    Over about a dozen encoders they are nearly blind: a true tau of .3 shows up anywhere from
    -.10 to .64. Below eight encoders there is no interval, and the value alone says little.
    """

    kendall: Interval
    weighted: Interval


def kendall(scores: Real[np.ndarray, " e"], accuracies: Real[np.ndarray, " e"]) -> float:
    """Kendall's tau-b, in [-1, 1]: concordant less discordant pairs, corrected for ties."""
    scores, accuracies = _both(scores, accuracies)
    return float(stats.kendalltau(scores, accuracies).statistic)


def weighted_kendall(scores: Real[np.ndarray, " e"], accuracies: Real[np.ndarray, " e"]) -> float:
    """Kendall's tau with hyperbolic weights, in [-1, 1]: the best encoders count most.

    Vigna, WWW 2015: a pair weighs 1/(r + 1) + 1/(s + 1), for ranks r and s from 0; averaged over
    ranking by the score and by the accuracy.
    """
    scores, accuracies = _both(scores, accuracies)
    return float(stats.weightedtau(scores, accuracies).statistic)


def rank_agreement(
    scores: Real[np.ndarray, " e"], accuracies: Real[np.ndarray, " e"]
) -> RankAgreement:
    """Both rank correlations; the intervals leave out one encoder at a time."""
    scores, accuracies = _both(scores, accuracies)

    lone = [_lone(values) for values in (scores, accuracies)]
    return RankAgreement(
        *(
            _over(statistic, scores, accuracies, any(lone))
            for statistic in (kendall, weighted_kendall)
        )
    )


def _over(
    statistic: Callable[..., float],
    scores: Float[np.ndarray, " e"],
    accuracies: Float[np.ndarray, " e"],
    lone: bool,
) -> Interval:
    if lone:
        reason = "No interval: without one encoder all others are tied."
        value = statistic(scores, accuracies)
        return Interval(value, None, None, None, 0, "encoders", len(scores), reason)
    return encoder_jackknife(lambda kept: statistic(scores[kept], accuracies[kept]), len(scores))


def _lone(values: Float[np.ndarray, " e"]) -> bool:
    """Tell whether all values but one are equal."""
    _, counts = np.unique(values, return_counts=True)
    return len(counts) == 2 and int(counts.min()) == 1


def hybrid_ranking(
    first: Real[np.ndarray, " e"],
    second: Callable[[int], float],
    *,
    keep: float = 0.25,
) -> tuple[Float[np.ndarray, " e"], Int[np.ndarray, " kept"]]:
    """Keep the best share by a cheap score, order those by a dear one.

    Returns a score whose order is the final ranking (the number of encoders ranked below), and
    which encoders were kept. `second` is called for these alone; the others stand behind them in
    the order of the first score. At least one is kept. Radwan 2026 keeps a quarter, then LogME.
    """
    first = _finite(first, "scores")
    if not 0 < keep <= 1:
        raise TransferError(f"keep is {keep}; give a share above 0, at most 1.")
    order = np.argsort(-first, kind="stable")
    count = int(np.ceil(keep * len(first)))
    kept = order[:count]
    dear = _finite(np.array([second(int(e)) for e in kept]), "second scores")
    final = np.concatenate([kept[np.argsort(-dear, kind="stable")], order[count:]])
    ranked = np.empty(len(first))
    ranked[final] = np.arange(len(first))[::-1]
    return ranked, np.sort(kept)


def _both(
    scores: Real[np.ndarray, " e"], accuracies: Real[np.ndarray, " e"]
) -> tuple[Float[np.ndarray, " e"], Float[np.ndarray, " e"]]:
    scores, accuracies = _finite(scores, "scores"), _finite(accuracies, "accuracies")
    if len(scores) != len(accuracies):
        raise TransferError(
            f"{len(scores)} scores arrived for {len(accuracies)} accuracies; give one per encoder."
        )
    for name, values in (("scores", scores), ("accuracies", accuracies)):
        if len(values) < 2 or np.ptp(values) == 0:
            raise TransferError(
                f"all {len(values)} {name} are {values[0] if len(values) else 'missing'}: "
                "a rank correlation needs two different values."
            )
    return scores, accuracies


def _finite(values: Real[np.ndarray, " e"], what: str) -> Float[np.ndarray, " e"]:
    values = np.asarray(values, dtype=np.float64)
    if not np.isfinite(values).all():
        wrong = int(np.count_nonzero(~np.isfinite(values)))
        raise TransferError(f"{wrong} of {len(values)} {what} are not finite; leave those out.")
    return values
