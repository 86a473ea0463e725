"""Where alignment and error part ways along the number of samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy import stats


@dataclass(frozen=True)
class Parting:
    """Of all pairs of numbers of samples, how many make the more alike students the worse ones.

    Attributes
    ----------
    share
        Of pairs that differ in both; NaN where there is none.
    alike, better
        Places of the pair that parts most: the students more alike, and those that err less.
    wrong, pairs
        How many pairs the share is of, and how many differ in both.
    """

    share: float
    alike: int
    better: int
    wrong: int = 0
    pairs: int = 0


@dataclass(frozen=True)
class SeparatedPairs:
    """How many pairs differ in both by more than noise: the more alike are worse, or better.

    ``alike`` and ``better`` are the places of the told pair that parts most, as in `Parting`; 0
    where none does.
    """

    wrong: int
    right: int
    alike: int = 0
    better: int = 0


def parting(alignment: Float[np.ndarray, " s"], error: Float[np.ndarray, " s"]) -> Parting:
    """Compare every number of samples with every other; what is not finite takes no part.

    The pair that parts most has the largest product of the differences, in alignment and in the
    logarithm of the error.
    """
    finite = np.flatnonzero(np.isfinite(alignment) & np.isfinite(error) & (error > 0))
    first, second = np.triu_indices(len(finite), 1)
    a = alignment[finite][first] - alignment[finite][second]
    e = np.log(error[finite])[first] - np.log(error[finite])[second]
    product = a * e
    differ = product != 0
    if not differ.any():
        return Parting(float("nan"), 0, 0)
    most = int(np.argmax(product))
    alike, better = _ordered(finite[[first[most], second[most]]], a[most])
    wrong, pairs = int((product > 0).sum()), int(differ.sum())
    return Parting(wrong / pairs, alike, better, wrong, pairs)


def _ordered(pair: Int[np.ndarray, " 2"], lead: float) -> tuple[int, int]:
    """Return the places of a pair, the more alike first; the first leads by ``lead``."""
    one, other = map(int, pair)
    return (one, other) if lead > 0 else (other, one)


def separated_pairs(
    alignment: Float[np.ndarray, "s 3"], error: Float[np.ndarray, "s 3"], df: int
) -> SeparatedPairs:
    """Count the pairs whose intervals overlap neither in alignment nor in error.

    Rows hold a value and the ends of its 95 % interval; these are stretched by Student's t so that
    they cover for all pairs at once (Bonferroni). What is not finite takes no part.
    """
    finite = np.flatnonzero(np.isfinite(alignment).all(axis=1) & np.isfinite(error).all(axis=1))
    first, second = np.triu_indices(len(finite), 1)
    if not len(first) or df < 1:
        return SeparatedPairs(0, 0)
    wider = float(stats.t.isf(0.025 / len(first), df) / stats.t.isf(0.025, df))
    signs = []
    for rows in (alignment[finite], error[finite]):
        value = rows[:, 0]
        low, high = (value + wider * (end - value) for end in (rows[:, 1], rows[:, 2]))
        above, below = low[first] > high[second], high[first] < low[second]
        signs.append(above.astype(int) - below.astype(int))
    product = signs[0] * signs[1]
    wrong, right = int((product > 0).sum()), int((product < 0).sum())
    if not wrong:
        return SeparatedPairs(wrong, right)
    a, e = (rows[finite, 0][first] - rows[finite, 0][second] for rows in (alignment, error))
    most = int(np.argmax(np.where(product > 0, a * e, -np.inf)))
    return SeparatedPairs(wrong, right, *_ordered(finite[[first[most], second[most]]], a[most]))
