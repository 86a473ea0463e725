"""In how many comparisons the more alike are the worse ones, and what noise gives."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from substrate.exhibits.verdict import Badge, Verdict, first_that_fits
from substrate.numerics.estimates import Estimate
from substrate.numerics.theory.parting import Parting, SeparatedPairs, separated_pairs
from substrate.wording import percent


def separated(
    alignment: Sequence[Estimate], error: Sequence[Estimate], *, closer: str = "higher"
) -> SeparatedPairs | None:
    """Count the comparisons that intervals tell; None where there are no intervals."""
    ends = [_ends(estimates) for estimates in (alignment, error)]
    units = [one.n_units for one in alignment if one.low is not None]
    if not units or not all(np.isfinite(rows).all(axis=1).any() for rows in ends):
        return None
    if closer == "lower":
        ends[0] = -ends[0][:, [0, 2, 1]]
    return separated_pairs(ends[0], ends[1], min(units) - 1)


def _ends(estimates: Sequence[Estimate]) -> np.ndarray:
    rows = [(one.value, one.low, one.high) for one in estimates]
    return np.array(rows, dtype=float).reshape(-1, 3)


def _lead(parting: Parting) -> str:
    return f"More alike is more wrong in {percent(parting.share)} of comparisons"


def exact_verdict(parting: Parting) -> Verdict | None:
    """Return the verdict on comparisons without noise: of a formula."""
    if not parting.pairs:
        return None
    lead = _lead(parting)
    if parting.wrong == 1:
        return first_that_fits(Badge.DESCRIBED, f"{lead}, a single pair")
    meaning = "similarity is not accuracy" if parting.wrong else "here similarity follows accuracy"
    return first_that_fits(Badge.DESCRIBED, f"{lead}: {meaning}")


def measured_verdict(parting: Parting, counted: SeparatedPairs | None) -> Verdict | None:
    """Return the verdict on comparisons with noise, which claims what intervals tell alone."""
    if not parting.pairs:
        return None
    lead = _lead(parting)
    if counted is None:
        return first_that_fits(Badge.NO_INTERVAL, f"{lead}; no interval")
    if counted.wrong:
        least = f"More alike is more wrong in at least {percent(counted.wrong / parting.pairs)}"
        meaning = ": similarity is not accuracy" if counted.wrong > 1 else ", a single pair"
        return first_that_fits(Badge.DESCRIBED, f"{least}{meaning}")
    if not parting.wrong and counted.right:
        return first_that_fits(Badge.DESCRIBED, f"{lead}: here similarity follows accuracy")
    return first_that_fits(Badge.UNTOLD, f"{lead}, not told from noise")


def exact_context(parting: Parting, alignments: np.ndarray, errors: np.ndarray) -> str:
    """Count the comparisons of a formula, and say how far the pair that parts most differs."""
    if not parting.pairs:
        return ""
    text = f"In {parting.wrong} of {parting.pairs} pairs the more alike err more"
    if not parting.wrong:
        return f"{text}."
    apart, wrong = (
        abs(float(np.diff(v[[parting.alike, parting.better]])[0])) for v in (alignments, errors)
    )
    return (
        f"{text}, by {apart:.2g} in agreement and {wrong:.2g} in error where they part most. "
        "No interval: the formula has no noise."
    )


def measured_context(parting: Parting, counted: SeparatedPairs | None) -> str:
    """Count the comparisons, those that noise alone would give, and those that are told."""
    if not parting.pairs:
        return ""
    text = f"In {parting.wrong} of {parting.pairs} pairs the more alike err more; noise gives half."
    if counted is None:
        return f"{text} No interval: the points have none."
    return (
        f"{text} Beyond the intervals of both, all pairs at once (95 %), they err more in "
        f"{counted.wrong} and less in {counted.right}. The share has no interval: its pairs are "
        "made of the same points."
    )
