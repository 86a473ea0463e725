"""What each shared direction responds to: its correlations with low-level image statistics."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.shared.halves import JACKKNIFE_BLOCKS
from substrate.analyses.shared.image_statistics import (
    IMAGE_STATISTICS,
    ImageStatisticsParams,
)
from substrate.analyses.shared.samples import Sizes
from substrate.analyses.sharedness.leave_encoder_out import (
    SHAREDNESS,
    SharednessParams,
)
from substrate.analyses.spec import Analysis, obtain
from substrate.numerics.nulls import (
    delete_group_jackknife,
    no_chance,
    row_orders,
    threshold,
)
from substrate.numerics.scales import CORRELATION
from substrate.numerics.spectra import correlation_table
from substrate.runs import Run

PERMUTATIONS = 199


@dataclass(frozen=True)
class ResponsesParams:
    """The panel, the domain, and how its directions are found: as for what is shared."""

    encoders: tuple[str, ...]
    domain: str
    whitening: str = "z-score"
    components: int = 16
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Responses:
    """Correlations of the panel's held-out scores with each image statistic.

    ``tau`` is what the largest of all cells stays below in 95 % of permutations of photographs,
    NaN where ``no_chance`` says why nothing may be compared with chance.
    ``low`` and ``high`` are NaN where ``reason`` says why; a statistic that is constant on these
    images has no correlation (NaN).
    """

    size: Sizes
    n_test: int
    k: int
    names: tuple[str, ...]
    families: tuple[str, ...]
    correlations: Float[np.ndarray, "k s"]
    low: Float[np.ndarray, "k s"]
    high: Float[np.ndarray, "k s"]
    tau: float
    reason: str
    no_chance: str = ""

    def strongest(self, direction: int) -> tuple[str, float] | None:
        """Return the statistic that a direction follows most closely, if any is defined."""
        row = self.correlations[direction]
        if not np.isfinite(row).any():
            return None
        best = int(np.nanargmax(np.abs(row)))
        return self.names[best], float(row[best])


def compute_responses(run: Run, params: ResponsesParams) -> Responses:
    """Correlate the scores of the held-out images with their statistics."""
    shared = obtain(SHAREDNESS, run, SharednessParams(**vars(params)))
    measured = obtain(IMAGE_STATISTICS, run, ImageStatisticsParams(params.domain))
    statistics, groups = measured.values[shared.rows], run.groups(params.domain)[shared.rows]
    shape = shared.k, statistics.shape[1]

    def statistic(rows: Int[np.ndarray, " r"]) -> Float[np.ndarray, " m"]:
        return correlations(shared.scores[rows], statistics[rows]).ravel()

    unit = f"held-out {run.domains[params.domain].nouns.group}s"
    interval = delete_group_jackknife(
        statistic,
        groups,
        unit=unit,
        max_units=JACKKNIFE_BLOCKS,
        scale=CORRELATION,
    )
    missing = np.full(shape, np.nan)
    few = no_chance(groups, unit)
    low, high = (missing if b is None else b.reshape(shape) for b in (interval.low, interval.high))
    return Responses(
        size=shared.size,
        n_test=shared.n_test,
        k=shared.k,
        names=measured.names,
        families=measured.families,
        correlations=interval.value.reshape(shape),
        low=low,
        high=high,
        tau=np.nan if few else _largest_by_chance(shared.scores, statistics, groups, params.seed),
        reason=interval.reason,
        no_chance=few,
    )


def correlations(
    scores: Float[np.ndarray, "n k"], statistics: Float[np.ndarray, "n s"]
) -> Float[np.ndarray, "k s"]:
    """Correlate every score with every statistic; NaN where a statistic is constant."""
    constant = statistics.max(axis=0) == statistics.min(axis=0)
    return np.where(constant, np.nan, correlation_table(scores, statistics))


def _largest_by_chance(
    scores: Float[np.ndarray, "n k"],
    statistics: Float[np.ndarray, "n s"],
    groups: np.ndarray,
    seed: int,
) -> float:
    orders = row_orders(groups, PERMUTATIONS, seed)
    every = [slice(None), *orders]  # the observed among them
    shuffled = np.array([np.abs(correlations(scores[order], statistics)) for order in every])
    largest = np.where(np.isfinite(shuffled), shuffled, -1.0).max(axis=(1, 2))
    return threshold(largest)


RESPONSES = Analysis(
    key="sharedness.responses",
    version=4,
    params=ResponsesParams,
    result=Responses,
    inputs=lambda run, params: (params.encoders, (params.domain,)),
    compute=compute_responses,
    uses=(SHAREDNESS, IMAGE_STATISTICS),
)
