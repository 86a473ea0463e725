r"""How wide an interval will be, and how often it will tell a value from 0, at another size.

What a study's replicates say of each source of variance is carried over: a variance over
:math:`u_0` units is one of :math:`v u_0 / u` over u units, with at most :math:`u - 1` degrees of
freedom; a variance that the units do not change (the draw of untrained twins) stays. Degrees of
freedom by Satterthwaite, power by the noncentral t distribution.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import stats

LEVEL = 0.95


@dataclass(frozen=True)
class VarianceSource:
    """One source of variance, as it was measured.

    Attributes
    ----------
    units
        How many there were; 0 for what does not change with them.
    most
        Units, or blocks of them, that are left out at most.
    """

    variance: float
    units: int
    most: int

    def at(self, units: int | float) -> tuple[float, float]:
        """Return variance and degrees of freedom with so many units."""
        if not self.units:
            return self.variance, self.most - 1.0
        return self.variance * self.units / units, max(min(units, self.most) - 1.0, 1.0)


@dataclass(frozen=True)
class Plan:
    """A value with its sources of variance, those that the number of units changes and others."""

    value: float
    changing: tuple[VarianceSource, ...]
    staying: tuple[VarianceSource, ...] = ()

    def error(self, units: int | float) -> tuple[float, float]:
        """Return standard error and degrees of freedom with so many units."""
        parts = [one.at(units) for one in self.changing]
        parts += [one.at(one.units or 1) for one in self.staying]
        total = sum(v for v, _ in parts)
        spread = sum(v * v / df for v, df in parts)
        return float(np.sqrt(total)), total * total / spread if spread else 1.0

    def half_width(self, units: int | float) -> float:
        """Return half of the expected width of the 95 % interval."""
        error, df = self.error(units)
        return float(stats.t.ppf((1 + LEVEL) / 2, df)) * error

    def power(self, units: int | float) -> float:
        """Return how often the interval lies above 0, if the value is what was measured."""
        error, df = self.error(units)
        if error <= 0:
            return float(self.value > 0)
        least = float(stats.t.ppf((1 + LEVEL) / 2, df))
        return float(stats.nct.sf(least, df, self.value / error))

    def curve(
        self, units: Sequence[int | float]
    ) -> tuple[Float[np.ndarray, " u"], Float[np.ndarray, " u"]]:
        """Return half widths and power at several numbers of units."""
        return (
            np.array([self.half_width(u) for u in units]),
            np.array([self.power(u) for u in units]),
        )

    def needed(self, power: float, *, least: int, most: int) -> int | None:
        """Return the smallest number of units with this power; None where ``most`` have not."""
        if self.power(most) < power:
            return None
        low, high = least, most
        while low < high:
            middle = (low + high) // 2
            if self.power(middle) >= power:
                high = middle
            else:
                low = middle + 1
        return low
