"""A value with what is known about it: its interval, its null, and what was resampled."""

from dataclasses import KW_ONLY, dataclass, replace
from typing import Any

import numpy as np
from scipy import stats

from substrate.numerics.scales import (
    CORRELATION,
    LENGTH,
    PLAIN,
    SHARE,
    Errors,
    Scale,
    bounds,
    wilson,
)

#: Coverage of the intervals.
LEVEL = 0.95
#: The scale of shares: Wilson's interval on so many independent decisions.
WILSON = "wilson"
_NAMED = {scale.name: scale for scale in (PLAIN, SHARE, CORRELATION, LENGTH)}


def too_few(have: int, unit: str, need: int, what: str) -> str:
    """Say why nothing is printed."""
    return f"No {what}: {have} {unit}, and at least {need} are needed."


@dataclass(frozen=True, kw_only=True)
class Null:
    """What a value is where samples do not belong together, in the units of the value.

    Attributes
    ----------
    mean
        The mean over permutations.
    level
        What 95 % of permutations do not pass; None where there are too few groups.
    p
        The share of permutations that come as close, the observed among them; None likewise.
    low, high
        The middle 95 % of the permutations, where it is shown.
    """

    mean: float
    level: float | None = None
    p: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % interval; `low` and `high` are `None` where `reason` says why.

    Those of numbers compare as equal where all they hold is equal; those of arrays do not compare.

    Attributes
    ----------
    value
        A number, or an array of them with bounds of the same shape; None where `reason` says why
        there is not even a value.
    standard_error, df
        Those of the value as it is, and the degrees of freedom of Student's t; None and 0 where
        they are not known.
    unit, n_units
        What was resampled ("photographs", "recipes"), and how many there are of it.
    null
        What chance gives, where the value was set beside it.
    scale
        Where the bounds are symmetric: "plain", "logit", "arctanh", "log", or "wilson" for shares.
    spread, spread_df
        On a scale other than the plain one, the standard error there, and its degrees of freedom;
        for shares, how many independent decisions they are worth.
    """

    value: Any
    _: KW_ONLY
    low: Any = None
    high: Any = None
    reason: str = ""
    unit: str = ""
    n_units: int = 0
    standard_error: Any = None
    df: Any = 0
    null: Null | None = None
    scale: str = PLAIN.name
    spread: Any = None
    spread_df: Any = None

    def at_level(self, level: float) -> "Estimate":
        """Return the estimate with bounds at another level than 95 %; as it is without bounds."""
        if self.standard_error is None:
            return self
        if self.scale == WILSON:
            low, high = wilson(self.value, self.spread, self.spread_df, level)
            return replace(self, low=low, high=high)
        if self.scale not in _NAMED:
            raise ValueError(f"Intervals on the scale {self.scale!r} have one level alone.")
        stretched = np.nan if self.spread is None else np.square(self.spread)
        errors = Errors(np.square(self.standard_error), self.df, stretched, self.spread_df)
        low, high = bounds(self.value, errors, _NAMED[self.scale], level)
        if np.ndim(self.value) == 0:
            low, high = float(low), float(high)
        return replace(self, low=low, high=high)

    def picked_from(self, count: int) -> "Estimate":
        """Return the interval that still covers in 95 % where this value was picked from many.

        The largest of several estimates is too large on average; bounds at the level 1 - .05 /
        count hold for all of them at once, and so for whichever is picked (Bonferroni).
        """
        return self.at_level(1 - (1 - LEVEL) / max(1, count))

    def without_bounds(self, reason: str) -> "Estimate":
        """Return the value alone, for a reason."""
        return Estimate(self.value, reason=reason, unit=self.unit, n_units=self.n_units)

    def p_against(self, bound: float) -> tuple[float, float]:
        """Return one-sided p-values of "not above" and "not below" a bound, by Student's t."""
        if self.standard_error is None:
            return 1.0, 1.0
        t = (self.value - bound) / self.standard_error
        return float(stats.t.sf(t, self.df)), float(stats.t.cdf(t, self.df))

    @property
    def p_of_zero(self) -> float | None:
        """Return the two-sided p-value of "it is zero", by Student's t; None without an error."""
        if self.standard_error is None:
            return None
        return 2 * float(stats.t.sf(abs(self.value) / self.standard_error, self.df))


def estimated(
    value: Any,
    errors: Errors,
    *,
    unit: str,
    n_units: int,
    scale: Scale = PLAIN,
    level: float = LEVEL,
    widening: float = 1.0,
) -> Estimate:
    """Return a value with the t interval that its errors give, symmetric on a scale.

    `widening` stretches the interval, so that several are covered at once.
    """
    low, high = bounds(value, errors, scale, level, widening=widening)
    numbers = [low, high, np.sqrt(errors.variance), errors.df]
    spread = [None, None] if scale is PLAIN else [np.sqrt(errors.stretched), errors.stretched_df]
    if np.ndim(value) == 0:
        value, *numbers = (float(number) for number in (value, *numbers))
        spread = [None if number is None else float(number) for number in spread]
    low, high, error, df = numbers
    return Estimate(
        value,
        low=low,
        high=high,
        unit=unit,
        n_units=n_units,
        standard_error=error,
        df=df,
        scale=scale.name,
        spread=spread[0],
        spread_df=spread[1],
    )


def undefined_without(unit: str) -> str:
    """Say that there is no interval, as a value is undefined without some of the units."""
    return f"No interval: without some of the {unit} there is no value."
