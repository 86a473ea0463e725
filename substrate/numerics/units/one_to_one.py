"""How well units match one to one on photographs that did not choose the partners, and by chance.

The mean held-out correlation stands beside two nulls: randomly turned axes of the same two spaces
(is anything special about units?) and photographs that do not belong together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from substrate.numerics.units.blocks import LEAST_BLOCKS, JointCovariance, PairedBlocks, parts
from substrate.numerics.units.matching import held_out_matching, rotation_null

#: Rotations in the null, and in each replicate of the jackknife (their spread is small).
ROTATIONS, ROTATIONS_LEFT_OUT = 40, 3
#: Above this width one rotation is drawn for each replicate: many axes average out.
WIDE = 256


@dataclass(frozen=True, eq=False)
class UnitAgreement:
    """Mean held-out correlation of matched units, beside that of rotated axes.

    Attributes
    ----------
    mean
        Over both directions: chosen on either half of the blocks, judged on the other.
    rotations
        The same of randomly turned axes, draw by draw.
    left_out
        ``mean`` without each block of photographs in turn; empty below `LEAST_BLOCKS` blocks.
    lead_left_out
        ``mean`` less that of rotated axes, likewise.
    """

    mean: float
    rotations: Float[np.ndarray, " r"]
    left_out: Float[np.ndarray, " m"]
    lead_left_out: Float[np.ndarray, " m"]

    @property
    def lead(self) -> float:
        """What units match by above the mean of rotated axes."""
        return self.mean - float(self.rotations.mean())


def cross_fitted_mean(
    halves: tuple[JointCovariance, JointCovariance], *, absolute: bool = False
) -> float:
    """Return the mean held-out correlation: chosen on one half, judged on the other, both ways."""
    first, second = halves
    return float(
        np.mean(
            [
                held_out_matching(choose, judge, absolute=absolute).mean
                for choose, judge in ((first, second), (second, first))
            ]
        )
    )


def unit_agreement(
    blocks: PairedBlocks, *, absolute: bool = False, rotations: int = ROTATIONS, seed: int = 0
) -> UnitAgreement:
    """Match units on half of the photographs, judge on the other half, and set it beside rotations.

    Raises
    ------
    UnitsError
        If there are fewer than two blocks, or a side has no living unit.
    """
    count = len(blocks.blocks)
    whole = _halves(blocks, parts(count))
    found = UnitAgreement(
        cross_fitted_mean(whole, absolute=absolute),
        _rotated(whole, rotations, seed),
        np.empty(0),
        np.empty(0),
    )
    if count < LEAST_BLOCKS:
        return found
    draws = ROTATIONS_LEFT_OUT if max(blocks.widths.values()) <= WIDE else 1
    means, leads = [], []
    for left_out in range(count):
        kept = [[block for block in part if block != left_out] for part in parts(count)]
        halves = _halves(blocks, kept)
        means.append(cross_fitted_mean(halves, absolute=absolute))
        leads.append(means[-1] - _rotated(halves, draws, seed).mean())
    # The same rotations in the whole and in the replicates: their draw is no part of the error.
    same = found.mean - float(_rotated(whole, draws, seed).mean())
    shift = found.lead - same
    return UnitAgreement(found.mean, found.rotations, np.array(means), np.array(leads) + shift)


def _halves(
    blocks: PairedBlocks, halves: list[list[int]]
) -> tuple[JointCovariance, JointCovariance]:
    first, second = (blocks.covariance(half) for half in halves)
    return first, second


def _rotated(
    halves: tuple[JointCovariance, JointCovariance], count: int, seed: int
) -> Float[np.ndarray, " count"]:
    first, second = halves
    return np.asarray(
        (rotation_null(first, second, count, seed) + rotation_null(second, first, count, seed)) / 2
    )
