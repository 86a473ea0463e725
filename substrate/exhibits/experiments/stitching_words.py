"""What stitched networks say, in sentences."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from substrate.analyses.experiments.stitching import StitchRepeat, StitchSummary
from substrate.wording import number, percent, points, with_interval


def sentence(summary: StitchSummary) -> str:
    """Say what share of the upper network's accuracy each pair keeps, and untrained lower parts."""
    pairs = "; ".join(f"{pair} keeps {_kept(summary.of(pair))}" for pair in summary.pairs)
    text = f"Through one trained linear map of channels, {pairs} of the upper network's accuracy"
    shares = [draw / row.original.value for row in summary.rows for draw in row.untrained]
    if shares:
        text += (
            f". Untrained lower parts keep {_range(shares)}, {percent(float(np.median(shares)))}"
        )
        text += " at the middle"
    return f"{text}."


def context(summary: StitchSummary) -> str:
    """Say at how many cuts trained lower parts are better, and which cut loses most."""
    worst = min(summary.rows, key=lambda row: row.drop.value)
    drop = with_interval(worst.drop.value, worst.drop.low, worst.drop.high, points)
    parts = [f"Most is lost by {worst.pair} at {worst.cut}: {drop} points."]
    if summary.tested:
        parts.append(
            f"At {summary.better} of {summary.tested} cuts the 95 % CI of the difference from "
            "untrained lower parts lies above zero."
        )
    else:
        parts.append("There are too few draws of untrained twins for an interval.")
    parts.append("Cuts share networks and test images: these are no independent cases.")
    return " ".join(parts)


def r2_sentence(summary: StitchSummary) -> str:
    """Say what the affine map predicts at the cuts, and what is kept where it predicts least."""
    least = min(summary.rows, key=lambda row: row.r2.value)
    r2 = [row.r2.value for row in summary.rows]
    fitted = [row.fitted.value / row.original.value for row in summary.rows]
    return (
        f"At the cuts an affine map predicts {number(min(r2))} to {number(max(r2))} of the "
        f"variance; where it predicts least ({least.pair}, {least.cut}), the stitched network "
        f"keeps {percent(least.stitched.value / least.original.value)} of the accuracy. The map of "
        f"least squares, untrained for the classes, keeps {_range(fitted)}."
    )


def _kept(rows: Iterable[StitchRepeat]) -> str:
    return _range([row.stitched.value / row.original.value for row in rows])


def _range(shares: list[float]) -> str:
    low, high = percent(min(shares)), percent(max(shares))
    return low if low == high else f"{low.removesuffix(' %')} to {high}"
