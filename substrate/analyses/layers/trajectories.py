"""All encoders' ways through the space of representations, in one plane."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.layers.side_by_side import layers_side_by_side
from substrate.analyses.shared.effort import chosen_rows
from substrate.analyses.shared.refusals import NO_PLANE
from substrate.analyses.shared.samples import Sizes, sizes
from substrate.analyses.spec import Analysis, AnalysisError, Inputs
from substrate.encoder_ref import EncoderRef
from substrate.numerics.depth.angles import angular_distances, plane
from substrate.runs import Run

#: Samples whose Gram matrices are compared, at most.
SAMPLES = 512


@dataclass(frozen=True)
class TrajectoriesParams:
    """Encoders on one domain, with one untrained twin of each or without."""

    encoders: tuple[str, ...]
    domain: str
    twins: bool = True
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Trajectories:
    """Every layer's place.

    ``path`` numbers the ways, ``encoders`` and ``untrained`` say whose each is; layers stand in
    the order of their depth, constant ones left out. ``distances`` are the angles that the plane
    shows with this ``stress``.
    """

    domain: str
    size: Sizes
    encoders: tuple[str, ...]
    untrained: tuple[bool, ...]
    path: Int[np.ndarray, " l"]
    layers: tuple[str, ...]
    depth: Float[np.ndarray, " l"]
    places: Float[np.ndarray, "l 2"]
    distances: Float[np.ndarray, "l l"]
    stress: float

    def ways(self) -> Iterator[tuple[str, bool, Int[np.ndarray, " k"]]]:
        """Yield each way: whose it is, whether untrained, and its layers by number."""
        for path, (encoder, untrained) in enumerate(
            zip(self.encoders, self.untrained, strict=True)
        ):
            yield encoder, untrained, np.flatnonzero(self.path == path)


def _refs(run: Run, params: TrajectoriesParams) -> list[EncoderRef]:
    refs = [EncoderRef(name) for name in params.encoders]
    for name in params.encoders if params.twins else ():
        seeds = run.untrained_seeds(name, params.domain)
        refs += [EncoderRef(name, twin=min(seeds))] if seeds else []
    return refs


def _inputs(run: Run, params: TrajectoriesParams) -> Inputs:
    return tuple(_refs(run, params)), (params.domain,)


def _compute(run: Run, params: TrajectoriesParams) -> Trajectories:
    rows = chosen_rows(run.groups(params.domain), SAMPLES, params.seed)
    refs = _refs(run, params)
    every = layers_side_by_side(run, refs, params.domain, rows, living=True)
    if len(every.names) < 3:
        raise AnalysisError(NO_PLANE)
    d = angular_distances(every.features)
    places, stress = plane(d)
    return Trajectories(
        params.domain,
        sizes(run, params.domain, rows),
        tuple(ref.name for ref in refs),
        tuple(ref.twin is not None for ref in refs),
        every.owner,
        every.names,
        every.depth,
        places,
        d,
        stress,
    )


TRAJECTORIES = Analysis(
    key="layers.trajectories",
    version=2,
    params=TrajectoriesParams,
    result=Trajectories,
    inputs=_inputs,
    compute=_compute,
)


def trajectories_params(run: Run, domain: str, *, twins: bool = True) -> TrajectoriesParams:
    """Return the parameters for the run's panel, with the study's seed."""
    return TrajectoriesParams(run.panel, domain, twins, run.study["seed"])
