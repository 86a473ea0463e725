"""Where alignment and error part ways along the number of samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float


@dataclass(frozen=True)
class Parting:
    """Of all pairs of numbers of samples, how many make the more alike students the worse ones.

    Attributes
    ----------
    share
        Of pairs that differ in both; NaN where there is none.
    alike, better
        Places of the pair that parts most: the students more alike, and those that err less.
    """

    share: float
    alike: int
    better: int


def parting(alignment: Float[np.ndarray, " s"], error: Float[np.ndarray, " s"]) -> Parting:
    """Compare every number of samples with every other; what is not finite takes no part.

    The pair that parts most has the largest product of the differences, in alignment and in the
    logarithm of the error.
    """
    known = np.flatnonzero(np.isfinite(alignment) & np.isfinite(error) & (error > 0))
    first, second = np.triu_indices(len(known), 1)
    a = alignment[known][first] - alignment[known][second]
    e = np.log(error[known])[first] - np.log(error[known])[second]
    product = a * e
    differ = product != 0
    if not differ.any():
        return Parting(float("nan"), 0, 0)
    most = int(np.argmax(product))
    one, other = int(known[first[most]]), int(known[second[most]])
    alike, better = (one, other) if a[most] > 0 else (other, one)
    return Parting(float((product[differ] > 0).mean()), alike, better)
