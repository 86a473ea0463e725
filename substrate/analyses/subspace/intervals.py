"""How sure a Procrustes-CKA between domains is: intervals over photographs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.shared.samples import (
    explained,
    features,
    pairs,
    require,
    side_by_side,
)
from substrate.analyses.spec import Analysis
from substrate.numerics.estimates import LEVEL
from substrate.numerics.intervals import MIN_GROUPS, Jackknife, group_jackknife
from substrate.numerics.panel import (
    cka_by_dimension,
    procrustes_cka_all,
)
from substrate.numerics.scales import (
    CORRELATION,
    SHARE,
    Scale,
    bounds,
    together,
)
from substrate.numerics.spectra import directions_of_centred
from substrate.runs import Run
from substrate.wording import Nouns, many

#: Blocks of photographs that are left out in turn, where there are more photographs.
JACKKNIFE_BLOCKS = 12
#: The scales of biased and debiased CKA.
SCALES = (SHARE, CORRELATION)


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
    groups, nouns = [run.groups(d) for d in params.domains], run.nouns(params.domains)
    counts = [len(np.unique(g)) for g in groups]
    rich = np.flatnonzero(np.array(counts) >= MIN_GROUPS)
    smallest = min(len(g) for g in groups)
    k = min(params.components, smallest - 1)
    if len(rich) < 2 or k > (1 - 1 / JACKKNIFE_BLOCKS) * smallest - 2:
        return without(len(groups), k, why_not(counts, nouns) or too_large(k, nouns))
    raw = [features(run, params.encoders, params.domains[i]) for i in rich]
    kept = [groups[i] for i in rich]
    jackknives = jackknifed(raw, kept, params.whitening, (k,), unit=nouns.groups)
    return combined(jackknives, rich, len(groups), k, why_not(counts, nouns))


def jackknifed(
    raw: Sequence[Sequence[np.ndarray]],
    groups: Sequence[np.ndarray],
    whitening: str,
    ks: Sequence[int],
    *,
    blocks: int = JACKKNIFE_BLOCKS,
    unit: str,
) -> list[Jackknife]:
    """Jackknife the photographs of each domain, one domain at a time.

    Every jackknife's values are indexed by (biased, debiased), by K, and by the other domain, with
    the median over all pairs of domains as the last entry.
    """
    state = Compared.of(
        [side_by_side(x, whitening, g) for x, g in zip(raw, groups, strict=True)], tuple(ks)
    )
    return [
        _domain_interval(state, own, blocks_of, (groups[own], whitening, blocks, unit))
        for own, blocks_of in enumerate(raw)
    ]


def why_not(counts: Sequence[int], nouns: Nouns) -> str:
    """Return why a statement over these domains has no interval, or nothing."""
    if min(counts) >= MIN_GROUPS:
        return ""
    fewest = many(min(counts), nouns.group)
    return f"No interval: {fewest} in one of the domains, and at least {MIN_GROUPS} are needed."


def too_large(k: int, nouns: Nouns) -> str:
    """Return why a K that the remaining samples do not have gets no interval."""
    return f"No interval: without a block of {nouns.groups} there are no {k} directions to compare."


def without(count: int, k: int, reason: str) -> MatrixIntervals:
    """Return the intervals of a matrix that has none, for this reason."""
    matrix, medians = np.full((2, count, count), np.nan), np.full(2, np.nan)
    return MatrixIntervals(k, matrix, matrix, medians, medians, medians, reason)


@dataclass(frozen=True, eq=False)
class Compared:
    """The samples and bases of all domains, and their matrix (domain, estimate, K, domain)."""

    xs: Sequence[Float[np.ndarray, "_ D"]]
    vectors: Sequence[Float[np.ndarray, "D k"]]
    ks: tuple[int, ...]
    matrix: Float[np.ndarray, "a 2 c a"]

    @classmethod
    def of(cls, xs: Sequence[Float[np.ndarray, "_ D"]], ks: tuple[int, ...]) -> Compared:
        """Find each domain's basis and compare all domains."""
        vectors = [directions_of_centred(x, max(ks)).vectors for x in xs]
        scores = procrustes_cka_all(xs, vectors, ks)
        both = np.stack([scores.biased, scores.debiased])
        return cls(xs, vectors, ks, both.transpose(2, 0, 1, 3))

    def up_to(self, most: int) -> Compared | None:
        """Return the same with so many directions at most; None where that leaves no K."""
        if max(self.ks) <= most:
            return self
        ks = tuple(k for k in self.ks if k <= most)
        if not ks:
            return None
        kept = [i for i, k in enumerate(self.ks) if k <= most]
        vectors = [v[:, : max(ks)] for v in self.vectors]
        return Compared(self.xs, vectors, ks, self.matrix[:, :, kept])

    def changed(
        self, own: int, x: Float[np.ndarray, "m D"], basis: Float[np.ndarray, "D k"]
    ) -> Float[np.ndarray, "a 2 c a"]:
        """Return the matrix with other samples, and so another basis, of one domain."""
        out = self.matrix.copy()
        mine = np.split(x @ np.hstack([basis, *self.vectors]), len(self.xs) + 1, axis=1)
        for other, theirs in enumerate(self.xs):
            if other == own:
                continue
            here = cka_by_dimension(mine[0], mine[other + 1], self.ks)
            there = cka_by_dimension(theirs @ basis, theirs @ self.vectors[other], self.ks)
            out[own, :, :, other] = out[other, :, :, own] = (here + there) / 2
        return out


