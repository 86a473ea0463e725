"""Where two encoders disagree along a direction that they share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.encoders.matching import (
    matches,
    side,
)
from substrate.analyses.shared.halves import (
    JACKKNIFE_BLOCKS,
    halves_of,
)
from substrate.analyses.shared.samples import (
    Sizes,
    explained,
    sizes,
)
from substrate.analyses.shared.units import Units
from substrate.analyses.spec import Analysis
from substrate.numerics.nulls import (
    delete_group_jackknife,
    no_chance,
    row_orders,
    threshold,
)
from substrate.numerics.scales import CORRELATION
from substrate.numerics.spectra import column_correlations
from substrate.runs import Run

PERMUTATIONS = 199


@dataclass(frozen=True)
class DisagreementParams:
    """Two encoders, the domain, and how many directions of the first are matched."""

    first: str
    second: str
    domain: str
    directions: int = 16
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Disagreement:
    """Held-out scores of the first encoder's directions and of their matches in the second.

    Matches are chosen on the fitted photographs by the largest absolute correlation, and their
    signs turned there. Scores have mean 0 and variance 1 on the held-out ``rows``; ``tau`` is
    what the largest matched correlation stays below in 95 % of permutations of photographs; NaN
    where ``no_chance`` says why nothing may be compared with chance.
    """

    first: str
    second: str
    size: Sizes
    unit: str
    rows: Int[np.ndarray, " t"]
    match: Int[np.ndarray, " k"]
    correlations: Float[np.ndarray, " k"]
    low: Float[np.ndarray, " k"]
    high: Float[np.ndarray, " k"]
    tau: float
    first_scores: Float[np.ndarray, "t k"]
    second_scores: Float[np.ndarray, "t k"]
    reason: str
    units: tuple[Units, Units]
    no_chance: str = ""

    def residuals(self, direction: int) -> Float[np.ndarray, " t"]:
        """Return the second's score less what the first's score predicts of it."""
        r = self.correlations[direction]
        return self.second_scores[:, direction] - r * self.first_scores[:, direction]


@explained
def compute_disagreement(run: Run, params: DisagreementParams) -> Disagreement:
    """Match directions on the fitted half; compare scores and probes on the other."""
    halves = halves_of(run, params.domain, params.seed)
    a, b = (
        side(run, encoder, params.domain, halves, params.directions)
        for encoder in (params.first, params.second)
    )
    match, signs = matches(a, b)
    first = _unit(a.test @ a.vectors)
    second = _unit((b.test @ b.vectors[:, match]) * signs)
    groups = halves.test_groups
    unit = f"held-out {run.domains[params.domain].nouns.group}s"
    few = no_chance(groups, unit)
    interval = delete_group_jackknife(
        lambda rows: column_correlations(first[rows], second[rows]),
        groups,
        unit=unit,
        max_units=JACKKNIFE_BLOCKS,
        scale=CORRELATION,
    )
    missing = np.full(len(match), np.nan)
    return Disagreement(
        first=params.first,
        second=params.second,
        size=sizes(run, params.domain),
        unit=halves.unit,
        rows=halves.test,
        match=match,
        correlations=interval.value,
        low=missing if interval.low is None else interval.low,
        high=missing if interval.high is None else interval.high,
        tau=np.nan if few else _tau(first, second, groups, params.seed),
        first_scores=first.astype(np.float32),
        second_scores=second.astype(np.float32),
        reason=interval.reason,
        units=(a.units, b.units),
        no_chance=few,
    )


def _unit(scores: Float[np.ndarray, "t k"]) -> Float[np.ndarray, "t k"]:
    centred = scores - scores.mean(axis=0)
    deviation = centred.std(axis=0)
    return np.divide(centred, deviation, out=np.zeros_like(centred), where=deviation > 0)


def _tau(first: np.ndarray, second: np.ndarray, groups: np.ndarray, seed: int) -> float:
    orders = row_orders(groups, PERMUTATIONS, seed)
    every = [slice(None), *orders]  # the observed among them
    largest = [np.nanmax(np.abs(column_correlations(first[o], second))) for o in every]
    return threshold(np.array(largest))


DISAGREEMENT = Analysis(
    key="encoders.disagreement",
    version=6,
    params=DisagreementParams,
    result=Disagreement,
    inputs=lambda run, params: ((params.first, params.second), (params.domain,)),
    compute=compute_disagreement,
)
