"""Low-level statistics of a domain's images, measured once for every analysis that asks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from substrate.analyses.spec import Analysis
from substrate.numerics.imagestats import (
    STATISTICS,
    battery,
)
from substrate.runs import Run


@dataclass(frozen=True)
class ImageStatisticsParams:
    """One domain."""

    domain: str


@dataclass(frozen=True, eq=False)
class ImageStatistics:
    """The battery of low-level statistics of each image; names, families and columns agree."""

    domain: str
    names: tuple[str, ...]
    families: tuple[str, ...]
    values: Float[np.ndarray, "n s"]

    def family(self, name: str) -> Float[np.ndarray, "n f"]:
        """Return the columns of one family."""
        return self.values[:, [i for i, family in enumerate(self.families) if family == name]]


def compute_statistics(run: Run, params: ImageStatisticsParams) -> ImageStatistics:
    """Measure the images of a domain at 32 x 32 pixels."""
    names, values = battery(run.pixels(params.domain))
    return ImageStatistics(params.domain, names, tuple(s.family for s in STATISTICS), values)


IMAGE_STATISTICS = Analysis(
    key="shared.image_statistics",
    version=1,
    params=ImageStatisticsParams,
    result=ImageStatistics,
    inputs=lambda run, params: ((), (params.domain,)),
    compute=compute_statistics,
)
