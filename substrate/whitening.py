"""Bringing features to one scale: centring, z-scores, and whitening as far as samples allow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float, Real

from substrate.spectra import existing_eigenvectors

Whitening = Literal["z-score", "none", "truncated", "full"]
WHITENINGS: tuple[Whitening, ...] = ("z-score", "none", "truncated", "full")
#: Samples per whitened component: fewer, and whitening amplifies noise instead of removing scale.
SAMPLES_PER_COMPONENT = 5


class WhiteningError(ValueError):
    """Features that cannot be standardised as asked; the message says why and what to do."""


@dataclass(frozen=True, eq=False)
class Standardisation:
    """The statistics of one encoder's fit rows, to be applied to any rows of it.

    ``gains`` multiply the centred features; they are 0 for the ``constant`` features that have
    one value on all fit rows, which so take no part. Where there are ``axes``, the features are
    then projected on them and each axis is divided by its ``deviations`` (in the encoder's own
    coordinates, so that its width stays as it was).
    """

    mean: Float[np.ndarray, " d"]
    gains: Float[np.ndarray, " d"]
    constant: int
    axes: Float[np.ndarray, "d r"] | None = None
    deviations: Float[np.ndarray, " r"] | None = None

    def apply(self, x: Real[np.ndarray, "n d"]) -> Float[np.ndarray, "n d"]:
        """Return these rows of the encoder's features, standardised."""
        z = (x - self.mean) * self.gains
        if self.axes is None or self.deviations is None:
            return z
        return np.asarray((z @ self.axes / self.deviations) @ self.axes.T)


def standardisation(
    x: Real[np.ndarray, "n d"], whitening: Whitening = "z-score"
) -> Standardisation:
    """Learn from fit rows how to standardise an encoder.

    "z-score" brings every feature to mean 0 and variance 1; "none" only centres; "truncated"
    brings the leading n / 5 components of the z-scored features to equal variance and drops the
    rest (with several encoders side by side: the MAXVAR form of generalised CCA); "full" does so
    with all components.

    Raises
    ------
    WhiteningError
        For "full" below five samples per feature: with n <= d the encoder's Gram matrix would
        become the identity, and the leading directions of a panel of such encoders arbitrary.
    """
    n, d = x.shape
    mean = x.mean(axis=0, dtype=np.float64)
    mean = mean + (x - mean).mean(axis=0)
    constant = x.max(axis=0) == x.min(axis=0)
    if constant.all():
        raise WhiteningError(
            f"All {d} features are constant over the {n} samples: there is nothing to compare."
        )
    deviation = np.sqrt(np.square(x - mean).mean(axis=0))
    gains = np.where(constant, 0.0, 1.0)
    if whitening != "none":
        np.divide(1.0, deviation, out=gains, where=~constant)
    plain = Standardisation(mean, gains, int(constant.sum()))
    if whitening in ("z-score", "none"):
        return plain
    return _whitened(plain, plain.apply(x), whitening)


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
    return Standardisation(plain.mean, plain.gains, plain.constant, axes, np.sqrt(values))


def standardised(
    features: Sequence[Real[np.ndarray, "n _"]], whitening: Whitening = "z-score"
) -> list[Float[np.ndarray, "n _"]]:
    """Standardise each encoder with the statistics of these very rows."""
    return [standardisation(x, whitening).apply(x) for x in features]
