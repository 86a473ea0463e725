"""What is said of one direction: its variance, its reliability, its partners, its maps."""

from __future__ import annotations

import numpy as np

from substrate.analyses.directions.basis import ALL, TEST, Basis
from substrate.analyses.directions.embedding import NEIGHBOURS, Embedding
from substrate.analyses.directions.partners import Matched
from substrate.analyses.directions.spatial_map import SpatialMap
from substrate.analyses.shared.halves import RELIABLE
from substrate.wording import (
    Nouns,
    many,
    number,
    percent,
    samples_of,
    signed,
    spread,
    with_interval,
)

HIGHEST, LOWEST = "Highest scores", "Lowest scores"
UNRELIABLE = "unreliable"
SAMPLES = "The samples"
#: Poolings whose score is the mean of the map, but for units that are limited.
PLAIN_MEANS = ("spatial", "tokens")


#: What is said of a direction whose sign was turned to run the way of the other one.
ALIGNED = "sign aligned"


def card_title(side: str, name: str, basis: Basis, direction: int, *, aligned: bool = False) -> str:
    """Head a card; ``side`` is A, B or Pinned, ``name`` the encoder's title.

    ``aligned`` says that the direction's sign was turned.
    """
    title = f"{side}: {name} · {basis.layer} · direction {direction + 1}"
    return f"{title}, {ALIGNED}" if aligned else title


def both_scores(first: float, second: float, letters: tuple[str, str]) -> str:
    """Write an image's scores on both directions below it, in deviations."""
    return f"{letters[0]} {signed(first, 1)}  {letters[1]} {signed(second, 1)}"


def partner_line(matched: Matched, encoder: int, direction: int) -> str:
    """Say of a direction's partner in one encoder which it is, and its r beside chance."""
    values = matched.values[encoder, direction], matched.signs[encoder, direction]
    ends: tuple[float | None, float | None] = (None, None)
    if matched.low is not None and matched.high is not None:
        ends = matched.low[encoder, direction], matched.high[encoder, direction]
    size = with_interval(float(values[0]), *ends)
    turned = f", {ALIGNED}" if values[1] < 0 else ""
    chance = ""
    if matched.level is not None:
        chance = f" · chance {number(float(matched.level[encoder, direction]))}"
    return f"direction {matched.partner[encoder, direction] + 1}{turned} · r {size}{chance}"


def partners_heading(name: str, basis: Basis, direction: int) -> str:
    """Head the strip of a direction's partners in the other encoders."""
    return f"Direction {direction + 1} of {name} on {basis.layer}: best match in other encoders"


def card_sentence(basis: Basis, direction: int, domain: str) -> str:
    """Say on which domain, by its title, a direction was found, and all that `describe` says."""
    return f"On {domain} · " + " · ".join(describe(basis, direction))


def describe(basis: Basis, direction: int) -> list[str]:
    """Say of one direction how much variance it explains and whether it can be trusted."""
    held_out = basis.held_out_shares
    found_in = "all samples" if basis.part == ALL else f"the {basis.part} part"
    share = f"{percent(basis.shares[direction], 1)} of the variance of {found_in}"
    if held_out is not None and np.isfinite(held_out[direction]):
        share += f", {percent(held_out[direction], 1)} of the other part's"
    gap, nearest = percent(basis.gap[direction]), percent(basis.isolation[direction])
    return [
        share,
        f"eigengap: the next eigenvalue is {gap} smaller, the nearest one {nearest} away",
        _reliability(basis, direction),
    ]


def _reliability(basis: Basis, direction: int) -> str:
    value = basis.reliability[direction]
    if not np.isfinite(value):
        return "split-half reliability: a half of the samples does not have this direction"
    low, high = basis.reliability_low[direction], basis.reliability_high[direction]
    verdict = "" if value >= RELIABLE else f": {UNRELIABLE}, other samples may not give it"
    return (
        f"split-half reliability {number(value)} (quartiles {number(low)} to {number(high)})"
        f"{verdict}"
    )


def partners_sentence(matched: Matched, direction: int) -> str:
    """Say how closely a direction's partners in the other encoders go with it."""
    values = matched.values[:, direction]
    others = many(len(matched.others), "other encoder")
    return f"Its partners in {others} correlate with it by |r| = {spread(values)}."


def no_partners(domain: str) -> str:
    """Say why a direction is not sought elsewhere."""
    return f"No other encoder of the panel has features on {domain} to match it in."


def partners_read(matched: Matched, components: int) -> str:
    """Say how to read the partners: where they were picked, and where measured."""
    picked, measured = ("test", "fit") if matched.part == TEST else ("fit", "test")
    reason = matched.interval_reason or matched.null_reason
    return (
        "Each row is the direction of another encoder (its number follows the name), among "
        f"{components}, that goes with this one in the {picked} part; the dot is its correlation "
        f"in the {measured} part."
    ) + (f" {reason}" if reason else "")


def extremes_alt(title: str, encoder: str, direction: int, names: list[str]) -> str:
    """Say which images stand at one end of a direction, for those who do not see them."""
    return f"{title} on direction {direction + 1} of {encoder}: " + ", ".join(names)


def map_sentence(scores: SpatialMap) -> str:
    """Say how the map relates to the sample's score."""
    if scores.agrees:
        return f"The mean over positions is this sample's score, {signed(scores.score)}."
    reason = f"this layer is not pooled by a plain mean ({scores.pooling})"
    if scores.pooling in PLAIN_MEANS:
        reason = (
            "it limits units whose values lie far outside of those of the samples fitted, and the "
            "map does not"
        )
    return (
        f"The mean over positions is {signed(scores.mean)}; the sample's own score is "
        f"{signed(scores.score)}, as {reason}."
    )


def map_read(scores: SpatialMap) -> str:
    """Say what the map shows."""
    rows, columns = scores.values.shape
    return (
        f"The image, and over it the direction's score at each position of the layer ({rows} × "
        f"{columns}), in deviations of the domain's scores; blue raises the score and red lowers "
        "it."
    )


def no_map(basis: Basis, encoder: str, least: int) -> str:
    """Say why there is no map of a layer, nor of any before it."""
    return (
        f"No layer of {encoder} up to {basis.layer} has {least} × {least} positions or more, "
        "so there is no map of an image."
    )


def mapped_sentence(
    basis: Basis, mapped: Basis, direction: int, correlation: float, least: int
) -> str:
    """Say which direction of an earlier layer a map shows, and how it goes with the chosen one."""
    return (
        f"{basis.layer} has no {least} × {least} positions: this is direction {direction + 1} of "
        f"{mapped.layer}, which goes with it by r = {number(correlation)} on held-out samples."
    )


def plane_sentence(plane: Embedding) -> str:
    """Say how much of the layer's neighbourhoods a plane keeps, or why that is not known."""
    if plane.kept is None or plane.kept_by_chance is None:
        return f"How much of the neighbourhoods the plane keeps is not known: {plane.kept_reason}."
    return (
        f"The plane keeps {percent(plane.kept)} of {NEIGHBOURS} nearest neighbours among other "
        f"{plane.nouns.groups}, where random places keep {percent(plane.kept_by_chance)}."
    )


def selected_sentence(n: int, photographs: int, nouns: Nouns, shown: int) -> str:
    """Say how many samples are selected, and how many of them are shown."""
    more = f" The first {shown} are shown." if n > shown else ""
    return f"Selected: {samples_of(n, photographs, nouns)}.{more}"


def selected_alt(names: list[str]) -> str:
    """Say which images are selected, for those who do not see them."""
    return "Selected images: " + ", ".join(names)
