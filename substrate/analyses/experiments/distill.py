"""Does aligning a student to the substrate help it? The repeats, and differences over seeds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from pydantic import Field
from scipy import stats

from substrate.analyses.experiments.file import (
    ExperimentFile,
    Strict,
)
from substrate.numerics.nulls import LEVEL

BASELINE = "cross_entropy"
SHUFFLED = "shuffled"
#: The arms in the order in which they are drawn, with their names.
ARMS = {
    BASELINE: "Cross-entropy alone",
    "substrate": "+ substrate of the panel",
    "label_free": "+ substrate of encoders trained without labels",
    SHUFFLED: "+ substrate scores of other images (null)",
    "untrained": "+ substrate of untrained twins (control)",
    "within": "+ teacher of the same paradigm",
    "across": "+ teacher of another paradigm",
}
#: Fewer seeds than this, and no statement over seeds is tested.
MIN_SEEDS = 5

Arm = Literal["cross_entropy", "substrate", "label_free", "shuffled", "untrained", "within",
              "across"]  # fmt: skip


class DistillRepeat(Strict):
    """One student: which share of the labels, what it was asked for, which seed, what it reached.

    ``alignment`` is the linear CKA of its last features with the panel's substrate on test images
    that neither was fitted to.
    """

    fraction: float = Field(gt=0, le=1)
    arm: Arm
    seed: int = Field(ge=0)
    images: int = Field(ge=1)
    steps: int = Field(ge=1)
    accuracy: float = Field(ge=0, le=1)
    alignment: float
    seconds: float = Field(ge=0)


DistillFile = ExperimentFile[DistillRepeat]


@dataclass(frozen=True)
class Difference:
    """An arm's mean accuracy less cross-entropy's with the same seeds, with its interval.

    ``beyond_null`` is the same against shuffled scores, ``each`` the differences seed by seed.
    """

    fraction: float
    images: int
    arm: str
    seeds: int
    accuracy: float
    alignment: float
    difference: float | None
    low: float | None
    high: float | None
    beyond_null: float | None
    null_low: float | None
    null_high: float | None
    each: tuple[float, ...]


@dataclass(frozen=True)
class DistillSummary:
    """Every arm at every share of the labels, beside cross-entropy and beside shuffled scores."""

    differences: tuple[Difference, ...]
    fractions: tuple[float, ...]
    seeds: tuple[int, ...]
    test_images: int
    facts: str
    reason: str


def summarise(file: ExperimentFile[DistillRepeat]) -> DistillSummary:
    """Pair each arm with cross-entropy and with shuffled scores, seed by seed."""
    fractions = tuple(sorted({r.fraction for r in file.repeats}))
    seeds = tuple(sorted({r.seed for r in file.repeats}))
    found = [_difference(file.repeats, f, arm) for f in fractions for arm in ARMS]
    settings: dict[str, Any] = file.configuration
    reason = ""
    if len(seeds) < MIN_SEEDS:
        reason = (
            f"{len(seeds)} seeds: the intervals are t intervals over {len(seeds)} paired "
            f"differences and wide; below {MIN_SEEDS} seeds nothing is called an effect."
        )
    test_images = int(settings["test_images"])
    facts = (
        f"{test_images:,} test images · {settings['steps']:,} steps of {settings['batch']} images "
        f"in every arm · seeds {', '.join(map(str, seeds))} · K = {settings['components']}, "
        f"z-scored · weight {settings['weight']:g}"
    )
    kept = tuple(d for d in found if d is not None)
    return DistillSummary(kept, fractions, seeds, test_images, facts, reason)


def _difference(repeats: tuple[DistillRepeat, ...], fraction: float, arm: str) -> Difference | None:
    mine = _of(repeats, fraction, arm)
    if not mine:
        return None
    each = _differences(mine, _of(repeats, fraction, BASELINE)) if arm != BASELINE else []
    beyond = _differences(mine, _of(repeats, fraction, SHUFFLED)) if arm != SHUFFLED else []
    values = list(mine.values())
    return Difference(
        fraction, values[0].images, arm, len(mine),
        float(np.mean([r.accuracy for r in values])),
        float(np.mean([r.alignment for r in values])),
        *_interval(each), *_interval(beyond), tuple(each),
    )  # fmt: skip


def _of(repeats: tuple[DistillRepeat, ...], fraction: float, arm: str) -> dict[int, DistillRepeat]:
    return {r.seed: r for r in repeats if r.fraction == fraction and r.arm == arm}


def _differences(mine: dict[int, DistillRepeat], other: dict[int, DistillRepeat]) -> list[float]:
    return [mine[s].accuracy - other[s].accuracy for s in sorted(set(mine) & set(other))]


def _interval(values: list[float]) -> tuple[float | None, float | None, float | None]:
    """Return the mean with its t interval, as far as there are values."""
    if not values:
        return None, None, None
    mean = float(np.mean(values))
    if len(values) < 2:
        return mean, None, None
    error = float(np.std(values, ddof=1) / np.sqrt(len(values)))
    reach = float(stats.t.ppf((1 + LEVEL) / 2, len(values) - 1)) * error
    return mean, mean - reach, mean + reach


def distill_sentence(found: DistillSummary) -> str:
    """Say what aligning to the substrate did to the accuracy, at every share of the labels."""
    parts = [
        f"by {points(d.difference)}{_between(d)} with {share(d.fraction)} of the labels"
        for d in found.differences
        if d.arm == "substrate" and d.difference is not None
    ]
    free = [
        f"{points(d.difference)} with {share(d.fraction)}"
        for d in found.differences
        if d.arm == "label_free" and d.difference is not None
    ]
    unlabelled = (
        f" The substrate of encoders that saw no labels changed it by {', '.join(free)}."
        if free
        else ""
    )
    return (
        "Aligning a small student to the panel's substrate changed its accuracy on CIFAR-10 "
        f"{'; '.join(parts)}.{unlabelled}"
    )


#: What stands beside the substrate in the sentence, and how it is called there.
NAMED = (
    (SHUFFLED, "scores of other images"),
    ("untrained", "the substrate of untrained twins"),
    ("within", "a supervised teacher"),
    ("across", "a contrastive teacher"),
)


def distill_context(found: DistillSummary) -> str:
    """Set the change beside what shuffled scores, untrained twins and a teacher give."""
    sentences = []
    for fraction in found.fractions:
        rows = {d.arm: d for d in found.differences if d.fraction == fraction}
        given = [
            f"{what} {points(rows[arm].difference)}"
            for arm, what in NAMED
            if arm in rows and rows[arm].difference is not None
        ]
        base = rows.get(BASELINE)
        start = "" if base is None else f" (from {100 * base.accuracy:.1f} %)"
        sentences.append(f"With {share(fraction)} of the labels{start}: {', '.join(given)}.")
    return " ".join([*sentences, found.reason]).strip()


def _between(d: Difference) -> str:
    if d.low is None or d.high is None:
        return " (no interval: one seed)"
    return f" (95 % interval {signed(d.low)} to {signed(d.high)})"


def points(value: float | None) -> str:
    """Write a difference of accuracies in percentage points, signed."""
    return "unknown" if value is None else f"{signed(value)} points"


def signed(value: float) -> str:
    """Write a share as percentage points with a sign."""
    return f"{100 * value:+.1f}".replace("-", "\u2212")


def share(fraction: float) -> str:
    """Write a share of the labels."""
    return f"{100 * fraction:g} %"


PUBLISHED = (
    "Published: a ResNet-18 on CIFAR-100 aligned so to the substrate of seven ImageNet encoders "
    "gained 1.53 points with 1 % of the labels, 7.56 with 10 %, 1.05 with 50 % and .64 with all "
    "of them (Radwan 2026, arXiv:2606.07882)."
)
