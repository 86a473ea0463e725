"""Columns that tables of several questions share."""

from __future__ import annotations

from substrate.numerics.nulls import Interval


def accuracy_columns(interval: Interval) -> dict[str, float | None]:
    """Return an accuracy and its 95 % interval as columns, empty where it has none."""
    return {"accuracy": interval.value, "low": interval.low, "high": interval.high}
