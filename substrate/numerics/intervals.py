"""How sure a value is: jackknives that leave out whole groups, or whole encoders."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float, Int, Shaped
from scipy import stats

from substrate.numerics.estimates import LEVEL, Estimate, estimated, too_few, undefined_without
from substrate.numerics.scales import (
    PLAIN,
    Errors,
    Scale,
    jackknife_errors,
    joint_widening,
    mean_errors,
    together,
)

MIN_GROUPS = 10
MIN_ENCODERS = 8
#: Draws of untrained twins below which nothing is concluded from them.
MIN_DRAWS = 5
Groups = Shaped[np.ndarray, " n"]
Statistic = Callable[[Int[np.ndarray, " k"]], Any]


def group_members(groups: Groups) -> list[Int[np.ndarray, " k"]]:
    """List the rows of each group, in the order in which the groups first appear."""
    _, first, codes = np.unique(np.asarray(groups), return_index=True, return_inverse=True)
    order = np.argsort(first)
    sorted_rows = np.argsort(codes, kind="stable")
    members = np.split(sorted_rows, np.cumsum(np.bincount(codes))[:-1])
    return [members[i] for i in order]


@dataclass(frozen=True, eq=False)
class Jackknife:
    """A statistic of all units, and of all but each: one array of replicates for each sample.

    `replicates` are empty where `reason` says why there is no interval.
    """

    value: Any
    replicates: tuple[Float[np.ndarray, "_ ..."], ...]
    unit: str
    n_units: int
    reason: str = ""

    def at(self, index: Any) -> "Jackknife":
        """Return the jackknife of some entries of an array-valued statistic."""
        inner = index if isinstance(index, tuple) else (index,)
        picked = tuple(r[(slice(None), *inner)] for r in self.replicates)
        return replace(self, value=np.asarray(self.value)[index], replicates=picked)

    def errors(self, scale: Scale = PLAIN) -> Errors:
        """Return the variance of the value; samples are independent of each other."""
        return together([jackknife_errors(values, scale) for values in self.replicates])

    def interval(
        self, scale: Scale = PLAIN, level: float = LEVEL, *, jointly: bool = False
    ) -> Estimate:
        """Return the t interval, symmetric on a scale.

        `jointly` covers all values of an array at once, and so whichever of them is picked.
        """
        if not self.replicates:
            return self.without_bounds(self.reason)
        errors = self.errors(scale)
        return estimated(
            self.value,
            errors,
            unit=self.unit,
            n_units=self.n_units,
            scale=scale,
            level=level,
            widening=self._widening(errors, scale, level) if jointly else 1.0,
        )

    def without_bounds(self, reason: str) -> Estimate:
        """Return the value alone, for a reason."""
        value = float(self.value) if np.ndim(self.value) == 0 else self.value
        return Estimate(value, reason=reason, unit=self.unit, n_units=self.n_units)

    def _widening(self, errors: Errors, scale: Scale, level: float) -> float:
        """Return how much wider the intervals of all values together are."""
        fits = np.isfinite(errors.stretched)
        variance = np.where(fits, errors.stretched, errors.variance).ravel()
        positive = np.isfinite(variance) & (variance > 0)
        if not positive.any():
            return 1.0
        parts = []
        for values in self.replicates:
            with np.errstate(invalid="ignore"):
                moved = np.where(fits, scale.stretch(values), values)
                moved = (moved - moved.mean(axis=0)).reshape(len(values), -1)[:, positive]
            parts.append(np.sqrt((len(values) - 1) / len(values) / variance[positive]) * moved)
        return joint_widening(np.vstack(parts), float(np.min(errors.df)), level)


def group_jackknife(
    statistic: Statistic,
    groups: Groups,
    *,
    unit: str = "groups",
    max_units: int | None = 40,
    seed: int = 0,
    minimum: int = MIN_GROUPS,
) -> Jackknife:
    """Compute a statistic of rows without each group in turn.

    With more than `max_units` groups, random blocks of groups of equal number are left out
    instead, which costs some degrees of freedom and no validity; the seed fixes the blocks.
    Below `minimum` groups, or where the statistic is undefined without some of them, there are no
    replicates: the value stands, and the reason beside it.
    """
    members = group_members(groups)
    value, count = statistic(np.arange(len(groups))), len(members)
    if count < minimum:
        return Jackknife(value, (), unit, count, too_few(count, unit, minimum, "interval"))
    if max_units is not None and count > max_units:
        order = np.random.default_rng(seed).permutation(count)
        members = [
            np.concatenate([members[g] for g in block])
            for block in np.array_split(order, max_units)
        ]
    left_out = [_complement(rows, len(groups)) for rows in members]
    try:
        values = np.array([statistic(rows) for rows in left_out], dtype=np.float64)
    except ValueError as error:  # undefined without them: the value stands all the same
        reason = f"{undefined_without(unit)} {error}"
        return Jackknife(value, (), unit, count, reason)
    return Jackknife(value, (values,), unit, count)


def delete_group_jackknife(
    statistic: Statistic,
    groups: Groups,
    *,
    scale: Scale = PLAIN,
    level: float = LEVEL,
    **options: Any,
) -> Estimate:
    """Estimate of a statistic of rows, leaving out one group at a time (t, m - 1 df).

    Symmetric on the scale, which belongs to the statistic: `substrate.numerics.scales.SHARE` for
    what lies in [0, 1], `CORRELATION` for what lies in [-1, 1]. `options` are those of
    `group_jackknife`.
    """
    return group_jackknife(statistic, groups, **options).interval(scale, level)


def _complement(rows: Int[np.ndarray, " k"], n: int) -> Int[np.ndarray, " m"]:
    kept = np.ones(n, dtype=bool)
    kept[rows] = False
    return np.flatnonzero(kept)


def encoder_jackknife(
    statistic: Statistic,
    n_encoders: int,
    *,
    recipes: Sequence[str] | None = None,
    strata: Shaped[np.ndarray, " e"] | None = None,
    minimum: int = MIN_ENCODERS,
    scale: Scale = PLAIN,
    level: float = LEVEL,
) -> Estimate:
    """Estimate of a statement over pairs of encoders: encoders are left out, never pairs.

    `statistic` gets the encoders that are kept. Encoders of one of the `recipes` are copies of
    each other, so they are left out together and count once. A difference between kinds of
    encoder names the kinds as `strata`: each is then a sample of its own (Welch's interval).
    """
    value = statistic(np.arange(n_encoders))
    units = group_members(np.arange(n_encoders) if recipes is None else np.asarray(recipes))
    unit = "encoders" if len(units) == n_encoders else "recipes"

    def without(reason: str) -> Estimate:
        return Estimate(value, reason=reason, unit=unit, n_units=len(units))

    if len(units) < minimum:
        return without(too_few(len(units), unit, minimum, "interval"))
    kinds = np.zeros(n_encoders) if strata is None else np.asarray(strata)
    of_units = kinds[[members[0] for members in units]]
    parts = []
    for stratum in group_members(of_units):
        if len(stratum) < 2:
            name = of_units[stratum[0]]
            return without(f"No interval: {name} has one of the {unit}, and two are needed.")
        kept = [_complement(units[u], n_encoders) for u in stratum]
        parts.append(np.array([statistic(rows) for rows in kept], dtype=np.float64))
    return Jackknife(value, tuple(parts), unit, len(units)).interval(scale, level)


def mean_of_draws(
    draws: Float[np.ndarray, " m"],
    *,
    minimum: int = MIN_DRAWS,
    level: float = LEVEL,
    scale: Scale = PLAIN,
    unit: str = "draws of untrained twins",
) -> Estimate:
    r"""Mean of m random draws, with Student's interval over them (m - 1 degrees of freedom).

    .. math:: \bar d \pm t_{m-1} \, s / \sqrt m

    In the units of the draws, symmetric on a scale, whose range it does not leave; without bounds
    below `minimum` draws. What the photographs add is not in it: it is the mean on these
    photographs.
    """
    m, value = len(draws), float(np.mean(draws))
    if m < max(2, minimum):
        reason = too_few(m, unit, max(2, minimum), "interval")
        return Estimate(value, reason=reason, unit=unit, n_units=m)
    errors = mean_errors(draws, scale)
    return estimated(value, errors, unit=unit, n_units=m, scale=scale, level=level)


def next_draw(
    draws: Float[np.ndarray, " m"], *, minimum: int = MIN_DRAWS, level: float = LEVEL
) -> tuple[float, float] | None:
    r"""Return where a further random draw lies: Student's prediction interval of m draws.

    .. math:: \bar d \pm t_{m-1} \, s \sqrt{1 + 1/m}

    In the units of the draws; None below `minimum` draws.
    """
    m = len(draws)
    if m < max(2, minimum):
        return None
    middle, spread = float(np.mean(draws)), float(np.std(draws, ddof=1))
    reach = float(stats.t.ppf((1 + level) / 2, m - 1)) * spread * float(np.sqrt(1 + 1 / m))
    return middle - reach, middle + reach


def with_draws(
    interval: Estimate,
    draws: Float[np.ndarray, "m ..."],
    *,
    future: bool = True,
    minimum: int = MIN_DRAWS,
    level: float = LEVEL,
) -> Estimate:
    r"""Widen the interval of a value less the mean of m random draws by how the draws differ.

    .. math:: \operatorname{var} = v + s^2 (1 + 1/m), \qquad
        \nu = \frac{(v + w)^2}{v^2/\nu_v + w^2/(m - 1)}, \quad w = s^2 (1 + 1/m)

    Parameters
    ----------
    interval
        The difference with its error v over photographs, on the plain scale (not a logit's).
    draws
        What each draw of untrained twins gave on the same photographs, in the units of the value;
        the first axis counts the draws, the others are those of the value.
    future
        Whether the value is itself one draw of what the twins are drawn from if the null holds: a
        trained panel that training did not change is a further untrained one, so it differs from
        the mean of the others by s^2 (1 + 1/m), as in a prediction interval. False where only the
        mean over draws is uncertain, s^2 / m: two quantities of the same twins, or what the twins
        give on average.

    Returns
    -------
    Estimate
        t with Satterthwaite's degrees of freedom (Satterthwaite 1946, Biometrics Bulletin 2:110);
        without bounds where the photographs allow none or there are fewer than `minimum` draws.
        What the draws and the photographs do together is in both parts: errs to the wide side.
    """
    m = len(draws)
    if interval.low is None:
        return interval
    if m < max(2, minimum):
        reason = too_few(m, "draws of untrained twins", max(2, minimum), "interval")
        return replace(interval, low=None, high=None, standard_error=None, df=0, reason=reason)
    of_draws = np.var(draws, axis=0, ddof=1) * ((1 + 1 / m) if future else 1 / m)
    of_units = np.square(interval.standard_error)
    variance = of_units + of_draws
    spread = np.square(of_units) / interval.df + np.square(of_draws) / (m - 1)
    with np.errstate(invalid="ignore"):
        df: Any = np.where(variance > 0, np.square(variance) / spread, m - 1)
    error = np.sqrt(variance)
    reach = stats.t.ppf((1 + level) / 2, df) * error
    low, high = interval.value - reach, interval.value + reach
    if np.ndim(interval.value) == 0:
        low, high, error, df = float(low), float(high), float(error), float(df)
    return replace(
        interval,
        low=low,
        high=high,
        standard_error=error,
        df=df,
        scale=PLAIN.name,
        spread=None,
        spread_df=None,
    )
