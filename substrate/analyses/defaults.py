"""Everything that the pages show by default, for a run to compute ahead."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from substrate.analyses import (
    claims_questions,
    detector,
    directions,
    layers,
    metrics_pair,
    subspace_defaults,
    training,
    training_directions,
    transfer,
)
from substrate.analyses.spec import Analysis
from substrate.runs import Run

Asked = Iterator[tuple[Analysis, Any]]

#: What stands without untrained twins, and is computed while those are extracted.
FIRST = (
    subspace_defaults.defaults,
    directions.defaults,
    layers.defaults,
    training.defaults,
    training_directions.defaults,
    metrics_pair.defaults,
    detector.defaults,
)
#: What untrained twins take part in: computed before, it would be computed twice.
LAST = (transfer.defaults, claims_questions.defaults)


def first_look(run: Run) -> Asked:
    """Yield the default analyses that need not wait, the quickest picture first."""
    for page in (*FIRST, transfer.first_probes):
        yield from page(run)


def defaults(run: Run) -> Asked:
    """Yield each page's default analyses, the quickest picture first."""
    for page in (*FIRST, *LAST):
        yield from page(run)
