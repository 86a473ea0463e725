"""Verdicts on a training: alignment beside accuracy, and its directions."""

from __future__ import annotations

import numpy as np

from substrate.analyses.shared.grid_calibration import changes
from substrate.analyses.training.alignment import TrainingResult
from substrate.analyses.training.directions import TrainingDirectionsResult
from substrate.exhibits.training.words import half_way
from substrate.exhibits.verdict import (
    Badge,
    Outcome,
    Verdict,
    against_draws,
    against_level,
    first_that_fits,
    is_finite,
    weighed,
)
from substrate.wording import number, percent, signed


def of_alignment(result: TrainingResult) -> Verdict | None:
    """Return the verdict on whether alignment ran ahead of accuracy.

    Three nulls: the last step against shuffled samples and against untrained twins, and the share
    of the way against 50 %, which would be in step with accuracy.
    """
    share, gain = result.scores.summaries
    if share.value is None or not is_finite(share.value) or not changes(gain):
        if gain.value is None or not is_finite(gain.value):
            return None
        badge = Badge.FEW if result.scores.within else Badge.UNTOLD
        return first_that_fits(
            badge, f"alignment at the end is not told from its start: {signed(gain.value)}"
        )
    made = percent(share.value).replace(" ", "\u00a0")
    badge, low, high = weighed(*_at_the_end(result)), share.low, share.high
    if low is not None and high is not None and low <= 0.5 <= high:
        badge = Badge.UNTOLD if badge in (Badge.BOTH, Badge.SHUFFLING, Badge.TWINS) else badge
    return first_that_fits(
        badge, f"alignment is {made} complete when accuracy has made half its gain"
    )


def _at_the_end(result: TrainingResult) -> tuple[Outcome, Outcome]:
    """Weigh the last step by shuffled samples and by untrained twins."""
    scores = result.scores
    if scores.within:
        return Outcome.FEW, Outcome.FEW
    sign = 1.0 if scores.closer == "higher" else -1.0
    level = None if scores.tau_any is None else sign * scores.tau_any
    ends = sorted((sign * float(scores.low[-1, 0]), sign * float(scores.high[-1, 0])))
    return (
        against_level(sign * float(scores.values[-1, 0]), level),
        against_draws(ends[0], ends[1], sign * result.untrained),
    )


def of_directions(result: TrainingDirectionsResult) -> Verdict | None:
    """Return how much of the final span is there half way through; no interval is taken."""
    middle = half_way(result.steps)
    value = float(result.overlap[middle or 0])
    if not np.isfinite(value):
        return None
    return first_that_fits(
        Badge.FEW if result.within else Badge.NO_INTERVAL,
        f"{'at the start' if middle is None else 'half way'}, the leading directions overlap with "
        f"the final ones by {number(value)}",
    )
