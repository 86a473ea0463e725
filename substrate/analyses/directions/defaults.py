"""What the Directions page shows by default: the first two encoders on every domain."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from substrate.analyses.directions.images import (
    IMAGES,
    ImagesParams,
)
from substrate.analyses.directions.kinds import PairParams
from substrate.analyses.directions.partners import (
    MATCHED,
    MatchedParams,
)
from substrate.analyses.directions.principal_angles import (
    ANGLES,
    AnglesParams,
)
from substrate.analyses.directions.spectrum import (
    SPECTRUM,
    SpectrumParams,
)
from substrate.analyses.directions.two_encoders import PAIR
from substrate.analyses.spec import Analysis
from substrate.runs import Run

LAYER = "penultimate"
#: The scale that the page opens with, as every page that shows directions does.
SCALING = "z-score"


def default_layer(run: Run, encoder: str) -> str:
    """Return the penultimate layer, else the last one."""
    names = [layer.name for layer in run.encoders[encoder].layers]
    return LAYER if LAYER in names else names[-1]


def settings(run: Run) -> dict[str, Any]:
    """Return the study's number of directions, permutations and seed."""
    study = run.study
    return {
        "components": int(study["components"]),
        "permutations": int(study["permutations"]),
        "seed": int(study["seed"]),
    }


def defaults(run: Run) -> Iterator[tuple[Analysis, Any]]:
    """Yield the default analyses of the page, the heatmap of every domain first."""
    a, b = run.first_two
    sides = (a, default_layer(run, a), b, default_layer(run, b))
    chosen = settings(run) | {"scaling": SCALING}
    for domain in run.domains:
        yield PAIR, PairParams(*sides, domain, **chosen)
    for domain in run.domains:
        yield ANGLES, AnglesParams(*sides, domain, **chosen)
        for encoder in dict.fromkeys((a, b)):
            layer = default_layer(run, encoder)
            yield SPECTRUM, SpectrumParams(encoder, layer, domain, SCALING, chosen["seed"])
            yield MATCHED, MatchedParams(encoder, layer, domain, **chosen)
        yield IMAGES, ImagesParams(domain)
