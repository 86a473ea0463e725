"""Everything that the pages show by default, for a run to compute ahead."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from substrate.analyses import panel_choice
from substrate.analyses.claims import questions as claims_questions
from substrate.analyses.detector import accuracy as detector
from substrate.analyses.directions import defaults as directions
from substrate.analyses.layers import two_encoders as layers
from substrate.analyses.lens import neighbours as lens_neighbours
from substrate.analyses.lens import scores as lens_scores
from substrate.analyses.maps import pair as maps
from substrate.analyses.metrics import all_metrics as metrics_pair
from substrate.analyses.spec import Analysis
from substrate.analyses.theory import features as theory
from substrate.analyses.training import (
    alignment as training,
)
from substrate.analyses.training import (
    directions as training_directions,
)
from substrate.analyses.transfer import scores as transfer
from substrate.analyses.weights import spatial as weights
from substrate.runs import Run

Requests = Iterator[tuple[Analysis, Any]]

#: What stands without untrained twins, and is computed while those are extracted.
FIRST = (
    panel_choice.defaults,
    directions.defaults,
    layers.defaults,
    training.defaults,
    training_directions.defaults,
    metrics_pair.defaults,
    lens_scores.defaults,
    lens_neighbours.defaults,
    detector.defaults,
    theory.defaults,
)
#: What untrained twins take part in: computed before, it would be computed twice.
LAST = (maps.defaults, transfer.defaults, weights.defaults, claims_questions.defaults)


def first_look(run: Run) -> Requests:
    """Yield the default analyses that need not wait, the quickest picture first."""
    for page in (*FIRST, transfer.first_probes):
        yield from page(run)


def defaults(run: Run) -> Requests:
    """Yield each page's default analyses, the quickest picture first."""
    for page in (*FIRST, *LAST):
        yield from page(run)
