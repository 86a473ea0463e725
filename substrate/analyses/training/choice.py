"""What is followed through a training: the view, which training, its layer, target and metric."""

from __future__ import annotations

from dataclasses import dataclass

from substrate.analyses.shared.effort import DEFAULT_METRIC
from substrate.analyses.training.alignment import TrainingParams, training_params
from substrate.analyses.training.directions import TrainingDirectionsParams, directions_params
from substrate.analyses.training.target import target_names
from substrate.runs import Run

VIEWS = ALIGNMENT, DIRECTIONS, GROWTH_VIEW = "Alignment", "Directions", "Size and skill"
#: The whole range of cosines, or 1/sqrt(d) to 5/sqrt(d) of Radwan (2026), d being the width.
SCALES = UNIT, PAPER = "0 to 1", "paper's scale"


@dataclass(frozen=True)
class TrainingChoice:
    """What the page shows."""

    view: str
    encoder: str
    domain: str
    layer: str
    target: str
    metric: str
    panel: tuple[str, ...]


def default_choice(run: Run, encoder: str, domain: str) -> TrainingChoice:
    """Return what is shown at first of a training: its last features against the first target."""
    target = target_names(run, encoder)[0]
    return TrainingChoice(
        ALIGNMENT, encoder, domain, "penultimate", target, DEFAULT_METRIC, run.panel
    )


def alignment_params(run: Run, choice: TrainingChoice) -> TrainingParams:
    """Return the parameters of the chosen training's alignment by step."""
    return training_params(
        run.with_panel(choice.panel),
        choice.encoder,
        choice.domain,
        choice.target,
        choice.layer,
        choice.metric,
    )


def spans_params(run: Run, choice: TrainingChoice) -> TrainingDirectionsParams:
    """Return the parameters of the chosen training's directions by step."""
    return directions_params(run, choice.encoder, choice.domain, choice.layer)