def _domain_interval(
    state: Compared,
    own: int,
    blocks: Sequence[np.ndarray],
    by: tuple[np.ndarray, str, int, str],
) -> Jackknife:
    """Jackknife one domain's row of the matrix, and the medians in which it takes part."""
    groups, whitening, blocks_left, unit = by

    def statistic(rows: Int[np.ndarray, " n"]) -> Float[np.ndarray, "2 c _"]:
        x = side_by_side([block[rows] for block in blocks], whitening, groups[rows])
        basis = directions_of_centred(x, max(state.ks)).vectors
        matrix = state.changed(own, x, basis)
        first, second = pairs(len(matrix))
        medians = np.median(matrix[first, :, :, second], axis=0)
        return np.concatenate([matrix[own], medians[:, :, None]], axis=2)

    return group_jackknife(statistic, groups, unit=unit, max_units=blocks_left)


def medians_of(
    jackknives: Sequence[Jackknife], scales: tuple[Scale, Scale] = SCALES
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the medians over pairs of domains and their bounds, by estimate and K."""
    value = jackknives[0].value[:, :, -1]
    low, high = np.empty((2, *value.shape))
    for estimate, scale in enumerate(scales):
        errors = [one.at((estimate, slice(None), -1)).errors(scale) for one in jackknives]
        low[estimate], high[estimate] = bounds(value[estimate], together(errors), scale, LEVEL)
    return value, low, high


def combined(
    jackknives: Sequence[Jackknife],
    rich: Int[np.ndarray, " r"],
    count: int,
    k: int,
    reason: str,
    scales: tuple[Scale, Scale] = SCALES,
) -> MatrixIntervals:
    """Add up the variances of the two domains of each value, and of all for the medians."""
    low, high = np.full((2, 2, count, count), np.nan)
    for i, j in zip(*pairs(len(rich)), strict=True):
        for estimate, scale in enumerate(scales):
            sides = jackknives[i].at((estimate, 0, j)), jackknives[j].at((estimate, 0, i))
            errors = together([side.errors(scale) for side in sides])
            ends = bounds(sides[0].value, errors, scale, LEVEL)
            for bound, end in zip((low, high), ends, strict=True):
                bound[estimate, rich[i], rich[j]] = bound[estimate, rich[j], rich[i]] = end
    median, below, above = (
        m[:, 0] if not reason else np.full(2, np.nan) for m in medians_of(jackknives, scales)
    )
    return MatrixIntervals(k, low, high, median, below, above, reason)


INTERVALS = Analysis(
    key="subspace.intervals",
    version=5,
    params=IntervalParams,
    result=MatrixIntervals,
    inputs=lambda run, params: (params.encoders, params.domains),
    compute=compute_intervals,
)
