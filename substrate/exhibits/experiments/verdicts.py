"""Verdicts on the long experiments."""

from __future__ import annotations

from substrate.analyses.experiments.distill import DistillSummary
from substrate.analyses.experiments.emergence import EmergenceSummary, has_share
from substrate.analyses.experiments.modality import UNTRAINED, ModalitySummary
from substrate.analyses.experiments.panel import PanelSummary
from substrate.analyses.experiments.stitching import StitchSummary
from substrate.exhibits.verdict import (
    Badge,
    Outcome,
    Verdict,
    against_level,
    against_zero,
    compared,
    counted,
    first_that_fits,
    weighed,
)
from substrate.numerics.estimates import Estimate
from substrate.wording import points

#: Seeds below which nothing is called an effect.
SEEDS = 5


def of_distill(summary: DistillSummary) -> Verdict | None:
    """Return the verdict on aligning a student, at the fewest labels that are tried.

    Of the substrate of encoders that saw no labels: that of the whole panel leaks the labels which
    its teachers were trained on.
    Its nulls are no gain over a student that is not aligned, scores of other images, and the
    substrate of untrained twins; below five seeds nothing is told from them.
    """
    fewest = min(summary.fractions)
    rows = {d.arm: d for d in summary.differences if d.fraction == fewest}
    ours, twin = rows.get("label_free"), rows.get("untrained")
    if ours is None or ours.difference is None:
        return None
    twins = Outcome.UNTESTED
    if twin is not None and twin.difference is not None:
        twins = _against(ours.difference, twin.difference)
    null = ours.beyond_null or Estimate(None)
    badge = weighed(against_zero(null.low, null.high), twins)
    zero = against_zero(ours.difference.low, ours.difference.high)
    if badge is not Badge.NO_INTERVAL:
        if ours.seeds < SEEDS or zero in (Outcome.OPEN, Outcome.UNTESTED):
            badge = Badge.UNTOLD
        elif zero is Outcome.BELOW:
            badge = Badge.CONTROL
    gain = points(ours.difference.value)
    return first_that_fits(
        badge, f"with fewest labels, label-free alignment changes accuracy by {gain} points"
    )


def _against(ours: Estimate, twin: Estimate) -> Outcome:
    """Say whether two intervals are apart."""
    if None in (twin.low, twin.high, ours.low, ours.high):
        return Outcome.UNTESTED
    return against_zero(ours.low - twin.high, ours.high - twin.low)


def of_modality(summary: ModalitySummary) -> Verdict | None:
    """Return the verdict on the agreement of images with texts."""
    row = summary.rows[0]
    shuffling = Outcome.FEW if row.p is None else against_level(row.value, row.tau)
    twin = next((one for one in summary.rows if one.kind == UNTRAINED), None)
    twins = Outcome.UNTESTED
    if twin is not None and None not in (row.low, row.high, twin.low, twin.high):
        twins = against_zero(row.low - twin.high, row.high - twin.low)  # type: ignore[operator]
    return compared("Agreement of images with texts", row.value, shuffling, twins)


def of_emergence(summary: EmergenceSummary) -> Verdict | None:
    """Return in how many trainings alignment runs ahead of accuracy, on the domain shown."""
    given = [r for r in summary.here if has_share(r) and r.share.low is not None]
    if not given:
        return counted(Badge.NO_INTERVAL, "no interval in", len(summary.here), "training")
    ahead = sum((r.share.low or 0.0) > 0.5 for r in given)
    return counted(Badge.SEVERAL, "alignment runs ahead of accuracy in", ahead, "tested training")


def of_panel(summary: PanelSummary) -> Verdict | None:
    """Return on how many domains trained encoders share more than their untrained twins."""
    tested = [r for r in summary.rows if r.difference.low is not None]
    if not tested:
        return counted(Badge.FEW, "no interval on", len(summary.rows), "domain")
    more = sum((r.difference.low or 0.0) > 0 for r in tested)
    return counted(
        Badge.SEVERAL, "encoders share more than untrained twins on", more, "tested domain"
    )


def of_stitching(summary: StitchSummary) -> Verdict | None:
    """Return at how many cuts a trained lower part serves better than untrained ones."""
    if not summary.tested:
        return counted(Badge.NO_INTERVAL, "no comparison at", len(summary.rows), "cut")
    return counted(
        Badge.SEVERAL, "trained lower parts serve better than untrained at", summary.better, "cut"
    )
