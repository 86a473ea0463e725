"""A fitted domain detector: which domain one image comes from, or none, and what it resembles."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int, Real, Shaped

from substrate.numerics.transfer.pooled import DetectorError
from substrate.numerics.transfer.spec import finite_features
from substrate.numerics.transfer.support.folds import groups_per_class
from substrate.numerics.transfer.support.logistic import (
    STRENGTHS,
    Logistic,
    choose_strength,
    fit_logistic,
)
from substrate.numerics.whitening import (
    Standardisation,
    standardisation,
)

#: A domain with fewer photographs cannot be split into fitted and tested ones.
MIN_PHOTOGRAPHS = 3
#: The distance to this many nearest samples of other photographs decides what is near.
NEAREST = 5
#: Share of a domain's samples within each of the two limits, of scores and of statistics: 99 % of
#: them at least lie within both.
SUPPORT = 0.995
NONE = "none of these"


@dataclass(frozen=True, eq=False)
class Detection:
    """What a detector says of one image.

    `best` is the place of the likeliest class; `domain` is its name, or `NONE` where the image lies
    outside the training support: `distance` then exceeds `threshold`. `nearest` are training rows,
    the nearest first.
    """

    domain: str
    best: int
    probabilities: dict[str, float]
    distance: float
    threshold: float
    nearest: Int[np.ndarray, " m"]
    distances: Float[np.ndarray, " m"]


@dataclass(frozen=True, eq=False)
class Detector:
    """A detector fitted on all samples, for images of your own.

    `thresholds[d]` is how far a sample of domain d may lie from its nearest training samples.
    `within` names the domains whose threshold could not be taken across photographs: a new
    photograph of such a domain may well be called `NONE`.
    """

    classes: tuple[str, ...]
    model: Logistic
    scale: Standardisation
    support: Float[np.ndarray, "n k"]
    thresholds: Float[np.ndarray, " classes"]
    within: tuple[str, ...]

    def detect(self, scores: Real[np.ndarray, " k"], *, neighbours: int = 12) -> Detection:
        """Classify one vector of substrate scores."""
        scores = np.asarray(scores, dtype=np.float64)
        if scores.shape != self.support.shape[1:] or not np.isfinite(scores).all():
            raise DetectorError(
                f"scores of shape {scores.shape} arrived; {self.support.shape[1]} finite numbers "
                "are needed."
            )
        x = self.scale.apply(scores[None])
        probabilities = self.model.probabilities(x)[0]
        best = int(probabilities.argmax())
        distances = np.linalg.norm(self.support - x, axis=1)
        order = np.argsort(distances, kind="stable")[:neighbours]
        distance = float(np.sort(distances)[:NEAREST].mean())
        inside = distance <= self.thresholds[best]
        return Detection(
            domain=self.classes[best] if inside else NONE,
            best=best,
            probabilities=dict(zip(self.classes, probabilities.tolist(), strict=True)),
            distance=distance,
            threshold=float(self.thresholds[best]),
            nearest=order,
            distances=distances[order],
        )


def fit_detector(
    scores: Real[np.ndarray, "n k"],
    domains: Shaped[np.ndarray, " n"],
    groups: Shaped[np.ndarray, " n"],
    *,
    seed: int,
    strengths: Sequence[float] = STRENGTHS,
    support: float = SUPPORT,
) -> Detector:
    """Fit on all samples, and learn how far from them a sample of each domain may lie.

    The distance of a sample is the mean over its `NEAREST` nearest training samples of other
    photographs, in standardised scores; a domain's threshold is its `support` quantile. Domains
    of fewer than three photographs leave out the sample alone.
    """
    x = finite_features(scores, "scores")
    domains, groups = np.asarray(domains), np.asarray(groups)
    names, codes = np.unique(domains, return_inverse=True)
    if len(names) < 2:
        raise DetectorError(f"all {len(x)} samples are of one domain; a detector needs two.")
    have = groups_per_class(domains, groups)
    # How far outside an image lies is the question here: its scores keep their distance.
    scale = replace(standardisation(x, groups=groups), bounds=None)
    z = scale.apply(x)
    strength = choose_strength(z, codes, groups, strengths=strengths, seed=seed)
    thresholds = []
    for code, name in enumerate(names):
        rows = np.flatnonzero(codes == code)
        own = groups if have[str(name)] >= MIN_PHOTOGRAPHS else np.arange(len(x))
        thresholds.append(np.quantile(remoteness(z, rows, own), support))
    return Detector(
        classes=tuple(str(n) for n in names),
        model=fit_logistic(z, codes, len(names), strength),
        scale=scale,
        support=z,
        thresholds=np.array(thresholds),
        within=tuple(n for n, m in have.items() if m < MIN_PHOTOGRAPHS),
    )


def remoteness(
    z: Float[np.ndarray, "n k"], rows: Int[np.ndarray, " m"], groups: Shaped[np.ndarray, " n"]
) -> Float[np.ndarray, " m"]:
    """Return the mean distance of each row to its `NEAREST` samples of other groups."""
    distances = []
    for row in rows:
        others = z[groups != groups[row]]
        squares = np.square(others - z[row]).sum(axis=1)
        nearest = min(NEAREST, len(squares))
        distances.append(np.sqrt(np.partition(squares, nearest - 1)[:nearest]).mean())
    return np.array(distances)
