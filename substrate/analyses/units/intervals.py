"""Intervals of what units share: blocks of photographs left out, and the draws of twins."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from substrate.analyses.shared.samples import Sizes
from substrate.numerics.estimates import Estimate, too_few
from substrate.numerics.intervals import MIN_GROUPS, Jackknife, with_draws
from substrate.numerics.scales import PLAIN
from substrate.numerics.units.blocks import LEAST_BLOCKS


def block_jackknife(value: float, replicates: Float[np.ndarray, " m"], size: Sizes) -> Jackknife:
    """Return the jackknife over blocks of photographs, with the reason where there is none."""
    unit, n = size.nouns.groups, size.photographs
    if n < MIN_GROUPS:
        return Jackknife(value, (), unit, n, too_few(n, unit, MIN_GROUPS, "interval"))
    if replicates.size < LEAST_BLOCKS:
        reason = (
            f"No interval: the moments of these layers fill the memory with fewer than "
            f"{LEAST_BLOCKS} blocks of {unit}. Choose narrower layers."
        )
        return Jackknife(value, (), unit, n, reason)
    return Jackknife(value, (replicates,), unit, n)


def above_draws(mean: Jackknife, draws: Float[np.ndarray, " t"]) -> Estimate:
    """Return what a value is above the mean of untrained twins, their draws in its interval."""
    if not draws.size:
        return mean.without_bounds("No untrained twins of both encoders have been read here.")
    less = Jackknife(
        mean.value - draws.mean(),
        tuple(replicates - draws.mean() for replicates in mean.replicates),
        mean.unit,
        mean.n_units,
        mean.reason,
    )
    return with_draws(less.interval(PLAIN), draws)
