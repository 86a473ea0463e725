"""Which domain is one image of your own from, what does it resemble, or is it none of these?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from substrate.analyses.detector.accuracy import (
    DetectorParams,
    pooled,
    stacked,
)
from substrate.analyses.detector.support import statistics_of, typicality
from substrate.analyses.shared.image_statistics import IMAGE_STATISTICS
from substrate.analyses.shared.own_image import image_entry, image_features
from substrate.analyses.shared.refusals import refusals_said
from substrate.analyses.spec import Analysis, Inputs, obtain
from substrate.numerics import detector
from substrate.numerics.imagestats import battery
from substrate.numerics.transfer.pooled import PooledBasis
from substrate.numerics.transfer.recognition import Detector
from substrate.numerics.transfer.typicality import Typicality, is_noise
from substrate.runs import Run
from substrate.wording import Nouns

NEIGHBOURS = 12
#: Greatest range of a channel, of 255, in an image that is called one colour.
FLAT = 2


@dataclass(frozen=True)
class DetectionParams:
    """One image, by the SHA-256 of its file, before a fitted detector."""

    encoders: tuple[str, ...]
    domains: tuple[str, ...]
    components: int
    basis_without: str
    seed: int
    image: str

    def fit(self) -> DetectorParams:
        """Return the parameters of the detector itself."""
        return DetectorParams(
            self.encoders, self.domains, self.components, self.basis_without, self.seed
        )


@dataclass(frozen=True, eq=False)
class FittedDetector:
    """A basis, a detector on it, and what the samples look like.

    ``starts`` are the first rows of the domains.
    """

    basis: PooledBasis
    detector: Detector
    looks: Typicality
    starts: tuple[int, ...]
    counted: str


@dataclass(frozen=True, eq=False)
class DetectionResult:
    """What a detector says of an image.

    ``domain`` is "none of these" where ``distance``, of substrate scores, exceeds ``threshold``, or
    ``unlike``, of light, colours and spectrum, exceeds ``unlike_most``, or is far more than
    ``from_noise``, the distance to pictures of noise, or the image is ``flat``, one colour; both
    limits are those of ``likeliest``, which is what a classifier alone would say. ``scores`` are in
    deviations of the training samples; ``nearest`` are samples as (domain, row), the nearest first.
    """

    domain: str
    likeliest: str
    probabilities: dict[str, float]
    distance: float
    threshold: float
    unlike: float
    unlike_most: float
    from_noise: float
    flat: bool
    scores: Float[np.ndarray, " k"]
    nearest: tuple[tuple[str, int], ...]
    distances: Float[np.ndarray, " m"]
    within: tuple[str, ...]
    counted: str
    components: int
    seed: int
    nouns: Nouns

    @property
    def inside(self) -> bool:
        """Whether the image lies within the training support."""
        return self.domain != detector.NONE

    @property
    def noise(self) -> bool:
        """Whether the image is much nearer to noise than to any samples."""
        return is_noise(self.from_noise, self.unlike)

    @property
    def facts(self) -> str:
        """What the numbers rest on, for captions."""
        return f"fitted on {self.counted} · K = {self.components}, z-scored · seed {self.seed}"


@refusals_said()
def _fit(run: Run, params: DetectorParams) -> FittedDetector:
    pool = pooled(run, params.domains, most=None)
    features = stacked(run, params.encoders, params.domains, pool)
    seen = pool.domains != params.basis_without
    basis = detector.pooled_basis([x[seen] for x in features], params.components, pool.groups[seen])
    fitted = detector.fit_detector(
        basis.scores(features), pool.domains, pool.groups, seed=params.seed
    )
    sizes = [int((pool.domains == domain).sum()) for domain in params.domains]
    starts = tuple(np.cumsum([0, *sizes[:-1]]).tolist())
    looks = typicality(statistics_of(run, pool, params.domains), pool.domains, pool.groups)
    return FittedDetector(basis, fitted, looks, starts, pool.counted)


@refusals_said()
def _detect(run: Run, params: DetectionParams) -> DetectionResult:
    fitted: FittedDetector = obtain(DETECTOR_FIT, run, params.fit())
    raw = fitted.basis.scores(image_features(run, params.image, params.encoders))
    detection = fitted.detector.detect(raw[0], neighbours=NEIGHBOURS)
    pixels = image_entry(run, params.image).array("pixels")
    flat = bool(np.ptp(pixels.reshape(-1, pixels.shape[-1]).astype(int), axis=0).max() <= FLAT)
    _, statistics = battery([pixels])
    unlike, most = fitted.looks.distance(statistics[0]), fitted.looks.thresholds[detection.best]
    return DetectionResult(
        detector.NONE
        if flat or fitted.looks.outside(statistics[0], detection.best)
        else detection.domain,
        fitted.detector.classes[detection.best],
        detection.probabilities,
        detection.distance,
        detection.threshold,
        unlike,
        float(most),
        fitted.looks.from_noise(statistics[0]),
        flat,
        fitted.detector.scale.apply(raw)[0],
        tuple(_sample(params.domains, fitted.starts, int(row)) for row in detection.nearest),
        detection.distances,
        fitted.detector.within,
        fitted.counted,
        params.components,
        params.seed,
        run.nouns(params.domains),
    )


def _sample(domains: tuple[str, ...], starts: tuple[int, ...], row: int) -> tuple[str, int]:
    at = int(np.searchsorted(starts, row, side="right")) - 1
    return domains[at], row - starts[at]


def _inputs(_run: Run, params: DetectorParams | DetectionParams) -> Inputs:
    return params.encoders, params.domains


DETECTOR_FIT = Analysis(
    key="detector.image_fit",
    version=6,
    params=DetectorParams,
    result=FittedDetector,
    inputs=_inputs,
    compute=_fit,
    uses=(IMAGE_STATISTICS,),
)
DETECTION = Analysis(
    key="detector.image",
    version=4,
    params=DetectionParams,
    result=DetectionResult,
    inputs=_inputs,
    compute=_detect,
    uses=(DETECTOR_FIT,),
)
