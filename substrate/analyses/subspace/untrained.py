"""Procrustes-CKA of untrained twins: how alike domains look before anything was learnt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from substrate.analyses.shared.samples import (
    explained,
    features,
    require,
    require_whitening,
    side_by_side,
)
from substrate.analyses.shared.units import (
    Units,
    units_of,
)
from substrate.analyses.spec import Analysis
from substrate.analyses.subspace.controls import (
    Control,
    between,
)
from substrate.analyses.subspace.trained_difference import trained_less_untrained
from substrate.encoder_ref import twins_of
from substrate.numerics.estimates import Estimate
from substrate.runs import Run


@dataclass(frozen=True)
class UntrainedParams:
    """The panel's untrained twins of these seeds, between these domains, for one K."""

    encoders: tuple[str, ...]
    domains: tuple[str, ...]
    seeds: tuple[int, ...]
    whitening: str = "z-score"
    components: int = 16


@runtime_checkable
class Twins(Protocol):
    """Which untrained twins, on what, brought to scale how."""

    @property
    def encoders(self) -> tuple[str, ...]:
        """The encoders whose twins make the panel."""

    @property
    def domains(self) -> tuple[str, ...]:
        """The domains that are compared."""

    @property
    def seeds(self) -> tuple[int, ...]:
        """The twins' seeds."""

    @property
    def whitening(self) -> str:
        """How encoders are brought to scale."""


@dataclass(frozen=True, eq=False)
class UntrainedMatrices:
    """The same matrices as the panel's, of a panel of untrained twins for each seed.

    ``units`` say how many units took part, domain by domain for each seed. ``difference`` is the
    trained panel's median between domains less their mean, biased and debiased.
    """

    seeds: tuple[int, ...]
    control: Control
    units: tuple[Units, ...]
    difference: tuple[Estimate, Estimate]


@explained
def compute_untrained(run: Run, params: UntrainedParams) -> UntrainedMatrices:
    """Do for each seed's untrained twins what is done for the panel."""
    require(params.domains, 2, "domains")
    require(tuple(map(str, params.seeds)), 1, "seeds of untrained twins")
    names = [f"seed {seed}" for seed in params.seeds]
    control = between("untrained", names, untrained_panels(run, params), params.components)
    units = tuple(
        units_of(
            features(run, params.encoders, d, untrained=seed),
            run.groups(d),
            require_whitening(params.whitening),
        )
        for seed in params.seeds
        for d in params.domains
    )
    difference = trained_less_untrained(run, params, control)
    return UntrainedMatrices(params.seeds, control, units, difference)


def untrained_panels(run: Run, params: Twins) -> Iterator[list[np.ndarray]]:
    """Yield the panel of untrained twins in every domain, seed by seed."""
    for seed in params.seeds:
        yield [
            side_by_side(
                features(run, params.encoders, d, untrained=seed), params.whitening, run.groups(d)
            )
            for d in params.domains
        ]


UNTRAINED = Analysis(
    key="subspace.untrained",
    version=4,
    params=UntrainedParams,
    result=UntrainedMatrices,
    inputs=lambda run, params: (
        (*params.encoders, *twins_of(params.encoders, params.seeds)),
        params.domains,
    ),
    compute=compute_untrained,
)
