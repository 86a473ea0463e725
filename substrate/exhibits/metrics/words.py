"""What the metrics of a pair say, in sentences."""

from __future__ import annotations

from substrate.analyses.metrics.all_metrics import MetricsResult
from substrate.numerics.nulls import MIN_GROUPS
from substrate.wording import many, number

#: What a p-value of one metric alone is held against.
ALPHA = 0.05


def sentence(result: MetricsResult) -> str:
    """Say how many metrics are above chance, and between what they range."""
    nulls = [row.estimate.null for row in result.rows]
    tested = [null.p for null in nulls if null is not None and null.p is not None]
    values = [row.calibrated for row in result.rows if row.calibrated is not None]
    if not values:
        return "No metric has a value for this pair; the table says why."
    lowest, highest = number(min(values)), number(max(values))
    calibrated = f"calibrated values run from {lowest} to {highest}"
    if not tested:
        return (
            f"Within these {result.nouns.group}s, on one scale, where {result.shuffled} give 0 and "
            f"identical features 1, {calibrated}. No comparison with chance: "
            f"{many(result.groups, result.nouns.group)}, and at least {MIN_GROUPS} are needed."
        )
    above = sum(p <= ALPHA for p in tested)
    return (
        f"{above} of {len(tested)} metrics are above what {result.shuffled} give (p ≤ 0.05, each "
        f"on its own); on one scale, where these give 0 and identity 1, {calibrated}."
    )


def reading(result: MetricsResult) -> str:
    """Say how the chart is read."""
    if result.within:
        return (
            f"Each dot is one metric vs. {result.shuffled}: (value - their mean) / "
            "(identity - their mean), never clipped."
        )
    return (
        "Each dot is one metric, calibrated by its own null: (value - mean null) / (identity - "
        "mean null), never clipped. The grey bar ends at the 95 % level of the null; whiskers are "
        "delete-group jackknife intervals."
    )


def columns(result: MetricsResult) -> str:
    """Say what the columns of the table of numbers are."""
    if result.within:
        return f"Each metric's value, the mean of {result.shuffled}, and its calibrated value."
    return (
        "Each metric's value, the mean and the 95 % level of its null, its p-value, its calibrated "
        "value and its interval, or why it has none."
    )
