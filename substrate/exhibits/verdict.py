"""The verdict of an exhibit: a badge, and one short sentence with one number.

A headline holds against *all* its nulls: the badge is weighed from what each null says by itself,
and the sentence is written from the badge by one set of templates.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from substrate.numerics.intervals import next_draw
from substrate.wording import bracketed, number

#: Words of a verdict, at most, and words and letters of a name in it.
WORDS, NAME_WORDS, NAME_LETTERS = 14, 3, 32
_AROUND = "().,;:%\u00a0"
_NUMBER = re.compile("[+\u2212-]?\\d[\\d,]*(\\.\\d+)?")


class Outcome(Enum):
    """What one null says of a value."""

    BEYOND = "beyond it"
    BELOW = "on its other side"
    OPEN = "not told from it"
    UNTESTED = "no interval"
    FEW = "too few groups"


class Badge(Enum):
    """What all nulls together say, in the words of the pill."""

    BOTH = "beyond both nulls"
    SHUFFLING = "beyond shuffling only"
    TWINS = "beyond untrained twins only"
    ABOVE_BOTH = "above zero and untrained twins"
    ABOVE = "above zero only"
    BELOW = "below untrained twins"
    CONTROL = "below its control"
    NEARER = "nearer to untrained twins"
    UNTOLD = "not told apart"
    NO_INTERVAL = "no interval"
    FEW = "no comparison"
    SEVERAL = "tested one by one"
    DESCRIBED = "description"

    @property
    def tone(self) -> str:
        """Return the tone of the pill: good, some, low or none."""
        if self in (Badge.BOTH, Badge.ABOVE_BOTH):
            return "good"
        if self in (Badge.SHUFFLING, Badge.TWINS, Badge.ABOVE):
            return "some"
        return "low" if self in (Badge.BELOW, Badge.CONTROL, Badge.NEARER) else "none"

    @property
    def meaning(self) -> str:
        """Say what the badge means, in one sentence."""
        return MEANINGS[self]


MEANINGS = {
    Badge.BOTH: "The value exceeds what shuffling gives, and what untrained twins or the control "
    "named in the details give.",
    Badge.SHUFFLING: "The value exceeds what shuffling gives; against untrained twins or the "
    "control named in the details it is not told apart, or not tested.",
    Badge.TWINS: "The value exceeds what untrained twins give; it could not be tested against "
    "shuffling.",
    Badge.ABOVE_BOTH: "The interval of the difference lies above zero, and beyond what untrained "
    "twins give.",
    Badge.ABOVE: "The interval of the difference lies above zero; from untrained twins it is not "
    "told apart, or that is not tested.",
    Badge.BELOW: "Untrained twins give more than this.",
    Badge.CONTROL: "The control named in the details gives more than this.",
    Badge.NEARER: "What is compared lies nearer to untrained twins than to each other.",
    Badge.UNTOLD: "The value cannot be told from its null.",
    Badge.NO_INTERVAL: "There is no interval, and so no test; the details say why.",
    Badge.FEW: "There are too few independent groups to compare anything with chance.",
    Badge.SEVERAL: "Several statements, each tested against nulls of its own.",
    Badge.DESCRIBED: "A value that nothing is tested against.",
}


@dataclass(frozen=True)
class Verdict:
    """A badge and a sentence of at most 14 words that holds exactly one number.

    Raises
    ------
    ValueError
        If the sentence is longer, or holds none or several numbers.
    """

    badge: Badge
    short: str

    def __post_init__(self) -> None:
        """Refuse a sentence that is too long or that does not hold one number."""
        count, stated = len(self.short.split()), numbers(self.short)
        if count > WORDS:
            raise ValueError(f"A verdict has at most {WORDS} words, not {count}: {self.short}")
        if len(stated) != 1:
            raise ValueError(f"A verdict has one number, not {len(stated)}: {self.short}")


def numbers(text: str) -> list[str]:
    """Return the numbers of a sentence; a digit in a name (VGG-11, “16”) is none."""
    parts = (part.strip(_AROUND) for part in re.split("[ \n]+", text))
    return [part for part in parts if _NUMBER.fullmatch(part)]


def weighed(shuffling: Outcome, twins: Outcome) -> Badge:
    """Return the badge of a value that both nulls were asked about."""
    if twins is Outcome.BELOW:
        return Badge.BELOW
    if shuffling is Outcome.BEYOND:
        return Badge.BOTH if twins is Outcome.BEYOND else Badge.SHUFFLING
    if shuffling in (Outcome.OPEN, Outcome.BELOW) or twins is Outcome.OPEN:
        return Badge.UNTOLD
    if twins is Outcome.BEYOND:
        return Badge.TWINS
    return Badge.FEW if Outcome.FEW in (shuffling, twins) else Badge.NO_INTERVAL


def above_zero(zero: Outcome, twins: Outcome) -> Badge:
    """Return the badge of a difference whose null is zero: nothing was shuffled."""
    badge = weighed(zero, twins)
    return {Badge.BOTH: Badge.ABOVE_BOTH, Badge.SHUFFLING: Badge.ABOVE}.get(badge, badge)


def is_finite(value: float | None) -> bool:
    """Say whether there is a finite value."""
    return value is not None and math.isfinite(value)


def against_zero(low: float | None, high: float | None) -> Outcome:
    """Weigh a difference from a null by its interval."""
    if low is None or high is None or not (is_finite(low) and is_finite(high)):
        return Outcome.UNTESTED
    return Outcome.BEYOND if low > 0 else Outcome.BELOW if high < 0 else Outcome.OPEN


def against_level(value: float | None, level: float | None) -> Outcome:
    """Weigh a value by the 95 % level of its null."""
    if value is None or level is None or not (is_finite(value) and is_finite(level)):
        return Outcome.UNTESTED
    return Outcome.BEYOND if value > level else Outcome.OPEN


def against_draws(
    low: float | None, high: float | None, draws: np.ndarray | Sequence[float]
) -> Outcome:
    """Weigh an interval by where a further draw of untrained twins would lie (95 %, Student).

    Beyond it only where the whole interval is; below five draws nothing is said.
    """
    finite = np.asarray(draws, dtype=float)
    bounds = next_draw(finite[np.isfinite(finite)])
    if bounds is None or low is None or high is None:
        return Outcome.UNTESTED
    return against_zero(low - bounds[1], high - bounds[0])


def name(title: str) -> str:
    """Return a name that counts as no number and leaves room for the rest of the sentence."""
    parts = bracketed(title).split()
    text = "\u00a0".join(parts[:NAME_WORDS])
    cut = text[:NAME_LETTERS].rstrip()
    text = cut + "…" * (len(parts) > NAME_WORDS or cut != text)
    return f"“{text}”" if not text or _NUMBER.fullmatch(text.strip(_AROUND)) else text


def first_that_fits(badge: Badge, *texts: str) -> Verdict | None:
    """Return a verdict with the first of some sentences that is short enough, if one is."""
    short = next((t for t in texts if len(t.split()) <= WORDS and len(numbers(t)) == 1), None)
    return None if short is None else Verdict(badge, f"{short[0].upper()}{short[1:]}")


def compared(
    subject: str,
    value: float | None,
    shuffling: Outcome,
    twins: Outcome,
    *,
    place: str = "",
    write: Callable[[float], str] = number,
) -> Verdict | None:
    """Return the verdict on a value that shuffling and untrained twins stand beside.

    ``subject`` opens the sentence ("Sharedness"), ``place`` is a name ("Faces"). Without a value
    there is none.
    """
    if value is None or not is_finite(value):
        return None
    badge = weighed(shuffling, twins)
    on, figure = f" on {name(place)}" if place else "", write(value)
    only = "only" if twins is Outcome.OPEN else "(twins untested)"
    text = {
        Badge.BOTH: f"{subject} exceeds shuffling and untrained twins",
        Badge.TWINS: f"{subject} exceeds untrained twins",
        Badge.BELOW: f"{subject} stays below untrained twins",
        Badge.SHUFFLING: f"{subject} exceeds shuffling {only}",
        Badge.UNTOLD: f"{subject} is not told from its null",
    }.get(badge)
    if text is not None:
        return first_that_fits(badge, f"{text}{on}: {figure}", f"{text}: {figure}")
    end = "without an interval" if badge is Badge.NO_INTERVAL else "in these images"
    return first_that_fits(badge, f"{subject}{on}: {figure} {end}", f"{subject}: {figure} {end}")


def alike(
    first: str,
    second: str,
    difference: float | None,
    low: float | None,
    high: float | None,
    *,
    twins: bool = False,
) -> Verdict | None:
    """Return the verdict on which of two kinds is more alike; the sign chooses the words.

    With ``twins`` the second kind are untrained twins, and the difference is what they are asked.
    """
    if difference is None or not is_finite(difference):
        return None
    zero = against_zero(low, high)
    shuffling = Outcome.BEYOND if zero is Outcome.BELOW else zero
    badge = weighed(Outcome.UNTESTED, zero) if twins else weighed(shuffling, Outcome.UNTESTED)
    size = number(abs(difference))
    word = "more" if difference > 0 else "less"
    text = f"{first} are {word} alike than {second}, by {size}"
    if not any(digit in size for digit in "123456789"):
        text = f"{first} are as alike as {second}, within {size}"
    return first_that_fits(badge, text, f"the kinds of pairs differ by {size}")


def counted(badge: Badge, before: str, count: int, noun: str, after: str = "") -> Verdict | None:
    """Return the verdict that a number of things does something: one thing, or several."""
    things = f"{count:,} {noun if count == 1 else f'{noun}s'}"
    parts = [part for part in (before, things, after) if part]
    return first_that_fits(badge, " ".join(parts), things)
