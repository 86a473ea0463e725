"""What the view of what layers keep says, in sentences."""

from __future__ import annotations

import numpy as np

from substrate.analyses.layers.kept import (
    EncoderKept,
    Kept,
    UntrainedKept,
)
from substrate.analyses.layers.kept_contrast import LastThirdContrast
from substrate.analyses.layers.kept_measure import (
    ALL_STATISTICS,
    DIMENSION,
    IMBALANCE,
    LABELS,
    QUANTITIES,
)
from substrate.analyses.shared.refusals import NO_TWINS
from substrate.exhibits.verdict import (
    Badge,
    Outcome,
    Verdict,
    above_zero,
    against_draws,
    against_zero,
    first_that_fits,
    name,
)
from substrate.wording import listed, many, number, spread, where, with_interval


def measured(quantity: str) -> str:
    """Name what is measured, as a sentence says it."""
    return {
        ALL_STATISTICS: "R² of image statistics",
        IMBALANCE: "information imbalance to statistics",
        LABELS: "accuracy above guessing",
        DIMENSION: "intrinsic dimension",
    }.get(quantity, f"R² of {quantity}")


def opened(text: str) -> str:
    """Open a sentence with a capital."""
    return f"{text[0].upper()}{text[1:]}"


def missing_sentence(result: Kept, quantity: str) -> str:
    """Say why a quantity has no values, and which have."""
    followed = [name for name in QUANTITIES if name not in result.missing]
    return f"{result.missing[quantity]} What can be followed here: {listed(followed)}."


def sentence(result: Kept, quantity: str, front: tuple[str, ...], titles: dict[str, str]) -> str:
    """Say where A and B begin and end."""
    size = result.size
    place = where(size.title, size.photographs, within=size.within, group=size.nouns.group)
    ways = []
    for encoder in front:
        one = result.of(encoder)
        row = one.row(quantity)
        values, low, high = one.values[row], one.low[row], one.high[row]
        if not np.isfinite(values[[0, -1]]).all():
            continue
        end = with_interval(values[-1], low[-1], high[-1])
        ways.append(f"from {number(values[0])} to {end} in {titles[encoder]}")
    if not ways:
        return f"{place}, {measured(quantity)} has no value at the ends of A and B."
    return f"{place}, {measured(quantity)} goes {listed(ways)}, first layer to last features."


def context(
    result: Kept,
    untrained: UntrainedKept | None,
    last_third: LastThirdContrast,
    quantity: str,
    front: tuple[str, ...],
    titles: dict[str, str],
) -> str:
    """Say what untrained twins give, how classifiers differ, and what is left out."""
    contrast = _contrast(last_third, quantity)
    parts = [
        _twins(untrained, quantity, front, titles),
        contrast,
        _unstated(last_third, titles),
        "" if result.reason in contrast else result.reason,
        f"{opened(result.left_out)}." if quantity == LABELS and result.left_out else "",
        _without(result),
    ]
    return " ".join(part for part in parts if part)


def _unstated(last_third: LastThirdContrast, titles: dict[str, str]) -> str:
    """Name the encoders on neither side, since nobody said what they were trained for."""
    if not last_third.unstated:
        return ""
    names = listed([titles[one] for one in last_third.unstated])
    one = len(last_third.unstated) == 1
    return (
        f"{names} {'is' if one else 'are'} on neither side, as it is not stated what "
        f"{'it was' if one else 'they were'} trained for."
    )


def _without(result: Kept) -> str:
    """Say which of the families are not in the mean, and why."""
    families = [name for name in result.missing if name not in (ALL_STATISTICS, IMBALANCE, LABELS)]
    if not families or ALL_STATISTICS in result.missing:
        return ""
    return f"Without {listed(families)}, which is the same on all of these images."


def _twins(
    untrained: UntrainedKept | None,
    quantity: str,
    front: tuple[str, ...],
    titles: dict[str, str],
) -> str:
    if untrained is None:
        return NO_TWINS
    row = QUANTITIES.index(quantity)
    ends = [
        f"{spread(last)} in {titles[encoder]}"
        for encoder in front
        if np.isfinite(last := untrained.of(encoder).values[:, row, -1]).all()
    ]
    if not ends:
        return ""
    return f"Untrained twins ({many(len(untrained.seeds), 'seed')}) end at {listed(ends)}."


