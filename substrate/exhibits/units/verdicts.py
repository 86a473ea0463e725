"""The verdict on units: whether they match better than any axes of the same spaces would."""

from __future__ import annotations

from substrate.analyses.units.one_to_one import OneToOne
from substrate.exhibits.verdict import (
    Badge,
    Outcome,
    Verdict,
    against_draws,
    against_zero,
    compared,
    first_that_fits,
    weighed,
)
from substrate.wording import number


def of_matching(result: OneToOne) -> Verdict | None:
    """Return the verdict on what units match better by than axes turned at random.

    Beyond chance only where units exceed both rotated axes and shuffled images. Untrained twins
    are asked the same question: what their units match better by than rotated axes of theirs.
    """
    mean, lead = result.mean, result.above_rotations
    if result.size.within:
        return compared("Matched units", mean.value, Outcome.FEW, Outcome.FEW)
    axes = against_zero(lead.low, lead.high)
    shuffled = against_draws(mean.low, mean.high, result.shuffled)
    chance = axes if axes is not Outcome.BEYOND else shuffled
    twins = against_zero(result.lead_above_twins.low, result.lead_above_twins.high)
    badge = weighed(chance, twins)
    if axes is Outcome.BELOW:
        badge = Badge.CONTROL
    value, by = number(float(mean.value)), number(abs(float(lead.value)))
    text = {
        Badge.BOTH: f"units match better than rotated axes, beyond untrained twins, by {by}",
        Badge.SHUFFLING: f"units match better than rotated axes, by {by}",
        Badge.BELOW: f"units exceed rotated axes by {by}, less than untrained twins",
        Badge.CONTROL: f"units match less well than rotated axes, by {by}",
        Badge.UNTOLD: f"units match no better than rotated axes: {value}",
    }.get(badge)
    return (
        first_that_fits(badge, text) if text else compared("Matched units", mean.value, axes, twins)
    )
