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
    students = curves_of(file, choice)
    if not students.curves:
        return Exhibit(key="theory-students", title=CURVES, sentence=words.NOT_RUN)
    return Exhibit(
        key="theory-students",
        title=CURVES,
        sentence=words.sentence(students),
        context=words.context(students),
        verdict=words.verdict(students),
        figure=students_figure(students, theme),
        read=words.reading(students),
        table=words.table(students),
        trace=_trace(file, choice, students.facts),
    )


def map_of_both(file: Results | None, choice: StudentChoice, theme: Theme) -> Exhibit:
    """Return alignment by signal-to-noise ratio and number of samples, with the error over it."""
    student_map = map_of(file, choice)
    if not student_map.alignment.size:
        return Exhibit(key="theory-map", title=MAP, sentence=words.NOT_RUN)
    return Exhibit(
        key="theory-map",
        title=MAP,
        sentence=words.map_sentence(student_map),
        context=words.map_context(student_map),
        verdict=words.map_verdict(student_map),
        figure=map_figure(student_map, theme),
        read=words.MAP_READ,
        table=words.map_table(student_map),
        trace=_trace(file, choice, student_map.facts),
    )


def _trace(file: Results | None, choice: StudentChoice, facts: str) -> dict[str, Any]:
    made = {} if file is None else {"command": file.command, "inputs": file.inputs}
    return {**asdict(choice), **made, "facts": facts, "setting": "arXiv:2605.26973"}
