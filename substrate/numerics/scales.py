"""The scale on which an interval is symmetric: a bounded range, stretched at its ends to a line."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Float
from scipy import stats

#: Draws of the largest of several t.
DRAWS = 4000
Name = Literal["plain", "logit", "arctanh", "log"]


@dataclass(frozen=True)
class Scale:
    """A range that is stretched to the whole line, where errors are about normal.

    Near an end of its range an estimate is skewed: a symmetric interval is then too short on the
    inner side and leaves the range on the outer one. On the stretched scale it does neither.
    Logits for shares; Fisher's arctanh (half a logit) for correlations (Fisher, Metron 1921); logs
    for distances without a largest value.
    """

    name: Name
    low: float
    high: float

    def stretch(self, values: Any) -> Any:
        """Map the range to the line; its ends and what lies outside become infinite or NaN."""
        x = np.asarray(values, dtype=np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.name == "plain":
                return x
            if self.name == "log":
                return np.log(x - self.low)
            if self.name == "arctanh":
                return np.arctanh(x)
            return np.log((x - self.low) / (self.high - x))

    def restore(self, stretched: Any) -> Any:
        """Map the line back to the range."""
        z = np.asarray(stretched, dtype=np.float64)
        if self.name == "plain":
            return z
        if self.name == "log":
            with np.errstate(over="ignore"):
                return self.low + np.exp(z)
        if self.name == "arctanh":
            return np.tanh(z)
        return self.low + (self.high - self.low) * (0.5 + 0.5 * np.tanh(z / 2))


PLAIN = Scale("plain", -np.inf, np.inf)
SHARE = Scale("logit", 0.0, 1.0)
CORRELATION = Scale("arctanh", -1.0, 1.0)
#: Lengths and whatever else is above 0 and has no largest value.
LENGTH = Scale("log", 0.0, np.inf)


def difference(scale: Scale) -> Scale:
    """Return the range of the difference of two values of a scale: symmetric, cut at its ends."""
    reach = scale.high - scale.low
    return Scale("plain", -reach, reach)


def scale_of(low: float, high: float) -> Scale:
    """Return the scale of a quantity with these bounds, infinite where there is none."""
    if (low, high) == (-1.0, 1.0):
        return CORRELATION
    if np.isfinite(low) and np.isfinite(high):
        return Scale("logit", low, high)
    return Scale("log", low, high) if np.isfinite(low) else PLAIN


@dataclass(frozen=True, eq=False)
class Errors:
    """How much a value varies: its variance and degrees of freedom, as they are and stretched.

    All have the value's shape or one number for all of it. The stretched ones are
    NaN where a replicate lies on or outside the ends of the range.
    """

    variance: Any
    df: Any
    stretched: Any
    stretched_df: Any


def jackknife_errors(values: Float[np.ndarray, "m ..."], scale: Scale) -> Errors:
    r"""Variance over delete-one (or delete-group) replicates of one sample.

    .. math:: v = \tfrac{m - 1}{m} \sum_g u_g^2, \qquad
        \nu = \min\Bigl(m - 1,\; 3 \bigl(\sum u_g^2\bigr)^2 / \sum u_g^4\Bigr)

    with u the replicates less their mean. The degrees of freedom of the stretched scale are
    effective ones: m - 1 where all units weigh alike, fewer where some rule the variance (Lipsitz,
    Ibrahim & Parzen, J. R. Stat. Soc. D 1999). The plain ones are m - 1.
    """
    m = len(values)
    plain = np.asarray(values, dtype=np.float64)
    z = scale.stretch(plain)
    with np.errstate(invalid="ignore"):
        moved = z - z.mean(axis=0)
    squares = np.square(moved)
    total, fourth = squares.sum(axis=0), np.square(squares).sum(axis=0)
    effective = np.full(np.shape(total), float(m - 1))
    np.divide(3 * np.square(total), fourth, out=effective, where=fourth > 0)
    return Errors(
        variance=(m - 1) / m * np.square(plain - plain.mean(axis=0)).sum(axis=0),
        df=float(m - 1),
        stretched=(m - 1) / m * total,
        stretched_df=np.minimum(effective, m - 1),
    )


def draw_errors(draws: Float[np.ndarray, " m"], scale: Scale) -> Errors:
    r"""Variance of a value that is itself one draw, held against the mean of m others.

    .. math:: v = s^2 (1 + 1 / m), \qquad \nu = m - 1
    """
    return _spread(draws, scale, 1 + 1 / len(draws))


def mean_errors(draws: Float[np.ndarray, " m"], scale: Scale) -> Errors:
    r"""Variance of the mean of m draws.

    .. math:: v = s^2 / m, \qquad \nu = m - 1
    """
    return _spread(draws, scale, 1 / len(draws))


def _spread(draws: Float[np.ndarray, " m"], scale: Scale, share: float) -> Errors:
    """Return a share of the variance of draws, with m - 1 degrees of freedom."""
    df = float(len(draws) - 1)
    with np.errstate(invalid="ignore"):
        plain, stretched = (float(np.var(x, ddof=1)) * share for x in (draws, scale.stretch(draws)))
    return Errors(plain, df, stretched, df)


def together(errors: Sequence[Errors]) -> Errors:
    r"""Add up the variances of independent samples, degrees of freedom by Satterthwaite.

    .. math:: \nu = \bigl(\sum v_i\bigr)^2 / \sum v_i^2 / \nu_i

    Satterthwaite, Biometrics Bulletin 1946.
    """
    if len(errors) == 1:
        return errors[0]
    variance, df = _satterthwaite([(e.variance, e.df) for e in errors])
    stretched, stretched_df = _satterthwaite([(e.stretched, e.stretched_df) for e in errors])
    return Errors(variance, df, stretched, stretched_df)


def _satterthwaite(parts: Sequence[tuple[Any, Any]]) -> tuple[Any, Any]:
    total: Any = np.sum([np.broadcast_arrays(v, df)[0] for v, df in parts], axis=0)
    spread: Any = np.sum([np.square(v) / df for v, df in parts], axis=0)
    df = np.array(np.sum([np.broadcast_arrays(v, df)[1] for v, df in parts], axis=0), dtype=float)
    np.divide(np.square(total), spread, out=df, where=np.asarray(spread > 0))
    return total, df


def bounds(
    value: Any, errors: Errors, scale: Scale, level: float, *, widening: float = 1.0
) -> tuple[Any, Any]:
    """Return the ends of the interval: symmetric on the scale, or plain where it has no room.

    Where the value or a replicate lies at an end of the range, the plain interval is cut there.
    `widening` multiplies the quantile of t. A plain scale with ends (a difference's) is cut there
    as well.
    """
    value = np.asarray(value, dtype=np.float64)
    quantile = widening * stats.t.ppf((1 + level) / 2, errors.df)
    reach = quantile * np.sqrt(errors.variance)
    low, high = value - reach, value + reach
    cut = [
        np.maximum(low, np.minimum(value, scale.low)),
        np.minimum(high, np.maximum(value, scale.high)),
    ]
    if scale.name == "plain":
        return cut[0], cut[1]
    z = scale.stretch(value)
    fits = np.isfinite(z) & np.isfinite(errors.stretched)
    quantile = widening * stats.t.ppf((1 + level) / 2, errors.stretched_df)
    stretched_reach = quantile * np.sqrt(errors.stretched)
    with np.errstate(invalid="ignore"):
        ends = [scale.restore(z - stretched_reach), scale.restore(z + stretched_reach)]
    return np.where(fits, ends[0], cut[0]), np.where(fits, ends[1], cut[1])


def joint_widening(deviations: Float[np.ndarray, "units values"], df: float, level: float) -> float:
    r"""How much wider intervals must be for all values at once to be covered at this level.

    The quantile of the largest of their |t|, over that of one: multivariate t, with the correlation
    that the units' deviations (their squares sum to one for each value) show. 1 where all values
    move together; Bonferroni's at most. Hothorn, Bretz & Westfall, Biom. J. 2008. By a fixed draw
    of 4,000.
    """
    rng = np.random.default_rng(0)
    moved = np.abs(rng.normal(size=(DRAWS, len(deviations))) @ deviations).max(axis=1)
    moved /= np.sqrt(rng.chisquare(df, size=DRAWS) / df)
    return max(1.0, float(np.quantile(moved, level) / stats.t.ppf((1 + level) / 2, df)))


def wilson(value: float, worth: float, df: float, level: float) -> tuple[float, float]:
    r"""Bounds of a share that rests on so many independent decisions.

    .. math:: \frac{p + \frac{t^2}{2n} \pm t \sqrt{\frac{p (1 - p)}{n} + \frac{t^2}{4 n^2}}}
        {1 + \frac{t^2}{n}}
    """
    t = float(stats.t.ppf((1 + level) / 2, df))
    centre = value + t * t / (2 * worth)
    reach = t * np.sqrt(value * (1 - value) / worth + t * t / (4 * worth * worth))
    scale = 1 + t * t / worth
    low, high = (centre - reach) / scale, (centre + reach) / scale
    return max(0.0, float(low)), min(1.0, float(high))
