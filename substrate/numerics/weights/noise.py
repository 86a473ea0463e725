r"""The eigenvalues that noise alone gives a layer's weights: the law of Marchenko and Pastur.

For n neurons of d independent weights of unit variance the eigenvalues of C = W'W / n fill, as n
and d grow with :math:`\gamma = d / n` fixed, the interval between :math:`(1 - \sqrt\gamma)^2` and
:math:`(1 + \sqrt\gamma)^2`. Where d > n the d - n eigenvalues that are zero are left out here: all
statements are about the min(d, n) others. Marčenko & Pastur, Math. USSR-Sbornik 1, 1967.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Float, Int
from scipy.stats import binom

from substrate.numerics.intervals import next_draw

#: Points at which the law is tabulated.
GRID = 4001
#: Eigenvalues below which a bulk cannot be told from anything.
FEWEST = 8
#: Distance of the bulk from the law (Kolmogorov's, in share of eigenvalues) at which noise of one
#: variance no longer describes it. Eigenvalues repel each other: those of noise itself lie within
#: about two eigenvalues of the law, which are added.
FURTHEST = 0.05
ALPHA = 0.05


class NoiseError(ValueError):
    """A spectrum whose noise cannot be told; the message says why."""


def edge(gamma: float) -> float:
    """Return the largest eigenvalue that noise of unit variance has, in the limit."""
    return float((1 + np.sqrt(gamma)) ** 2)


@lru_cache(maxsize=256)
def _law(gamma: float) -> tuple[Float[np.ndarray, " g"], Float[np.ndarray, " g"]]:
    r"""Tabulate the distribution of the eigenvalues that are not zero.

    With :math:`x = 1 + \gamma + 2 \sqrt\gamma \cos\theta` the density has no singular end.
    """
    if gamma > 1:  # the other side of the same matrix, which is divided by its own number of rows
        values, share = _law(1 / gamma)
        return values * gamma, share
    theta = np.linspace(np.pi, 0.0, GRID)
    values = 1 + gamma + 2 * np.sqrt(gamma) * np.cos(theta)
    positive = np.where(values > 0, values, 1.0)
    density = np.where(values > 0, 2 * np.sin(theta) ** 2 / (np.pi * positive), 2 / np.pi)
    steps = 0.5 * (density[1:] + density[:-1]) * -np.diff(theta)
    share = np.concatenate([[0.0], np.cumsum(steps)])
    return values, share / share[-1]


def share_below(values: Float[np.ndarray, " k"], gamma: float) -> Float[np.ndarray, " k"]:
    """Return the share of the law's eigenvalues (of unit variance) below each value."""
    at, share = _law(gamma)
    return np.interp(values, at, share)


def median(gamma: float) -> float:
    """Return the median of the law's eigenvalues, those that are zero left out."""
    at, share = _law(gamma)
    return float(np.interp(0.5, share, at))


def noise_quantiles(count: int, gamma: float) -> Float[np.ndarray, " k"]:
    """Return where so many eigenvalues of noise of unit variance lie by its law, falling."""
    at, share = _law(gamma)
    middles = (np.arange(count)[::-1] + 0.5) / count
    quantiles: Float[np.ndarray, " k"] = np.interp(middles, share, at)
    return quantiles


def leading_share(count: int, neurons: int, inputs: int) -> float:
    """Return the share of the square of white weights that their first eigenvectors hold.

    By the law; as many random directions hold ``count / inputs``.
    """
    quantiles = noise_quantiles(min(neurons, inputs), inputs / neurons)
    return float(quantiles[:count].sum() / quantiles.sum())


def p_of_more(above: int, untrained: Int[np.ndarray, " t"]) -> float:
    r"""Return how often weights like untrained ones have as large a part of all that is above.

    .. math:: P(X \ge a), \qquad X \sim B\Bigl(a + \sum_t u_t, \frac{1}{T + 1}\Bigr),

    for a eigenvalues above the edge and :math:`u_t` of as many layers in each of T untrained
    draws. Layers of noise have none or one, which spreads less than the Poisson numbers for which
    this is exact.
    """
    return float(binom.sf(above - 1, above + untrained.sum(), 1 / (1 + len(untrained))))


@dataclass(frozen=True, eq=False)
class CountTest:
    """Eigenvalues above the edge beside those of untrained draws.

    Attributes
    ----------
    above, draws
        How many there are, and in each draw.
    p
        `p_of_more`.
    further
        What a further draw is expected to have at most, by the spread of the draws (`next_draw`):
        initial weights that are not white may spread more than noise. NaN, as ``p``, below five
        draws.
    """

    above: int
    draws: Int[np.ndarray, " t"]
    p: float
    further: float

    @property
    def tested(self) -> bool:
        """Say whether there are draws enough."""
        return bool(np.isfinite(self.further))

    @property
    def more(self) -> bool:
        """Say whether there are more than a further draw would have, by both."""
        return self.above > self.further and self.p <= ALPHA


def count_test(above: int, draws: Int[np.ndarray, " t"]) -> CountTest:
    """Hold eigenvalues above the edge against those of as many layers in untrained draws."""
    bounds = next_draw(draws.astype(np.float64))
    if bounds is None:
        return CountTest(above, draws, float("nan"), float("nan"))
    return CountTest(above, draws, p_of_more(above, draws), bounds[1])


@dataclass(frozen=True)
class Noise:
    """What the eigenvalues below the edge say of the noise in some weights.

    Attributes
    ----------
    variance
        Of one weight: the median eigenvalue of the bulk over the law's median.
    above, below
        How many eigenvalues lie above and below the edge that this variance gives.
    distance
        The largest difference between the bulk's distribution and the law's, in share of
        eigenvalues.
    """

    variance: float
    above: int
    below: int
    distance: float

    @property
    def described(self) -> bool:
        """Tell whether noise of one variance describes the bulk: most eigenvalues, by its law."""
        return self.above <= self.below and self.distance <= FURTHEST + 2 / max(self.below, 1)


def noise_of(values: Float[np.ndarray, " m"], neurons: int, inputs: int) -> Noise:
    """Estimate the noise from the min(d, n) eigenvalues that are not zero, in any order.

    The variance follows from the median of what lies below the edge, and the edge from the
    variance: both are found together, from all eigenvalues downwards. Gavish & Donoho, IEEE
    Trans. Inf. Theory 60, 2014, use the median in the same way. Eigenvalues above the edge take
    directions from the bulk, which is then the noise of n - k neurons over d - k inputs.

    Raises
    ------
    NoiseError
        If fewer than `FEWEST` eigenvalues are left below the edge, or they are all zero.
    """
    rising = np.sort(np.asarray(values, dtype=np.float64))
    limit = edge(inputs / neurons)
    below = len(rising)
    while True:
        if below < FEWEST:
            raise NoiseError(
                f"{below} of {len(rising)} eigenvalues are left for the noise, and at least "
                f"{FEWEST} are needed: too few neurons or inputs to tell noise from learning."
            )
        above = len(rising) - below
        gamma, share = (inputs - above) / (neurons - above), (neurons - above) / neurons
        variance = float(np.median(rising[:below])) / (median(gamma) * share)
        now = int(np.searchsorted(rising, variance * limit, side="right"))
        if now >= below:
            break
        below = now
    if not variance > 0:
        raise NoiseError("Half of the eigenvalues are zero: there is no noise to compare with.")
    expected = share_below(rising[:below] / (variance * share), gamma)
    steps = np.arange(below + 1) / below
    distance = max(np.abs(expected - steps[1:]).max(), np.abs(expected - steps[:-1]).max())
    return Noise(variance, above, below, float(distance))
