"""Means of what is measured per encoder, over the recipes of each kind and family."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.numerics.estimates import Estimate
from substrate.numerics.intervals import encoder_jackknife


@dataclass(frozen=True, eq=False)
class FamilyMean:
    """The mean of a family, or of a kind of families, over its recipes.

    ``trained`` has Student's interval over recipes, where there are enough;
    ``untrained`` is the mean of the untrained twins of the same encoders.
    """

    name: str
    recipes: int
    trained: Estimate
    untrained: Float[np.ndarray, " v"]


def family_means(
    names: Sequence[Sequence[str]],
    recipes: Sequence[str],
    trained: Float[np.ndarray, "e v"],
    untrained: Float[np.ndarray, "e v"],
) -> tuple[FamilyMean, ...]:
    """Return the mean of every name that two encoders go by, in the order of the first of each.

    ``names`` holds for each encoder its kind and family; encoders of a recipe count once.
    """
    means = []
    for name in dict.fromkeys(one for families in names for one in families if one):
        of = [i for i, families in enumerate(names) if name in families]
        if len(of) < 2:  # one encoder stands for itself
            continue
        kept = list(dict.fromkeys(recipes[i] for i in of))
        own, twins = (
            np.array([values[[i for i in of if recipes[i] == r]].mean(axis=0) for r in kept])
            for values in (trained, untrained)
        )

        def mean(
            rows: Int[np.ndarray, " k"], own: Float[np.ndarray, "r v"] = own
        ) -> Float[np.ndarray, " v"]:
            return np.asarray(own[rows].mean(axis=0))

        over = encoder_jackknife(mean, len(kept), recipes=kept)
        means.append(FamilyMean(name, len(kept), over, twins.mean(axis=0)))
    return tuple(means)
