"""What images alone give: Procrustes-CKA of pixels and of hand-crafted features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from substrate.analyses.shared.image_statistics import (
    IMAGE_STATISTICS,
    ImageStatistics,
    ImageStatisticsParams,
)
from substrate.analyses.shared.samples import (
    Sizes,
    bases,
    explained,
    features,
    require,
    side_by_side,
    sizes,
)
from substrate.analyses.spec import Analysis, AnalysisError, obtain
from substrate.analyses.subspace.controls import (
    Control,
    between,
)
from substrate.numerics.imagestats import pixel_features
from substrate.numerics.panel import cka_by_dimension
from substrate.numerics.whitening import WhiteningError
from substrate.runs import Run


@dataclass(frozen=True)
class ImageControlParams:
    """The domains and K; the panel's encoders only for the comparison with pixel scores."""

    encoders: tuple[str, ...]
    domains: tuple[str, ...]
    whitening: str = "z-score"
    components: int = 16


@dataclass(frozen=True, eq=False)
class ImageControls:
    """The controls that come from the images; one that cannot be had is left out of ``all``.

    Pixels are centred, hand-crafted features and Gabor energies z-scored, whatever the panel's
    whitening: a statistic needs activity in enough photographs, but no share of the deviation of
    others, which have other units of measurement. ``missing`` says why a control is not there.
    """

    sizes: tuple[Sizes, ...]
    all: tuple[Control, ...]
    missing: tuple[str, ...]


@explained
def compute_image_controls(run: Run, params: ImageControlParams) -> ImageControls:
    """Compare domains in pixel space and in hand-crafted features, and panel with pixel scores."""
    require(params.domains, 2, "domains")
    groups = [run.groups(d) for d in params.domains]
    pixels = [
        side_by_side([pixel_features(run.pixels(d))], "none", own)
        for d, own in zip(params.domains, groups, strict=True)
    ]
    panels = [
        side_by_side(features(run, params.encoders, d), params.whitening, own)
        for d, own in zip(params.domains, groups, strict=True)
    ]
    measured = [obtain(IMAGE_STATISTICS, run, ImageStatisticsParams(d)) for d in params.domains]
    controls, missing = (
        [
            between("pixels", ("",), [pixels], params.components),
            _to_pixel_scores(panels, pixels, params.components),
        ],
        [],
    )
    for key in ("handcrafted", "gabor"):
        try:
            spaces = [
                side_by_side([_columns(s, key)], "z-score", own, least=0.0)
                for s, own in zip(measured, groups, strict=True)
            ]
            controls.append(between(key, ("",), [spaces], params.components))
        except (AnalysisError, WhiteningError) as error:
            missing.append(f"{key}: {error}")
    return ImageControls(
        tuple(sizes(run, d) for d in params.domains), tuple(controls), tuple(missing)
    )


def _columns(statistics: ImageStatistics, key: str) -> np.ndarray:
    return statistics.family("Gabor") if key == "gabor" else statistics.values


def _to_pixel_scores(
    panels: Sequence[np.ndarray], pixels: Sequence[np.ndarray], components: int
) -> Control:
    """CKA between the panel's scores and the images' pixel scores, domain by domain."""
    of_panels, of_pixels = bases(panels, components), bases(pixels, components)
    k = min(len(of_panels[0].variances), len(of_pixels[0].variances))
    values = [
        cka_by_dimension(x @ b.vectors[:, :k], p @ c.vectors[:, :k], (k,))[:, 0]
        for x, b, p, c in zip(panels, of_panels, pixels, of_pixels, strict=True)
    ]
    return Control("pixel_scores", ("",), k, np.array(values).T[:, None])


IMAGE_CONTROLS = Analysis(
    key="subspace.image_controls",
    version=2,
    params=ImageControlParams,
    result=ImageControls,
    inputs=lambda run, params: (params.encoders, params.domains),
    compute=compute_image_controls,
    uses=(IMAGE_STATISTICS,),
)
