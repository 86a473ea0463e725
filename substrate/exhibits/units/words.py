"""What the matching of units says, in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from substrate.analyses.units.one_to_one import OneToOne
from substrate.analyses.units.place import PlaceParams
from substrate.numerics.estimates import Estimate
from substrate.runs import Run
from substrate.wording import listed, many, number, percent, signed, where, with_interval

#: Said where no images have been read side by side yet.
NOT_READ = "These layers have not been read side by side yet."
#: Said in place of a comparison with untrained twins.
NO_TWINS = "No untrained twins of both encoders are there to compare with."
#: Said where joint histograms have not been counted yet.
NOT_MEASURED = "The mutual information of these layers has not been measured yet."


def layer_names(result: OneToOne, run: Run) -> tuple[str, str]:
    """Return the two layers of a matching as they are named on charts."""
    return names_of(result.place, run)


def names_of(place: PlaceParams, run: Run) -> tuple[str, str]:
    """Return two layers as they are named on charts: title and layer."""
    return (
        f"{run.encoders[place.first].title} {place.first_layer}",
        f"{run.encoders[place.second].title} {place.second_layer}",
    )


def matching_sentence(result: OneToOne, names: tuple[str, str]) -> str:
    """Say how well units match, beside what axes, twins and shuffled images match by."""
    size = result.size
    place = where(size.title, size.photographs, within=size.within, group=size.nouns.group)
    mean = with_interval(float(result.mean.value), result.mean.low, result.mean.high)
    held = f" on {size.nouns.held_out}" if size.photographs > 1 else ""
    return (
        f"{place}, units of {names[0]} and {names[1]} match one to one with a mean correlation of "
        f"{mean}{held}; {_nulls(result)}."
    )


def _nulls(result: OneToOne) -> str:
    parts = [f"randomly rotated axes of the same two spaces {_mean(result.rotations)}"]
    if result.twins.size:
        parts.append(f"units of untrained twins {_mean(result.twins)}")
    if result.shuffled.size:
        parts.append(f"units over shuffled {result.size.nouns.groups} {_mean(result.shuffled)}")
    return listed(parts)


def _mean(draws: np.ndarray) -> str:
    return number(float(draws.mean()))


def matching_context(result: OneToOne) -> str:
    """Say what the matching is above its nulls, how stable it is, and who is left out."""
    parts = [
        f"Above rotated axes: {signed_estimate(result.above_rotations)}.",
        _twins(result),
        f"For {percent(result.agreement)} of the units the best partner is the matched one; "
        f"{percent(result.stability)} have the same partner on either half of the "
        f"{result.size.nouns.groups}; the median margin to the second best is "
        f"{signed(float(np.median(result.pairs.margin)))}.",
        left_out(result.dead),
        one_position(result),
        result.mean.reason,
    ]
    return " ".join(part for part in parts if part)


def _twins(result: OneToOne) -> str:
    if not result.twins.size:
        return NO_TWINS
    lead = float(result.above_rotations.value) - float(result.lead_above_twins.value)
    return (
        f"Above untrained twins: {signed_estimate(result.above_twins)}; their units are "
        f"{signed(lead)} above rotated axes of theirs, so that training adds "
        f"{signed_estimate(result.lead_above_twins)} to what sets units apart."
    )


def signed_estimate(estimate: Estimate) -> str:
    """Write a difference with its interval, or with the reason why it has none."""
    text = with_interval(float(estimate.value), estimate.low, estimate.high, signed)
    return f"{text} ({estimate.reason.rstrip('.')})" if estimate.reason else text


def left_out(dead: Sequence[int]) -> str:
    """Say how many units of either side hardly vary and take no part."""
    count = sum(dead)
    if not count:
        return ""
    verb, vary = ("is", "varies") if count == 1 else ("are", "vary")
    return f"{many(count, 'unit')} that hardly {vary} {verb} left out."


def trace_of(place: PlaceParams, caption: str) -> dict[str, Any]:
    """Return which layers of which encoders see which images."""
    return {
        "first": f"{place.first} {place.first_layer}",
        "second": f"{place.second} {place.second_layer}",
        "domain": place.domain,
        "n": caption,
    }


def one_position(result: OneToOne) -> str:
    """Say so where a layer has one position for each image."""
    if result.positions > result.size.n:
        return ""
    return f"One of the layers has no positions: each {result.size.nouns.sample} is one sample."


def unit_sentence(result: OneToOne, side: int, unit: int, names: tuple[str, str]) -> str:
    """Say which unit of the other layer a unit is matched to, and how well."""
    pairs = result.pairs
    own, other = (pairs.first, pairs.second)[side], (pairs.second, pairs.first)[side]
    rows = np.flatnonzero(own == unit)
    if not rows.size:
        return f"Unit {unit + 1} of {names[side]} is matched to no unit of {names[1 - side]}."
    row = int(rows[0])
    r = with_interval(float(pairs.r[row]), float(pairs.low[row]), float(pairs.high[row]))
    return (
        f"Unit {unit + 1} of {names[side]} is matched to unit {other[row] + 1} of "
        f"{names[1 - side]}, with r = {r} on {result.size.nouns.held_out}."
    )
