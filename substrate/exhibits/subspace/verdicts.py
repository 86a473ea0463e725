"""Verdicts on the panel's directions between domains."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from substrate.analyses.shared.samples import Sizes
from substrate.analyses.subspace.comparison import ControlledMatrix
from substrate.analyses.subspace.dimension_sweep import Sweep
from substrate.analyses.subspace.leave_out import LeaveOut
from substrate.analyses.subspace.sample_size import NCurve
from substrate.analyses.subspace.spans import Spans
from substrate.exhibits.verdict import (
    Badge,
    Outcome,
    Verdict,
    against_draws,
    against_level,
    against_zero,
    compared,
    first_that_fits,
    name,
)
from substrate.wording import number


def of_matrix(result: ControlledMatrix) -> Verdict | None:
    """Return the verdict on the median between domains beside shuffled and untrained panels."""
    low, high = result.median_bounds or (None, None)
    draws: Sequence[float] = ()
    if result.untrained is not None:
        medians = result.untrained.control.medians(debiased=result.debiased)
        draws = [float(median) for median in medians]
    gain = result.difference
    twins = None if gain is None or gain.low is None else against_zero(gain.low, gain.high)
    return _between(
        result.median, low, high, _shuffled(result), draws, result.matrices.sizes, twins
    )


def beside_twins(result: ControlledMatrix) -> Verdict | None:
    """Return whether untrained panels score higher or lower, under the badge of `of_matrix`.

    By the tested difference that the page states; where there is none, what `of_matrix` says.
    """
    said = of_matrix(result)
    if said is None or result.untrained is None:
        return said
    gain = result.difference
    if gain is None or gain.low is None or any(size.within for size in result.matrices.sizes):
        return said
    if gain.low <= 0 <= gain.high:
        text = (
            f"the published measure, {number(result.median)}, cannot be told from untrained twins'"
        )
        return first_that_fits(said.badge, text)
    word = "higher" if gain.value < 0 else "lower"
    text = f"untrained twins score {word} on the published measure, by {number(abs(gain.value))}"
    return first_that_fits(said.badge, text)


def _shuffled(result: ControlledMatrix) -> np.ndarray:
    flat = {c.key: c.flat(debiased=result.debiased) for c in result.all_controls()}
    return flat.get("shuffled", np.array([]))


def _between(
    value: float,
    low: float | None,
    high: float | None,
    shuffled: np.ndarray,
    draws: Sequence[float],
    sizes: Sequence[Sizes],
    outcome: Outcome | None = None,
) -> Verdict | None:
    """Compare with both nulls; ``outcome`` is what a difference from twins says by its interval."""
    few = any(size.within for size in sizes)
    finite = shuffled[np.isfinite(shuffled)]
    level = float(finite.max()) if finite.size else None
    shuffling = Outcome.FEW if few else against_level(low, level)
    twins = Outcome.FEW if few else outcome or against_draws(low, high, draws)
    return compared("Agreement between domains", value, shuffling, twins)


def of_spans(result: Spans, measure: int) -> Verdict | None:
    """Return the verdict on a measure of the bases alone; a disparity is one turned round."""
    low, high = result.bounds(measure) or (None, None)
    sign = -1.0 if measure else 1.0
    shuffled = sign * result.shuffled[measure].ravel()
    draws = [
        sign * float(np.nanmedian(draw[np.triu_indices(len(draw), 1)]))
        for draw in result.untrained[measure]
    ]
    ends = None if low is None or high is None else sorted((sign * low, sign * high))
    low, high = ends or (None, None)
    said = _between(sign * result.median(measure), low, high, shuffled, draws, result.sizes)
    if said is None or not measure:
        return said
    value = number(result.median(measure))
    return first_that_fits(said.badge, f"rotation disparity between domains: {value}")


def of_sweep(result: Sweep, *, debiased: bool) -> Verdict | None:
    """Return at which K the median between domains is highest."""
    median = result.median[int(debiased)]
    if not np.isfinite(median).any():
        return None
    best = result.ks[int(np.nanargmax(median))]
    return first_that_fits(
        Badge.DESCRIBED, f"agreement between domains is highest at a dimension K of {best}"
    )


def of_leave_out(result: LeaveOut, *, debiased: bool) -> Verdict | None:
    """Return without which encoder or family the median is lowest."""
    values = [(row.debiased if debiased else row.biased).value for row in result.rows]
    low = 1 + int(np.argmin(values[1:]))
    without = name(result.rows[low].gone)
    return first_that_fits(
        Badge.DESCRIBED,
        f"agreement between domains is lowest without {without}: {number(values[low])}",
    )


def of_n_curve(result: NCurve, *, debiased: bool) -> Verdict | None:
    """Return the median between domains at the most samples."""
    trained = result.trained[int(debiased)].mean(axis=1)
    return first_that_fits(
        Badge.DESCRIBED, f"agreement between domains at the most samples: {number(trained[-1])}"
    )
