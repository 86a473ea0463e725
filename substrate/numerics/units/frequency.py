"""The spatial frequency of filters, and ranks that go with it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.stats import rankdata

#: Side of the padded filter whose Fourier transform is taken.
PADDED = 64
#: Random orders of units in the null.
ORDERS = 2000


def centre_frequency(filters: Float[np.ndarray, "p c k l"]) -> Float[np.ndarray, " p"]:
    r"""Return each filter's mean spatial frequency, weighted by power, in cycles per pixel.

    .. math:: \frac{\sum_{u, v} |F(u, v)|^2 \sqrt{u^2 + v^2}}{\sum_{u, v} |F(u, v)|^2}

    over the zero-padded Fourier transform F of all input channels. 0 to .71; a filter of one weight
    has .38, whatever its size; NaN for a filter of zeros.
    """
    power = np.square(np.abs(np.fft.fft2(filters, s=(PADDED, PADDED)))).sum(axis=1)
    u = np.fft.fftfreq(PADDED)
    radius = np.hypot(u[:, None], u[None, :])
    total = power.sum(axis=(1, 2))
    weighted = (power * radius).sum(axis=(1, 2))
    return np.divide(weighted, total, out=np.full(len(filters), np.nan), where=total > 0)


@dataclass(frozen=True)
class RankCorrelation:
    """Spearman's correlation of two values of the same units, and what random orders reach.

    ``level`` is what the size of the correlation stays below in 95 % of random orders of the units,
    ``p`` the share of orders (the given one among them) that reach as far.
    """

    rho: float
    level: float
    p: float


def rank_correlation(
    x: Float[np.ndarray, " p"], y: Float[np.ndarray, " p"], seed: int = 0
) -> RankCorrelation:
    """Return Spearman's correlation with its null of random orders; NaN for a constant side."""
    a, b = (rankdata(values) - (len(values) + 1) / 2 for values in (x, y))
    scale = float(np.sqrt((a @ a) * (b @ b)))
    if scale == 0:
        return RankCorrelation(float("nan"), float("nan"), 1.0)
    rng = np.random.default_rng(seed)
    draws = np.array([abs(rng.permutation(a) @ b) for _ in range(ORDERS)]) / scale
    rho = float(a @ b) / scale
    reached = int(np.sum(draws >= abs(rho) - 1e-12))
    return RankCorrelation(rho, float(np.quantile(draws, 0.95)), (1 + reached) / (1 + ORDERS))
