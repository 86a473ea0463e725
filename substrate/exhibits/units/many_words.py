"""What clusters of units say, in sentences."""

from __future__ import annotations

import numpy as np

from substrate.analyses.units.many_to_many import ClusterAngles, ManyToMany
from substrate.exhibits.units.words import NO_TWINS, signed_estimate
from substrate.wording import many, number, where, with_interval


def sentence(result: ManyToMany, names: tuple[str, str]) -> str:
    """Say how near the two sides of clusters are, and how near those of random clusters."""
    size = result.size
    place = where(size.title, size.photographs, within=size.within, group=size.nouns.group)
    both = sum(bool(len(one.cosines)) for one in result.clusters)
    if not both:
        return (
            f"{place}, none of {many(len(result.clusters), 'cluster')} has units of both "
            f"{names[0]} and {names[1]}."
        )
    mean = with_interval(float(result.mean.value), result.mean.low, result.mean.high)
    return (
        f"{place}, {both} of {many(len(result.clusters), 'cluster')} have units of both "
        f"{names[0]} and {names[1]}; the mean cosine of the principal angles between their sides "
        f"is {mean} on {size.nouns.held_out}, in random clusters of equal sizes "
        f"{number(float(result.random.mean()))}."
    )


def context(result: ManyToMany) -> str:
    """Say what is above random clusters and untrained twins, and cluster by cluster."""
    beyond = clear(result)
    parts = [
        f"Above random clusters: {signed_estimate(result.above_random)}.",
        f"Clusters of untrained twins: {number(float(result.twins.mean()))}; training adds "
        f"{signed_estimate(result.lead_above_twins)} to what they are above random ones."
        if result.twins.size
        else NO_TWINS,
        f"{many(len(beyond), 'cluster')} {'lies' if len(beyond) == 1 else 'lie'} above the 95 % "
        "level of random ones, each on its own.",
        result.mean.reason,
    ]
    return " ".join(part for part in parts if part)


def clear(result: ManyToMany) -> list[ClusterAngles]:
    """Return the clusters whose mean cosine lies above the 95 % level of random clusters."""
    both = [one for one in result.clusters if len(one.cosines)]
    return [one for one in both if float(np.mean(one.cosines)) > one.level]


def reading(result: ManyToMany) -> str:
    """Say how the figure of angles is read."""
    how = (
        "spectral clustering of the absolute correlations"
        if result.method == "spectral"
        else "joining by the average distance 1 − |r|"
    )
    return (
        f"Units of both layers are clustered together on half of the {result.size.nouns.groups} "
        f"({how}). On the other half each cluster's units of A and of B span two subspaces: "
        "cosines of the principal angles near 1 say that both span the same one, if by other "
        "axes. Random clusters draw as many units of either side. Clusters with units of one side "
        "alone have no angles."
    )


def matrices_sentence(names: tuple[str, str]) -> str:
    """Say what the two matrices hold."""
    return (
        f"Absolute correlations of the units of {names[0]} and {names[1]}, as they come and "
        "ordered by cluster."
    )


def cards_sentence(rows: int, total: int) -> str:
    """Say which clusters are shown."""
    return f"The {rows} largest of {many(total, 'cluster')} with units of both layers."
