"""Does agreement grow with size or skill? Rank correlation over a panel, and one given another."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
from jaxtyping import Float, Int, Shaped
from scipy import stats

from substrate.numerics.estimates import Estimate
from substrate.numerics.intervals import encoder_jackknife
from substrate.numerics.scales import CORRELATION

#: Encoders below which no order of them is rare: of four, the rarest comes up twice in 24.
LEAST_ORDERS = 5
#: Encoders below which one order given another is bound to be perfect.
LEAST_GIVEN = 4
#: Encoders of which all orders are counted (40,320), and orders that are drawn of more.
COUNTED, DRAWN = 8, 9999
#: A correlation this close to one has no error to be read off by leaving encoders out.
PERFECT = 1e-9


class TrendError(ValueError):
    """A rank correlation that has no value; the message says why."""


@dataclass(frozen=True)
class OrderTest:
    """How often shuffled encoders are as far from 0, of so many orders; all of them if `exact`."""

    p: float
    orders: int
    exact: bool


def others_mean(
    similarity: Float[np.ndarray, "e e"], recipes: Shaped[np.ndarray, " e"]
) -> Float[np.ndarray, " e"]:
    """Mean similarity of each encoder to those of other recipes, both ways; NaN without any.

    In the units of the similarity. Copies of one recipe would agree for that alone.
    """
    both = (similarity + similarity.T) / 2
    other = recipes[:, None] != recipes[None]
    counted = other & np.isfinite(both)
    total = np.where(counted, both, 0.0).sum(axis=1)
    number = counted.sum(axis=1)
    return np.where(number > 0, total / np.maximum(number, 1), np.nan)


def spearman(x: Float[np.ndarray, " e"], y: Float[np.ndarray, " e"]) -> float:
    """Spearman's rank correlation, in [-1, 1]; ties share the mean of their ranks.

    Raises
    ------
    TrendError
        If all values of one side are equal.
    """
    return _correlation(_ranks(x), _ranks(y))


def partial_spearman(
    x: Float[np.ndarray, " e"], y: Float[np.ndarray, " e"], given: Float[np.ndarray, " e"]
) -> float:
    r"""Rank correlation of x and y given a third, in [-1, 1].

    .. math:: \frac{r_{xy} - r_{xg} r_{yg}}{\sqrt{(1 - r_{xg}^2)(1 - r_{yg}^2)}}

    with r Spearman's (Kendall & Stuart, The Advanced Theory of Statistics 2, 27.3).

    Raises
    ------
    TrendError
        If the third orders the encoders as x or y does, or if all values of one are equal.
    """
    if len(x) < LEAST_GIVEN:
        raise TrendError(
            f"{_having(len(x))} all three values: of three, one given another is always ±1."
        )
    with_x, with_y = spearman(x, given), spearman(y, given)
    left = (1 - with_x**2) * (1 - with_y**2)
    if left < PERFECT:
        raise TrendError("What is held fixed orders the encoders in the same way: nothing is left.")
    value = (spearman(x, y) - with_x * with_y) / math.sqrt(left)
    return float(np.clip(value, -1.0, 1.0))


def order_test(
    x: Float[np.ndarray, " e"], y: Float[np.ndarray, " e"], *, seed: int
) -> OrderTest | None:
    """Two-sided test of a rank correlation: encoders change places, in all orders up to eight.

    The observed order counts among those drawn. None below five encoders, where no order is rarer
    than 5 %.
    """
    e = len(x)
    if e < LEAST_ORDERS:
        return None
    first, second = _centred(_ranks(x)), _centred(_ranks(y))
    observed = abs(float(first @ second))
    near = observed * (1 - 1e-9)
    if e <= COUNTED:
        every = np.array(list(permutations(range(e))))
        reached = np.abs(second[every] @ first) >= near
        return OrderTest(float(reached.mean()), len(every), exact=True)
    rng = np.random.default_rng(seed)
    drawn = np.array([abs(float(first @ rng.permutation(second))) for _ in range(DRAWN)])
    return OrderTest((1 + int((drawn >= near).sum())) / (1 + DRAWN), DRAWN, exact=False)


def trend(
    similarity: Float[np.ndarray, "e e"],
    x: Float[np.ndarray, " e"],
    recipes: Sequence[str],
    given: Float[np.ndarray, " e"] | None = None,
) -> Estimate:
    """Rank correlation of mean similarity to the others with x, given a third where there is one.

    Encoders are left out by recipe, from what the others are compared with as well (t on Fisher's
    arctanh); below eight recipes there is no interval. Encoders whose x (or third) is NaN take part
    in what the others are compared with alone.

    Raises
    ------
    TrendError
        If fewer than three encoders have all values, or all values of one are equal.
    """
    finite = np.isfinite(x) if given is None else np.isfinite(x) & np.isfinite(given)
    names = np.asarray(recipes)
    able = np.flatnonzero(finite & np.isfinite(others_mean(similarity, names)))

    def statistic(kept: Int[np.ndarray, " k"]) -> float:
        gone = np.setdiff1d(able, able[kept])
        rows = np.setdiff1d(np.arange(len(x)), gone)
        mean = np.full(len(x), np.nan)
        mean[rows] = others_mean(similarity[np.ix_(rows, rows)], names[rows])
        at = able[kept]
        if given is None:
            return spearman(x[at], mean[at])
        return partial_spearman(x[at], mean[at], given[at])

    value = statistic(np.arange(len(able)))
    try:
        jackknife = encoder_jackknife(
            statistic, len(able), recipes=names[able].tolist(), scale=CORRELATION
        )
    except TrendError as error:
        reason = f"No interval: without one of the encoders there is no value. {error}"
        return Estimate(value, reason=reason, unit="encoders", n_units=len(able))
    if jackknife.low is not None and abs(jackknife.value) > 1 - PERFECT:
        return Estimate(
            jackknife.value,
            reason="No interval: the order is the same whichever is left out.",
            unit=jackknife.unit,
            n_units=jackknife.n_units,
        )
    return jackknife


def _ranks(values: Float[np.ndarray, " e"]) -> Float[np.ndarray, " e"]:
    if len(values) < 3:
        raise TrendError(f"{_having(len(values))} a value: a rank correlation needs three.")
    if np.ptp(values) == 0:
        raise TrendError("All encoders have the same value: there is no order to compare.")
    return np.asarray(stats.rankdata(values), dtype=np.float64)


def _having(count: int) -> str:
    return f"{count or 'No'} encoder{' has' if count < 2 else 's have'}"


def _centred(values: Float[np.ndarray, " e"]) -> Float[np.ndarray, " e"]:
    return np.asarray(values - values.mean())


def _correlation(x: Float[np.ndarray, " e"], y: Float[np.ndarray, " e"]) -> float:
    a, b = _centred(x), _centred(y)
    return float(np.clip(a @ b / math.sqrt(float(a @ a) * float(b @ b)), -1.0, 1.0))
