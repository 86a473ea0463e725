"""The experiments' figures that a report lists: the same whatever the run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from substrate.analyses.experiments.catalogue import EXPERIMENTS, Experiment, read_results
from substrate.analyses.experiments.choice import (
    ExperimentsChoice,
    default_choice,
    domains,
    polarised_images,
    scopes,
)
from substrate.exhibits.exhibit import Exhibit, Section
from substrate.exhibits.experiments.exhibits import FIGURES, Results
from substrate.figures.theme import Theme
from substrate.runs import Run

QUESTION = "What do the experiments find?"


def experiments(run: Run, theme: Theme, *, every: bool = False) -> Section:
    """Return what the experiments found; those that were not run are left out.

    With ``every`` all figures of each follow, on all photographs and domains there are.
    """
    del run
    shown = tuple(
        exhibit
        for experiment in EXPERIMENTS.values()
        for exhibit in _of_experiment(experiment, theme, every=every)
    )
    return Section("experiments", QUESTION, shown)


def _of_experiment(experiment: Experiment, theme: Theme, *, every: bool) -> Iterator[Exhibit]:
    try:
        file = read_results(experiment.name)
        if file is None:
            return
        first, *others = FIGURES[experiment.name](file, default_choice(), theme)
    except ValueError as error:  # the file is damaged
        yield Exhibit(
            key=f"experiments-{experiment.name}", title=experiment.question, sentence=str(error)
        )
        return
    yield replace(first, title=experiment.question)
    if every:
        yield from others
        yield from _elsewhere(experiment, file, theme)


def _elsewhere(experiment: Experiment, file: Results, theme: Theme) -> Iterator[Exhibit]:
    """Yield what depends on the choice of photographs or domain, for the other choices."""
    shown = default_choice()
    if experiment.name == "modality":
        for scope in scopes():
            if scope != shown.scope:
                (rows,) = FIGURES["modality"](file, ExperimentsChoice(scope=scope), theme)
                yield replace(rows, key=f"{rows.key}-{scope.replace(' ', '-')}")
    if experiment.name == "emergence":
        for domain in domains():
            if domain != shown.domain:
                _, curves = FIGURES["emergence"](file, ExperimentsChoice(domain=domain), theme)
                yield replace(curves, key=f"{curves.key}-{domain}")
    if experiment.name == "polarisation":
        for images in polarised_images():
            if images != shown.images:
                for exhibit in FIGURES["polarisation"](
                    file, ExperimentsChoice(images=images), theme
                ):
                    yield replace(exhibit, key=f"{exhibit.key}-{images}")
