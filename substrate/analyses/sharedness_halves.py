"""Two halves of a domain's photographs, and what is estimated on the one held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from substrate.analyses.subspace_inputs import known
from substrate.domains.splits import split
from substrate.nulls import Interval
from substrate.runs import Run
from substrate.whitening import standardisation

#: Blocks of photographs that an interval leaves out in turn, where there are more.
JACKKNIFE_BLOCKS = 20


@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % interval, or the reason why there is none."""

    value: float
    low: float | None
    high: float | None
    reason: str = ""

    @classmethod
    def of(cls, interval: Interval, value: float, *, at: int | None = None) -> Estimate:
        """Take a jackknife interval, or one entry of it."""
        if interval.low is None:
            return cls(value, None, None, interval.reason)
        low, high = (b if at is None else b[at] for b in (interval.low, interval.high))
        return cls(value, float(low), float(high))


def summarised(correlations: Float[np.ndarray, "*more e k"]) -> Float[np.ndarray, "*more"]:
    """Mean over encoders of the median over directions."""
    return np.median(correlations, axis=-1).mean(axis=-1)


@dataclass(frozen=True, eq=False)
class Halves:
    """A domain's rows divided in two, and what divides them."""

    table: pd.DataFrame
    fit: Int[np.ndarray, " f"]
    test: Int[np.ndarray, " t"]
    unit: str

    def blocks(
        self, raw: Sequence[np.ndarray], whitening: str
    ) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Standardise both halves with the statistics of the fitted one."""
        learnt = [
            standardisation(x[self.fit], known(whitening), groups=self.fit_groups) for x in raw
        ]
        parts = [
            [s.apply(x[rows]) for s, x in zip(learnt, raw, strict=True)]
            for rows in (self.fit, self.test)
        ]
        return parts[0], parts[1]

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
