"""Verdicts on encoders compared with each other."""

from __future__ import annotations

import numpy as np

from substrate.analyses.encoders.disagreement import Disagreement
from substrate.analyses.encoders.flow import Flow
from substrate.analyses.encoders.pairs import EncoderPairs
from substrate.analyses.encoders.removal import Causal
from substrate.exhibits.encoders.words import continuing
from substrate.exhibits.verdict import (
    Badge,
    Outcome,
    Verdict,
    against_zero,
    alike,
    counted,
    first_that_fits,
    name,
    weighed,
)
from substrate.wording import number, percent, points


def of_pairs(result: EncoderPairs) -> Verdict | None:
    """Return the verdict on which kind of pairs of encoders is more alike."""
    asked = [c for c in result.comparisons if c.key == "cka"]
    if not asked:
        return None
    last = asked[-1]
    difference = last.difference
    first, second = last.kinds
    twins = "untrained" in second  # they are what is compared with, and no null besides
    return alike(first, second, difference.value, difference.low, difference.high, twins=twins)


def of_map(result: EncoderPairs) -> Verdict | None:
    """Return how much of the distances a map shows."""
    shown = percent(result.shown).replace(" ", "\u00a0")
    return first_that_fits(
        Badge.DESCRIBED, f"the map shows {shown} of the squared distances between encoders"
    )


def of_flow(result: Flow, step: str) -> Verdict | None:
    """Return how many directions continue from one encoder or layer to the next."""
    if result.reason:
        return first_that_fits(
            Badge.FEW,
            f"typical best match in the next {step}: |r| = {number(continuing(result))}",
        )
    over = [result.joined(s).any(axis=1).sum() for s in range(len(result.correlations))]
    count = int(np.mean(over))
    verb = "continues" if count == 1 else "continue"
    badge = Badge.SHUFFLING if count else Badge.UNTOLD
    return counted(badge, "", count, "direction", f"{verb} to the next {step}")


def of_disagreement(result: Disagreement, direction: int) -> Verdict | None:
    """Return how one direction and its match correlate on held-out photographs."""
    value = float(result.correlations[direction])
    low, high = float(result.low[direction]), float(result.high[direction])
    if not np.isfinite(value):
        return None
    outcome = against_zero(low, high)
    badge = weighed(
        Outcome.BEYOND if outcome is Outcome.BELOW else outcome,
        Outcome.FEW if result.size.within else Outcome.UNTESTED,
    )
    return first_that_fits(
        badge, f"the direction and its match correlate by {number(value)} on held-out images"
    )


def of_removal(result: Causal, direction: int, titles: dict[str, str]) -> Verdict | None:
    """Return what a probe loses without a direction, beside random directions."""
    change = float(result.change[0, direction])
    if not np.isfinite(change):
        return None
    low, high = float(result.low[0, direction]), float(result.high[0, direction])
    lower, upper = np.quantile(result.random, [0.025, 0.975])
    outcome = against_zero(lower - high, upper - low)
    shuffling = Outcome.OPEN if outcome is Outcome.BELOW else outcome
    encoder = name(titles.get(result.first, result.first))
    return first_that_fits(
        weighed(shuffling, Outcome.UNTESTED),
        f"removing the direction changes {encoder}'s accuracy by {points(change)} points",
    )
