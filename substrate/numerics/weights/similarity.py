r"""How alike two layers' learned covariances are: the normalised Bures-Wasserstein cosine.

.. math:: \cos(C_1, C_2) = \frac{\|C_1^{1/2} C_2^{1/2}\|_*}{\sqrt{tr\, C_1 \; tr\, C_2}}, \qquad
    S = \frac{\cos(C_1, C_2) - \cos(C_1, O C_1 O^\top)}
             {\cos(C_1, \hat C_1) - \cos(C_1, O C_1 O^\top)}

O is a rotation drawn at random, and :math:`\hat C_1` what the same number of neurons would let one
see of :math:`C_1`: the shrunk covariance of n Gaussian vectors of covariance :math:`C_1 + I` in
units of noise. So S is 1 for a fresh sample of the same covariance and 0 for a rotated one, up to
what n and d allow. Guth & Ménard, arXiv:2409.19460, section 2. S is not symmetric; both orders and
their mean are given.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg
from jaxtyping import Bool, Float
from scipy.stats import norm

from substrate.numerics.metrics.support.nuclear import nuclear_norm
from substrate.numerics.several import holm_adjusted
from substrate.numerics.weights.samples import resample
from substrate.numerics.weights.spectrum import effective_rank

#: Random rotations and Gaussian resamples.
DRAWS = 20
#: Standard deviations from the middle of a normal distribution to the ends of 95 % of it.
REACH = 1.96
#: Share of pages that name a layer beyond a level by chance, at most.
ALPHA = 0.05
#: By how many standard deviations of their draws the two levels must lie apart.
APART = 2
FAINT = (
    "What stands out of the noise is so faint that samples of the same covariance show little or "
    "nothing of it: S has no scale."
)


def cosine(f: Float[np.ndarray, "d r"], g: Float[np.ndarray, "d s"]) -> float:
    """Return the Bures-Wasserstein cosine of two covariances F F' and G G', in [0, 1].

    1 where they are proportional, 0 where they share no direction; NaN where one of them is empty.
    """
    scale = float(np.linalg.norm(f) * np.linalg.norm(g))
    return nuclear_norm(f.T @ g) / scale if scale > 0 else float("nan")


@dataclass(frozen=True, eq=False)
class Levels:
    """What a covariance's cosine is with its own rotations, and with what n neurons show of it."""

    rotated: Float[np.ndarray, " t"]
    resampled: Float[np.ndarray, " t"]

    @property
    def apart(self) -> bool:
        """Say whether S has a scale: not where a sample shows nothing, or as little as turned."""
        gaps = self.resampled - self.rotated
        return bool(gaps.mean() > APART * gaps.std(ddof=1))

    def normalised(self, cosines: float) -> Float[np.ndarray, " t"]:
        """Return S draw by draw: 0 at a rotation's level and 1 at a fresh sample's."""
        return (cosines - self.rotated) / (self.resampled - self.rotated)

    def scaled(self, cosines: float) -> float:
        """Return S between the mean levels."""
        low, high = self.rotated.mean(), self.resampled.mean()
        return float((cosines - low) / (high - low))


def levels(
    learned: Float[np.ndarray, " r"], neurons: int, inputs: int, *, seed: int, draws: int = DRAWS
) -> Levels:
    """Draw rotations and fresh samples of a learned covariance.

    Both are drawn in the covariance's own axes, where it is diagonal: what they give does not
    depend on which axes these are.
    """
    rng = np.random.default_rng(seed)
    rotated, resampled = np.full(draws, np.nan), np.full(draws, np.nan)
    if len(learned):
        for draw in range(draws):
            rotated[draw], resampled[draw] = _drawn_levels(learned, neurons, inputs, rng)
    return Levels(rotated, resampled)


def _drawn_levels(
    learned: Float[np.ndarray, " r"], neurons: int, inputs: int, rng: np.random.Generator
) -> tuple[float, float]:
    """Return the cosine of a covariance with one rotation of it, and with one sample."""
    roots = np.sqrt(learned)
    frame, _ = scipy.linalg.qr(rng.standard_normal((inputs, len(roots))), mode="economic")
    rotated = nuclear_norm(roots[:, None] * frame[: len(roots)] * roots) / float(learned.sum())
    own = np.zeros((inputs, len(roots)))
    np.fill_diagonal(own, roots)
    return rotated, cosine(own, resample(learned, neurons, inputs, rng).factor)


