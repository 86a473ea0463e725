"""What the metrics of a pair say, in sentences."""

from __future__ import annotations

from substrate.analyses.metrics.all_metrics import MetricsResult
from substrate.wording import many, number

#: What a p-value of one metric alone is held against.
ALPHA = 0.05


def sentence(result: MetricsResult) -> str:
    """Say how many metrics are above chance, and between what they range."""
    tested = [row.p for row in result.rows if row.p is not None]
    values = [row.calibrated for row in result.rows if row.calibrated is not None]
    if not values:
        return "No metric has a value for this pair; the table says why."
    lowest, highest = number(min(values)), number(max(values))
    calibrated = f"calibrated values run from {lowest} to {highest}"
    if not tested:
        return (
            f"On one scale, where shuffled images give 0 and identical features 1, {calibrated}. "
            f"With {many(result.groups, 'photograph')} no p-value is given."
        )
    above = sum(p <= ALPHA for p in tested)
    return (
        f"{above} of {len(tested)} metrics are above what shuffled photographs give (p ≤ .05, each "
        f"on its own); on one scale, where shuffling gives 0 and identity 1, {calibrated}."
    )
