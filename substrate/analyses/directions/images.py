"""Low-level statistics of a domain's images, to colour samples by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from substrate.analyses.spec import Analysis, Inputs
from substrate.numerics.imagestats import battery
from substrate.runs import Run


@dataclass(frozen=True)
class ImagesParams:
    """Whose images."""

    domain: str


@dataclass(frozen=True, eq=False)
class ImageMeasures:
    """One column per statistic, one row per sample."""

    domain: str
    names: tuple[str, ...]
    values: Float[np.ndarray, "n s"]

    def column(self, name: str) -> Float[np.ndarray, " n"]:
        """Return one statistic of every sample."""
        return self.values[:, self.names.index(name)]


def _inputs(_run: Run, params: ImagesParams) -> Inputs:
    return (), (params.domain,)


def measure_images(run: Run, params: ImagesParams) -> ImageMeasures:
    """Measure every low-level statistic of every image; those that do not vary are left out."""
    names, values = battery(run.pixels(params.domain))
    varying = np.ptp(values, axis=0) > 0
    kept = tuple(name for name, varies in zip(names, varying, strict=True) if varies)
    return ImageMeasures(params.domain, kept, values[:, varying])


IMAGES = Analysis(
    key="directions.images",
    version=1,
    params=ImagesParams,
    result=ImageMeasures,
    inputs=_inputs,
    compute=measure_images,
)
