"""The rows that maps are fitted to and judged on, standardised, and the blocks to leave out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, Int, Real, Shaped

from substrate.analyses.shared.effort import drawn_rows
from substrate.domains.splits import split
from substrate.numerics.alignment import Reduced, reduced
from substrate.numerics.intervals import MIN_GROUPS, group_members
from substrate.numerics.maps.families import Family, Freedom, Pair, fitted_to
from substrate.numerics.maps.retrieval import (
    RetrievalError,
    hits,
    similarities,
    verification,
)
from substrate.numerics.whitening import standardisation
from substrate.runs import Run

#: Samples of a domain that maps rest on at most, drawn at random and said.
MOST_SAMPLES = 2000
#: Blocks of photographs that are left out in turn, in either half.
BLOCKS = 10
#: How many of the most similar images count in retrieval.
TOPS = (1, 5)


@dataclass(frozen=True, eq=False)
class HalvedRows:
    """A domain's rows in two halves, whole photographs in either, and who belongs together.

    ``used`` are the rows of the domain that take part; ``fit`` and ``test`` are places in it.
    """

    used: Int[np.ndarray, " u"]
    fit: Int[np.ndarray, " f"]
    test: Int[np.ndarray, " t"]
    groups: Shaped[np.ndarray, " u"]
    labels: Shaped[np.ndarray, " u"]
    unit: str
    seed: int

    @classmethod
    def of(cls, run: Run, domain: str, seed: int) -> HalvedRows:
        """Divide a domain by photographs, or within them where there are few."""
        table = run.samples(domain)
        used = drawn_rows(len(table), MOST_SAMPLES, seed)
        table = table.iloc[used].reset_index(drop=True)
        fit, test, unit = split(table, seed=seed)
        groups, labels = (table[name].to_numpy(dtype=str) for name in ("group", "label"))
        return cls(used, fit, test, groups, labels, unit, seed)

    @property
    def fit_groups(self) -> Shaped[np.ndarray, " f"]:
        """Return the photograph of each fitted row."""
        return self.groups[self.fit]

    @property
    def test_groups(self) -> Shaped[np.ndarray, " t"]:
        """Return the photograph of each held-out row."""
        return self.groups[self.test]

    @property
    def test_labels(self) -> Shaped[np.ndarray, " t"] | None:
        """Return the class of each held-out row; None where pairs of one or of two are lacking."""
        labels, groups = self.labels[self.test], self.test_groups
        same = (labels[:, None] == labels)[groups[:, None] != groups]
        return labels if (labels != "").all() and same.any() and not same.all() else None

    @property
    def photographs(self) -> int:
        """Return how many photographs there are."""
        return len(np.unique(self.groups))

    def without_blocks(self, rows: Int[np.ndarray, " r"]) -> Iterator[Int[np.ndarray, " k"]]:
        """Yield the places among these rows without each block of photographs."""
        members = group_members(self.groups[rows])
        order = np.random.default_rng(self.seed).permutation(len(members))
        every = np.arange(len(rows))
        for block in np.array_split(order, min(BLOCKS, len(members))):
            yield np.setdiff1d(every, np.concatenate([members[g] for g in block]))

    @property
    def enough(self) -> bool:
        """Say whether there are photographs enough for an interval."""
        return self.photographs >= MIN_GROUPS


@dataclass(frozen=True, eq=False)
class ScoredSide:
    """An encoder's fit and test rows, scored with the statistics of the fit rows kept."""

    fit: Float[np.ndarray, "f d"]
    test: Float[np.ndarray, "t d"]
    span: Reduced
    left_out: int

    @classmethod
    def of(
        cls, x: Real[np.ndarray, "n d"], rows: HalvedRows, kept: Int[np.ndarray, " k"] | None = None
    ) -> ScoredSide:
        """Standardise the used rows of an encoder; ``kept`` are places among the fit rows."""
        used = x[rows.used]
        places = rows.fit if kept is None else rows.fit[kept]
        learnt = standardisation(used[places], "z-score", groups=rows.groups[places])
        fit = learnt.apply(used[places])
        return cls(fit, learnt.apply(used[rows.test]), reduced(fit), learnt.left_out)

    def to(self, target: ScoredSide) -> Pair:
        """Return the fit rows beside another encoder's."""
        return Pair(self.fit, target.fit, self.span, target.span)


