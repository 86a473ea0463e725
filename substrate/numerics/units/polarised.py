"""Which units say something of every image, of some, of none: the polarised regime."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, Shaped
from scipy import stats

from substrate.numerics.estimates import Estimate, estimated, too_few
from substrate.numerics.intervals import MIN_GROUPS, group_members
from substrate.numerics.scales import Errors

#: Variance of the noise of a reading, as a share of the layer's mean variance: a unit that varies
#: no more than this cannot be told from its noise, and is passive.
NOISE = 0.01
#: Below this share of a Gaussian's support, a unit is mixed.
MIXED = 0.5
#: Readings that an entropy is averaged over.
READINGS = 2
#: Times that the groups are split in two for the error of a share.
SPLITS = 20
PASSIVE_KIND, MIXED_KIND, ACTIVE_KIND = 0, 1, 2


@dataclass(frozen=True, eq=False)
class Polarisation:
    """How much each unit of a layer varies, and on how much of the images.

    ``variance`` is in units of the layer's mean variance, ``support`` is the support that the
    entropy gives in units of a Gaussian's of the same variance: 1 for a Gaussian, .75 for a unit
    that is never negative, small for one that rests on most images or switches between modes.
    """

    variance: Float[np.ndarray, " d"]
    support: Float[np.ndarray, " d"]

    @property
    def kinds(self) -> Int[np.ndarray, " d"]:
        """Return 0 for passive units, 1 for mixed, 2 for active ones."""
        kinds = np.where(self.support < MIXED, MIXED_KIND, ACTIVE_KIND)
        return np.where(self.variance <= NOISE, PASSIVE_KIND, kinds)

    @property
    def shares(self) -> Float[np.ndarray, " kinds"]:
        """Return the shares of passive, mixed and active units."""
        return np.bincount(self.kinds, minlength=3) / len(self.kinds)


def noise_of(n: int, d: int, *, seed: int) -> Float[np.ndarray, "r n d"]:
    """Draw the noise of the readings of a layer, in standard deviations of the noise."""
    return np.random.default_rng(seed).standard_normal((READINGS, n, d))


def polarisation(x: Float[np.ndarray, "n d"], noise: Float[np.ndarray, "r n d"]) -> Polarisation:
    r"""Return variance and support of each unit over the images, read with a little noise.

    .. math:: s_j = \frac{e^{2 h(z_j + \tau \epsilon)}}{2 \pi e \,(\operatorname{var} z_j +
        \tau^2)}, \qquad \tau^2 = .01 \, \overline{\operatorname{var} z}

    with h the differential entropy (Ebrahimi, Pflughoeft & Soofi 1994, Statistics and Probability
    Letters 20:225), averaged over the readings. Noise keeps it finite where a unit rests on one
    value, as a rectified one does. Has no unit; the same whatever the scale of the layer. A layer
    without variance has passive units alone.
    """
    variance = x.var(axis=0)
    mean = float(variance.mean())
    if mean <= 0:
        return Polarisation(np.zeros(len(variance)), np.ones(len(variance)))
    read = x[None] + np.sqrt(NOISE * mean) * noise
    entropy = stats.differential_entropy(read, axis=1, method="ebrahimi")
    gaussian = 0.5 * np.log(2 * np.pi * np.e * (variance + NOISE * mean))
    support = np.exp(2 * (entropy - gaussian[None])).mean(axis=0)
    return Polarisation(variance / mean, np.asarray(support, dtype=np.float64))


def half_sampled(
    statistic: Callable[[Int[np.ndarray, " k"]], Float[np.ndarray, " kinds"]],
    groups: Shaped[np.ndarray, " n"],
    *,
    unit: str,
    seed: int,
) -> Estimate:
    r"""Estimate shares of units with an error from random halves of the groups (t, m - 1 df).

    .. math:: \operatorname{var} = \frac{1}{2B} \sum_{b} (s_b - \bar s)^2

    over both halves of B splits: the jackknife that leaves out half (Shao & Wu 1989, Annals of
    Statistics 17:1176). A unit is counted or not, so that leaving out one group seldom changes
    anything, which would look like certainty; and no group is drawn twice, as in a bootstrap, whose
    repeated values have an entropy of their own. In the units of the statistic; without bounds
    below ten groups.
    """
    members = group_members(groups)
    value, m = np.asarray(statistic(np.arange(len(groups)))), len(members)
    if m < MIN_GROUPS:
        reason = too_few(m, unit, MIN_GROUPS, "interval")
        return Estimate(value, reason=reason, unit=unit, n_units=m)
    rng, halves = np.random.default_rng(seed), []
    for _ in range(SPLITS):
        order = rng.permutation(m)
        for part in (order[: m // 2], order[m // 2 :]):
            halves.append(statistic(np.sort(np.concatenate([members[g] for g in part]))))
    variance = np.var(np.array(halves), axis=0)
    errors = Errors(variance, m - 1.0, np.full_like(variance, np.nan), np.nan)
    return estimated(value, errors, unit=unit, n_units=m)
