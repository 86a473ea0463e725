"""Clusters of units of both layers, and the angles between the two sides of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.shared.samples import Sizes, sizes
from substrate.analyses.spec import Analysis, AnalysisError, Inputs
from substrate.analyses.units.place import PlaceParams, place_inputs, read_place, trained
from substrate.numerics.units.blocks import JointCovariance, UnitsError, parts
from substrate.numerics.units.clusters import (
    Method,
    affinity,
    cluster_cosines,
    clusters,
    random_cosines,
)
from substrate.runs import Run

#: Random clusters of equal sizes, for each cluster.
DRAWS = 200


@dataclass(frozen=True)
class ManyToManyParams:
    """The two layers, the number of clusters (0: chosen by the eigengap), and how they are made."""

    place: PlaceParams
    count: int = 0
    method: Method = "spectral"


@dataclass(frozen=True, eq=False)
class ClusterAngles:
    """One cluster: cosines of the principal angles between its units of either side.

    Those of random clusters of equal sizes stand beside them as mean and 95 % level; all on
    photographs that did not make the clusters. Empty where a cluster has units of one side alone.
    """

    first: Int[np.ndarray, " a"]
    second: Int[np.ndarray, " b"]
    cosines: Float[np.ndarray, " k"]
    null_mean: Float[np.ndarray, " k"]
    null_level: Float[np.ndarray, " k"]


@dataclass(frozen=True, eq=False)
class ManyToMany:
    """Clusters of the living units of both layers, the largest first.

    ``similarity`` holds the absolute correlations of all living units, those of the first layer
    before those of the second; ``eigenvalues`` are the smallest of the normalised Laplacian.
    """

    size: Sizes
    chosen: bool
    first: Int[np.ndarray, " p"]
    second: Int[np.ndarray, " q"]
    labels_first: Int[np.ndarray, " p"]
    labels_second: Int[np.ndarray, " q"]
    eigenvalues: Float[np.ndarray, " m"]
    similarity: Float[np.ndarray, "n n"]
    clusters: tuple[ClusterAngles, ...]


def compute_many_to_many(run: Run, params: ManyToManyParams) -> ManyToMany:
    """Cluster units on half of the photographs, and judge the clusters on the other half.

    Raises
    ------
    AnalysisError
        If the images have not been read side by side yet, or there are too few units.
    """
    place = params.place
    blocks = read_place(run, place, trained(place)).blocks
    try:
        choose, judge = (blocks.covariance(half) for half in parts(len(blocks.blocks)))
        return _clustered(run, params, choose, judge)
    except UnitsError as error:
        raise AnalysisError(str(error)) from error


def _clustered(
    run: Run, params: ManyToManyParams, choose: JointCovariance, judge: JointCovariance
) -> ManyToMany:
    seed = params.place.seed
    found = clusters(choose, params.count or None, method=params.method, seed=seed)
    cosines = cluster_cosines(found, judge)
    null = random_cosines(found, judge, DRAWS, seed)
    return ManyToMany(
        size=sizes(run, params.place.domain),
        chosen=not params.count,
        first=found.a,
        second=found.b,
        labels_first=found.labels_a,
        labels_second=found.labels_b,
        eigenvalues=found.eigenvalues,
        similarity=affinity(choose).astype(np.float32),
        clusters=tuple(
            ClusterAngles(
                first=found.a[found.labels_a == index],
                second=found.b[found.labels_b == index],
                cosines=own,
                null_mean=draws.mean(axis=0)[: len(own)],
                null_level=np.quantile(draws, 0.95, axis=0)[: len(own)],
            )
            for index, (own, draws) in enumerate(zip(cosines, null, strict=True))
        ),
    )


def _inputs(run: Run, params: ManyToManyParams) -> Inputs:
    return place_inputs(run, params.place)


MANY_TO_MANY = Analysis(
    key="units.many_to_many",
    version=1,
    params=ManyToManyParams,
    result=ManyToMany,
    inputs=_inputs,
    compute=compute_many_to_many,
)
