"""Verdicts on layers: where two encoders diverge, and which encoders end most alike."""

from __future__ import annotations

import numpy as np

from substrate.analyses.layers.all_encoders import PairsResult, UntrainedPairsResult
from substrate.analyses.layers.two_encoders import LayersResult, UntrainedResult
from substrate.analyses.shared.grid_scores import Scores
from substrate.exhibits.layers.words import closest_and_furthest, extremes
from substrate.exhibits.verdict import (
    Outcome,
    Verdict,
    against_draws,
    against_level,
    against_zero,
    compared,
    first_that_fits,
    name,
    weighed,
)
from substrate.wording import number


def along_depth(
    result: LayersResult, untrained: UntrainedResult | None, first: str, second: str
) -> Verdict | None:
    """Return the verdict on the depth at which two encoders are furthest apart.

    What is tested is how much closer their closest layers at equal depth are: the interval takes
    the ends of both, which cover all pairs at once; twins are asked at the same depths.
    """
    ends = extremes(result)
    if ends is None or ends[0] == ends[1]:  # one depth: nothing to diverge from
        return None
    near, far = ((i, int(result.equal[i])) for i in ends)
    zero, twins = _drop(result.scores, near, far, None if untrained is None else untrained.values)
    badge = weighed(zero, twins)
    depth = number(float(result.first.depth[far[0]]))
    pair = f"{name(first)} and {name(second)}"
    verb = "may diverge" if zero is not Outcome.BEYOND else "diverge"
    return first_that_fits(badge, f"{pair} {verb} most at relative depth {depth}")


def _drop(
    scores: Scores, near: tuple[int, int], far: tuple[int, int], untrained: np.ndarray | None
) -> tuple[Outcome, Outcome]:
    if scores.within:
        return Outcome.FEW, Outcome.FEW
    sign = 1.0 if scores.closer == "higher" else -1.0
    top = sorted((sign * scores.low_any[near], sign * scores.high_any[near]))
    bottom = sorted((sign * scores.low_any[far], sign * scores.high_any[far]))
    low, high = float(top[0] - bottom[1]), float(top[1] - bottom[0])
    zero = against_zero(low, high)
    if untrained is None or zero is Outcome.UNTESTED:
        return zero, Outcome.UNTESTED
    drops = sign * (untrained[:, near[0], near[1]] - untrained[:, far[0], far[1]])
    return zero, against_draws(low, high, drops)


def of_pairs(
    result: PairsResult, untrained: UntrainedPairsResult | None, titles: dict[str, str]
) -> Verdict | None:
    """Return the verdict on the two encoders whose last features are most alike."""
    ends, scores = closest_and_furthest(result.scores), result.scores
    if ends is None:
        return None
    (i, j), _ = ends
    sign = 1.0 if scores.closer == "higher" else -1.0
    value, shuffling, twins = float(scores.values[i, j]), Outcome.FEW, Outcome.FEW
    if not scores.within:
        level = None if scores.tau_any is None else sign * scores.tau_any
        shuffling, twins = against_level(sign * value, level), Outcome.UNTESTED
        if untrained is not None and np.isfinite(scores.low_any[i, j]):
            low, high = sorted((sign * scores.low_any[i, j], sign * scores.high_any[i, j]))
            twins = against_draws(low, high, sign * untrained.values[:, i, j])
    pair = " and ".join(name(titles.get(e, e)) for e in (result.encoders[i], result.encoders[j]))
    return first_that_fits(
        weighed(shuffling, twins),
        f"{pair} end most alike: {number(value)}",
    ) or compared("The closest pair", value, shuffling, twins)
