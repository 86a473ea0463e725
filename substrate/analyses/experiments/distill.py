"""Does aligning a student to the substrate help it? The repeats, and differences over seeds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from pydantic import Field

from substrate.analyses.experiments.file import (
    ExperimentFile,
    Strict,
)
from substrate.numerics.estimates import Estimate
from substrate.numerics.intervals import mean_of_draws

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

Arm = Literal[
    "cross_entropy", "substrate", "label_free", "shuffled", "untrained", "within", "across"
]


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

    Estimates over seeds, None where an arm is held against itself. ``beyond_null`` is the same
    against shuffled scores, ``by_seed`` the differences seed by seed.
    """

    fraction: float
    images: int
    arm: str
    seeds: int
    accuracy: float
    alignment: float
    difference: Estimate | None
    beyond_null: Estimate | None
    by_seed: tuple[float, ...]


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
    differences = [_difference(file.repeats, f, arm) for f in fractions for arm in ARMS]
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
    kept = tuple(d for d in differences if d is not None)
    return DistillSummary(kept, fractions, seeds, test_images, facts, reason)


def _difference(repeats: tuple[DistillRepeat, ...], fraction: float, arm: str) -> Difference | None:
    mine = _of(repeats, fraction, arm)
    if not mine:
        return None
    by_seed = _differences(mine, _of(repeats, fraction, BASELINE)) if arm != BASELINE else []
    beyond = _differences(mine, _of(repeats, fraction, SHUFFLED)) if arm != SHUFFLED else []
    values = list(mine.values())
    return Difference(
        fraction,
        values[0].images,
        arm,
        len(mine),
        float(np.mean([r.accuracy for r in values])),
        float(np.mean([r.alignment for r in values])),
        _mean(by_seed),
        _mean(beyond),
        tuple(by_seed),
    )


def _of(repeats: tuple[DistillRepeat, ...], fraction: float, arm: str) -> dict[int, DistillRepeat]:
    return {r.seed: r for r in repeats if r.fraction == fraction and r.arm == arm}


def _differences(mine: dict[int, DistillRepeat], other: dict[int, DistillRepeat]) -> list[float]:
    return [mine[s].accuracy - other[s].accuracy for s in sorted(set(mine) & set(other))]


def _mean(values: list[float]) -> Estimate | None:
    """Return the mean over seeds with its t interval, as far as there are values."""
    return mean_of_draws(np.array(values), minimum=2, unit="seeds") if values else None


def share(fraction: float) -> str:
    """Write a share of the labels."""
    return f"{100 * fraction:g} %"
