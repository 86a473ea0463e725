"""One substrate basis for several domains together, and the scores of any image on it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Shaped

from substrate.numerics.spectra import (
    SpectrumError,
    directions_of_centred,
)
from substrate.numerics.transfer.spec import TransferError
from substrate.numerics.whitening import (
    Standardisation,
    WhiteningError,
    standardisation,
)

Features = Sequence[np.ndarray]


class DetectorError(TransferError):
    """Domains cannot be told apart with what arrived; the message says why."""


@dataclass(frozen=True, eq=False)
class PooledBasis:
    """One substrate basis for several domains: how features become scores."""

    scales: tuple[Standardisation, ...]
    vectors: Float[np.ndarray, "D k"]

    def scores(self, features: Features) -> Float[np.ndarray, "n k"]:
        """Project each encoder's features of the same samples; new images too."""
        if len(features) != len(self.scales):
            raise DetectorError(
                f"the features of {len(features)} encoders arrived; the basis is of "
                f"{len(self.scales)}."
            )
        cuts = np.cumsum([len(scale.mean) for scale in self.scales])[:-1]
        parts = [
            scale.apply(x) @ rows
            for x, scale, rows in zip(
                features, self.scales, np.split(self.vectors, cuts), strict=True
            )
        ]
        return np.sum(parts, axis=0)


def pooled_basis(
    features: Features, components: int, groups: Shaped[np.ndarray, " n"] | None = None
) -> PooledBasis:
    """Find the leading directions of standardised encoders side by side.

    Units that hardly vary, or in too few `groups` (photographs), take no part.
    """
    try:
        scales = [standardisation(x, groups=groups) for x in features]
        z = np.hstack([s.apply(x) for s, x in zip(scales, features, strict=True)])
        vectors = directions_of_centred(z, components).vectors
    except (WhiteningError, SpectrumError) as error:
        raise DetectorError(f"the pooled basis cannot be found: {error}") from error
    return PooledBasis(tuple(scales), vectors)
