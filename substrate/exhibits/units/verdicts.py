"""The verdicts on units: whether they say more than any axes of the same spaces would."""

from __future__ import annotations

import numpy as np

from substrate.analyses.units.few_to_one import FewToOne
from substrate.analyses.units.many_to_many import ManyToMany
from substrate.analyses.units.mutual_information import MutualInformation
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
    Where that tells nothing, and they simply match more, the verdict says so.
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
    simply = against_zero(result.above_twins.low, result.above_twins.high)
    if badge is Badge.SHUFFLING and simply is Outcome.BELOW:
        text = f"matched units correlate at {value}, less than those of untrained twins"
        return first_that_fits(Badge.BELOW, text)
    texts = {
        Badge.BOTH: f"units match better than rotated axes, beyond untrained twins, by {by}",
        Badge.SHUFFLING: f"units match better than rotated axes, by {by}",
        Badge.BELOW: f"units exceed rotated axes by {by}, less than untrained twins",
        Badge.CONTROL: f"units match less well than rotated axes, by {by}",
        Badge.UNTOLD: f"units match no better than rotated axes: {value}",
    }
    if badge in texts:
        return first_that_fits(badge, texts[badge])
    return compared("Matched units", mean.value, axes, twins)


def of_information(result: MutualInformation) -> Verdict | None:
    """Return the verdict on the information that matched units share."""
    mean = result.mean
    if result.size.within:
        return compared("Information", mean.value, Outcome.FEW, Outcome.FEW)
    shuffled = against_draws(mean.low, mean.high, result.shuffled)
    twins = against_zero(result.above_twins.low, result.above_twins.high)
    badge, value = weighed(shuffled, twins), number(float(mean.value))
    text = {
        Badge.BOTH: f"matched units share {value} bits, more than untrained twins",
        Badge.SHUFFLING: f"matched units share {value} bits, more than over shuffled images",
        Badge.BELOW: f"matched units share {value} bits, less than those of untrained twins",
        Badge.UNTOLD: f"matched units share {value} bits, no more than over shuffled images",
    }.get(badge)
    return (
        first_that_fits(badge, text)
        if text
        else compared("Information", mean.value, shuffled, twins)
    )


def of_few(result: FewToOne) -> Verdict | None:
    """Return the verdict on what few units predict more than as many axes turned at random.

    Beyond chance only where they exceed turned axes and shuffled images both.
    """
    few, lead = result.few, result.above_rotations
    if result.size.within:
        return compared("Few units predict", few.value, Outcome.FEW, Outcome.FEW)
    axes = against_zero(lead.low, lead.high)
    shuffled = against_draws(few.low, few.high, result.shuffled)
    chance = axes if axes is not Outcome.BEYOND else shuffled
    twins = against_zero(result.above_twins.low, result.above_twins.high)
    badge = Badge.CONTROL if axes is Outcome.BELOW else weighed(chance, twins)
    value, by = number(float(few.value)), number(abs(float(lead.value)))
    text = {
        Badge.BOTH: f"three units predict more than turned axes and untrained twins, by {by}",
        Badge.SHUFFLING: f"three units predict more than three turned axes, by {by}",
        Badge.BELOW: f"three units predict {value}, less than those of untrained twins",
        Badge.CONTROL: f"three units predict less than three turned axes, by {by}",
        Badge.UNTOLD: f"three units predict no more than three turned axes: {value}",
    }.get(badge)
    return (
        first_that_fits(badge, text)
        if text
        else compared("Few units predict", few.value, axes, twins)
    )


def of_clusters(result: ManyToMany) -> Verdict | None:
    """Return the verdict on how near both sides of clusters are, beside random clusters."""
    mean, lead = result.mean, result.above_random
    if not np.isfinite(mean.value):
        return None
    if result.size.within:
        return compared("Cosines inside clusters", mean.value, Outcome.FEW, Outcome.FEW)
    random = against_zero(lead.low, lead.high)
    twins = against_zero(result.lead_above_twins.low, result.lead_above_twins.high)
    badge = Badge.CONTROL if random is Outcome.BELOW else weighed(random, twins)
    by = number(abs(float(lead.value)))
    text = {
        Badge.BOTH: f"clusters span shared spaces beyond random ones and untrained twins, by {by}",
        Badge.SHUFFLING: f"clusters span shared spaces beyond random clusters, by {by} in cosine",
        Badge.BELOW: f"clusters exceed random ones by {by}, less than those of untrained twins",
        Badge.CONTROL: f"clusters share less of a space than random clusters do, by {by}",
        Badge.UNTOLD: f"clusters share no more of a space than random ones: {number(mean.value)}",
    }.get(badge)
    return (
        first_that_fits(badge, text)
        if text
        else compared("Cosines inside clusters", mean.value, random, twins)
    )
