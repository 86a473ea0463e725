"""Verdicts on layers: where two encoders diverge, and which encoders end most alike."""

from __future__ import annotations

import numpy as np

from substrate.analyses.layers.all_encoders import PairsResult, UntrainedPairsResult
from substrate.analyses.layers.two_encoders import LayersResult, UntrainedResult
from substrate.exhibits.layers.depths import first_apart, gains
from substrate.exhibits.layers.words import closest_and_furthest, extremes
from substrate.exhibits.verdict import (
    Outcome,
    Verdict,
    above_zero,
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
    """Return the verdict on the depths at which two encoders are further apart than at their best.

    What is tested is how much closer their closest layers at equal depth are than those at the
    depth that is named: the interval takes the ends of both, which cover all pairs at once; twins
    are asked at the same depths. The null is no difference between depths: nothing is shuffled.
    """
    ends = extremes(result)
    if ends is None or ends[0] == ends[1]:  # one depth: nothing to diverge from
        return None
    near, far = ends
    stretch = first_apart(result, near)
    named = far if stretch is None else stretch[1]
    zero, twins = _gain(result, near, named, untrained)
    pair, depth = f"{name(first)} and {name(second)}", number(float(result.first.depth[named]))
    if zero is not Outcome.BEYOND:
        texts = [f"{pair} may diverge most at relative depth {depth}"]
    elif stretch is None:
        texts = [f"{w} are closer elsewhere than at relative depth {depth}" for w in (pair, "They")]
    else:
        does = "diverge from" if stretch[0] == "from" else "come closer after"
        on = " on" if stretch[0] == "from" else ""
        if stretch[0] == "from" and np.isclose(result.first.depth[named], result.first.depth[-1]):
            does, on = "are further apart at", ", the last"
        texts = [f"{w} {does} relative depth {depth}{on}" for w in (pair, "They")]
    return first_that_fits(above_zero(zero, twins), *texts)


def _gain(
    result: LayersResult, near: int, far: int, untrained: UntrainedResult | None
) -> tuple[Outcome, Outcome]:
    """Weigh how much closer one depth is than another: from zero, and from untrained twins."""
    if result.scores.within:
        return Outcome.FEW, Outcome.FEW
    low, high = gains(result, near, far)
    zero = against_zero(low, high)
    if untrained is None or zero is Outcome.UNTESTED:
        return zero, Outcome.UNTESTED
    sign = 1.0 if result.scores.closer == "higher" else -1.0
    twins = [untrained.values[:, i, int(result.equal[i])] for i in (near, far)]
    return zero, against_draws(low, high, sign * (twins[0] - twins[1]))


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
