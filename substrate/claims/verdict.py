"""What may be said of a claim: the rule that turns estimates against controls into a verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from substrate.numerics.estimates import Estimate

Kind = Literal["score", "correlation", "accuracy", "ratio"]
Form = Literal["larger", "smaller", "no difference"]
LARGER, SMALLER, EQUAL = "larger", "smaller", "no difference"
#: Tolerances where the work publishes no control of its own; ratios are compared as logarithms.
TOLERANCE: Mapping[str, float] = {
    "score": 0.10,
    "correlation": 0.15,
    "accuracy": 0.02,
    "ratio": float(np.log(1.5)),
}
LEVEL = 0.05

#: The control that says what training adds.
TWINS = "untrained twins"
#: What is said of a figure against one control.
YES, NO, OPEN, NOT_TESTED = "yes", "no", "undecided", "cannot be tested"

UNTESTED = "cannot be tested here"
UNDECIDED = "undecided"
REPRODUCED = "reproduced"
OTHER_SIZE = "same direction, different size"
SIZE_UNDECIDED = "size undecided"
CONTRADICTED = "contradicted"
SAME_HERE = "same direction here"
NOTHING_HERE = "no difference here"
OPPOSITE_HERE = "opposite direction here"
#: Every verdict, from the strongest agreement to what could not be asked.
VERDICTS = (
    REPRODUCED,
    SIZE_UNDECIDED,
    OTHER_SIZE,
    SAME_HERE,
    NOTHING_HERE,
    UNDECIDED,
    OPPOSITE_HERE,
    CONTRADICTED,
    UNTESTED,
)
#: The verdicts that agree with what was published, at least in direction, and those against it.
AGREEING = (REPRODUCED, SIZE_UNDECIDED, OTHER_SIZE, SAME_HERE, NOTHING_HERE)
#: The verdicts that say yes or no.
DECIDED = (*AGREEING, CONTRADICTED, OPPOSITE_HERE)


@dataclass(frozen=True)
class Contrast:
    """An estimand, what it is held against, and what is only shown beside it.

    Ratios are given as logarithms.
    """

    value: float
    controls: Mapping[str, float]
    beside: Mapping[str, float] = field(default_factory=dict)

    def lead(self, control: str) -> float:
        """Return how far the figure lies above one control."""
        return self.value - self.controls[control]


def tolerance(
    kind: Kind, form: Form, published: float | None, control: float | None
) -> float | None:
    """Return how far from the published figure, or from no difference, still counts as equal.

    A quarter of the distance from the work's own control where it has one, else a fixed margin of
    the kind, and never more than half of the published figure. Claims of no difference are held
    to the fixed margin around zero. None where nothing is published. Logarithms for ratios.
    """
    if form == EQUAL:
        return TOLERANCE[kind]
    if published is None:
        return None
    ratio = kind == "ratio"
    margin = TOLERANCE[kind]
    if control is not None:
        margin = abs(np.log(published / control) if ratio else published - control) / 4
    return float(min(margin, np.log(2.0) if ratio else abs(published) / 2))


def holm(p_values: Sequence[float], *, level: float = LEVEL) -> tuple[bool, ...]:
    """Say which hypotheses Holm's step-down procedure rejects, in the order given."""
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    rejected = [False] * len(p_values)
    for rank, index in enumerate(order):
        if p_values[index] > level / (len(p_values) - rank):
            break
        rejected[index] = True
    return tuple(rejected)


@dataclass(frozen=True)
class Decision:
    """What one contrast says by itself, and its two-sided p-value for Holm's correction."""

    answer: str
    p: float | None


def decide(form: Form, effects: Sequence[Estimate], margin: float | None) -> Decision:
    """Decide one contrast before correction for the number of contrasts.

    ``effects`` are the figure less the control, one per domain where a claim is about every
    domain. "yes" needs all of them (an intersection-union test: the largest p-value counts);
    "no" needs one (the smallest p-value times their number). For *no difference* "yes" is the
    interval inside plus or minus the margin and "no" the interval outside.
    """
    if not effects or any(e.p_of_zero is None for e in effects):
        return Decision(NOT_TESTED, None)
    tests = [_one_sided(form, e, margin) for e in effects]
    agrees = 2 * max(p for p, _ in tests)
    opposes = 2 * len(tests) * min(p for _, p in tests)
    if agrees <= LEVEL:
        return Decision(YES, agrees)
    if opposes <= LEVEL:
        return Decision(NO, opposes)
    return Decision(OPEN, min(1.0, agrees, opposes))


def _one_sided(form: Form, effect: Estimate, margin: float | None) -> tuple[float, float]:
    """Return one-sided p-values in favour of the claim and against it."""
    if form != EQUAL:
        above, below = effect.p_against(0.0)
        return (above, below) if form == LARGER else (below, above)
    if margin is None:
        raise ValueError("a claim of no difference needs a margin")
    over, under = effect.p_against(margin), effect.p_against(-margin)
    return max(over[1], under[0]), min(over[0], under[1])


def corrected(answer: str, *, withstands: bool) -> str:
    """Return the answer after Holm's correction: agreement and contradiction alike need it."""
    return answer if withstands or answer not in (YES, NO) else OPEN


def hardest(answers: Sequence[str]) -> int:
    """Return the position of the control that decides: the one that is hardest to beat."""
    order = (NOT_TESTED, NO, OPEN, YES)
    return min(range(len(answers)), key=lambda i: order.index(answers[i]))


def ruling(answers: Mapping[str, str], rests_on: str = "") -> str:
    """Return the control that gives the verdict: the hardest of those that decide.

    A row may rest on one of them: it is decided by none of the others alone. What training adds
    is known from untrained twins, so a row about it stays open where they leave it open, whatever
    controls that any network beats, or loses to, may say.
    """
    names = list(answers)
    ruling_control = names[hardest([answers[name] for name in names])]
    if rests_on and answers[ruling_control] == NO and answers[rests_on] == OPEN:
        return rests_on
    return ruling_control


def answered(answers: Mapping[str, str], rests_on: str = "") -> str:
    """Return a row's answer: a no only where the control that it rests on says no as well.

    Where training adds to a figure that another control matches, the row is neither confirmed nor
    turned around: it stays open, and both answers are said.
    """
    answer = answers[ruling(answers, rests_on)]
    if rests_on and answer == NO and answers[rests_on] == YES:
        return OPEN
    return answer


def verdict(
    answer: str,
    form: Form,
    value: Estimate,
    *,
    published: float | None,
    margin: float | None,
    papers: bool,
) -> str:
    """Return the verdict on a row from the answer against its hardest control.

    ``papers`` says whether the study has the paper's grade. Only then is the size judged
    (``value``, ``published`` and ``margin`` on one scale); where a direction was all that was
    published, it is reproduced by the direction.
    """
    if answer == NOT_TESTED:
        return UNTESTED
    if answer == OPEN:
        return UNDECIDED
    if answer == NO:
        return CONTRADICTED if papers else OPPOSITE_HERE
    if not papers:
        return NOTHING_HERE if form == EQUAL else SAME_HERE
    if form == EQUAL or published is None or margin is None:
        return REPRODUCED
    return _size(value, published, margin)


def _size(value: Estimate, published: float, margin: float) -> str:
    if value.low is None or value.high is None:
        return SIZE_UNDECIDED
    low, high = published - margin, published + margin
    if low <= value.low and value.high <= high:
        return REPRODUCED
    return OTHER_SIZE if value.high < low or high < value.low else SIZE_UNDECIDED
