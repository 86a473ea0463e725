"""What the mutual information of units says, in sentences."""

from __future__ import annotations

import numpy as np

from substrate.analyses.units.mutual_information import BEST, MutualInformation
from substrate.exhibits.units.words import NO_TWINS, left_out, signed_estimate
from substrate.numerics.units.informed import correlation_of_gaussians
from substrate.wording import listed, many, number, percent, where, with_interval


def sentence(result: MutualInformation, names: tuple[str, str]) -> str:
    """Say how much matched units tell of each other, and what the nulls do."""
    size = result.size
    place = where(size.title, size.photographs, within=size.within, group=size.nouns.group)
    mean = with_interval(float(result.mean.value), result.mean.low, result.mean.high)
    held = f" on {size.nouns.held_out}" if size.photographs > 1 else ""
    nulls = []
    if result.twins.size:
        nulls.append(f"units of untrained twins {_mean(result.twins)}")
    if result.shuffled.size:
        nulls.append(f"units over shuffled {size.nouns.groups} {_mean(result.shuffled)}")
    beside = f"; {listed(nulls)}" if nulls else ""
    return (
        f"{place}, units of {names[0]} and {names[1]} that mutual information matches share "
        f"{mean} bits on average{held}{beside}. Correlations match {percent(result.agreement)} "
        "of them the same way."
    )


def context(result: MutualInformation) -> str:
    """Say what the information is above its nulls, and where correlations choose the same."""
    gaussian = correlation_of_gaussians(float(result.mean.value))
    best = min(BEST, len(result.pairs.bits))
    parts = [
        f"Two Gaussian variables that share as much have a correlation of {number(gaussian)}.",
        f"Above shuffled {result.size.nouns.groups}: {signed_estimate(result.above_shuffled)}."
        if result.shuffled.size
        else "",
        f"Above untrained twins: {signed_estimate(result.above_twins)}."
        if result.twins.size
        else NO_TWINS,
        f"Absolute correlations match {percent(result.agreement_absolute)} of the pairs the same "
        f"way{_agreement_of_nulls(result)}; of the {best} pairs that share most, "
        f"{result.best_in_common} are among the {best} of largest correlation. "
        f"{percent(result.stability)} of the units have the same partner on either half of the "
        f"{result.size.nouns.groups}.",
        left_out(result.dead),
        result.mean.reason,
    ]
    return " ".join(part for part in parts if part)


def _agreement_of_nulls(result: MutualInformation) -> str:
    parts = [
        f"{what} {percent(float(draws.mean()))}"
        for what, draws in (
            ("in untrained twins", result.agreement_twins),
            (f"over shuffled {result.size.nouns.groups}", result.agreement_shuffled),
        )
        if draws.size
    ]
    return f" (signed ones {listed(parts)})" if parts else ""


def reading(result: MutualInformation) -> str:
    """Say how the curves are read."""
    groups = result.size.nouns.groups
    return (
        "Mutual information counts any dependence, not only a straight line: 0 bits where one "
        "unit says nothing of the other. Activations are binned (ten bins of equal share, and one "
        f"for exact zeros), at {many(result.positions_per_image, 'position')} of each image; the "
        "bias of counts is taken off (Miller and Madow). Both curves are means of two halves of "
        f"the {groups}. The level lines are held out: units matched on one half, judged on the "
        f"other. Shuffled {groups} keep positions in place, and what they share stays in."
    )


def beside_sentence(result: MutualInformation) -> str:
    """Say how closely the information of pairs follows their correlation."""
    pairs = result.pairs
    gaussian = -0.5 * np.log2(np.maximum(1 - pairs.r**2, 1e-12))
    above = int(np.sum(pairs.bits > gaussian))
    return (
        f"{above} of {many(len(pairs.bits), 'matched pair')} share more than two Gaussian "
        "variables of their correlation would."
    )


def _mean(draws: np.ndarray) -> str:
    return number(float(draws.mean()))
