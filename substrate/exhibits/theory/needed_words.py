"""How many images and encoders a study needs, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from substrate.analyses.claims.images_needed import MOST, POWER, Needed
from substrate.exhibits.verdict import Badge, Verdict, first_that_fits
from substrate.wording import number, percent

#: The power of `POWER` in words: a verdict has one number.
IN_CASES = "four times in five"
#: Where no run says more: the interval of a correlation near 0.5.
RULE = (
    "As a rule, a correlation of 0.5 over n photographs has an interval of about ± 1.5 / √n: "
    "0.38 with 16, 0.19 with 64. Below ten photographs there is none."
)


def verdict(headlines: Sequence[Needed]) -> Verdict | None:
    """Say how many photographs tell the hardest figure from its twins, of those above them."""
    above = [one for one in headlines if one.value > 0]
    if not above:
        lowest = min(headlines, key=lambda one: one.value)
        return first_that_fits(
            Badge.DESCRIBED, f"{lowest.name} lies below untrained twins, by {number(-lowest.value)}"
        )
    hardest = max(above, key=lambda one: one.enough or MOST + 1)
    if hardest.enough is None:
        return first_that_fits(
            Badge.DESCRIBED,
            f"{hardest.name} is not told from untrained twins by {MOST:,} {hardest.unit}",
        )
    tells = f"{hardest.enough:,} {hardest.unit} tell {hardest.name} from twins {IN_CASES}"
    below = [one.name for one in headlines if one.value <= 0]
    if below:
        return first_that_fits(
            Badge.DESCRIBED,
            f"{tells}; {below[0]} has no lead",
            f"{tells}; {below[0]}: no lead",
        )
    return first_that_fits(
        Badge.DESCRIBED,
        f"{hardest.enough:,} {hardest.unit} per domain tell {hardest.name} from twins {IN_CASES}",
        tells,
    )


def sentence(headlines: Sequence[Needed]) -> str:
    """Say how wide the intervals are now, and what is enough."""
    return " ".join(_of(one) for one in headlines)


def _of(one: Needed) -> str:
    if one.value <= 0:
        return (
            f"{one.name} lies {number(-one.value)} ± {number(one.half_width)} below untrained "
            f"twins with {one.size} ({one.place}); more would make that surer, and "
            "no lead of it."
        )
    now = (
        f"{one.name} lies {number(one.value)} ± {number(one.half_width)} above untrained twins "
        f"with {one.size} ({one.place}), which a study of this size would find in "
        f"{percent(one.power)} of cases"
    )
    if one.enough is None:
        return (
            f"{now}; more {one.unit} alone do not bring it to {percent(POWER)}: the draw of the "
            "untrained twins is as large."
        )
    return f"{now}; {percent(POWER)} takes {one.enough:,}."


def context(headlines: Sequence[Needed], missing: Sequence[str]) -> str:
    """Say what is carried over, what it takes for granted, and what is missing."""
    return " ".join(
        [
            f"The variance over {headlines[0].unit} that this run's replicates show falls in "
            "proportion "
            "to their number; that of the draw of untrained twins stays. Power takes the measured "
            "lead for the true one, and is too high where that was high by luck.",
            *missing,
        ]
    )


def reading(headlines: Sequence[Needed]) -> str:
    """Say how the figure is read."""
    unit = headlines[0].unit
    return (
        "Above, half of the width that a 95 % CI of the lead over untrained twins is expected to "
        "have; below, how often it would lie above 0, if the lead is the measured one. The "
        "outlined marks are the present study, the dotted line is a power of 80 %. Across are the "
        f"{unit} of each domain; images that belong to one of them count once. Where domains "
        "differ in size the marks stand at the number of each that would have the same interval."
    )


ENCODERS_READ = (
    "The same for a statement about encoders of this kind rather than about these: the interval "
    "then covers which encoders were taken. Fewer than eight recipes have none, so that the line "
    "starts there."
)


def encoders_sentence(one: Needed) -> str:
    """Say how wide the interval is with the fewest and with many encoders."""
    first, last = one.encoders[0], one.encoders[-1]
    return (
        f"A statement on {one.name.lower()} about encoders of this kind would have an interval of "
        f"± {number(float(one.encoder_half_widths[0]))} with {first} encoders and "
        f"± {number(float(one.encoder_half_widths[-1]))} with {last}, at {one.size}; "
        f"this panel has {one.present_encoders}."
    )


def short_form(headlines: Sequence[Needed], study: str) -> str:
    """Say in a line what a run tells of a study that is not run yet."""
    parts = [
        f"{one.name}: ± {number(one.half_width)} with {one.size}, "
        + (
            f"{one.enough:,} needed"
            if one.enough
            else "no lead to find"
            if one.value <= 0
            else "the twins differ too much for any number"
        )
        for one in headlines
    ]
    return f"By the run {study}: {'; '.join(parts)} (lead over untrained twins, power 80 %)."


def table(headlines: Sequence[Needed]) -> pd.DataFrame:
    """Return every expected width and power."""
    return pd.concat(
        pd.DataFrame(
            {
                "figure": one.name,
                one.unit: one.photographs,
                "half_width": one.half_widths,
                "power": one.powers,
            }
        )
        for one in headlines
    )


def encoders_table(one: Needed) -> pd.DataFrame:
    """Return every expected width and power by number of encoders."""
    return pd.DataFrame(
        {
            "encoders": one.encoders,
            "half_width": one.encoder_half_widths,
            "power": one.encoder_powers,
        }
    )
