"""Two halves of a domain's photographs, and what is estimated on the one held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from substrate.analyses.shared.samples import require_whitening
from substrate.domains.splits import split
from substrate.numerics.estimates import too_few
from substrate.numerics.intervals import MIN_GROUPS, Jackknife
from substrate.numerics.joined import standardised_blocks
from substrate.numerics.panel_splits import (
    Profile,
    SplitPanel,
    kept_rows,
    profile,
)
from substrate.numerics.whitening import standardisation
from substrate.runs import Run

#: Directions whose reliability between split halves is lower are marked: other samples may not
#: give them.
RELIABLE = 0.5
#: Blocks of photographs that an interval leaves out in turn, where there are more.
JACKKNIFE_BLOCKS = 20
#: Splits that a summary is averaged over, and samples that it is measured on at most.
SPLITS, MOST_SAMPLES = 5, 1000


def sampled(n: int, seed: int) -> str:
    """Say which samples summaries rest on, where a domain has more than `MOST_SAMPLES`."""
    if n <= MOST_SAMPLES:
        return ""
    return f"{MOST_SAMPLES:,} samples drawn at random (seed {seed})"


def summarised(
    correlations: Float[np.ndarray, "*more e k"], shares: Float[np.ndarray, " directions"]
) -> Any:
    """Mean over encoders of the mean over directions, weighted by their shares of variance.

    One number, or an array of the leading axes; shares of more directions than there are count not.
    """
    weights = shares[: correlations.shape[-1]]
    return (correlations @ (weights / weights.sum())).mean(axis=-1)


@dataclass(frozen=True, eq=False)
class Halves:
    """A domain's rows divided in two, and what divides them."""

    table: pd.DataFrame
    fit: Int[np.ndarray, " f"]
    test: Int[np.ndarray, " t"]
    unit: str

    def blocks(
        self, raw: Sequence[np.ndarray], whitening: str
    ) -> tuple[Sequence[np.ndarray], Sequence[np.ndarray]]:
        """Standardise both halves with the statistics of the fitted one."""
        learnt = [
            standardisation(x[self.fit], require_whitening(whitening), groups=self.fit_groups)
            for x in raw
        ]
        fit, test = (
            standardised_blocks([x[rows] for x in raw], learnt) for rows in (self.fit, self.test)
        )
        return fit, test

    @property
    def fit_groups(self) -> np.ndarray:
        """Return the photograph of each fitted row."""
        return self.table["group"].to_numpy(dtype=str)[self.fit]

    @property
    def test_groups(self) -> np.ndarray:
        """Return the photograph of each held-out row."""
        return self.table["group"].to_numpy(dtype=str)[self.test]


def halves_of(run: Run, domain: str, seed: int) -> Halves:
    """Divide a domain by photographs, or within them where there are few."""
    table = run.samples(domain)
    fit, test, unit = split(table, seed=seed)
    return Halves(table, fit, test, unit)


@dataclass(frozen=True, eq=False)
class Splits:
    """A domain divided in two several times, with the blocks of photographs to leave out.

    ``rows`` are those that are used: all of them, or so many drawn at random.
    """

    halves: tuple[Halves, ...]
    rows: Int[np.ndarray, " r"]
    kept: tuple[Int[np.ndarray, " _"], ...]
    photographs: int
    group: str = "photograph"

    @classmethod
    def of(cls, run: Run, domain: str, seed: int, blocks: int = JACKKNIFE_BLOCKS) -> Splits:
        """Divide a domain by photographs, or within them where there are few."""
        table = run.samples(domain)
        rows = np.arange(len(table))
        if len(rows) > MOST_SAMPLES:
            rows = np.random.default_rng(seed).choice(len(rows), MOST_SAMPLES, replace=False)
            rows.sort()
            table = table.iloc[rows].reset_index(drop=True)
        halves = tuple(Halves(table, *split(table, seed=seed + i)) for i in range(SPLITS))
        groups = table["group"].to_numpy(dtype=str)
        kept, group = tuple(kept_rows(groups, blocks)), run.domains[domain].nouns.group
        return cls(halves, rows, kept, len(np.unique(groups)), group)

    def profiles(
        self,
        raw: Sequence[np.ndarray],
        whitening: str,
        components: int,
        panels: Sequence[Sequence[int] | None] = (None,),
        *,
        recipes: Sequence[str],
    ) -> list[Profile]:
        """Measure a panel on every split, or several panels of some of its encoders each.

        Encoders of one of the ``recipes`` are copies, and none of each other's others.
        """
        prepared = []
        for halves in self.halves:
            blocks = halves.blocks([x[self.rows] for x in raw], whitening)
            prepared.append(SplitPanel.of(halves.fit, halves.test, *blocks, recipes))
        return [profile(prepared, self.kept, components, panel) for panel in panels]

    def jackknife(self, replicates: Float[np.ndarray, "b ..."]) -> Jackknife:
        """Read the first replicate as the value and the others as it without each block."""
        unit, count = f"{self.group}s", self.photographs
        if len(replicates) < 2:
            reason = too_few(count, unit, MIN_GROUPS, "interval")
            return Jackknife(replicates[0], (), unit, count, reason)
        return Jackknife(replicates[0], (replicates[1:],), unit, count)
