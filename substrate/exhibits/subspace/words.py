"""What comparisons of domains say, as sentences that can be read aloud."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from substrate.analyses.shared.samples import median_of, pairs
from substrate.analyses.subspace import published
from substrate.analyses.subspace.comparison import ControlledMatrix
from substrate.analyses.subspace.dimension_sweep import Sweep
from substrate.analyses.subspace.leave_out import LeaveOut
from substrate.analyses.subspace.sample_size import NCurve
from substrate.analyses.subspace.spans import MEASURES, Spans
from substrate.numerics.estimates import Estimate
from substrate.wording import MINUS, between, number, ordinal, signed, spread

#: The controls that the sentence about the matrix names.
NAMED = ("untrained", "shuffled", "pixels")


def _interval(bounds: tuple[float, float] | None, reason: str) -> str:
    """Write an interval, or in lower case why there is none."""
    return between(*bounds) if bounds else reason.removesuffix(".").lower() or "no interval"


def matrix_sentence(result: ControlledMatrix) -> str:
    """Say what the median between domains is, and beside what."""
    flat = {c.key: c.flat(debiased=result.debiased) for c in result.all_controls()}
    named = [
        f"{result.name(key).lower()} {number(float(np.nanmedian(values)))}"
        + (_draws(result) if key == "untrained" else "")
        for key, values in flat.items()
        if key in NAMED and np.isfinite(values).any()
    ]
    versus = f" vs. {', '.join(named)}" if named else ""
    return (
        f"The panel's directions in two domains agree {number(result.median)} in the median "
        f"({_interval(result.median_bounds, result.reason)}){versus}{_gain(result)}."
    )


def _gain(result: ControlledMatrix) -> str:
    """Write what training adds to the median, with its interval or why it has none."""
    gain = result.difference
    if gain is None or not np.isfinite(gain.value):
        return ""
    what = f"; trained {MINUS} untrained {signed(gain.value)}"
    if gain.low is None:
        reason = gain.reason.removesuffix(".")
        return f"{what} ({reason[:1].lower()}{reason[1:]})"
    return f"{what} ({between(gain.low, gain.high)}, over {gain.unit} and draws of twins)"


def _draws(result: ControlledMatrix) -> str:
    """Say how far draws of the twins differ, and where the trained panel stands among them."""
    if result.untrained is None or len(result.untrained.seeds) < 2:
        return ""
    medians = result.untrained.control.medians(debiased=result.debiased)
    if any(size.within for size in result.matrices.sizes):
        return f" ({spread(medians.tolist())} in {len(medians)} draws)"
    place = ordinal(1 + int(np.count_nonzero(medians >= result.median)))
    return (
        f" ({spread(medians.tolist())} in {len(medians)} draws; the trained panel comes "
        f"{place} of {len(medians) + 1})"
    )


def pair_words(result: ControlledMatrix, i: int, j: int) -> tuple[str, list[str], str]:
    """Return a heading in Markdown, lines and sizes for one pair of domains."""
    sizes = result.matrices.sizes
    lines = result.pair_lines(i, j) if i != j else ["1 by definition: a domain and itself"]
    return (
        f"**{sizes[i].title} – {sizes[j].title}**: {number(result.values[i, j])}",
        lines,
        " · ".join(dict.fromkeys((sizes[i].caption, sizes[j].caption))),
    )


def controls_sentence(result: ControlledMatrix) -> str:
    """Say which control comes highest, and which lowest."""
    return _extremes(result.median, _control_medians(result))


def _control_medians(result: ControlledMatrix) -> Iterator[tuple[str, float]]:
    for control in result.all_controls():
        values = control.flat(debiased=result.debiased)
        if np.isfinite(values).any():
            yield result.name(control.key), float(np.nanmedian(values))


def _extremes(trained: float, controls: Iterator[tuple[str, float]]) -> str:
    medians = dict(controls)
    if not medians:
        return f"The trained panel's median is {number(trained)}; there are no controls."
    high, low = max(medians, key=medians.__getitem__), min(medians, key=medians.__getitem__)
    return (
        f"Against the trained panel's {number(trained)} the highest control is "
        f"{high.lower()} with {number(medians[high])}, the lowest {low.lower()} with "
        f"{number(medians[low])} (medians)."
    )


def published_sentence() -> str:
    """Say what the published median is."""
    values = published.matrix()
    median = median_of(values[pairs(len(values))])
    return (
        f"The published matrix has a median of {number(median)} over pairs of "
        f"{len(published.DOMAINS)} domains, other than these and seen by other encoders."
    )


def spans_sentence(result: Spans, measure: int) -> str:
    """Say what the median of a measure of the bases alone is, and beside what."""
    controls = ", ".join(
        f"{name.lower()} {number(median_of(values))}"
        for name, values in result.controls(measure)
        if np.isfinite(values).any()
    )
    what = "differ by a rotation disparity of" if measure else "overlap with a similarity of"
    return (
        f"The spaces that the panel's directions span in two domains {what} "
        f"{number(result.median(measure))} in the median "
        f"({_interval(result.bounds(measure), result.intervals.reason)}) vs. {controls}."
    )


def span_controls_sentence(result: Spans, measure: int) -> str:
    """Say which control of a measure comes highest, and which lowest."""
    medians = (
        (name, median_of(values))
        for name, values in result.controls(measure)
        if np.isfinite(values).any()
    )
    sentence = _extremes(result.median(measure), medians)
    name = MEASURES[measure]
    return f"{name[0].upper()}{name[1:]}: {sentence[0].lower()}{sentence[1:]}"


def sweep_sentence(result: Sweep, *, debiased: bool) -> str:
    """Say where the median between domains starts, and at which K it is highest."""
    median = result.median[int(debiased)]
    best = int(np.nanargmax(median))
    reason = result.reason.removesuffix(".").lower() or f"intervals over {result.nouns.groups}"
    return (
        f"Between domains the median runs from {number(median[0])} at K = {result.ks[0]} to "
        f"{number(median[best])} at K = {result.ks[best]} ({reason})."
    )


def leave_out_sentence(result: LeaveOut, *, debiased: bool) -> str:
    """Say between which values the median runs without one encoder or family."""
    values = [(row.debiased if debiased else row.biased).value for row in result.rows]
    labels = [row.gone for row in result.rows]
    low, high = (1 + int(at(values[1:])) for at in (np.argmin, np.argmax))
    return (
        f"Without one encoder or family the median between domains runs from "
        f"{number(values[low])} (without {labels[low]}) to {number(values[high])} (without "
        f"{labels[high]}); the whole panel's is {number(values[0])}."
    )


def leave_out_context(result: LeaveOut) -> str:
    """Say how much a panel of other encoders might differ, or why that is not known."""
    over: Estimate = result.over_encoders
    if over.low is None or over.high is None:
        return over.reason
    return f"Biased median, encoders as a sample: {between(over.low, over.high)}."


def n_curve_sentence(result: NCurve, *, debiased: bool) -> str:
    """Say how trained and shuffled panels differ at the fewest and at the most samples."""
    trained, shuffled = (v[int(debiased)].mean(axis=1) for v in (result.trained, result.shuffled))
    at_ends = [
        f"{number(trained[s])} at n = {result.sizes[s]} "
        f"({result.shuffled_name.lower()} {number(shuffled[s])})"
        for s in (0, len(result.sizes) - 1)
    ]
    return f"The {_estimate(debiased)} median between domains is {' and '.join(at_ends)}."


def _estimate(debiased: bool) -> str:
    return "debiased" if debiased else "biased"