def sides_of(x: Real[np.ndarray, "n d"], rows: HalvedRows) -> tuple[ScoredSide, ...]:
    """Return an encoder on all fit rows, then without each block of photographs of them."""
    blocks = rows.without_blocks(rows.fit) if rows.enough else ()
    return (ScoredSide.of(x, rows), *(ScoredSide.of(x, rows, kept) for kept in blocks))


@dataclass(frozen=True, eq=False)
class HeldOutPrediction:
    """A map's predictions of held-out rows and what they should be, as deviations from the mean.

    The mean is that of the fitted rows.
    """

    predicted: Float[np.ndarray, "t q"]
    actual: Float[np.ndarray, "t q"]

    @classmethod
    def of(
        cls,
        family: Family,
        source: ScoredSide,
        target: ScoredSide,
        freedom: Freedom,
        pair: Pair | None = None,
    ) -> HeldOutPrediction:
        """Fit a map of a family to the fit rows, or to a pair of them, and predict the others."""
        mapping = fitted_to(family, source.to(target) if pair is None else pair, freedom)
        mean = mapping.target_mean
        return cls(mapping.apply(source.test) - mean, target.test - mean)

    @cached_property
    def _sums(self) -> tuple[Float[np.ndarray, " t"], Float[np.ndarray, " t"]]:
        left = np.square(self.actual - self.predicted).sum(axis=1)
        return left, np.square(self.actual).sum(axis=1)

    def by_unit(self) -> Float[np.ndarray, " q"]:
        """Return R2 of each of the target's units; NaN where it does not vary."""
        left = np.square(self.actual - self.predicted).sum(axis=0)
        total = np.square(self.actual).sum(axis=0)
        return 1 - np.divide(left, total, out=np.full(len(total), np.nan), where=total > 0)

    @cached_property
    def scores(self) -> Float[np.ndarray, "t t"]:
        """Return the cosine of each prediction (rows) with each held-out image's features."""
        return similarities(self.predicted, self.actual)

    def explained(self, kept: Int[np.ndarray, " k"] | None = None) -> float:
        """Return R2 over all units together, on all held-out rows or some."""
        left, total = (x.sum() if kept is None else x[kept].sum() for x in self._sums)
        return 1 - float(left) / float(total) if total > 0 else float("nan")

    def measures(
        self,
        groups: Shaped[np.ndarray, " t"],
        labels: Shaped[np.ndarray, " t"] | None,
        kept: Int[np.ndarray, " k"] | None = None,
    ) -> Float[np.ndarray, " m"]:
        """Return R2, the shares found at each of `TOPS`, and with labels the equal error rate.

        On all held-out rows, or on some of them, which then are the candidates too.
        """
        rows = np.arange(len(groups)) if kept is None else kept
        inner, own = self.scores[np.ix_(rows, rows)], groups[rows]
        rates = [float(hits(inner, own, top)[0].mean()) for top in TOPS]
        errors = [] if labels is None else [error_of(inner, labels[rows], own)]
        return np.array([self.explained(kept), *rates, *errors])


def error_of(
    scores: Float[np.ndarray, "k k"],
    labels: Shaped[np.ndarray, " k"],
    groups: Shaped[np.ndarray, " k"],
) -> float:
    """Return the equal error rate of telling pairs of one class; NaN where pairs are lacking."""
    try:
        return verification(scores, labels, groups).equal_error
    except RetrievalError:
        return float("nan")
