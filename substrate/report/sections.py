"""The default figures of every page, in the pages' order, with the pages' own words."""

from __future__ import annotations

from collections.abc import Iterator

from substrate.figures.theme import Theme
from substrate.report.claims import claims
from substrate.report.directions import directions
from substrate.report.experiments import experiments
from substrate.report.items import Section
from substrate.report.layers import layers
from substrate.report.metrics import metrics
from substrate.report.subspace import subspace
from substrate.report.training import training
from substrate.report.transfer import transfer
from substrate.runs import Run


def sections(run: Run, theme: Theme) -> Iterator[Section]:
    """Yield a section per page that has something to show of this run."""
    for make in (subspace, directions, layers, training, transfer, metrics, claims, experiments):
        section = make(run, theme)
        if section.items:
            yield section
