"""Along a stored training: when do a network's spatial filters become those of other networks?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from substrate.analyses.experiments.weights import WeightPoint
from substrate.analyses.weights.compared import LEADING
from substrate.analyses.weights.spatial import ALPHA
from substrate.encoders.bundled import Bundled
from substrate.encoders.spec import Encoder
from substrate.encoders.weights import weights_of
from substrate.numerics.estimates import Estimate
from substrate.numerics.weights.spatial import (
    SpatialBasis,
    agreement_in,
    mean_basis,
    random_agreements,
    spatial_basis,
)

ONE = "One training: no interval over trainings."
#: Random bases for every layer at every step.
BASES = 999


def along_training(
    source: Bundled, name: str, others: Sequence[str], *, seed: int
) -> list[WeightPoint]:
    """Return the mean agreement of a network's layers with other networks' filters, step by step.

    Eigenvectors are compared in the spaces of the others' mean basis, which do not change along
    training. There is one training: the value of each layer stands beside, and no interval.
    """
    pool = [one for other in others for one in later_bases(source.load(_config(other)))]
    means = {side: _mean(pool, side) for side in {one.side for one in pool}}
    points = []
    for step, accuracy in source.steps({"name": name}):
        bases = later_bases(source.checkpoint(_config(name), step))
        bases = [one for one in bases if one.side in means]
        values = np.array([_agreement(one, means[one.side]) for one in bases])
        nulls = np.mean(
            [_random(one, means[one.side], seed=seed + place) for place, one in enumerate(bases)],
            axis=0,
        )
        points.append(
            WeightPoint(
                label=f"step {step}",
                x=float(step),
                value=Estimate(float(values.mean()), reason=ONE),
                beside={
                    "random": (float(nulls.mean()),),
                    "level": (float(np.quantile(nulls, 1 - ALPHA)),),
                    "accuracy": (accuracy,),
                    "layers": tuple(values.tolist()),
                },
            )
        )
    return points


def later_bases(encoder: Encoder) -> list[SpatialBasis]:
    """Return the bases of all layers of square kernels but the first layer, which sees pixels."""
    return [
        spatial_basis(layer.weights)
        for place, layer in enumerate(weights_of(encoder))
        if place
        and layer.weights.ndim == 4
        and layer.weights.shape[2] == layer.weights.shape[3] > 1
    ]


def _config(name: str) -> dict[str, str]:
    return {"name": name, "layers": "penultimate"}


def _mean(pool: list[SpatialBasis], side: int) -> SpatialBasis:
    return mean_basis([one for one in pool if one.side == side])


def _agreement(one: SpatialBasis, mean: SpatialBasis) -> float:
    return float(agreement_in(one.vectors, mean.vectors, mean.spaces, LEADING).mean())


def _random(one: SpatialBasis, mean: SpatialBasis, *, seed: int) -> Float[np.ndarray, " t"]:
    return random_agreements(
        one.vectors, mean.vectors, mean.spaces, LEADING, seed=seed, draws=BASES
    )
