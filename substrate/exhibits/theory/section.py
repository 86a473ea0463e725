"""What a report shows of noise alone."""

from __future__ import annotations

from dataclasses import replace

from substrate.analyses.claims.images_needed import needed
from substrate.analyses.experiments.catalogue import read_results
from substrate.analyses.experiments.student_curves import StudentChoice
from substrate.analyses.experiments.students import (
    CLASSIFICATION,
    LABELS,
    NETWORK,
    PIXELS,
    REGRESSION,
)
from substrate.analyses.spec import obtain, stored
from substrate.analyses.theory.features import FEATURES, FeaturesParams, defaults
from substrate.exhibits.exhibit import Exhibit, Section, attempted
from substrate.exhibits.theory import exhibits, run_exhibits
from substrate.exhibits.theory.words import QUESTION
from substrate.figures.theme import Theme
from substrate.runs import Run


def theory(run: Run, theme: Theme, *, every: bool = False) -> Section:
    """Return linear students; with ``every``, the map and networks of every task as well."""
    try:
        file = read_results("students")
    except ValueError as error:  # the file is damaged
        said = Exhibit(key="theory-students", title=exhibits.CURVES, sentence=str(error))
        return Section("theory", QUESTION, (said, *_of_run(run, theme, every=every)))
    items = [exhibits.alignment_and_error(file, StudentChoice(), theme)]
    if every:
        items.append(exhibits.map_of_both(file, StudentChoice(), theme))
        for task in (REGRESSION, CLASSIFICATION) if file else ():
            for noise in (LABELS, PIXELS):
                choice = StudentChoice(student=NETWORK, task=task, noise=noise)
                made = exhibits.alignment_and_error(file, choice, theme)
                items.append(replace(made, key=f"theory-students-{task}-{noise}"))
    return Section("theory", QUESTION, (*items, *_of_run(run, theme, every=every)))


def _of_run(run: Run, theme: Theme, *, every: bool) -> list[Exhibit]:
    """Return heads on the run's features, and how many images it needs."""
    try:
        asked = [params for _, params in defaults(run)]
    except ValueError as error:  # the samples are damaged
        said = Exhibit(key="theory-features", title=run_exhibits.HEADS, sentence=str(error))
        return [said]
    made = [
        attempted("theory-features", run_exhibits.HEADS, lambda p=params: _heads(run, p, theme))  # type: ignore[misc]
        for params in asked
    ]
    headlines, missing = needed(run, stored)
    made.append(run_exhibits.photographs(headlines, missing, theme))
    if every:
        made += [run_exhibits.encoders(one, theme) for one in headlines if one.encoders]
    return made


def _heads(run: Run, params: FeaturesParams, theme: Theme) -> Exhibit:
    return run_exhibits.heads(obtain(FEATURES, run, params), params, theme)
