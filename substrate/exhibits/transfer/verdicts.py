"""Verdicts on encoders on labelled domains: accuracies, scores that order them, few labels."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from substrate.analyses.transfer.all_domains import DomainsResult
from substrate.analyses.transfer.low_shot import SUBSTRATE, UNTRAINED, LowShotResult
from substrate.analyses.transfer.scores import TransferResult
from substrate.exhibits.verdict import (
    Badge,
    Outcome,
    Verdict,
    against_level,
    against_zero,
    first_that_fits,
    name,
    weighed,
)
from substrate.wording import percent, points, signed


def of_accuracy(
    result: TransferResult, against: str, titles: Mapping[str, str], domain: str
) -> Verdict | None:
    """Return the verdict on the best encoder beside guessing and its untrained twin.

    One twin is drawn, so that it is exceeded only where both intervals are apart.
    """
    best = result.ordered(against)[0]
    reached = best.reached(against)
    if not np.isfinite(reached.value):
        return None
    picked = (
        reached
        if len(result.rows) < 2 or reached.low is None
        else reached.picked_from(len(result.rows))
    )
    few = Outcome.FEW if result.within else Outcome.UNTESTED
    guessing = few if picked.low is None else against_level(float(picked.low), result.chance)
    twins, twin = few, best.untrained
    if picked.low is not None and twin is not None and twin.high is not None:
        twins = against_zero(picked.low - twin.high, picked.high - twin.low)
    share = percent(reached.value).replace(" ", "\u00a0")
    who = name(titles[best.encoder])
    return first_that_fits(
        weighed(guessing, twins),
        f"{who} reaches most on {name(domain)}: {share} accuracy",
        f"{who} reaches most: {share} accuracy",
    )


def of_agreement(result: TransferResult, score: str, against: str, label: str) -> Verdict | None:
    """Return the verdict on how one score orders the encoders, beside permuted accuracies."""
    agreement = result.agreement(score, against)
    if agreement.kendall is None or not np.isfinite(agreement.kendall.value):
        return None
    level = None if agreement.kendall_chance is None else float(agreement.kendall_chance[1])
    outcome = Outcome.FEW if result.no_chance else against_level(agreement.kendall.value, level)
    return first_that_fits(
        weighed(outcome, Outcome.UNTESTED),
        f"{name(label)} orders encoders by Kendall's τ = {signed(agreement.kendall.value)}",
    )


def of_domains(result: DomainsResult, score: str, against: str, label: str) -> Verdict | None:
    """Return the verdict on how one score orders the encoders on all domains."""
    means = dict(zip(result.scores, result.means[against], strict=True))
    mean = means[score]
    if mean is None or not np.isfinite(mean.value):
        return None
    zero = against_zero(mean.low, mean.high)
    return first_that_fits(
        weighed(zero, Outcome.UNTESTED),
        f"{name(label)} orders encoders by a mean Kendall's τ of {signed(mean.value)}",
    )


def of_few_labels(result: LowShotResult) -> Verdict | None:
    """Return the verdict on substrate scores against the best encoder's full features.

    Beside no difference stand the scores of untrained twins; both have to be exceeded.
    """
    others = [s for s in result.spaces if s.name not in (SUBSTRATE, UNTRAINED)]
    if not others:
        return None
    best = max(others, key=lambda space: space.accuracies[0].value)
    lead = best.differences[0].picked_from(len(others))
    if not np.isfinite(lead.value):
        return None
    few = result.within
    ahead = Outcome.FEW if few else _ahead(lead.low, lead.high)
    twin = next((s for s in result.spaces if s.name == UNTRAINED), None)
    twins = Outcome.FEW if few else Outcome.UNTESTED
    if twin is not None and not few:
        twins = _ahead(twin.differences[0].low, twin.differences[0].high)
    gain = -lead.value
    size = points(abs(gain)).lstrip("+")
    word = "ahead of" if gain > 0 else "behind"
    text = f"with fewest labels, substrate scores are {size} points {word} the best encoder"
    if ahead is Outcome.BELOW:
        return first_that_fits(Badge.CONTROL, text)
    return first_that_fits(weighed(ahead, twins), text)


def _ahead(low: float | None, high: float | None) -> Outcome:
    """Weigh how far the substrate is ahead by the interval of how far it is behind."""
    return Outcome.UNTESTED if low is None or high is None else against_zero(-high, -low)
