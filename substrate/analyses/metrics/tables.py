"""Every number of a pair, and what every metric declares, as data frames."""

from __future__ import annotations

from dataclasses import asdict

import pandas as pd

from substrate.analyses.metrics.all_metrics import MetricsResult
from substrate.numerics.metrics import METRICS
from substrate.numerics.metrics.document import metadata_rows


def metrics_table(result: MetricsResult) -> pd.DataFrame:
    """Return a row per metric, and per direction where the two differ.

    Below ten photographs it holds the mean of the null that keeps them together, and no more.
    """
    table = pd.DataFrame([asdict(row) for row in result.rows])
    if not result.within:
        return table
    without = table.drop(columns=["tau", "p", "low", "high", "permutations"])
    return without.rename(columns={"mean_null": result.shuffled})


def definitions_table() -> pd.DataFrame:
    """Return what each metric declares about itself, a row each."""
    return pd.DataFrame(metadata_rows(METRICS))
