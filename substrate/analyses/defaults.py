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

#: What stands without untrained twins, and is drawn while those are extracted.
FIRST = (
    subspace_defaults,
    directions,
    layers,
    training,
    training_directions,
    metrics_pair,
    detector,
)
#: What untrained twins take part in: computed before, it would be computed twice.
LAST = (transfer, claims_questions)


def first_look(run: Run) -> Iterator[tuple[Analysis, Any]]:
    """Yield the default analyses that need not wait, the quickest picture first."""
    for page in FIRST:
        yield from page.defaults(run)


def defaults(run: Run) -> Iterator[tuple[Analysis, Any]]:
    """Yield each page's default analyses, the quickest picture first."""
    for page in (*FIRST, *LAST):
        yield from page.defaults(run)
