"""How the variance of a layer is spread over its directions, beside what chance gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from substrate.analyses.directions.basis import (
    BasisParams,
    representation,
    scaled,
)
from substrate.analyses.directions.cell_estimates import jackknifed
from substrate.analyses.directions.principal_angles import stacked
from substrate.analyses.spec import Analysis, AnalysisError, Inputs
from substrate.domains.splits import PHOTOGRAPH, WITHIN, is_within
from substrate.encoder_ref import twins_of
from substrate.numerics.estimates import Estimate
from substrate.numerics.nulls import (
    group_members,
    group_permutations,
    no_chance,
    threshold,
)
from substrate.numerics.scales import scale_of
from substrate.numerics.spectra import (
    effective_rank,
    eigenspectrum,
    isolation,
    participation_ratio,
)
from substrate.runs import Run
from substrate.wording import Nouns

#: Shuffles of the null, and of one that is dear; either makes the 95 % level exact.
SHUFFLES, FEW_SHUFFLES, DEAR = 199, 39, 20_000_000_000
#: Blocks of photographs that are left out in turn for the interval of a dimension.
BLOCKS = 20


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Shares of the total variance along the principal directions of all samples, falling.

    ``near`` marks directions closer to a neighbour than the sampling error of an eigenvalue
    (sqrt(2 / photographs) of itself; North et al., Mon. Weather Rev. 1982): there the single
    direction is arbitrary within the plane it shares. ``chance`` is the 95 % level of each
    eigenvalue when every unit's photographs are shuffled on their own (parallel analysis; Horn,
    Psychometrika 1965); None, with a reason, below ten photographs.
    """

    encoder: str
    layer: str
    domain: str
    scaling: str
    seed: int
    n: int
    photographs: int
    unit: str
    shares: Float[np.ndarray, " r"]
    isolation: Float[np.ndarray, " r"]
    near: np.ndarray
    sampling_error: float
    chance: Float[np.ndarray, " r"] | None
    chance_reason: str
    untrained: Float[np.ndarray, "s q"]
    effective_rank: Estimate
    participation_ratio: Estimate
    untrained_effective_rank: tuple[float, ...]
    untrained_participation_ratio: tuple[float, ...]
    nouns: Nouns


def _inputs(run: Run, params: BasisParams) -> Inputs:
    seeds = run.untrained_seeds(params.encoder, params.domain)
    return (params.encoder, *twins_of([params.encoder], seeds)), (params.domain,)


def measure_spectrum(run: Run, params: BasisParams) -> Spectrum:
    """Measure a layer's spectrum, its dimension and what chance gives."""
    samples = run.samples(params.domain)
    groups = samples["group"].to_numpy(dtype=str)
    nouns = run.domains[params.domain].nouns
    x = _features(run, params)
    values = eigenspectrum(x)
    if not values[0] > 0:
        raise AnalysisError(
            f"{params.encoder}/{params.layer} does not vary on {params.domain}: no spectrum."
        )
    seeds = run.untrained_seeds(params.encoder, params.domain)
    untrained = [eigenspectrum(_features(run, params.untrained(seed))) for seed in seeds]
    untrained = [spectrum for spectrum in untrained if spectrum[0] > 0]
    apart = isolation(np.append(values, 0.0))
    error = float(np.sqrt(2 / len(group_members(groups))))
    chance, reason = _chance(x, groups, params.seed, nouns)
    low, high, why = _dimension_interval(x, groups, params.seed, nouns.groups)
    measures: tuple[Callable[[np.ndarray], float], ...] = (effective_rank, participation_ratio)
    rank, ratio = (
        Estimate(
            measure(values),
            low=None if low is None else float(low[i]),
            high=None if high is None else float(high[i]),
            reason=why,
            unit=f"{nouns.group}s",
            n_units=len(group_members(groups)),
        )
        for i, measure in enumerate(measures)
    )
    return Spectrum(
        encoder=params.encoder,
        layer=params.layer,
        domain=params.domain,
        scaling=params.scaling,
        seed=params.seed,
        n=len(samples),
        photographs=len(group_members(groups)),
        unit=WITHIN if is_within(samples) else PHOTOGRAPH,
        shares=values / values.sum(),
        isolation=apart,
        near=apart < error,
        sampling_error=error,
        chance=chance,
        chance_reason=reason,
        untrained=stacked([spectrum / spectrum.sum() for spectrum in untrained]),
        effective_rank=rank,
        participation_ratio=ratio,
        untrained_effective_rank=tuple(map(effective_rank, untrained)),
        untrained_participation_ratio=tuple(map(participation_ratio, untrained)),
        nouns=nouns,
    )


def _features(run: Run, params: BasisParams) -> Float[np.ndarray, "n p"]:
    x = representation(run, params)
    return scaled(x, np.arange(len(x.features)), params.scaling, run.groups(params.domain))[0]


def _dimension_interval(
    x: np.ndarray, groups: np.ndarray, seed: int, unit: str
) -> tuple[np.ndarray | None, np.ndarray | None, str]:
    def statistic(kept: np.ndarray) -> np.ndarray:
        values = eigenspectrum(x[kept])
        return np.array([effective_rank(values), participation_ratio(values)])

    ends = jackknifed(
        statistic, groups, seed, blocks=BLOCKS, scale=scale_of(0.0, np.inf), unit=unit
    )
    return ends.low, ends.high, ends.reason


def _chance(
    x: np.ndarray, groups: np.ndarray, seed: int, nouns: Nouns
) -> tuple[np.ndarray | None, str]:
    """Shuffle the photographs of every unit on its own: variances stay, correlations go.

    One order per unit is drawn, and handed on to the next unit from shuffle to shuffle.
    """
    if reason := no_chance(groups, f"{nouns.group}s"):
        return None, reason
    n, p = x.shape
    count = SHUFFLES if n * p * min(n, p) * SHUFFLES <= DEAR else FEW_SHUFFLES
    units = np.arange(p)
    orders = group_permutations(groups, max(p, count), seed).T
    values = eigenspectrum(x)
    draws = [values / values.sum()]  # the observed among them
    for shuffle in range(count):
        values = eigenspectrum(x[np.roll(orders, shuffle, axis=1)[:, units], units])
        draws.append(values / values.sum())
    return np.array([threshold(rank) for rank in np.array(draws).T]), ""


SPECTRUM = Analysis(
    key="directions.spectrum",
    version=7,
    params=BasisParams,
    result=Spectrum,
    inputs=_inputs,
    compute=measure_spectrum,
)
