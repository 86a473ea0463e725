"""Columns that tables of several questions share."""

from __future__ import annotations

import numpy as np

from substrate.analyses.shared.grid_scores import Scores
from substrate.numerics.estimates import Estimate


def accuracy_columns(interval: Estimate) -> dict[str, float | None]:
    """Return an accuracy and its 95 % interval as columns, empty where it has none."""
    return {"accuracy": interval.value, "low": interval.low, "high": interval.high}


def null_columns(scores: Scores) -> dict[str, np.ndarray]:
    """Return what a grid of scores is set beside: chance, its 95 % levels and p-values.

    Below ten photographs that is the mean of the null that keeps photographs together, and no more.
    """
    if scores.within:
        return {scores.shuffled: scores.null_mean}
    return {
        "chance": scores.null_mean,
        "95 % level": scores.tau,
        "p": scores.p,
        "p, all pairs": scores.p_any,
    }
