"""The figures of trainings that a report lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from substrate.analyses.shared.trajectory import is_extracted, trajectories
from substrate.analyses.spec import obtain
from substrate.analyses.training.alignment import TRAINING, TrainingResult
from substrate.analyses.training.choice import (
    PAPER,
    TrainingChoice,
    alignment_params,
    default_choice,
    spans_params,
)
from substrate.analyses.training.directions import TRAINING_DIRECTIONS, TrainingDirectionsResult
from substrate.analyses.training.growth import GROWTH, Growth, growth_params
from substrate.analyses.training.growth_trends import MEASURES
from substrate.exhibits.exhibit import Exhibit, Section, attempted, titles
from substrate.exhibits.training import exhibits, growth
from substrate.figures.theme import Theme
from substrate.runs import Run

QUESTION = "When does the shared structure emerge?"


def training(run: Run, theme: Theme, *, every: bool = False) -> Section:
    """Return alignment, layers, ranks and directions by step, for each training and domain.

    With ``every`` the directions follow on the published scale of colours as well, and agreement
    over size and skill opens the section.
    """
    shown: list[Exhibit] = []
    if every:
        shown += _growth(run, theme)
    for encoder in trajectories(run):
        for domain in run.domains:
            if is_extracted(run, encoder, domain):
                shown += _of_training(run, default_choice(run, encoder, domain), theme, every=every)
    return Section("training", QUESTION, tuple(shown))


def _growth(run: Run, theme: Theme) -> Iterator[Exhibit]:
    """Yield agreement over each measure and every rank correlation, on the main domain."""

    def measured() -> Growth:
        result: Growth = obtain(GROWTH, run, growth_params(run, run.main_domain))
        return result

    place = run.domains[run.main_domain].title
    for measure in MEASURES:
        yield attempted(
            f"training-growth-{measure.replace(' ', '-')}",
            f"{place}: agreement over {measure}",
            partial(lambda one: growth.scatter(measured(), run, theme, one), measure),
        )
    yield attempted(
        "training-trends",
        f"{place}: rank correlations with agreement",
        lambda: growth.correlations(measured(), theme),
    )


def _of_training(
    run: Run, choice: TrainingChoice, theme: Theme, *, every: bool
) -> Iterator[Exhibit]:
    def alignment() -> TrainingResult:
        result: TrainingResult = obtain(TRAINING, run, alignment_params(run, choice))
        return result

    def directions() -> TrainingDirectionsResult:
        result: TrainingDirectionsResult = obtain(
            TRAINING_DIRECTIONS, run, spans_params(run, choice)
        )
        return result

    makes: list[tuple[str, str, Callable[[], Exhibit]]] = [
        (
            "curve",
            "alignment and accuracy",
            lambda: exhibits.alignment_and_accuracy(alignment(), run, theme),
        ),
        ("heatmap", "every layer", lambda: exhibits.every_layer(alignment(), run, theme)),
        ("rank", "ranks", lambda: exhibits.ranks(alignment(), run, theme)),
        (
            "movie",
            "directions by step",
            lambda: exhibits.directions_by_step(directions(), run, theme),
        ),
        ("overlap", "their span", lambda: exhibits.span_by_step(directions(), run, theme)),
    ]
    if every:
        makes.append(
            (
                "movie-published-scale",
                "directions by step, published scale",
                lambda: exhibits.directions_by_step(directions(), run, theme, scale=PAPER),
            )
        )
    place = f"{titles(run)[choice.encoder]} on {run.domains[choice.domain].title}"
    for key, what, make in makes:
        name = f"training-{key}-{choice.encoder}-{choice.domain}"
        yield attempted(name, f"{place}: {what}", make)
