"""Shared directions encoder by encoder: in which order, and which agreements exceed which null."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy import stats

from substrate.analyses.sharedness.leave_encoder_out import Sharedness
from substrate.analyses.sharedness.untrained import UntrainedSharedness
from substrate.numerics.estimates import LEVEL
from substrate.numerics.intervals import MIN_DRAWS
from substrate.numerics.nulls import threshold


@dataclass(frozen=True, eq=False)
class Wall:
    """What stands beside each encoder's agreement with the others on each shared direction.

    ``order`` lists directions (from 0) by their mean correlation, the highest first. ``level`` is
    what the largest of all cells stays below in 95 % of shuffled panels, None where ``reason``
    says why nothing is compared with chance. ``twins`` is what a further untrained panel stays
    below in 95 % of cases for the same encoder and the direction of the same rank, in all cells at
    once (`twins_level`); NaN with fewer than `MIN_DRAWS` of them.
    """

    shared: Sharedness
    order: Int[np.ndarray, " k"]
    level: float | None
    reason: str
    twins: Float[np.ndarray, "e k"]
    draws: int

    @property
    def compared(self) -> bool:
        """Tell whether there are draws of untrained panels enough to compare with."""
        return bool(np.isfinite(self.twins).any())

    @property
    def above_chance(self) -> Bool[np.ndarray, "e k"]:
        """Tell which correlations exceed the largest cell of shuffled panels."""
        values = self.shared.correlations
        return np.zeros(values.shape, bool) if self.level is None else values > self.level

    @property
    def above_both(self) -> Bool[np.ndarray, "e k"]:
        """Tell which exceed chance and what a further untrained panel would reach anywhere."""
        finite = np.isfinite(self.twins)
        return self.above_chance & finite & (self.shared.correlations > self.twins)

    def top(self, encoder: int, direction: int, count: int) -> Int[np.ndarray, " c"]:
        """Return the domain's rows that an encoder's part scores highest on a direction."""
        scores = self.shared.parts[encoder, :, direction]
        return self.shared.rows[np.argsort(-scores, kind="stable")[:count]]


def twins_level(draws: Float[np.ndarray, "m e k"]) -> Float[np.ndarray, "e k"]:
    r"""Return what one more draw stays below in all cells at once, in 95 % of cases.

    .. math:: z_j = \max_{e,k} \frac{r_{jek} - \bar r_{-j,ek}}{s_{-j,k}}, \qquad
        \bar r_{ek} + s_k \Bigl(\bar z + t_{m-1} \, s_z \sqrt{1 + 1/m}\Bigr)

    Each draw is set beside the others as the trained panel is set beside all: by its largest cell,
    in deviations between draws of directions of that rank. The limit is Student's for one more
    such maximum. Where training adds nothing, the trained panel is one more draw. NaN below
    `MIN_DRAWS`.
    """
    m = len(draws)
    if m < MIN_DRAWS:
        return np.full(draws.shape[1:], np.nan)
    furthest = np.empty(m)
    for own in range(m):
        middle, spread = _spread(np.delete(draws, own, axis=0))
        apart = np.divide(draws[own] - middle, spread, out=np.zeros_like(middle), where=spread > 0)
        furthest[own] = np.nanmax(apart)
    reach = float(stats.t.ppf(LEVEL, m - 1)) * furthest.std(ddof=1) * np.sqrt(1 + 1 / m)
    middle, spread = _spread(draws)
    return middle + (furthest.mean() + reach) * spread


def _spread(
    draws: Float[np.ndarray, "m e k"],
) -> tuple[Float[np.ndarray, "e k"], Float[np.ndarray, " k"]]:
    """Return the mean of every cell, and the deviation between draws for each rank."""
    middle = draws.mean(axis=0)
    variance = np.nanmean(np.square(draws - middle).sum(axis=0), axis=0) / (len(draws) - 1)
    return middle, np.sqrt(variance)


def wall_of(shared: Sharedness, untrained: UntrainedSharedness | None) -> Wall:
    """Return what stands on the wall of a panel; ``untrained`` where its twins were run."""
    twins = np.full(shared.correlations.shape, np.nan)
    if untrained is not None and not shared.no_chance:
        width = min(shared.k, untrained.correlations.shape[2])
        twins[:, :width] = twins_level(untrained.correlations[:, :, :width])
    largest = np.append(np.nanmax(shared.shuffled, axis=(1, 2)), shared.correlations.max())
    return Wall(
        shared=shared,
        order=np.argsort(-shared.mean, kind="stable"),
        level=None if shared.no_chance else threshold(largest),
        reason=shared.no_chance,
        twins=twins,
        draws=0 if untrained is None else len(untrained.seeds),
    )
