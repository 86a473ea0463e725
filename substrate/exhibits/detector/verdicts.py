"""Verdicts on the domain detector."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from substrate.analyses.detector.accuracy import DetectorResult, PixelResult, SweepResult
from substrate.analyses.detector.image import DetectionResult
from substrate.exhibits.verdict import (
    Badge,
    Outcome,
    Verdict,
    against_level,
    against_zero,
    first_that_fits,
    name,
    weighed,
)
from substrate.wording import number, percent


def of_accuracy(result: DetectorResult, pixels: PixelResult | None) -> Verdict | None:
    """Return the verdict on the detector beside guessing and beside scores of the pixels."""
    accuracy = result.by_photograph
    balanced = accuracy.balanced
    if not np.isfinite(balanced.value):
        return None
    guessing = control = Outcome.UNTESTED
    if balanced.low is not None:
        guessing = against_level(float(balanced.low), 1 / len(accuracy.classes))
        if pixels is not None and pixels.by_photograph.balanced.low is not None:
            other = pixels.by_photograph.balanced
            control = against_zero(balanced.low - other.high, balanced.high - other.low)
    badge = Badge.CONTROL if control is Outcome.BELOW else weighed(guessing, control)
    share = percent(balanced.value).replace(" ", "\u00a0")
    return first_that_fits(
        badge, f"on unseen {result.nouns.groups}, the domain is named right in {share}"
    )


def of_flattery(result: DetectorResult) -> Verdict | None:
    """Return by how much a split within photographs, as published, flatters the detector."""
    flattered = 100 * (result.naive.balanced.value - result.by_photograph.balanced.value)
    if not np.isfinite(flattered):
        return None
    size = number(abs(flattered), 0)
    if size == "0":
        text = f"splitting {result.nouns.groups} changes the detector's accuracy by {size} points"
    else:
        word = "flatters" if flattered > 0 else "costs"
        unit = "point" if size == "1" else "points"
        kind = result.nouns.groups
        text = f"splitting {kind}, as published, {word} the detector by {size} {unit}"
    return first_that_fits(Badge.DESCRIBED, text)


def of_confusion(result: DetectorResult, confusion: np.ndarray) -> Verdict | None:
    """Return the largest share of a domain that is named as another."""
    wrong = np.where(np.eye(len(confusion), dtype=bool), 0, confusion)
    totals = confusion.sum(axis=1, keepdims=True)
    worst = float(np.max(wrong / np.maximum(totals, 1)))
    share = percent(worst).replace(" ", "\u00a0")
    return first_that_fits(
        Badge.DESCRIBED, f"the most confused domain is named as another in {share}"
    )


def of_sweep(result: SweepResult) -> Verdict | None:
    """Return what the most directions reach, beside guessing."""
    last = result.by_photograph[-1]
    low = None if last.low is None else float(last.low)
    share = percent(last.value).replace(" ", "\u00a0")
    return first_that_fits(
        weighed(against_level(low, result.chance), Outcome.UNTESTED),
        f"with the most directions, the domain is named right in {share}",
    )


def of_image(result: DetectionResult, titles: Mapping[str, str]) -> Verdict | None:
    """Return where an image belongs, with its distance to the samples."""
    far = f"{result.distance:.2f}"
    if result.inside and result.domain in result.within:
        title = name(titles[result.domain])
        text = f"nearest is {title}, which this cannot decide, at distance {far}"
        return first_that_fits(Badge.NO_INTERVAL, text)
    if result.inside:
        text = f"this image is near {name(titles[result.domain])}, at distance {far}"
        return first_that_fits(Badge.DESCRIBED, text)
    if result.flat:
        text = f"none of these: the image is one colour, at distance {far}"
    elif result.distance > result.threshold:
        text = f"none of these domains: the image is at distance {far}"
    elif result.noise:
        text = f"none of these: noise is nearer than samples, at {result.from_noise:.2f}"
    else:
        text = f"none of these: light, colours and spectrum are at distance {result.unlike:.2f}"
    return first_that_fits(Badge.DESCRIBED, text)
