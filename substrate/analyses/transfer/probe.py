"""What one encoder, or its untrained twin, reaches on a labelled domain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool

from substrate.analyses.shared.labels import (
    labelled,
)
from substrate.analyses.shared.refusals import refusals_said
from substrate.analyses.spec import Analysis, Inputs
from substrate.encoder_ref import EncoderRef
from substrate.numerics.estimates import Estimate
from substrate.numerics.transfer.battery import timed
from substrate.numerics.transfer.probe import (
    linear_probe,
    nearest_neighbours,
)
from substrate.runs import Run


@dataclass(frozen=True)
class ProbeParams:
    """Whose features (of the untrained twin of seed ``twin``, if not -1) on which domain."""

    encoder: str
    domain: str
    twin: int
    seed: int


@dataclass(frozen=True, eq=False)
class ProbeResult:
    """Balanced accuracies of a linear probe and of nearest neighbours, with their seconds.

    ``linear_right`` and ``neighbours_right`` say of each learnt sample whether its class was told.
    """

    linear: Estimate
    neighbours: Estimate
    linear_seconds: float
    neighbours_seconds: float
    linear_right: Bool[np.ndarray, " n"]
    neighbours_right: Bool[np.ndarray, " n"]


@refusals_said()
def _compute(run: Run, params: ProbeParams) -> ProbeResult:
    samples = labelled(run, params.domain)
    x = features(run, params.encoder, params.domain, params.twin)[samples.rows]

    codes = np.unique(samples.labels, return_inverse=True)[1]

    def reach(probe: Any) -> tuple[Estimate, float, Bool[np.ndarray, " n"]]:
        timing, seconds = timed(
            lambda: probe(
                x,
                samples.labels,
                samples.groups,
                seed=params.seed,
                within=samples.within,
                unit=samples.nouns.groups,
            )
        )
        return timing.accuracy.balanced, seconds, timing.decided == codes

    linear, linear_seconds, linear_right = reach(linear_probe)
    neighbours, neighbours_seconds, neighbours_right = reach(nearest_neighbours)
    return ProbeResult(
        linear, neighbours, linear_seconds, neighbours_seconds, linear_right, neighbours_right
    )


def features(run: Run, encoder: str, domain: str, twin: int = -1) -> Any:
    """Return penultimate features, of the untrained twin where its seed is not -1."""
    seed = None if twin < 0 else twin
    return run.representation(EncoderRef(encoder, twin=seed), domain).features


def _inputs(_run: Run, params: ProbeParams) -> Inputs:
    ref = EncoderRef(params.encoder, twin=None if params.twin < 0 else params.twin)
    return (ref,), (params.domain,)


PROBE = Analysis(
    key="transfer.probe",
    version=7,
    params=ProbeParams,
    result=ProbeResult,
    inputs=_inputs,
    compute=_compute,
)


def probes(
    run: Run, domain: str, seed: int, twin: int = -1
) -> Iterator[tuple[Analysis, ProbeParams]]:
    """Yield the probe of each encoder of the panel, or of its twin, to compute one by one."""
    for encoder in run.panel:
        yield PROBE, ProbeParams(encoder, domain, twin, seed)
