"""What may be said of a claim: the rule that turns an estimate and its controls into a verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from substrate.analyses.replicates import Estimated

Kind = Literal["score", "correlation", "accuracy", "ratio"]
#: Tolerances where the work publishes no control of its own; ratios are compared as logarithms.
TOLERANCE: Mapping[str, float] = {
    "score": 0.10, "correlation": 0.15, "accuracy": 0.02, "ratio": float(np.log(1.5)),
}  # fmt: skip
LEVEL = 0.05

UNTESTED = "cannot be tested here"
CONTRADICTED = "contradicted"
UNDECIDED = "undecided"
DIRECTION = "direction only"
REPRODUCED = "reproduced"
OTHER_SIZE = "same direction, different size"
SIZE_UNDECIDED = "size undecided"
#: Every verdict, from the strongest agreement to what could not be asked.
VERDICTS = (
    REPRODUCED, SIZE_UNDECIDED, OTHER_SIZE, DIRECTION, UNDECIDED, CONTRADICTED, UNTESTED,
)  # fmt: skip


@dataclass(frozen=True)
class Contrast:
    """An estimand beside what it is held against; ratios are given as logarithms."""

    value: float
    controls: Mapping[str, float]

    def smallest(self, sign: int) -> float:
        """Return the smallest lead over a control, in the direction that is expected."""
        return min(sign * (self.value - control) for control in self.controls.values())


def tolerance(kind: Kind, published: float | None, control: float | None) -> float | None:
    """Return how far the measured value may lie from the published one and still reproduce it.

    A quarter of the distance from the work's own control where it has one, else a fixed margin.
    None where nothing is published. For ratios it is a distance of logarithms.
    """
    if published is None:
        return None
    if control is None:
        return TOLERANCE[kind]
    if kind == "ratio":
        return float(abs(np.log(published) - np.log(control))) / 4
    return abs(published - control) / 4


def holm(p_values: Sequence[float], *, level: float = LEVEL) -> tuple[bool, ...]:
    """Say which hypotheses Holm's step-down procedure rejects, in the order given."""
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    rejected = [False] * len(p_values)
    for rank, index in enumerate(order):
        if p_values[index] > level / (len(p_values) - rank):
            break
        rejected[index] = True
    return tuple(rejected)


def direction(effect: Estimated) -> str:
    """Return what the smallest lead says by itself: contradicted, undecided or direction only."""
    if effect.low is None or effect.high is None:
        return UNTESTED
    if effect.high < 0:
        return CONTRADICTED
    return UNDECIDED if effect.low <= 0 else DIRECTION


def verdict(
    value: Estimated,
    effect: Estimated,
    *,
    withstands: bool,
    published: float | None,
    margin: float | None,
    analogue: bool,
) -> str:
    """Return the verdict on a row.

    ``effect`` is the smallest lead over the controls, ``withstands`` says whether it passes
    Holm's correction over all tested rows. ``value``, ``published`` and ``margin`` decide about
    the size, on one scale.
    """
    side = direction(effect)
    if side != DIRECTION:
        return side
    if not withstands:
        return UNDECIDED
    if published is None or margin is None or analogue:
        return DIRECTION
    if value.low is None or value.high is None:
        return SIZE_UNDECIDED
    low, high = published - margin, published + margin
    if low <= value.low and value.high <= high:
        return REPRODUCED
    return OTHER_SIZE if value.high < low or high < value.low else SIZE_UNDECIDED
