"""The leading directions at each step against those at the end, in coordinates they share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.shared.trajectory import (
    checkpoint_features,
    extracted_steps,
    is_extracted,
    trajectories,
)
from substrate.analyses.spec import Analysis, AnalysisError, Inputs
from substrate.domains.splits import split
from substrate.encoder_ref import steps_of
from substrate.numerics.nulls import (
    LEVEL,
    MIN_GROUPS,
    random_basis,
)
from substrate.numerics.panel import grassmann_similarity
from substrate.numerics.spectra import (
    Directions,
    centred,
    existing_directions,
)
from substrate.runs import Run
from substrate.wording import Nouns, samples_of

#: Below this absolute cosine with itself, found in the other half, a direction counts as unstable.
RELIABLE = 0.5


@dataclass(frozen=True)
class TrainingDirectionsParams:
    """One layer of one training on one domain, and how many directions."""

    encoder: str
    domain: str
    layer: str = "penultimate"
    components: int = 16
    draws: int = 200
    seed: int = 0


@dataclass(frozen=True, eq=False)
class TrainingDirectionsResult:
    """Absolute raw cosines of directions at each step (rows) with the final ones (columns).

    The directions of a step come from one half of the samples (``fitted``), the final ones from
    the other (``tested``), with no photograph in both, so the last step is no foregone 1.
    ``reliability`` is each direction's cosine with itself in the other half, ``overlap`` the mean
    squared cosine of the principal angles between the two spans. ``level`` is the 95 % level of
    the largest cell for random directions, None below ten photographs, where nothing is compared
    with chance; ``chance`` is the overlap of random spans.
    """

    encoder: str
    domain: str
    layer: str
    width: int
    steps: Int[np.ndarray, " t"]
    cosines: Float[np.ndarray, "t k k"]
    reliability: Float[np.ndarray, "t k"]
    shares: Float[np.ndarray, "t k"]
    overlap: Float[np.ndarray, " t"]
    level: float | None
    chance: float
    fitted: int
    tested: int
    photographs: int
    unit: str
    draws: int
    seed: int
    nouns: Nouns

    @property
    def within(self) -> bool:
        """Whether there are too few photographs for a statement about the domain."""
        return self.unit != "photograph"

    @property
    def threshold(self) -> float:
        """Return the reliability below which a direction counts as unstable."""
        return RELIABLE

    @property
    def facts(self) -> str:
        """Return what the numbers rest on, in one line."""
        n = self.fitted + self.tested
        whose = samples_of(n, self.photographs, self.nouns)
        within = f", within {self.nouns.group}" if self.within else ""
        return (
            f"{whose} · halves of {self.fitted} and {self.tested}{within} · "
            f"K = {self.cosines.shape[1]} · no whitening · {self.draws} random bases · "
            f"seed {self.seed}"
        )


def _inputs(run: Run, params: TrainingDirectionsParams) -> Inputs:
    steps = run.checkpoints(params.encoder, params.domain)
    return steps_of(params.encoder, steps), (params.domain,)


def _compute(run: Run, params: TrainingDirectionsParams) -> TrainingDirectionsResult:
    steps = extracted_steps(run, params.encoder, params.domain)
    samples = run.samples(params.domain)
    fit, test, unit = split(samples, seed=params.seed)
    features = checkpoint_features(run, params.encoder, params.domain, params.layer, steps)
    halves = [
        [existing_directions(centred(x[rows]), params.components) for rows in (fit, test)]
        for x in features
    ]
    k = min(len(d.variances) for pair in halves for d in pair)
    if k < 1:
        raise AnalysisError(
            f"{params.layer} of {params.encoder} does not vary over {params.domain} at some step, "
            "so that it has no directions. Choose another layer."
        )
    fitted = [pair[0].leading(k) for pair in halves]
    tested = [pair[1].leading(k) for pair in halves]
    final = tested[-1].vectors
    width, photographs = features[0].shape[1], int(samples["group"].nunique())
    return TrainingDirectionsResult(
        params.encoder,
        params.domain,
        params.layer,
        width,
        np.array(steps),
        np.array([_cosines(d, final) for d in fitted]).astype(np.float32),
        np.array([_cosines(a, b.vectors).diagonal() for a, b in zip(fitted, tested, strict=True)]),
        np.array([d.shares for d in fitted]),
        np.array([grassmann_similarity(d.vectors, final) for d in fitted]),
        None if photographs < MIN_GROUPS else _level(width, k, params.draws, params.seed),
        k / width,
        len(fit),
        len(test),
        photographs,
        unit,
        params.draws,
        params.seed,
        run.domains[params.domain].nouns,
    )


def _cosines(first: Directions, second: Float[np.ndarray, "p k"]) -> Float[np.ndarray, "k k"]:
    return np.abs(first.vectors.T @ second)


def _level(width: int, k: int, draws: int, seed: int) -> float:
    """Return the 95 % level of the largest absolute cosine between two random sets of directions.

    One set may be taken as the first axes: only the angle between the sets is random.
    """
    rng = np.random.default_rng(seed)
    largest = [np.abs(random_basis(width, k, rng)[:k]).max() for _ in range(draws)]
    return float(np.quantile(largest, LEVEL))


TRAINING_DIRECTIONS = Analysis(
    key="training.directions",
    version=2,
    params=TrainingDirectionsParams,
    result=TrainingDirectionsResult,
    inputs=_inputs,
    compute=_compute,
)


def directions_params(run: Run, encoder: str, domain: str, layer: str) -> TrainingDirectionsParams:
    """Return the parameters with the study's K and seed."""
    study = run.study
    return TrainingDirectionsParams(encoder, domain, layer, study["components"], 200, study["seed"])


def defaults(run: Run) -> list[tuple[Analysis, Any]]:
    """Return what the page shows by default, for each extracted training and domain."""
    return [
        (TRAINING_DIRECTIONS, directions_params(run, encoder, domain, "penultimate"))
        for encoder in trajectories(run)
        for domain in run.domains
        if is_extracted(run, encoder, domain)
    ]
