"""How sure a Procrustes-CKA between domains is: intervals over photographs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy import stats

from substrate.analyses.spec import Analysis
from substrate.analyses.subspace_inputs import (
    bases,
    explained,
    features,
    pairs,
    require,
    side_by_side,
)
from substrate.nulls import MIN_GROUPS, Interval, delete_group_jackknife, too_few
from substrate.panel import cka_by_dimension
from substrate.runs import Run
from substrate.spectra import directions_of_centred

#: Blocks of photographs that are left out in turn, where there are more photographs.
JACKKNIFE_BLOCKS = 12


@dataclass(frozen=True)
class IntervalParams:
    """The intervals of one matrix: one K."""

    encoders: tuple[str, ...]
    domains: tuple[str, ...]
    whitening: str = "z-score"
    components: int = 16


@dataclass(frozen=True, eq=False)
class MatrixIntervals:
    """95 % intervals of a Procrustes-CKA matrix, over photographs.

    ``low`` and ``high`` are indexed by (biased, debiased), then by domain twice; NaN where either
    domain has fewer than ten photographs. The medians' are NaN where any domain has; ``reason``
    then says so.
    """

    k: int
    low: Float[np.ndarray, "2 a a"]
    high: Float[np.ndarray, "2 a a"]
    median: Float[np.ndarray, " 2"]
    median_low: Float[np.ndarray, " 2"]
    median_high: Float[np.ndarray, " 2"]
    reason: str


@explained
def compute_intervals(run: Run, params: IntervalParams) -> MatrixIntervals:
    """Leave out blocks of photographs of each domain in turn, finding its basis anew each time.

    Each domain is a sample of its own: the variances of the two that a value compares add up.
    """
    require(params.domains, 2, "domains")
    raw = [features(run, params.encoders, d) for d in params.domains]
    xs = [side_by_side(blocks, params.whitening) for blocks in raw]
    found = bases(xs, params.components)
    state = _Compared(xs, [basis.vectors for basis in found], params.whitening)
    if state.k > (1 - 1 / JACKKNIFE_BLOCKS) * min(map(len, xs)) - 2:
        return _none(len(xs), state.k)
    each = [
        _domain_interval(state, own, blocks, run.groups(domain))
        for own, (blocks, domain) in enumerate(zip(raw, params.domains, strict=True))
    ]
    return _combined(each, state.k)


def _none(count: int, k: int) -> MatrixIntervals:
    matrix, medians = np.full((2, count, count), np.nan), np.full(2, np.nan)
    reason = f"No interval: without a block of photographs there are no {k} directions to compare."
    return MatrixIntervals(k, matrix, matrix, medians, medians, medians, reason)


@dataclass(frozen=True, eq=False)
class _Compared:
    """All domains' samples and bases, and the scores of each on each, by the side (own, other)."""

    xs: Sequence[Float[np.ndarray, "_ D"]]
    vectors: Sequence[Float[np.ndarray, "D k"]]
    whitening: str

    @property
    def k(self) -> int:
        return self.vectors[0].shape[1]

    def values(self, own: int, x: np.ndarray, basis: np.ndarray) -> Float[np.ndarray, "2 a"]:
        """Compare a domain, as given, with every other: biased and debiased."""
        out = np.ones((2, len(self.xs)))
        mine = x @ np.hstack([basis, *self.vectors])
        for other in range(len(self.xs)):
            if other == own:
                continue
            at = (other + 1) * self.k
            here = cka_by_dimension(mine[:, : self.k], mine[:, at : at + self.k], (self.k,))
            theirs = self.xs[other]
            there = cka_by_dimension(theirs @ basis, theirs @ self.vectors[other], (self.k,))
            out[:, other] = (here + there)[:, 0] / 2
        return out


def _domain_interval(
    state: _Compared, own: int, blocks: Sequence[np.ndarray], groups: np.ndarray
) -> Interval:
    """Jackknife one domain's row of the matrix, and the medians in which it takes part."""
    matrix = np.array([state.values(i, x, state.vectors[i]) for i, x in enumerate(state.xs)])
    if len(np.unique(groups)) < MIN_GROUPS:
        return delete_group_jackknife(lambda rows: _row_and_median(matrix, own), groups)

    def statistic(rows: Int[np.ndarray, " n"]) -> Float[np.ndarray, "2 a+1"]:
        x = side_by_side([block[rows] for block in blocks], state.whitening)
        basis = directions_of_centred(x, state.k).vectors
        changed = matrix.copy()
        changed[own] = state.values(own, x, basis)
        changed[:, :, own] = changed[own].T
        return _row_and_median(changed, own)

    return delete_group_jackknife(statistic, groups, unit="photographs", max_units=JACKKNIFE_BLOCKS)


def _row_and_median(matrix: Float[np.ndarray, "a 2 a"], own: int) -> Float[np.ndarray, "2 a+1"]:
    rows, columns = pairs(len(matrix))
    medians = np.median(matrix[rows, :, columns], axis=0)
    return np.column_stack([matrix[own], medians])


def _combined(each: Sequence[Interval], k: int) -> MatrixIntervals:
    count = len(each)
    have = np.array([interval.low is not None for interval in each])
    errors = np.full((count, 2, count + 1), np.nan)
    for errors_of, interval in zip(errors, each, strict=True):
        if interval.low is not None:
            errors_of[:] = interval.standard_error
    df = np.array([interval.df for interval in each])
    value = np.array([interval.value for interval in each])
    square = errors[:, :, :count] ** 2
    reach = np.sqrt(square + square.transpose(2, 1, 0)) * _t(df[:, None] + df)[:, None]
    medians = value[0, :, count]
    reach_median = np.sqrt((errors[:, :, count] ** 2).sum(axis=0)) * _t(df.sum())
    reach[np.arange(count), :, np.arange(count)] = np.nan
    low, high = value[:, :, :count] - reach, value[:, :, :count] + reach
    return MatrixIntervals(
        k=k,
        low=low.transpose(1, 0, 2),
        high=high.transpose(1, 0, 2),
        median=medians,
        median_low=medians - reach_median,
        median_high=medians + reach_median,
        reason=_reason(each, have),
    )


def _t(df: Int[np.ndarray, "*any"]) -> Float[np.ndarray, "*any"]:
    return np.asarray(stats.t.ppf(0.975, np.maximum(df, 1)))


def _reason(each: Sequence[Interval], have: Bool[np.ndarray, " a"]) -> str:
    if have.all():
        return ""
    fewest = min(interval.n_units for interval in each)
    return too_few(fewest, "photographs in one of the domains", MIN_GROUPS, "interval")


INTERVALS = Analysis(
    key="subspace_intervals",
    version=1,
    params=IntervalParams,
    result=MatrixIntervals,
    inputs=lambda run, params: (params.encoders, params.domains),
    compute=compute_intervals,
)
