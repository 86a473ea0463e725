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

#: Rotations in the null up to a width: many axes average out within a draw, and each costs more.
ROTATIONS = ((256, 40), (512, 20), (1024, 10), (2048, 3))
#: Rotations in each replicate of the jackknife; above the first width of `ROTATIONS`, one.
ROTATIONS_LEFT_OUT = 3


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
    blocks: PairedBlocks, *, absolute: bool = False, rotations: int = 0, seed: int = 0
) -> UnitAgreement:
    """Match units on half of the photographs, judge on the other half, and set it beside rotations.

    ``rotations`` are as many as `rotations_for` the wider side says where they are not given.
    With ``absolute``, axes are matched by the size of their correlations as well.

    Raises
    ------
    UnitsError
        If there are fewer than two blocks, or a side has no living unit.
    """
    count = len(blocks.blocks)
    widest = max(blocks.widths.values())
    whole = _halves(blocks, parts(count))
    agreement = UnitAgreement(
        cross_fitted_mean(whole, absolute=absolute),
        _rotated(whole, rotations or rotations_for(widest), seed, absolute=absolute),
        np.empty(0),
        np.empty(0),
    )
    if count < LEAST_BLOCKS:
        return agreement
    draws = ROTATIONS_LEFT_OUT if widest <= ROTATIONS[0][0] else 1
    means, leads = [], []
    for left_out in range(count):
        kept = [[block for block in part if block != left_out] for part in parts(count)]
        halves = _halves(blocks, kept)
        means.append(cross_fitted_mean(halves, absolute=absolute))
        leads.append(means[-1] - _rotated(halves, draws, seed, absolute=absolute).mean())
    # The same rotations in the whole and in the replicates: their draw is no part of the error.
    same = agreement.mean - float(_rotated(whole, draws, seed, absolute=absolute).mean())
    shift = agreement.lead - same
    return UnitAgreement(
        agreement.mean, agreement.rotations, np.array(means), np.array(leads) + shift
    )


def lead_over_rotations(
    halves: tuple[JointCovariance, JointCovariance],
    *,
    absolute: bool = False,
    rotations: int,
    seed: int = 0,
) -> tuple[float, float]:
    """Return the mean held-out correlation of two halves, and what it is above rotated axes."""
    mean = cross_fitted_mean(halves, absolute=absolute)
    return mean, mean - float(_rotated(halves, rotations, seed, absolute=absolute).mean())


def _halves(
    blocks: PairedBlocks, halves: list[list[int]]
) -> tuple[JointCovariance, JointCovariance]:
    first, second = (blocks.covariance(half) for half in halves)
    return first, second


def rotations_for(width: int) -> int:
    """Return how many rotations are drawn for layers up to this width."""
    return next((count for most, count in ROTATIONS if width <= most), 1)


def _rotated(
    halves: tuple[JointCovariance, JointCovariance], count: int, seed: int, *, absolute: bool
) -> Float[np.ndarray, " count"]:
    both = [
        rotation_null(*order, count, seed, absolute=absolute) for order in (halves, halves[::-1])
    ]
    return np.asarray((both[0] + both[1]) / 2)
