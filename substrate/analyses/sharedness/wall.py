"""Shared directions encoder by encoder: in which order, and which agreements exceed which null."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from substrate.analyses.sharedness.leave_encoder_out import Sharedness
from substrate.analyses.sharedness.untrained import UntrainedSharedness
from substrate.numerics.nulls import threshold


@dataclass(frozen=True, eq=False)
class Wall:
    """What stands beside each encoder's agreement with the others on each shared direction.

    ``order`` lists directions (from 0) by their mean correlation, the highest first. ``level`` is
    what the largest of all cells stays below in 95 % of shuffled panels, None where ``reason``
    says why nothing is compared with chance. ``twins`` is the highest correlation of any untrained
    panel for the same encoder and the direction of the same rank, NaN without such panels.
    """

    shared: Sharedness
    order: Int[np.ndarray, " k"]
    level: float | None
    reason: str
    twins: Float[np.ndarray, "e k"]
    draws: int

    @property
    def above_chance(self) -> Bool[np.ndarray, "e k"]:
        """Tell which correlations exceed the largest cell of shuffled panels."""
        values = self.shared.correlations
        return np.zeros(values.shape, bool) if self.level is None else values > self.level

    @property
    def above_both(self) -> Bool[np.ndarray, "e k"]:
        """Tell which exceed chance and every untrained panel's of the same encoder and rank."""
        known = np.isfinite(self.twins)
        return self.above_chance & known & (self.shared.correlations > self.twins)

    def top(self, encoder: int, direction: int, count: int) -> Int[np.ndarray, " c"]:
        """Return the domain's rows that an encoder's part scores highest on a direction."""
        scores = self.shared.parts[encoder, :, direction]
        return self.shared.rows[np.argsort(-scores, kind="stable")[:count]]


def wall_of(shared: Sharedness, untrained: UntrainedSharedness | None) -> Wall:
    """Return what stands on the wall of a panel; ``untrained`` where its twins were run."""
    twins = np.full(shared.correlations.shape, np.nan)
    if untrained is not None:
        width = min(shared.k, untrained.correlations.shape[2])
        twins[:, :width] = untrained.correlations[:, :, :width].max(axis=0)
    largest = np.append(np.nanmax(shared.shuffled, axis=(1, 2)), shared.correlations.max())
    return Wall(
        shared=shared,
        order=np.argsort(-shared.mean, kind="stable"),
        level=None if shared.no_chance else threshold(largest),
        reason=shared.no_chance,
        twins=twins,
        draws=0 if untrained is None else len(untrained.seeds),
    )
