"""What is compared along the depth: the view, two encoders, a domain, a metric, a colour scale."""

from __future__ import annotations

from dataclasses import dataclass

from substrate.analyses.layers.all_encoders import PairsParams, pairs_params
from substrate.analyses.layers.two_encoders import (
    DEPTH_METRIC,
    NEIGHBOURS,
    LayersParams,
    layers_params,
)
from substrate.analyses.shared.effort import DEFAULT_METRIC
from substrate.runs import Run

VIEWS = TWO, ALL, EVEN, SAME_STEPS, WAYS, WHAT_IS_KEPT = (
    "Two encoders",
    "All encoders",
    "Smoothness",
    "Operations",
    "Trajectories",
    "What is kept",
)
#: What of every encoder *All encoders* compares.
COMPARED = LAST_FEATURES, EVERY_LAYERS = "last features", "all layers"
#: How *Trajectories* draws layers.
DRAWN = OVER_DEPTH, OVER_TRAINING, AT_ONCE = "over depth", "over training", "all layers at once"
#: What layers on the map are coloured by.
COLOURS = BY_ENCODER, BY_FAMILY, BY_OBJECTIVE, BY_DEPTH = "encoder", "family", "objective", "depth"
SCALES = MEASURED, CALIBRATED = "measured", "calibrated"


@dataclass(frozen=True)
class LayersChoice:
    """What the page shows.

    ``metric`` with ``k`` neighbours compares layers of two encoders, ``ends`` the last layers of
    all.
    """

    view: str
    first: str
    second: str
    domain: str
    metric: str = DEPTH_METRIC
    scale: str = MEASURED
    k: int = NEIGHBOURS[0]
    ends: str = DEFAULT_METRIC

    @property
    def shown_metric(self) -> str:
        """Return the metric of the view that is shown."""
        return self.ends if self.view == ALL else self.metric


def default_choice(run: Run, domain: str) -> LayersChoice:
    """Return what is shown at first on a domain: the first two encoders of the run's panel."""
    first, second = run.first_two
    return LayersChoice(TWO, first, second, domain)


def two_params(run: Run, choice: LayersChoice) -> LayersParams:
    """Return the parameters of the two chosen encoders, all layers against all layers."""
    return layers_params(run, choice.first, choice.second, choice.domain, choice.metric, choice.k)


def all_params(run: Run, choice: LayersChoice) -> PairsParams:
    """Return the parameters of all encoders against all encoders."""
    return pairs_params(run, choice.domain, choice.ends)
