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


def defaults(run: Run) -> Iterator[tuple[Analysis, Any]]:
    """Yield each page's default analyses, the quickest picture first."""
    for page in (
        subspace_defaults,
        directions,
        layers,
        training,
        training_directions,
        metrics_pair,
        transfer,
        detector,
        claims_questions,
    ):
        yield from page.defaults(run)
