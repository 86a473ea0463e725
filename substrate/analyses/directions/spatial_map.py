"""Where on an image a direction's score comes from: the layer's map projected on the direction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Real

from substrate.analyses.directions.basis import Basis


@dataclass(frozen=True, eq=False)
class SpatialMap:
    """A direction's score at every position of one image, in deviations of the domain's scores.

    ``mean`` is the mean over positions, ``score`` that of the pooled features, as in the
    histogram: they agree where the layer is pooled by the mean over these positions and no unit of
    the pooled features had to be limited (see `substrate.numerics.whitening`).
    """

    values: Float[np.ndarray, "h w"]
    mean: float
    score: float
    pooling: str

    @property
    def agrees(self) -> bool:
        """Tell whether the pooled score is the mean of the map."""
        return bool(np.isclose(self.mean, self.score, atol=1e-3, rtol=1e-3))


def project_map(
    grid: Real[np.ndarray, "h w p"], basis: Basis, direction: int, row: int, pooling: str
) -> SpatialMap:
    """Project the unpooled features of one image on a direction."""
    spread = float(basis.scores[:, direction].std())
    weights = basis.loadings[:, direction]
    values = (np.asarray(grid, dtype=np.float64) - basis.mean) @ weights / spread
    score = float(basis.scores[row, direction]) / spread
    return SpatialMap(values, float(values.mean()), score, pooling)
