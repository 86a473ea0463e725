"""What the numbers of a training rest on."""

from __future__ import annotations

from typing import Any

from substrate.analyses.training.alignment import TrainingResult
from substrate.analyses.training.directions import TrainingDirectionsResult


def alignment_trace(result: TrainingResult) -> dict[str, Any]:
    """Return what alignment, accuracy and ranks by step rest on."""
    return {
        **_training(result),
        "target": result.target,
        "members": ", ".join(result.members),
        "metric": result.scores.metric,
        "facts": result.facts,
    }


def directions_trace(result: TrainingDirectionsResult) -> dict[str, Any]:
    """Return what directions by step rest on."""
    return {**_training(result), "facts": result.facts}


def _training(result: TrainingResult | TrainingDirectionsResult) -> dict[str, Any]:
    return {"encoder": result.encoder, "domain": result.domain, "layer": result.layer}
