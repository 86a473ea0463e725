"""All layers of all encoders as a map in one plane, by a true distance that the metric allows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.layers.side_by_side import layers_side_by_side
from substrate.analyses.shared.effort import chosen_rows, known_metric
from substrate.analyses.shared.grid import prepare
from substrate.analyses.shared.refusals import NO_PLANE
from substrate.analyses.shared.samples import Sizes, sizes
from substrate.analyses.spec import Analysis, AnalysisError, Inputs
from substrate.numerics.depth.angles import angular_distances, plane
from substrate.numerics.metrics import METRICS
from substrate.runs import Run

#: Samples that are compared at most.
SAMPLES = 512
#: Cosines of what two layers are each alone: their angle is a distance.
COSINES = ("linear_cka", "rbf_cka", "nuclear_similarity", "bures_cosine")
#: What stands in where a metric has no distance.
STAND_IN = "linear_cka"


@dataclass(frozen=True)
class LayerMapParams:
    """Encoders on one domain, by one metric."""

    encoders: tuple[str, ...]
    domain: str
    metric: str
    seed: int = 0


@dataclass(frozen=True, eq=False)
class LayerMap:
    """Every layer's place.

    ``distance`` is what the map shows with this ``stress``, in words; ``reason`` says why it is
    not that of the ``metric``, "" where it is. ``owner`` numbers each layer's encoder; constant
    layers are left out.
    """

    domain: str
    size: Sizes
    metric: str
    distance: str
    reason: str
    encoders: tuple[str, ...]
    families: tuple[str, ...]
    objectives: tuple[str, ...]
    owner: Int[np.ndarray, " l"]
    layers: tuple[str, ...]
    depth: Float[np.ndarray, " l"]
    distances: Float[np.ndarray, "l l"]
    places: Float[np.ndarray, "l 2"]
    stress: float


def _inputs(run: Run, params: LayerMapParams) -> Inputs:
    return params.encoders, (params.domain,)


def _compute(run: Run, params: LayerMapParams) -> LayerMap:
    rows = chosen_rows(run.groups(params.domain), SAMPLES, params.seed)
    every = layers_side_by_side(run, params.encoders, params.domain, rows, living=True)
    if len(every.names) < 3:
        raise AnalysisError(NO_PLANE)
    groups = run.groups(params.domain)[rows]
    d, distance, reason = true_distances(known_metric(params.metric), every.features, groups)
    places, stress = plane(d)
    return LayerMap(
        params.domain,
        sizes(run, params.domain, rows),
        params.metric,
        distance,
        reason,
        params.encoders,
        tuple(run.family(name) for name in params.encoders),
        tuple(run.paradigm(name) for name in params.encoders),
        every.owner,
        every.names,
        every.depth,
        d,
        places,
        stress,
    )


def true_distances(
    metric: str, features: Sequence[Float[np.ndarray, "n _"]], groups: np.ndarray
) -> tuple[Float[np.ndarray, "l l"], str, str]:
    """Return distances between layers that obey the triangle inequality, their name, and a reason.

    The metric's own where it is a distance, its arc cosine where it is the cosine of an angle; else
    the arc cosine of linear CKA, and why.
    """
    chosen = METRICS[metric]
    own = chosen.is_metric or metric in COSINES
    reason = "" if own else f"{chosen.label} is no distance: no triangle inequality holds for it"
    if own:
        grid = prepare(metric, features, features, groups)
        values, missing = grid.values()
        if np.isfinite(values).all():
            d = values if chosen.is_metric else np.arccos(np.clip(values, 0.0, 1.0))
            d = (d + d.T) / 2
            np.fill_diagonal(d, 0.0)
            return d, chosen.label if chosen.is_metric else f"arccos of {chosen.label}", ""
        why = (*grid.reasons, *missing, "")[0].rstrip(".")
        reason = f"{chosen.label} has no value for some layers ({why})"
    return angular_distances(features), f"arccos of {METRICS[STAND_IN].label}", reason


LAYER_MAP = Analysis(
    key="layers.layer_map",
    version=2,
    params=LayerMapParams,
    result=LayerMap,
    inputs=_inputs,
    compute=_compute,
)


def layer_map_params(run: Run, domain: str, metric: str) -> LayerMapParams:
    """Return the parameters for the run's panel, with the study's seed."""
    return LayerMapParams(run.panel, domain, metric, run.study["seed"])
