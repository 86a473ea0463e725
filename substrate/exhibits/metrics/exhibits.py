"""The Metrics page's default figure."""

from __future__ import annotations

from dataclasses import asdict

import pandas as pd

from substrate.analyses.metrics.all_metrics import (
    METRICS_PAIR,
    MetricsParams,
    MetricsResult,
    defaults,
)
from substrate.exhibits.exhibit import (
    Item,
    Section,
    attempt,
    found,
)
from substrate.figures.metrics.all_metrics import calibrated_chart
from substrate.figures.theme import Theme
from substrate.runs import Run


def metrics(run: Run, theme: Theme) -> Section:
    """Return every metric for the first two encoders."""
    items = tuple(
        attempt("All metrics of one pair", lambda p=params: _all(run, p, theme))  # type: ignore[misc]
        for _, params in defaults(run)
        if len(run.encoders) > 1
    )
    return Section("metrics", "What does each metric say?", items)


def _all(run: Run, params: MetricsParams, theme: Theme) -> Item:
    result = found(METRICS_PAIR, run, params)
    pair = (
        f"{params.first} {params.first_layer} – {params.second} {params.second_layer} on "
        f"{params.domain}"
    )
    return Item(
        "All metrics of one pair", _sentence(result), "", calibrated_chart(result, theme, pair),
        "Each dot is one metric, calibrated by its own null: (value - mean null) / (identity - "
        "mean null), never clipped. The grey bar ends at the 95 % level of the null; whiskers are "
        "delete-group jackknife intervals, left out below ten photographs.",
        pd.DataFrame([asdict(row) for row in result.rows]), asdict(params),
    )  # fmt: skip


def _sentence(result: MetricsResult) -> str:
    values = [row.calibrated for row in result.rows if row.calibrated is not None]
    if not values:
        return "No metric has a value for this pair; the table says why."
    return (
        f"Over {len(values)} metrics on one scale, where shuffled images give 0 and identical "
        f"features 1, values run from {min(values):.2f} to {max(values):.2f}."
    )