@dataclass(frozen=True, eq=False)
class Similarity:
    """S of two learned covariances.

    Attributes
    ----------
    cosine
        Their cosine, before it is brought between the two levels.
    forth, back
        S with the levels of the first, and of the second covariance.
    low, high
        The mean of both orders, less and plus 1.96 standard deviations of S of one order over
        draws of rotations and resamples. Both orders have one alignment, so that their mean varies
        as much as one: an alignment at random is a further rotation, and its S lies outside in 5 %.
    """

    cosine: float
    forth: float
    back: float
    low: float
    high: float

    @property
    def value(self) -> float:
        """Return the mean of both orders."""
        return (self.forth + self.back) / 2


def beyond(
    values: Float[np.ndarray, " l"], lows: Float[np.ndarray, " l"], levels: Float[np.ndarray, " l"]
) -> Bool[np.ndarray, " l"]:
    """Say which S of several layers, with these ends of their ranges, lie above these levels.

    One-sided, over the range of S, after Holm's correction over the layers: at most 5 % of pairs
    whose S are no more than their levels have any. NaN is beyond nothing.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        p = norm.sf(REACH * (values - levels) / (values - lows))
    rejected: Bool[np.ndarray, " l"] = holm_adjusted(np.nan_to_num(p, nan=1.0)) <= ALPHA
    return rejected


@dataclass(frozen=True, eq=False)
class Comparison:
    """Learned eigenvalues of two layers with the levels of either, which no alignment changes."""

    learned: tuple[Float[np.ndarray, " r"], Float[np.ndarray, " s"]]
    levels: tuple[Levels, Levels]

    def itself(self, side: int) -> Comparison:
        """Return the first (0) or the second (1) layer compared with itself."""
        own, levels_of = self.learned[side], self.levels[side]
        return Comparison((own, own), (levels_of, levels_of))

    def through(self, cosines: Float[np.ndarray, "r s"]) -> Similarity:
        """Return S of both covariances, given the cosines of their eigenvectors in shared inputs.

        NaN where one of the layers has no eigenvalue above its noise.
        """
        roots = [np.sqrt(one) for one in self.learned]
        scale = float(np.linalg.norm(roots[0]) * np.linalg.norm(roots[1]))
        crossed = roots[0][:, None] * cosines * roots[1]
        reached = nuclear_norm(crossed) / scale if scale > 0 else float("nan")
        own, other = self.levels
        forth, back = own.scaled(reached), other.scaled(reached)
        draws = np.array([one.normalised(reached) for one in self.levels])
        reach = REACH * float(np.sqrt(draws.var(axis=1, ddof=1).mean()))
        middle = (forth + back) / 2
        return Similarity(reached, forth, back, middle - reach, middle + reach)


@dataclass(frozen=True, eq=False)
class Learned:
    """Learned eigenvalues of a layer of so many neurons over so many inputs."""

    values: Float[np.ndarray, " r"]
    neurons: int
    inputs: int


def comparison(first: Learned, second: Learned, *, seed: int = 0, draws: int = DRAWS) -> Comparison:
    """Draw the levels of two layers' learned covariances."""
    one, other = (
        levels(layer.values, layer.neurons, layer.inputs, seed=seed + place, draws=draws)
        for place, layer in enumerate((first, second))
    )
    return Comparison((first.values, second.values), (one, other))


@dataclass(frozen=True, eq=False)
class Reference:
    """What the estimators give where the truth is planted: the learned covariance as it was found.

    ``similarities`` are of pairs of fresh samples of one covariance between the mean levels of all
    pairs (NaN where ``reason`` says why), ``ranks`` the effective rank of each sample, ``rank`` the
    planted one. A layer's S and rank are read beside these.
    """

    rank: float
    similarities: Float[np.ndarray, " t"]
    ranks: Float[np.ndarray, " t"]

    @property
    def reason(self) -> str:
        """Return why S has no scale here, empty where it has one."""
        return "" if np.isfinite(self.similarities).all() else FAINT


def reference(
    learned: Float[np.ndarray, " r"], neurons: int, inputs: int, *, seed: int, draws: int = DRAWS
) -> Reference:
    """Draw pairs of samples of one covariance, and measure them as layers are measured."""
    rng = np.random.default_rng(seed)
    ranks = np.empty(draws)
    cosines, rotated, resampled = (np.full(draws, np.nan) for _ in range(3))
    for draw in range(draws):
        one, other = (resample(learned, neurons, inputs, rng) for _ in range(2))
        ranks[draw] = effective_rank(one.learned)
        if len(one.learned) and len(other.learned):
            rotated[draw], resampled[draw] = _drawn_levels(one.learned, neurons, inputs, rng)
            cosines[draw] = cosine(one.factor, other.factor)
    limits = Levels(rotated, resampled)
    similarities = (
        np.array([limits.scaled(float(one)) for one in cosines])
        if limits.apart
        else np.full(draws, np.nan)
    )
    return Reference(effective_rank(learned), similarities, ranks)
