"""How sure a Procrustes-CKA between domains is: intervals over photographs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy import stats

from substrate.analyses.spec import Analysis
from substrate.analyses.subspace_inputs import (
    explained,
    features,
    pairs,
    require,
    side_by_side,
)
from substrate.nulls import MIN_GROUPS, Interval, delete_group_jackknife
from substrate.panel import cka_by_dimension, procrustes_cka_all
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
    Domains of fewer than ten photographs have no interval and are not looked at again.
    """
    require(params.domains, 2, "domains")
    groups = [run.groups(d) for d in params.domains]
    counts = [len(np.unique(g)) for g in groups]
    rich = np.flatnonzero(np.array(counts) >= MIN_GROUPS)
    smallest = min(len(g) for g in groups)
    k = min(params.components, smallest - 1)
    if len(rich) < 2 or k > (1 - 1 / JACKKNIFE_BLOCKS) * smallest - 2:
        return _without(len(groups), k, _why(counts) or _too_large(k))
    raw = [features(run, params.encoders, params.domains[i]) for i in rich]
    state = _Compared.of([side_by_side(blocks, params.whitening) for blocks in raw], k)
    each = [
        _domain_interval(state, own, blocks, groups[i], params.whitening)
        for own, (blocks, i) in enumerate(zip(raw, rich, strict=True))
    ]
    return _combined(each, rich, len(groups), k, _why(counts))


def _why(counts: Sequence[int]) -> str:
    if min(counts) >= MIN_GROUPS:
        return ""
    fewest = "1 photograph" if min(counts) == 1 else f"{min(counts)} photographs"
    return f"No interval: {fewest} in one of the domains, and at least {MIN_GROUPS} are needed."


def _too_large(k: int) -> str:
    return f"No interval: without a block of photographs there are no {k} directions to compare."


def _without(count: int, k: int, reason: str) -> MatrixIntervals:
    matrix, medians = np.full((2, count, count), np.nan), np.full(2, np.nan)
    return MatrixIntervals(k, matrix, matrix, medians, medians, medians, reason)


@dataclass(frozen=True, eq=False)
class _Compared:
    """The samples and bases of all domains, and their matrix (domain, estimate, domain)."""

    xs: Sequence[Float[np.ndarray, "_ D"]]
    vectors: Sequence[Float[np.ndarray, "D k"]]
    k: int
    matrix: Float[np.ndarray, "a 2 a"]

    @classmethod
    def of(cls, xs: Sequence[Float[np.ndarray, "_ D"]], k: int) -> _Compared:
        vectors = [directions_of_centred(x, k).vectors for x in xs]
        scores = procrustes_cka_all(xs, vectors, (k,))
        matrix = np.stack([scores.biased[0], scores.debiased[0]], axis=1)
        return cls(xs, vectors, k, matrix)

    def changed(
        self, own: int, x: Float[np.ndarray, "m D"], basis: Float[np.ndarray, "D k"]
    ) -> Float[np.ndarray, "a 2 a"]:
        """Return the matrix with other samples, and so another basis, of one domain."""
        out = self.matrix.copy()
        mine = np.split(x @ np.hstack([basis, *self.vectors]), len(self.xs) + 1, axis=1)
        for other, theirs in enumerate(self.xs):
            if other == own:
                continue
            here = cka_by_dimension(mine[0], mine[other + 1], (self.k,))
            there = cka_by_dimension(theirs @ basis, theirs @ self.vectors[other], (self.k,))
            out[own, :, other] = out[other, :, own] = (here + there)[:, 0] / 2
        return out


def _domain_interval(
    state: _Compared, own: int, blocks: Sequence[np.ndarray], groups: np.ndarray, whitening: str
) -> Interval:
    """Jackknife one domain's row of the matrix, and the medians in which it takes part."""

    def statistic(rows: Int[np.ndarray, " n"]) -> Float[np.ndarray, "2 a+1"]:
        x = side_by_side([block[rows] for block in blocks], whitening)
        basis = directions_of_centred(x, state.k).vectors
        matrix = state.changed(own, x, basis)
        first, second = pairs(len(matrix))
        medians = np.median(matrix[first, :, second], axis=0)
        return np.column_stack([matrix[own], medians])

    return delete_group_jackknife(statistic, groups, unit="photographs", max_units=JACKKNIFE_BLOCKS)


def _combined(
    each: Sequence[Interval], rich: Int[np.ndarray, " r"], count: int, k: int, reason: str
) -> MatrixIntervals:
    """Add up the variances of the two domains of each value, and of all for the medians."""
    value = np.array([interval.value for interval in each])
    square = np.array([interval.standard_error for interval in each]) ** 2
    df = np.array([interval.df for interval in each])
    pairwise = square[:, :, :-1]
    reach = np.sqrt(pairwise + pairwise.transpose(2, 1, 0)) * _t(df[:, None] + df)[:, None]
    low, high = np.full((2, 2, count, count), np.nan)
    for bound, sign in ((low, -1.0), (high, 1.0)):
        bound[:, rich[:, None], rich] = (value[:, :, :-1] + sign * reach).transpose(1, 0, 2)
        bound[:, rich, rich] = np.nan
    medians = value[0, :, -1] if not reason else np.full(2, np.nan)
    median_reach = np.sqrt(square[:, :, -1].sum(axis=0)) * _t(df.sum())
    return MatrixIntervals(
        k=k,
        low=low,
        high=high,
        median=medians,
        median_low=medians - median_reach,
        median_high=medians + median_reach,
        reason=reason,
    )


def _t(df: Int[np.ndarray, "*any"]) -> Float[np.ndarray, "*any"]:
    return np.asarray(stats.t.ppf(0.975, df))


INTERVALS = Analysis(
    key="subspace_intervals",
    version=2,
    params=IntervalParams,
    result=MatrixIntervals,
    inputs=lambda run, params: (params.encoders, params.domains),
    compute=compute_intervals,
)
