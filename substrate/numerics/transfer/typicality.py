"""Whether an image's light, colours and spectrum are those of the samples, whatever a network says.

Networks map a flat or empty picture among the samples that they have seen; what can be measured of
the picture itself does not.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, Real, Shaped

from substrate.numerics.imagestats import STATISTICS
from substrate.numerics.transfer.folds import groups_per_class
from substrate.numerics.transfer.recognition import MIN_PHOTOGRAPHS, NEAREST, remoteness

#: Families of statistics that are compared; powers as logarithms, above a floor of luminance².
FAMILIES = ("spectrum", "colour", "light")
FLOOR = 1e-6
#: Share of the variance of the standardised statistics that is kept; the rest is noise.
KEPT = 0.99


@dataclass(frozen=True, eq=False)
class Typicality:
    """Where samples lie by their low-level statistics, and how far off one of each domain may be.

    ``axes`` turn standardised statistics into uncorrelated ones of unit variance. Distances are
    means over the five nearest samples.
    """

    mean: Float[np.ndarray, " s"]
    axes: Float[np.ndarray, "s m"]
    support: Float[np.ndarray, "n m"]
    thresholds: Float[np.ndarray, " classes"]

    def distance(self, statistics: Real[np.ndarray, " f"]) -> float:
        """Return how far an image lies from the samples, by its battery of statistics."""
        x = (_chosen(statistics[None]) - self.mean) @ self.axes
        distances = np.sort(np.linalg.norm(self.support - x, axis=1))
        return float(distances[:NEAREST].mean())


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
    return Typicality(mean, axes, z, np.array(thresholds))


def _chosen(statistics: Real[np.ndarray, "n f"]) -> Float[np.ndarray, "n s"]:
    """Return the columns that are compared, powers as logarithms."""
    families = np.array([one.family for one in STATISTICS])
    parts = [np.asarray(statistics, np.float64)[:, families == name] for name in FAMILIES]
    return np.hstack([np.log10(parts[0] + FLOOR), *parts[1:]])
