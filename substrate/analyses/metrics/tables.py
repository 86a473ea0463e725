"""Every number of a pair, and what every metric declares, as data frames."""

from __future__ import annotations

from typing import Any

import pandas as pd

from substrate.analyses.metrics.all_metrics import MetricRow, MetricsResult
from substrate.numerics.metrics import METRICS
from substrate.numerics.metrics.support.document import metadata_rows


def metrics_table(result: MetricsResult) -> pd.DataFrame:
    """Return a row per metric, and per direction where the two differ.

    Below ten photographs it holds the mean of the null that keeps them together, and no more.
    """
    table = pd.DataFrame([_columns(row) for row in result.rows])
    if not result.within:
        return table
    without = table.drop(columns=["tau", "p", "low", "high", "permutations"])
    return without.rename(columns={"mean_null": result.shuffled})


def _columns(row: MetricRow) -> dict[str, Any]:
    estimate, null = row.estimate, row.estimate.null
    return {
        "key": row.key,
        "label": row.label,
        "direction": row.direction,
        "value": estimate.value,
        "mean_null": None if null is None else null.mean,
        "tau": None if null is None else null.level,
        "p": None if null is None else null.p,
        "calibrated": row.calibrated,
        "low": estimate.low,
        "high": estimate.high,
        "permutations": row.permutations,
        "reason": estimate.reason,
    }


def definitions_table() -> pd.DataFrame:
    """Return what each metric declares about itself, a row each."""
    return pd.DataFrame(metadata_rows(METRICS))
