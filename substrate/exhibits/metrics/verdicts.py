"""The verdict of all metrics on one pair."""

from __future__ import annotations

from substrate.analyses.metrics.all_metrics import MetricsResult
from substrate.exhibits.metrics.words import ALPHA
from substrate.exhibits.verdict import Badge, Verdict, counted


def of_pair(result: MetricsResult) -> Verdict | None:
    """Return how many metrics are above chance; untrained twins are not asked here."""
    nulls = [row.estimate.null for row in result.rows]
    tested = [null.p for null in nulls if null is not None and null.p is not None]
    if not tested:
        values = [row for row in result.rows if row.calibrated is not None]
        return counted(Badge.FEW, "", len(values), "metric", "without a comparison with chance")
    above = sum(p <= ALPHA for p in tested)
    badge = Badge.SEVERAL if above else Badge.UNTOLD
    if above == len(tested):
        badge = Badge.SHUFFLING
    verb = "finds" if above == 1 else "find"
    return counted(badge, "", above, "metric", f"{verb} this pair more alike than after shuffling")
