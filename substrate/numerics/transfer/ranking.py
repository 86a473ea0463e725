"""How well a score orders encoders, and the two-step ranking that saves most of its cost."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
from jaxtyping import Float, Int, Real
from scipy import stats

from substrate.numerics.estimates import Estimate
from substrate.numerics.nulls import encoder_jackknife
from substrate.numerics.scales import CORRELATION
from substrate.numerics.transfer.spec import TransferError


@dataclass(frozen=True, eq=False)
class RankAgreement:
    """Rank correlations of a score with the accuracies it predicts, with intervals.

    Over about a dozen encoders they are nearly blind: a true tau of .3 shows up anywhere from
    -.10 to .64. Below eight encoders there is no interval, and the value alone says little.
    """

    kendall: Estimate
    weighted: Estimate


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
    scores: Real[np.ndarray, " e"],
    accuracies: Real[np.ndarray, " e"],
    *,
    recipes: Sequence[str] | None = None,
) -> RankAgreement:
    """Both rank correlations; the intervals leave out one encoder at a time.

    Encoders of one of the `recipes` are copies of each other and are left out together.
    """
    scores, accuracies = _both(scores, accuracies)

    lone = [_lone(values) for values in (scores, accuracies)]
    return RankAgreement(
        *(
            _over(statistic, scores, accuracies, any(lone), recipes)
            for statistic in (kendall, weighted_kendall)
        )
    )


def _over(
    statistic: Callable[..., float],
    scores: Float[np.ndarray, " e"],
    accuracies: Float[np.ndarray, " e"],
    lone: bool,
    recipes: Sequence[str] | None,
) -> Estimate:
    if lone:
        reason = "No interval: without one encoder all others are tied."
        value = statistic(scores, accuracies)
        return Estimate(value, reason=reason, unit="encoders", n_units=len(scores))
    return encoder_jackknife(
        lambda kept: statistic(scores[kept], accuracies[kept]),
        len(scores),
        recipes=recipes,
        scale=CORRELATION,
    )


def _lone(values: Float[np.ndarray, " e"]) -> bool:
    """Tell whether all values but one are equal."""
    _, counts = np.unique(values, return_counts=True)
    return len(counts) == 2 and int(counts.min()) == 1


@dataclass(frozen=True)
class ChanceBand:
    """What shuffled encoders give: the middle 95 % of both rank correlations."""

    kendall: tuple[float, float]
    weighted: tuple[float, float]
    shuffles: int


def chance_band(
    scores: Real[np.ndarray, " e"],
    accuracies: Real[np.ndarray, " e"],
    *,
    seed: int,
    shuffles: int = 1000,
) -> ChanceBand:
    """Hand each encoder another's accuracy, in every order where these are few, else at random."""
    scores, accuracies = _both(scores, accuracies)
    e = len(scores)
    if math.factorial(min(e, 20)) <= shuffles:
        orders = np.array(list(permutations(range(e))))
    else:
        rng = np.random.default_rng(seed)
        orders = np.array([rng.permutation(e) for _ in range(shuffles)])
    x, y = _signs(scores), _signs(accuracies)
    first, second = _weights(scores), _weights(accuracies)
    here, there = np.empty((2, len(orders)))
    for i, order in enumerate(orders):
        moved = np.ix_(order, order)
        here[i] = _tau(x, y[moved], np.ones_like(first))
        both = (_tau(x, y[moved], first), _tau(x, y[moved], second[moved]))
        there[i] = sum(both) / 2
    return ChanceBand(_middle(here), _middle(there), len(orders))


def _signs(values: Float[np.ndarray, " e"]) -> Float[np.ndarray, "e e"]:
    return np.sign(values[:, None] - values[None])


def _weights(values: Float[np.ndarray, " e"]) -> Float[np.ndarray, "e e"]:
    """Vigna's hyperbolic weight of every pair, the largest value ranked 0."""
    worth = 1 / (1 + np.argsort(np.argsort(-values, kind="stable")))
    return np.asarray(worth[:, None] + worth[None])


def _tau(
    x: Float[np.ndarray, "e e"], y: Float[np.ndarray, "e e"], weights: Float[np.ndarray, "e e"]
) -> float:
    norms = np.vdot(weights, np.square(x)) * np.vdot(weights, np.square(y))
    return float(np.vdot(weights, x * y) / np.sqrt(norms))


def _middle(values: Float[np.ndarray, " m"]) -> tuple[float, float]:
    low, high = np.quantile(values, [0.025, 0.975], method="inverted_cdf")
    return float(low), float(high)


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
