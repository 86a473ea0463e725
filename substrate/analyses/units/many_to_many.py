"""Clusters of units of both layers, and the angles between the two sides of each."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.shared.samples import Sizes, sizes
from substrate.analyses.spec import Analysis, AnalysisError, Inputs
from substrate.analyses.units.intervals import above_draws
from substrate.analyses.units.place import (
    PlaceParams,
    place_inputs,
    read_place,
    trained,
    twins,
)
from substrate.numerics.estimates import Estimate, too_few
from substrate.numerics.intervals import MIN_GROUPS, Jackknife
from substrate.numerics.scales import PLAIN
from substrate.numerics.units.blocks import (
    JointCovariance,
    PairedBlocks,
    UnitsError,
    parts,
)
from substrate.numerics.units.clusters import (
    Clusters,
    Method,
    affinity,
    cluster_cosines,
    clusters,
    mean_cosine,
    mean_of_draws,
    random_cosines,
)
from substrate.numerics.units.place import Grids
from substrate.runs import Run

#: Random clusters of equal sizes, for each cluster; in each replicate, and for each pair of twins.
DRAWS, DRAWS_LEFT_OUT = 200, 20


@dataclass(frozen=True)
class ManyToManyParams:
    """The two layers, the number of clusters (0: chosen by the eigengap), and how they are made."""

    place: PlaceParams
    count: int = 0
    method: Method = "spectral"


@dataclass(frozen=True, eq=False)
class ClusterAngles:
    """One cluster: cosines of the principal angles between its units of either side.

    Those of random clusters of equal sizes stand beside them as mean and 95 % level, and so does
    their mean over angles; all on photographs that did not make the clusters. Empty where a cluster
    has units of one side alone.
    """

    first: Int[np.ndarray, " a"]
    second: Int[np.ndarray, " b"]
    cosines: Float[np.ndarray, " k"]
    null_mean: Float[np.ndarray, " k"]
    null_level: Float[np.ndarray, " k"]
    level: float


@dataclass(frozen=True, eq=False)
class ManyToMany:
    """Clusters of the living units of both layers, the largest first.

    Attributes
    ----------
    mean
        Mean cosine over all principal angles inside clusters, on photographs that did not make
        them.
    above_random, lead_above_twins
        The same less that of random clusters of equal sizes, and that less what it is for
        untrained twins, clustered likewise (draws of twins in its interval).
    random, twins
        Of random clusters, and of clusters of untrained twins, draw by draw; the latter may be
        empty.
    similarity
        Absolute correlations of all living units, those of the first layer before those of the
        second.
    eigenvalues
        The smallest of the normalised Laplacian.
    """

    size: Sizes
    place: PlaceParams
    chosen: bool
    method: str
    mean: Estimate
    above_random: Estimate
    lead_above_twins: Estimate
    random: Float[np.ndarray, " d"]
    twins: Float[np.ndarray, " t"]
    first: Int[np.ndarray, " p"]
    second: Int[np.ndarray, " q"]
    labels_first: Int[np.ndarray, " p"]
    labels_second: Int[np.ndarray, " q"]
    eigenvalues: Float[np.ndarray, " m"]
    similarity: Float[np.ndarray, "n n"]
    clusters: tuple[ClusterAngles, ...]
    dead: tuple[int, int]
    positions: int
    grids: Grids


def compute_many_to_many(run: Run, params: ManyToManyParams) -> ManyToMany:
    """Cluster units on half of the photographs, and judge the clusters on the other half.

    Raises
    ------
    AnalysisError
        If the images have not been read side by side yet, or there are too few units.
    """
    place = params.place
    data = read_place(run, place, trained(place))
    try:
        return _clustered(run, params, data.blocks, data.grids)
    except UnitsError as error:
        raise AnalysisError(str(error)) from error


def _clustered(
    run: Run, params: ManyToManyParams, blocks: PairedBlocks, grids: Grids
) -> ManyToMany:
    place, size = params.place, sizes(run, params.place.domain)
    choosing, judging = parts(len(blocks.blocks))
    choose = blocks.covariance(choosing)
    clustered = clusters(choose, params.count or None, method=params.method, seed=place.seed)
    cosines, draws = _held_out_cosines(clustered, blocks.covariance(judging), DRAWS, place.seed)
    random = mean_of_draws(cosines, draws)
    own = mean_cosine(cosines)
    values = own, own - float(random.mean())
    mean, lead = _jackknives(clustered, blocks, judging, size, values, place.seed)
    of_twins, leads = _of_twins(run, params, clustered.count)
    return ManyToMany(
        size=size,
        place=place,
        chosen=not params.count,
        method=params.method,
        mean=mean.interval(PLAIN),
        above_random=lead.interval(PLAIN),
        lead_above_twins=above_draws(lead, leads),
        random=random,
        twins=of_twins,
        first=clustered.a,
        second=clustered.b,
        labels_first=clustered.labels_a,
        labels_second=clustered.labels_b,
        eigenvalues=clustered.eigenvalues,
        similarity=affinity(choose).astype(np.float32),
        clusters=tuple(
            ClusterAngles(
                first=clustered.a[clustered.labels_a == index],
                second=clustered.b[clustered.labels_b == index],
                cosines=own,
                null_mean=draws_of.mean(axis=0)[: len(own)],
                null_level=np.quantile(draws_of, 0.95, axis=0)[: len(own)],
                level=float(np.quantile(draws_of[:, : len(own)].mean(axis=1), 0.95))
                if len(own)
                else float("nan"),
            )
            for index, (own, draws_of) in enumerate(zip(cosines, draws, strict=True))
        ),
        dead=(len(choose.aa) - len(clustered.a), len(choose.bb) - len(clustered.b)),
        positions=sum(blocks.counts),
        grids=grids,
    )


def _held_out_cosines(
    clustered: Clusters, judge: JointCovariance, draws: int, seed: int
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return the cosines of each cluster, and those of random clusters of its sizes."""
    return cluster_cosines(clustered, judge), random_cosines(clustered, judge, draws, seed)


