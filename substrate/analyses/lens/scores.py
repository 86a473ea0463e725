"""Scores along the panel's directions of images that were not held out, or of one of one's own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.panel_choice import default_choice
from substrate.analyses.shared.halves import halves_of
from substrate.analyses.shared.own_image import image_features
from substrate.analyses.shared.samples import explained, features, require, require_whitening
from substrate.analyses.spec import Analysis
from substrate.numerics.joined import joined, standardised_blocks
from substrate.numerics.panel import panel_parts
from substrate.numerics.spectra import existing_directions
from substrate.numerics.whitening import standardisation
from substrate.runs import Run


@dataclass(frozen=True)
class LensScoresParams:
    """The panel, the domain, whitening, K and the seed of the split; one's own image by its name.

    Without an image: those of the domain that the directions were found on.
    """

    encoders: tuple[str, ...]
    domain: str
    whitening: str = "z-score"
    components: int = 16
    seed: int = 0
    image: str = ""


@dataclass(frozen=True, eq=False)
class LensScores:
    """Each encoder's part of the panel's scores; their sum over encoders is the panel's score.

    The directions are those of `sharedness.leave_encoder_out` with the same parameters, and so are
    their signs. ``rows`` are the images' rows in the domain, none for an image of one's own.
    """

    rows: Int[np.ndarray, " m"]
    parts: Float[np.ndarray, "e i k"]


@explained
def compute_scores(run: Run, params: LensScoresParams) -> LensScores:
    """Find the panel's directions on the fitted half, and project the images on them."""
    require(params.encoders, 2, "encoders")
    halves = halves_of(run, params.domain, params.seed)
    raw = features(run, params.encoders, params.domain)
    learnt = [
        standardisation(
            x[halves.fit], require_whitening(params.whitening), groups=halves.fit_groups
        )
        for x in raw
    ]
    fit = standardised_blocks([x[halves.fit] for x in raw], learnt)
    directions = existing_directions(joined(fit), min(params.components + 1, len(halves.fit) - 1))
    k = min(params.components, len(directions.variances))
    rows, shown = halves.fit, fit
    if params.image:
        own = image_features(run, params.image, params.encoders)
        rows, shown = np.empty(0, dtype=np.int64), standardised_blocks(own, learnt)
    parts = panel_parts(directions.leading(k), shown).parts
    return LensScores(rows, parts.astype(np.float32))


def defaults(run: Run) -> Iterator[tuple[Analysis, Any]]:
    """Yield the scores of the default panel on every domain."""
    choice = default_choice(run)
    if len(choice.encoders) > 1:
        for domain in choice.domains:
            yield LENS_SCORES, LensScoresParams(**vars(choice.sharedness(domain)))


LENS_SCORES = Analysis(
    key="lens.scores",
    version=1,
    params=LensScoresParams,
    result=LensScores,
    inputs=lambda run, params: (params.encoders, (params.domain,)),
    compute=compute_scores,
)
