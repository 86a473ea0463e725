"""Passive, mixed and active units along a training, and those of other encoders beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float
from pydantic import Field

from substrate.analyses.experiments.file import ExperimentFile, FiledEstimate, Strict
from substrate.numerics.estimates import Estimate
from substrate.numerics.intervals import with_draws
from substrate.numerics.units.polarised import half_sampled, noise_of, polarisation
from substrate.wording import Nouns, percent, samples_of

PASSIVE, MIXED, ACTIVE = "passive", "mixed", "active"
#: In the order in which numerics count them.
KINDS = (PASSIVE, MIXED, ACTIVE)
#: Quantiles of the units' support that are written down.
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


class PolarisedStep(Strict):
    """One step of a training: shares of passive and mixed units, with their intervals."""

    step: int
    passive: FiledEstimate
    mixed: FiledEstimate


class PolarisedRepeat(Strict):
    """One layer of one encoder on one domain, its untrained twins, and its training where kept.

    ``untrained_passive`` and ``untrained_mixed`` hold the share of each draw of twins,
    ``more_passive`` and ``more_mixed`` trained less untrained. ``support`` has the quantiles over
    units; ``points`` variance and support of every unit, at the start and at the end, where a
    training is kept.
    """

    encoder: str
    title: str
    family: str
    paradigm: str
    domain: str
    domain_title: str
    sampled_as: str
    grouped_by: str
    photographs: int = Field(ge=1)
    images: int = Field(ge=2)
    within: bool
    layer: str
    units: int = Field(ge=1)
    passive: FiledEstimate
    mixed: FiledEstimate
    active: FiledEstimate
    untrained_passive: tuple[float, ...]
    untrained_mixed: tuple[float, ...]
    more_passive: FiledEstimate
    more_mixed: FiledEstimate
    support: tuple[float, ...]
    steps: tuple[PolarisedStep, ...] = ()
    start: tuple[tuple[float, float], ...] = ()
    end: tuple[tuple[float, float], ...] = ()

    @property
    def nouns(self) -> Nouns:
        """Return what an image and a group of them are called."""
        return Nouns(self.sampled_as, self.grouped_by)


PolarisedFile = ExperimentFile[PolarisedRepeat]


class PolarisedLayer:
    """The features of a layer, and how sure the shares of its kinds of units are."""

    def __init__(
        self,
        groups: np.ndarray,
        unit: str,
        trained: Float[np.ndarray, "n d"],
        twins: Sequence[Float[np.ndarray, "n d"]] = (),
        *,
        seed: int = 0,
    ) -> None:
        self.groups, self.unit = groups, unit
        self.trained, self.twins, self.seed = trained, twins, seed
        self.noise = noise_of(*trained.shape, seed=seed)

    def shares(self, x: Float[np.ndarray, "n d"]) -> tuple[Estimate, ...]:
        """Return the shares of passive, mixed and active units, with intervals over groups."""
        estimate = half_sampled(
            lambda kept: polarisation(x[kept], self.noise[:, kept]).shares,
            self.groups,
            unit=self.unit,
            seed=self.seed,
        )
        return tuple(_within_bounds(_one(estimate, i)) for i in range(len(KINDS)))

    def draws(self) -> Float[np.ndarray, "t 3"]:
        """Return the shares of every draw of untrained twins."""
        drawn = [polarisation(x, self.noise).shares for x in self.twins]
        return np.array(drawn).reshape(-1, len(KINDS))

    def beyond(self) -> tuple[Estimate, ...]:
        """Return trained less untrained: the error of groups and that of a further draw."""
        if not self.twins:
            none = Estimate(None, reason="No comparison: there are no untrained twins.")
            return (none,) * len(KINDS)
        estimate = half_sampled(self._less, self.groups, unit=self.unit, seed=self.seed)
        return tuple(with_draws(_one(estimate, i), self.draws()[:, i]) for i in range(len(KINDS)))

    def _less(self, kept: np.ndarray) -> Float[np.ndarray, " kinds"]:
        noise = self.noise[:, kept]
        twins = [polarisation(x[kept], noise).shares for x in self.twins]
        return np.asarray(polarisation(self.trained[kept], noise).shares - np.mean(twins, axis=0))


def _one(estimate: Estimate, i: int) -> Estimate:
    """Return one of several estimates."""
    if estimate.low is None:
        return replace(estimate, value=float(estimate.value[i]))
    return replace(
        estimate,
        value=float(estimate.value[i]),
        low=float(estimate.low[i]),
        high=float(estimate.high[i]),
        standard_error=float(estimate.standard_error[i]),
    )


def _within_bounds(estimate: Estimate) -> Estimate:
    """Return the interval of a share as far as it lies between 0 and 1."""
    if estimate.low is None:
        return estimate
    return replace(estimate, low=max(0.0, estimate.low), high=min(1.0, estimate.high))


def filed(estimate: Estimate) -> Estimate:
    """Return an estimate of a share as it is written down, with four digits."""
    low, high, value = (
        None if b is None else round(b, 4) for b in (estimate.low, estimate.high, estimate.value)
    )
    return Estimate(value, low=low, high=high, reason=estimate.reason)


@dataclass(frozen=True)
class PolarisedSummary:
    """One domain: the layers of the encoder whose training is kept, and the last one of each."""

    domain: str
    domain_title: str
    domains: tuple[str, ...]
    followed: tuple[PolarisedRepeat, ...]
    last: tuple[PolarisedRepeat, ...]
    facts: str

    @property
    def own(self) -> PolarisedRepeat:
        """Return the last layer of the encoder whose training is kept."""
        return self.followed[-1]


def summarise(file: ExperimentFile[PolarisedRepeat], domain: str = "") -> PolarisedSummary:
    """Return the layers on one domain; an unknown domain gives the one of most groups."""
    domains = tuple(dict.fromkeys(r.domain for r in file.repeats))
    richest = max(file.repeats, key=lambda r: r.photographs).domain
    chosen = domain if domain in domains else richest
    here = [r for r in file.repeats if r.domain == chosen]
    followed = tuple(r for r in here if r.steps)
    last = {r.encoder: r for r in here}
    first = here[0]
    facts = (
        f"{samples_of(first.images, first.photographs, first.nouns)} · "
        f"noise {percent(file.configuration['noise'])} of the layer's variance · mixed below "
        f"{file.configuration['mixed']:g} of a Gaussian's support · "
        f"{len(first.untrained_mixed)} draws of untrained twins"
    )
    return PolarisedSummary(
        chosen, first.domain_title, domains, followed, tuple(last.values()), facts
    )