def _jackknives(
    clustered: Clusters,
    blocks: PairedBlocks,
    judging: list[int],
    size: Sizes,
    values: tuple[float, float],
    seed: int,
) -> list[Jackknife]:
    """Return the mean cosine and what it is above random clusters; the clusters stay as they are.

    The same random clusters in the whole and in the replicates: their draw is no part of the error.
    """
    unit, n = f"{size.nouns.groups} that judge", size.photographs // 2
    reason = ""
    if n < MIN_GROUPS or len(judging) < 3:
        reason = too_few(n, unit, MIN_GROUPS, "interval")
    elif not np.isfinite(values).all():
        reason = "No interval: no cluster has units of both layers."
    if reason:
        return [Jackknife(value, (), unit, n, reason) for value in values]

    def both(kept: Sequence[int]) -> tuple[float, float]:
        cosines, draws = _held_out_cosines(clustered, blocks.covariance(kept), DRAWS_LEFT_OUT, seed)
        mean = mean_cosine(cosines)
        return mean, mean - float(mean_of_draws(cosines, draws).mean())

    shift = np.array(values) - both(judging)
    kept = shift + [both([b for b in judging if b != out]) for out in judging]
    return [Jackknife(value, (kept[:, k],), unit, n) for k, value in enumerate(values)]


def _of_twins(
    run: Run, params: ManyToManyParams, count: int
) -> tuple[Float[np.ndarray, " d"], Float[np.ndarray, " d"]]:
    """Return the mean cosine, and that above random clusters, of each pair of twins.

    Clustered on one half and judged on the other, into as many clusters; dead layers have none.
    """
    out = []
    for one in twins(run, params.place):
        blocks = read_place(run, params.place, one).blocks
        with suppress(UnitsError):
            clustered = clusters(
                blocks.covariance([0]), count, method=params.method, seed=params.place.seed
            )
            judge = blocks.covariance([1])
            cosines, draws = _held_out_cosines(clustered, judge, DRAWS_LEFT_OUT, params.place.seed)
            mean = mean_cosine(cosines)
            if np.isfinite(mean):
                out.append((mean, mean - float(mean_of_draws(cosines, draws).mean())))
    means, leads = np.array(out).reshape(-1, 2).T
    return means, leads


def _inputs(run: Run, params: ManyToManyParams) -> Inputs:
    return place_inputs(run, params.place)


MANY_TO_MANY = Analysis(
    key="units.many_to_many",
    version=3,
    params=ManyToManyParams,
    result=ManyToMany,
    inputs=_inputs,
    compute=compute_many_to_many,
)
