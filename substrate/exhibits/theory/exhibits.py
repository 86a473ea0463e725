"""Students as exhibits: alignment and error, and the map of both ratios."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from substrate.analyses.experiments.file import ExperimentFile
from substrate.analyses.experiments.student_curves import StudentChoice, curves_of, map_of
from substrate.exhibits.exhibit import Exhibit
from substrate.exhibits.theory import words
from substrate.figures.theme import Theme
from substrate.figures.theory.map import map_figure
from substrate.figures.theory.students import students_figure

CURVES, MAP = "Alignment and error of two students", "Alignment by signal and samples"
Results = ExperimentFile[Any]


def alignment_and_error(file: Results | None, choice: StudentChoice, theme: Theme) -> Exhibit:
    """Return alignment and error of students against their number of samples."""
    found = curves_of(file, choice)
    if not found.curves:
        return Exhibit(key="theory-students", title=CURVES, sentence=words.NOT_RUN)
    return Exhibit(
        key="theory-students",
        title=CURVES,
        sentence=words.sentence(found),
        context=words.context(found),
        verdict=words.verdict(found),
        figure=students_figure(found, theme),
        read=words.reading(found),
        table=words.table(found),
        trace=_trace(file, choice, found.facts),
    )


def map_of_both(file: Results | None, choice: StudentChoice, theme: Theme) -> Exhibit:
    """Return alignment by signal-to-noise ratio and number of samples, with the error over it."""
    found = map_of(file, choice)
    if not found.alignment.size:
        return Exhibit(key="theory-map", title=MAP, sentence=words.NOT_RUN)
    return Exhibit(
        key="theory-map",
        title=MAP,
        sentence=words.map_sentence(found),
        context=words.map_context(found),
        verdict=words.map_verdict(found),
        figure=map_figure(found, theme),
        read=words.MAP_READ,
        table=words.map_table(found),
        trace=_trace(file, choice, found.facts),
    )


def _trace(file: Results | None, choice: StudentChoice, facts: str) -> dict[str, Any]:
    made = {} if file is None else {"command": file.command, "inputs": file.inputs}
    return {**asdict(choice), **made, "facts": facts, "setting": "arXiv:2605.26973"}
