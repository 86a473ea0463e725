"""How many directions a layer uses at each step, with intervals over photographs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.numerics.nulls import (
    MIN_GROUPS,
    delete_group_jackknife,
)
from substrate.numerics.scales import scale_of
from substrate.numerics.spectra import (
    effective_rank,
    eigenspectrum,
    participation_ratio,
)

#: Blocks of photographs that are left out: each costs an eigendecomposition per step.
BLOCKS = 20


#: Ranks are positive: their intervals are symmetric on logs.
RANK = scale_of(0.0, np.inf)


@dataclass(frozen=True, eq=False)
class Ranks:
    """Effective rank (by entropy) and participation ratio by step; limits are NaN without interval.

    ``most`` is the largest value that width and samples allow.
    """

    effective: Float[np.ndarray, " t"]
    effective_low: Float[np.ndarray, " t"]
    effective_high: Float[np.ndarray, " t"]
    participation: Float[np.ndarray, " t"]
    participation_low: Float[np.ndarray, " t"]
    participation_high: Float[np.ndarray, " t"]
    most: int


def ranks(checkpoints: Sequence[Float[np.ndarray, "n p"]], groups: np.ndarray, seed: int) -> Ranks:
    """Measure each checkpoint's features; a layer without variance has rank NaN."""

    def statistic(rows: Int[np.ndarray, " k"]) -> Float[np.ndarray, " v"]:
        return np.concatenate([_two(x[rows]) for x in checkpoints])

    values = statistic(np.arange(len(groups)))
    low = high = np.full(values.shape, np.nan)
    if len(np.unique(groups)) >= MIN_GROUPS:
        jackknife = delete_group_jackknife(
            statistic, groups, max_units=BLOCKS, seed=seed, scale=RANK
        )
        low, high = jackknife.low, jackknife.high
    n, p = checkpoints[0].shape
    entropy, ratio = slice(0, None, 2), slice(1, None, 2)
    return Ranks(
        values[entropy],
        low[entropy],
        high[entropy],
        values[ratio],
        low[ratio],
        high[ratio],
        min(n - 1, p),
    )


def _two(x: Float[np.ndarray, "n p"]) -> Float[np.ndarray, " 2"]:
    spectrum = eigenspectrum(x)
    if not spectrum[0] > 0:
        return np.full(2, np.nan)
    return np.array([effective_rank(spectrum), participation_ratio(spectrum)])
