"""The figures of the experiment on students: linear ones, and networks of every task and noise."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

from substrate.analyses.experiments.file import ExperimentFile
from substrate.analyses.experiments.student_curves import StudentChoice
from substrate.analyses.experiments.students import (
    CLASSIFICATION,
    LABELS,
    NETWORK,
    PIXELS,
    REGRESSION,
)
from substrate.exhibits.exhibit import Exhibit
from substrate.exhibits.experiments.trace import experiment_trace
from substrate.exhibits.theory.exhibits import alignment_and_error
from substrate.figures.theme import Theme

Results = ExperimentFile[Any]


def of_students(file: Results, theme: Theme) -> tuple[Exhibit, ...]:
    """Return linear students first, then networks."""
    kinds = product((REGRESSION, CLASSIFICATION), (LABELS, PIXELS))
    choices = [("linear", "Linear students", StudentChoice())]
    choices += [
        (
            f"{task}-{noise}",
            f"Networks, {task}, noise on the {noise}",
            StudentChoice(student=NETWORK, task=task, noise=noise),
        )
        for task, noise in kinds
    ]
    return tuple(_titled(file, key, title, choice, theme) for key, title, choice in choices)


def _titled(file: Results, key: str, title: str, choice: StudentChoice, theme: Theme) -> Exhibit:
    made = alignment_and_error(file, choice, theme)
    facts = str(made.trace.get("facts", ""))
    return replace(
        made,
        key=f"experiments-students-{key}",
        title=title,
        trace={**made.trace, **experiment_trace(file, facts)},
    )