def _contrast(last_third: LastThirdContrast, quantity: str) -> str:
    if not np.isfinite(last_third.difference):
        return (
            "Whether classifiers lose it in the last third cannot be tested with "
            f"{many(last_third.classifiers.size, 'classifier')} and "
            f"{many(last_third.others.size, 'other')}; at least 3 each are needed."
        )
    text = (
        f"Over the last third, {measured(quantity)} changes by "
        f"{number(float(last_third.classifiers.mean()))} in classifiers and by "
        f"{number(float(last_third.others.mean()))} in others: a difference of "
        f"{with_interval(last_third.difference, last_third.low, last_third.high)}"
    )
    if not last_third.reason:
        text += f" over {last_third.classifiers.size + last_third.others.size} recipes"
    text += f". {last_third.reason}" if last_third.reason else "."
    if last_third.twins.size:
        seeds = many(len(last_third.twins), "seed")
        text += f" Between their untrained twins it is {spread(last_third.twins)} ({seeds})."
    return text


def verdict(
    result: Kept,
    untrained: UntrainedKept | None,
    last_third: LastThirdContrast,
    quantity: str,
    first: str,
    titles: dict[str, str],
) -> Verdict | None:
    """Return whether classifiers change otherwise than others; untested, how A changes."""
    if result.size.within:
        value = float(result.of(first).values[QUANTITIES.index(quantity), -1])
        if not np.isfinite(value):
            return None
        what = measured(quantity)
        return first_that_fits(
            Badge.FEW, f"{what} ends at {number(value)} in {name(titles[first])}"
        )
    if not last_third.reason:
        return _of_kinds(last_third, quantity)
    return _of_one(result.of(first), untrained, quantity, titles[first])


def _of_kinds(last_third: LastThirdContrast, quantity: str) -> Verdict | None:
    difference = last_third.difference
    badge = _weighed(difference, last_third.low, last_third.high, last_third.twins)
    what, size = measured(quantity), number(abs(difference))
    if badge is Badge.UNTOLD or _unsure(last_third.low, last_third.high):
        return first_that_fits(badge, f"{what}: classifiers and others not told apart, {size}")
    sides = np.sign([last_third.classifiers.mean(), last_third.others.mean()])
    if sides[0] * sides[1] < 0:  # one falls and one rises: only the two changes are compared
        turn = "higher" if difference > 0 else "lower"
        text = f"change of {what} is {size} {turn} in classifiers than others"
        return first_that_fits(badge, text, f"{what}: {size} {turn} in classifiers than others")
    falls = sides.sum() < 0
    more = "more" if (difference < 0) == falls else "less"
    verb = "falls" if falls else "rises"
    return first_that_fits(badge, f"{what} {verb} by {size} {more} in classifiers than in others")


def _of_one(
    one: EncoderKept, untrained: UntrainedKept | None, quantity: str, title: str
) -> Verdict | None:
    row = one.row(quantity)
    change, low, high = one.change[row], one.change_low[row], one.change_high[row]
    if not np.isfinite(change):
        return None
    twins = np.array([]) if untrained is None else untrained.of(one.encoder).change[:, row]
    badge = _weighed(float(change), float(low), float(high), twins)
    verb = "fall" if change < 0 else "rise"
    verb = f"may {verb}" if badge is Badge.UNTOLD or _unsure(low, high) else f"{verb}s"
    text = f"{name(title)}: {measured(quantity)} {verb} by {number(abs(change))}"
    return first_that_fits(badge, f"{text} over the last third", text)


def _unsure(low: float, high: float) -> bool:
    """Say whether an interval leaves the direction open."""
    return low <= 0 <= high


def _weighed(value: float, low: float, high: float, twins: np.ndarray) -> Badge:
    """Weigh a change in its own direction against none, and against that of untrained twins."""
    sign = 1.0 if value >= 0 else -1.0
    ends = sorted((sign * low, sign * high)) if np.isfinite(low) else [np.nan, np.nan]
    zero = against_zero(*ends)
    if zero is Outcome.UNTESTED:
        return above_zero(zero, Outcome.UNTESTED)
    return above_zero(zero, against_draws(ends[0], ends[1], sign * twins))
