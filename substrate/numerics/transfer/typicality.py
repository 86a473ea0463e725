"""Whether an image's light, colours and spectrum are those of the samples, whatever a network says.

Networks map a flat or empty picture among the samples that they have seen; what can be measured of
the picture itself does not. Where few photographs differ much, even noise is no further from them
than they are from each other; so it is compared with noise as well, as an example of what lies
outside (outlier exposure; Hendrycks, Mazeika and Dietterich, ICLR 2019).
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, Real, Shaped, UInt8

from substrate.numerics.imagestats import STATISTICS, battery
from substrate.numerics.transfer.recognition import MIN_PHOTOGRAPHS, NEAREST, remoteness
from substrate.numerics.transfer.support.folds import groups_per_class

#: Families of statistics that are compared; powers as logarithms, above a floor of luminance².
FAMILIES = ("spectrum", "colour", "light")
FLOOR = 1e-6
#: Share of the variance of the standardised statistics that is kept; the rest is noise.
KEPT = 0.99
#: An image that is nearer to noise than this share of its distance to the samples is noise.
NEARER = 2 / 3
#: Sides in pixels and deviations, as shares of the range, of the pictures of noise; their seed.
NOISE_SIDES, NOISE_SPREADS, NOISE_SEED = (32, 64, 128), tuple(np.geomspace(0.04, 0.5, 6)), 1


@dataclass(frozen=True, eq=False)
class Typicality:
    """Where samples lie by their low-level statistics, and how far off one of each domain may be.

    ``axes`` turn standardised statistics into uncorrelated ones of unit variance. Distances are
    means over the five nearest samples, or pictures of ``noise``.
    """

    mean: Float[np.ndarray, " s"]
    axes: Float[np.ndarray, "s m"]
    support: Float[np.ndarray, "n m"]
    thresholds: Float[np.ndarray, " classes"]
    noise: Float[np.ndarray, "r m"]

    def distance(self, statistics: Real[np.ndarray, " f"]) -> float:
        """Return how far an image lies from the samples, by its battery of statistics."""
        return self._to(self.support, statistics)

    def from_noise(self, statistics: Real[np.ndarray, " f"]) -> float:
        """Return how far an image lies from pictures of white noise."""
        return self._to(self.noise, statistics)

    def outside(self, statistics: Real[np.ndarray, " f"], code: int) -> bool:
        """Say whether an image is too far off for a domain's, or much nearer to noise."""
        distance = self.distance(statistics)
        far = distance > self.thresholds[code]
        return bool(far or is_noise(self.from_noise(statistics), distance))

    def _to(self, points: Float[np.ndarray, "r m"], statistics: Real[np.ndarray, " f"]) -> float:
        x = (_chosen(statistics[None]) - self.mean) @ self.axes
        distances = np.sort(np.linalg.norm(points - x, axis=1))
        return float(distances[:NEAREST].mean())


def is_noise(from_noise: float, from_samples: float) -> bool:
    """Say whether an image is much nearer to noise than to the samples."""
    return from_noise < NEARER * from_samples


def fit_typicality(
    statistics: Real[np.ndarray, "n f"],
    codes: Int[np.ndarray, " n"],
    groups: Shaped[np.ndarray, " n"],
    *,
    support: float,
) -> Typicality:
    """Learn how far from the samples of other photographs one of each domain may lie.

    Parameters
    ----------
    statistics
        The battery of `numerics.imagestats`, one row per sample.
    codes
        The domain of each sample, counted from 0.
    support
        Share of a domain's samples that lie within its threshold.
    """
    x = _chosen(statistics)
    mean, spread = x.mean(axis=0), x.std(axis=0)
    gains = np.divide(1.0, spread, out=np.zeros_like(spread), where=spread > 1e-9)
    _, values, vectors = np.linalg.svd((x - mean) * gains, full_matrices=False)
    share = np.cumsum(values**2) / max(float(np.sum(values**2)), 1e-300)
    kept = int((share < KEPT).sum()) + 1
    axes = gains[:, None] * vectors[:kept].T * np.sqrt(len(x)) / np.maximum(values[:kept], 1e-12)
    z = (x - mean) @ axes
    have = groups_per_class(codes, groups)
    thresholds = []
    for code in range(int(codes.max()) + 1):
        own = groups if have[str(code)] >= MIN_PHOTOGRAPHS else np.arange(len(x))
        thresholds.append(np.quantile(remoteness(z, np.flatnonzero(codes == code), own), support))
    noise = (_chosen(battery(noise_pictures())[1]) - mean) @ axes
    return Typicality(mean, axes, z, np.array(thresholds), noise)


def noise_pictures() -> list[UInt8[np.ndarray, "side side 3"]]:
    """Return pictures of white noise: uniform and Gaussian, grey and coloured, faint to strong."""
    rng, pictures = np.random.default_rng(NOISE_SEED), []
    for side in NOISE_SIDES:
        for channels in (1, 3):
            for spread in NOISE_SPREADS:
                shape = (side, side, channels)
                uniform = np.sqrt(3) * rng.uniform(-1, 1, shape)
                for unit in (uniform, rng.standard_normal(shape)):
                    levels = np.clip(255 * (0.5 + spread * unit), 0, 255).astype(np.uint8)
                    pictures.append(np.repeat(levels, 3 // channels, axis=2))
    return pictures


def _chosen(statistics: Real[np.ndarray, "n f"]) -> Float[np.ndarray, "n s"]:
    """Return the columns that are compared, powers as logarithms."""
    families = np.array([one.family for one in STATISTICS])
    parts = [np.asarray(statistics, np.float64)[:, families == name] for name in FAMILIES]
    return np.hstack([np.log10(parts[0] + FLOOR), *parts[1:]])
