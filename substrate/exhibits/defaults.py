"""The exhibits of every page, in the pages' order: the default ones, or all views."""

from __future__ import annotations

from collections.abc import Iterator

from substrate.exhibits.claims.section import claims
from substrate.exhibits.detector.section import detector
from substrate.exhibits.directions.section import directions
from substrate.exhibits.exhibit import Section
from substrate.exhibits.experiments.section import experiments
from substrate.exhibits.layers.section import layers
from substrate.exhibits.lens.section import lens
from substrate.exhibits.maps.section import maps
from substrate.exhibits.metrics.exhibits import metrics
from substrate.exhibits.panel_page import subspace
from substrate.exhibits.theory.section import theory
from substrate.exhibits.training.section import training
from substrate.exhibits.transfer.section import transfer
from substrate.exhibits.units.section import units
from substrate.exhibits.wall_page import direction, wall
from substrate.exhibits.weights.section import weights
from substrate.figures.theme import Theme
from substrate.runs import Run

#: What makes a section of a run, in the pages' order.
MAKERS = (
    subspace,
    wall,
    direction,
    lens,
    directions,
    units,
    weights,
    layers,
    maps,
    training,
    transfer,
    detector,
    metrics,
    claims,
    experiments,
    theory,
)


def sections(run: Run, theme: Theme, *, every: bool = False) -> Iterator[Section]:
    """Yield a section per page that has something to show of this run.

    With ``every`` each holds all views of its page, not the default ones alone.
    """
    for make in MAKERS:
        section = make(run, theme, every=every)
        if section.items:
            yield section
