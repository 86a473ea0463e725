"""In how many photographs each unit is active, from its reach in each: the rule of all z-scores.

A unit that fires in one photograph only, at one position even, would be brought to variance 1 like
any other. `substrate.numerics.whitening` says which units take part where samples are at hand;
here as much of them is kept as that rule asks for, whatever their number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, Real

from substrate.numerics.whitening import LEAST_ACTIVE, LEAST_DEPARTURE, enough_active

#: Photographs that are kept for either end of each unit: so many tell five from fewer.
KEPT = 2 * LEAST_ACTIVE - 1


@dataclass(frozen=True, eq=False)
class Activity:
    """The photographs in which each unit reaches highest and lowest, and how far.

    Attributes
    ----------
    reaches
        Highest values of each unit, negated, and lowest ones, from the most extreme photograph on;
        infinite where there are fewer photographs.
    photographs
        The photograph of each, -1 where there is none.
    """

    reaches: Float[np.ndarray, "2 k p"]
    photographs: Int[np.ndarray, "2 k p"]

    @classmethod
    def none(cls, units: int) -> Activity:
        """Return what is known of units without photographs."""
        shape = (2, KEPT, units)
        return cls(np.full(shape, np.inf), np.full(shape, -1))

    @classmethod
    def of(cls, x: Real[np.ndarray, "n p"], photographs: Int[np.ndarray, " n"]) -> Activity:
        """Return what some rows say, each with the number of its photograph."""
        if not len(x):
            return cls.none(x.shape[1])
        numbers, codes = np.unique(photographs, return_inverse=True)
        order = np.argsort(codes, kind="stable")
        starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
        rows = x if np.array_equal(order, np.arange(len(x))) else x[order]
        ends = np.stack(
            [-np.maximum.reduceat(rows, starts, axis=0), np.minimum.reduceat(rows, starts, axis=0)]
        ).astype(np.float64)
        if len(numbers) > KEPT:
            kept = np.argpartition(ends, KEPT, axis=1)[:, :KEPT]
            return cls._kept(np.take_along_axis(ends, kept, axis=1), numbers[kept])
        return cls._kept(ends, np.broadcast_to(numbers[:, None], ends.shape))

    @classmethod
    def together(cls, activities: Sequence[Activity]) -> Activity:
        """Return what several say together; a photograph that several saw counts once."""
        if len(activities) == 1:
            return activities[0]
        return cls._kept(
            np.concatenate([one.reaches for one in activities], axis=1),
            np.concatenate([one.photographs for one in activities], axis=1),
        )

    @classmethod
    def _kept(
        cls, reaches: Float[np.ndarray, "2 m p"], photographs: Int[np.ndarray, "2 m p"]
    ) -> Activity:
        by_photograph = np.lexsort((reaches, photographs), axis=1)
        reaches, photographs = (
            np.take_along_axis(one, by_photograph, axis=1) for one in (reaches, photographs)
        )
        again = np.zeros(photographs.shape, dtype=bool)
        again[:, 1:] = photographs[:, 1:] == photographs[:, :-1]
        reaches = np.where(again, np.inf, reaches)
        first = np.argsort(reaches, axis=1, kind="stable")[:, :KEPT]
        out = cls.none(reaches.shape[2])
        places = slice(first.shape[1])
        out.reaches[:, places] = np.take_along_axis(reaches, first, axis=1)
        out.photographs[:, places] = np.take_along_axis(photographs, first, axis=1)
        out.photographs[np.isinf(out.reaches)] = -1
        return out

    def enough(self, deviations: Float[np.ndarray, " p"]) -> Bool[np.ndarray, " p"]:
        """Say which units are active in at least `LEAST_ACTIVE` photographs.

        A unit that is active in fewer rests in all others, so that the last of as many photographs
        from either end shows its resting value; active is a photograph that departs from it by
        `LEAST_DEPARTURE` of the unit's deviation. Of fewer than five photographs half are enough.
        """
        if not self.reaches.shape[2]:
            return np.zeros(0, dtype=bool)
        count = int(np.isfinite(self.reaches[0, :, 0]).sum())
        if not count:
            return np.zeros(self.reaches.shape[2], dtype=bool)
        least = enough_active(count)
        resting = -self.reaches[::-1, least - 1 : least]  # of either end, seen from the other
        departs = resting - self.reaches >= LEAST_DEPARTURE * deviations
        same = self.photographs[1][:, None] == self.photographs[0][None]
        counted = (same & departs[0][None]).any(axis=1)
        return np.asarray(departs[0].sum(axis=0) + (departs[1] & ~counted).sum(axis=0) >= least)


#: The activity of the units of either side.
Active = tuple[Activity, Activity]
#: What is stored of an activity.
ACTIVITY = ("reaches", "photographs")


def both_sides(sides: Sequence[Active]) -> Active:
    """Return what several blocks of photographs say together, side by side."""
    a, b = (Activity.together(side) for side in zip(*sides, strict=True))
    return a, b
