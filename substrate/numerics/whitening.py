"""Bringing features to one scale: centring, scores of each unit, whitening as samples allow.

Which units take part
---------------------
Dividing by a deviation turns a unit that hardly moves on the fit rows into one that may move by
thousands of deviations on others, and so owns a direction by itself. Wherever features are brought
to one variance a unit therefore needs, on the fit rows,

- a deviation of at least `LEAST_DEVIATION` times the layer's median deviation (the median of the
  units that vary at all), and
- activity in at least `LEAST_ACTIVE` groups (photographs). It is *active* in a group where it
  departs from its resting value by `LEAST_DEPARTURE` of its own deviation or more in at least one
  sample of the group. The resting value is the unit's median over the fit rows (of two middle
  values the lower one), so 0 for a rectified unit that is silent on most of them: a unit that
  fires in one photograph only is active in one group, however strongly it fires there.

Of fewer than five groups, half (rounded up) are enough. The same number of *samples* is asked for
in any case; that is what counts where the samples come from one or two photographs, or where no
groups are given. `Standardisation.left_out` counts the units that take no part.

How far other rows may reach
----------------------------
A share alone has a cliff: a unit just above it that is loud on one held-out photograph would still
lie hundreds of deviations away there, whatever the share. Wherever features are brought to one
variance, values of other rows are therefore limited to what the unit showed on the fit rows and
`REACH` ranges beyond it at either end. The fit rows themselves stay as they are, and so does nearly
all that is held out (of the bundled encoders' values about 2 in 10,000 are limited).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Int, Real, Shaped
from scipy.special import ndtri

from substrate.numerics.spectra import existing_eigenvectors

Whitening = Literal["z-score", "winsorised", "rank", "none", "truncated", "full"]
WHITENINGS: tuple[Whitening, ...] = (
    "z-score",
    "winsorised",
    "rank",
    "none",
    "truncated",
    "full",
)
#: A unit of a smaller share of the layer's median deviation takes no part in scores.
LEAST_DEVIATION = 0.01
#: A unit that is active in fewer groups of the fit rows takes no part in scores.
LEAST_ACTIVE = 3
#: Share of a unit's own deviation by which an active sample departs from the resting value.
LEAST_DEPARTURE = 0.01
#: Ranges of a unit on the fit rows by which other rows may lie outside of it.
REACH = 1.0
#: Share of the fit rows at either end whose values are set to the nearest one inside.
WINSORISED = 0.05
#: Samples per whitened component: fewer, and whitening amplifies noise instead of removing scale.
SAMPLES_PER_COMPONENT = 5
#: Units that are looked at together, so that a wide layer needs no copies of all of it.
_UNITS = 256


class WhiteningError(ValueError):
    """Features that cannot be standardised as asked; the message says why and what to do."""


@dataclass(frozen=True, eq=False)
class Standardisation:
    """The statistics of one encoder's fit rows, to be applied to any rows of it.

    ``gains`` multiply the centred features; they are 0 for the ``constant`` features that have
    one value on all fit rows and for the ``near_dead`` ones (see the module), which so take no
    part. Where there are ``bounds``, features are first limited to them; where there are
    ``ranks`` (the fit rows' values in order, unit by unit), features are first replaced by normal
    scores of their ranks among these, and ``mean`` and ``gains`` are those of the scores. Where
    there are ``axes``, the scaled features are then projected on them and each axis is divided by
    its ``deviations`` (in the encoder's own coordinates, so that its width stays as it was).
    """

    mean: Float[np.ndarray, " d"]
    gains: Float[np.ndarray, " d"]
    constant: int
    near_dead: int = 0
    axes: Float[np.ndarray, "d r"] | None = None
    deviations: Float[np.ndarray, " r"] | None = None
    bounds: Real[np.ndarray, "2 d"] | None = None
    ranks: Real[np.ndarray, "f d"] | None = None

    @property
    def left_out(self) -> int:
        """Return how many units take no part: constant ones and near-dead ones."""
        return self.constant + self.near_dead

    def apply(self, x: Real[np.ndarray, "n d"]) -> Float[np.ndarray, "n d"]:
        """Return these rows of the encoder's features, standardised."""
        if self.bounds is not None:
            x = np.clip(x, *self.bounds)
        if self.ranks is not None:
            x = normal_scores(x, self.ranks)
        z = (x - self.mean) * self.gains
        if self.axes is None or self.deviations is None:
            return z
        return np.asarray((z @ self.axes / self.deviations) @ self.axes.T)


def standardisation(
    x: Real[np.ndarray, "n d"],
    whitening: Whitening = "z-score",
    *,
    groups: Shaped[np.ndarray, " n"] | None = None,
    least: float = LEAST_DEVIATION,
) -> Standardisation:
    """Learn from fit rows how to standardise an encoder.

    "z-score" brings every unit to mean 0 and variance 1, other rows limited as the module says;
    "winsorised" does so after the outermost
    5 % of the fit rows' values at either end have been set to the nearest value inside (other rows
    are clipped to the same bounds, and units are judged by their clipped values); "rank" replaces
    values by the normal scores of their ranks among the fit rows (`normal_scores`); "none" only
    centres; "truncated" brings the leading n / 5 components of the z-scored features to equal
    variance and drops the rest (with several encoders side by side: the MAXVAR form of generalised
    CCA); "full" does so with all components.

    Parameters
    ----------
    x
        The fit rows.
    whitening
        One of `WHITENINGS`.
    groups
        What samples share that makes them dependent (the photograph), one entry per fit row;
        without it every sample is a group of its own.
    least
        Share of the median deviation that a unit needs; 0 for features that are measured in
        different units, whose deviations cannot be compared with each other.

    Raises
    ------
    WhiteningError
        If no unit takes part; for "truncated" with fewer than five samples; for "full" below five
        samples per feature: with n <= d the encoder's Gram matrix would become the identity, and
        the leading directions of a panel of such encoders arbitrary.
    """
    plain = _centred(x)
    if whitening == "none":
        return plain
    if whitening == "winsorised":
        bounds = np.quantile(x, (WINSORISED, 1 - WINSORISED), axis=0)
        clipped = np.clip(x, *bounds)
        kept = living(clipped, groups=groups, least=least)
        return replace(_scaled(clipped, kept), bounds=bounds)
    kept = living(x, groups=groups, least=least)
    if whitening == "rank":
        ordered = np.sort(x, axis=0)
        plain = replace(_scaled(normal_scores(x, ordered), kept), ranks=ordered)
    else:
        plain = replace(_scaled(x, kept), bounds=_reach(x))
    if whitening in ("truncated", "full"):
        return _whitened(plain, plain.apply(x), whitening)
    return plain


def living(
    x: Real[np.ndarray, "n d"],
    *,
    groups: Shaped[np.ndarray, " n"] | None = None,
    least: float = LEAST_DEVIATION,
) -> Bool[np.ndarray, " d"]:
    """Tell which units vary enough, and in enough groups, to be brought to one variance.

    See the module for the rule, `standardisation` for the parameters.
    """
    deviation = _deviations(x)
    varies = x.max(axis=0) > x.min(axis=0)
    if not varies.any():
        return varies
    kept = varies & (deviation >= least * np.median(deviation[varies]))
    codes = np.arange(len(x)) if groups is None else np.unique(groups, return_inverse=True)[1]
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
    for first in range(0, x.shape[1], _UNITS):
        at = slice(first, first + _UNITS)
        kept[at] &= _active(x[:, at], deviation[at], order, starts)
    return kept


def _active(
    x: Real[np.ndarray, "n u"],
    deviation: Float[np.ndarray, " u"],
    order: Int[np.ndarray, " n"],
    starts: Int[np.ndarray, " g"],
) -> Bool[np.ndarray, " u"]:
    """Tell which units are active in enough samples and groups (runs of rows in this order)."""
    middle = (len(x) - 1) // 2
    resting = np.partition(x, middle, axis=0)[middle]
    departs = np.abs(x - resting) >= LEAST_DEPARTURE * deviation
    in_groups = np.logical_or.reduceat(departs[order], starts, axis=0).sum(axis=0)
    enough = (enough_active(len(x)), enough_active(len(starts)))
    return np.asarray((departs.sum(axis=0) >= enough[0]) & (in_groups >= enough[1]))


def enough_active(count: int) -> int:
    """Return in how many of so many groups or samples a unit has to be active."""
    return min(LEAST_ACTIVE, -(-count // 2))


def _reach(x: Real[np.ndarray, "n d"]) -> Real[np.ndarray, "2 d"]:
    """Return the least and the largest value that other rows' units may have."""
    low, high = x.min(axis=0), x.max(axis=0)
    beyond = REACH * (high - low)
    return np.array([low - beyond, high + beyond])


def _means(x: Real[np.ndarray, "n d"]) -> Float[np.ndarray, " d"]:
    mean = x.mean(axis=0, dtype=np.float64)
    return np.asarray(mean + (x - mean).mean(axis=0))


def _deviations(x: Real[np.ndarray, "n d"]) -> Float[np.ndarray, " d"]:
    return np.asarray(np.sqrt(np.square(x - _means(x)).mean(axis=0)))


def _centred(x: Real[np.ndarray, "n d"]) -> Standardisation:
    """Centre; units of one value take no part. Refuse features none of which varies."""
    constant = x.max(axis=0) == x.min(axis=0)
    if constant.all():
        raise WhiteningError(
            f"All {x.shape[1]} features are constant over the {len(x)} samples: there is nothing "
            "to compare."
        )
    return Standardisation(_means(x), np.where(constant, 0.0, 1.0), int(constant.sum()))


def _scaled(x: Real[np.ndarray, "n d"], kept: Bool[np.ndarray, " d"]) -> Standardisation:
    """Bring the units that are kept to mean 0 and variance 1; refuse if there are none."""
    constant = x.max(axis=0) == x.min(axis=0)
    kept = kept & ~constant
    if not kept.any():
        raise WhiteningError(
            f"None of the {x.shape[1]} features varies in enough of the {len(x)} samples to be "
            "brought to one variance. Take more samples, or centre the features only."
        )
    gains = np.zeros(x.shape[1])
    np.divide(1.0, _deviations(x), out=gains, where=kept)
    return Standardisation(_means(x), gains, int(constant.sum()), int((~kept & ~constant).sum()))


def normal_scores(
    x: Real[np.ndarray, "n d"], ordered: Real[np.ndarray, "f d"]
) -> Float[np.ndarray, "n d"]:
    """Return the normal quantile of each value's rank among f values of its unit, in order.

    A value between two of them has the rank between theirs, ties share their mean rank r, and the
    score is that of r / (f + 1) (B. L. van der Waerden, "Order tests for the two-sample problem
    and their power", Indagationes Mathematicae 14, 1952).
    """
    out = np.empty(x.shape)
    for unit, values in enumerate(ordered.T):
        below, upto = (np.searchsorted(values, x[:, unit], side) for side in ("left", "right"))
        out[:, unit] = below + upto + 1.0
    return np.asarray(ndtri(out / (2 * (len(ordered) + 1))))


def _whitened(
    plain: Standardisation, z: Float[np.ndarray, "n d"], whitening: Whitening
) -> Standardisation:
    n, d = z.shape
    if whitening == "full" and n < SAMPLES_PER_COMPONENT * d:
        raise WhiteningError(
            f"Full whitening needs {SAMPLES_PER_COMPONENT} samples per feature: an encoder of "
            f"{d} features on {n} samples would be turned into noise of equal variance, and the "
            "panel's leading directions would be arbitrary. Choose truncated whitening or z-score."
        )
    most = min(d, n - 1 if whitening == "full" else n // SAMPLES_PER_COMPONENT)
    if most < 1:
        raise WhiteningError(
            f"{n} samples are too few for truncated whitening: 5 are needed at least."
        )
    if d <= n:
        values, axes = existing_eigenvectors(z.T @ z / (n - 1), most)
    else:
        values, left = existing_eigenvectors(z @ z.T / (n - 1), most)
        axes = z.T @ (left / np.sqrt(values * (n - 1)))
    return replace(plain, axes=axes, deviations=np.sqrt(values))


def standardised(
    features: Sequence[Real[np.ndarray, "n _"]],
    whitening: Whitening = "z-score",
    *,
    groups: Shaped[np.ndarray, " n"] | None = None,
) -> list[Float[np.ndarray, "n _"]]:
    """Standardise each encoder with the statistics of these very rows."""
    return [standardisation(x, whitening, groups=groups).apply(x) for x in features]
