"""Shared nearest neighbours of many encoders at once, beside their permuted null."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.metrics import METRICS
from substrate.metrics.spec import FeaturesError, UndefinedScoreError
from substrate.nulls import threshold


@dataclass(frozen=True, eq=False)
class Overlap:
    """Mutual k-NN of all pairs; ``tau`` is what the closest pair reaches in 95 % by chance."""

    values: Float[np.ndarray, "e e"]
    calibrated: Float[np.ndarray, "e e"]
    tau: float


def neighbour_overlap(
    features: Sequence[Float[np.ndarray, "n _"]],
    groups: np.ndarray,
    k: int,
    orders: Int[np.ndarray, "c n"],
) -> Overlap | None:
    """Count shared neighbours, those of the same photograph excluded; None where k are too many.

    With a null that permutes tiles inside few photographs the exclusion stays what it is, since
    no tile leaves its photograph.
    """
    metric = METRICS["mutual_knn"]
    try:
        states = [metric.prepare(x, k=k, groups=groups) for x in features]
    except (UndefinedScoreError, FeaturesError):
        return None
    n, count = len(groups), len(states)
    near = np.zeros((n * n, count), dtype=np.float32)
    for e, state in enumerate(states):
        near[(np.arange(n)[:, None] * n + state.neighbors).ravel(), e] = 1.0
    values = (near.T @ near).astype(np.float64) / (n * k)
    null = np.empty((len(orders), count, count))
    grid = np.arange(n)
    for index, order in enumerate(orders):
        moved = near[(order[:, None] * n + order[grid]).ravel()]
        null[index] = (near.T @ moved) / (n * k)
    mean = null.mean(axis=0)
    mean = (mean + mean.T) / 2
    apart = ~np.eye(count, dtype=bool)
    extremes = [one[apart].max() if count > 1 else one.max() for one in null]
    return Overlap(values, (values - mean) / (1 - mean), threshold(np.array(extremes)))
