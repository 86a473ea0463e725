"""The kept steps of a training: which there are, how accurate, and their features."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from substrate.analyses.spec import AnalysisError
from substrate.encoder_ref import steps_of
from substrate.runs import Run

#: Steps that a course needs: a beginning, an end and something between.
FEWEST_STEPS = 3


def trajectories(run: Run) -> tuple[str, ...]:
    """Return the encoders whose training was kept step by step."""
    return tuple(name for name, record in run.encoders.items() if record.trajectory)


def extracted_steps(run: Run, encoder: str, domain: str) -> tuple[int, ...]:
    """Return the steps of a training on a domain, or say what is missing."""
    steps = run.checkpoints(encoder, domain)
    if encoder not in trajectories(run):
        raise AnalysisError(
            f"{encoder} has no stored steps of its training. "
            f"Encoders that have: {', '.join(trajectories(run)) or 'none in this run'}."
        )
    if len(steps) < FEWEST_STEPS:
        raise AnalysisError(
            f"The checkpoints of {encoder} have not been extracted on {domain} yet."
        )
    return steps


def accuracies(run: Run, encoder: str, steps: tuple[int, ...]) -> Float[np.ndarray, " t"]:
    """Return the accuracy at each step, NaN where it was not measured."""
    by_step = {c.step: c.accuracy for c in run.encoders[encoder].trajectory}
    return np.array([np.nan if by_step.get(s) is None else float(by_step[s] or 0.0) for s in steps])


def is_extracted(run: Run, encoder: str, domain: str) -> bool:
    """Say whether enough steps of a training have been extracted on a domain."""
    return len(run.checkpoints(encoder, domain)) >= FEWEST_STEPS


def checkpoint_features(
    run: Run, encoder: str, domain: str, layer: str, steps: Sequence[int]
) -> list[Float[np.ndarray, "n p"]]:
    """Return a layer's features on a domain at each step."""
    return [run.representation(ref, domain, layer).features for ref in steps_of(encoder, steps)]
