"""A small file of students: what the page reads, without simulating."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from substrate.analyses.experiments.file import ExperimentFile
from substrate.analyses.experiments.students import StudentPoint, StudentsFile
from substrate.numerics.theory.linear_students import (
    StudentSetting,
    expected_alignment,
    expected_error,
)

SAMPLES = (6, 30, 60, 84, 300)
RATIOS = (0.25, 0.5, 1.0, 1.25, 4.0)
#: The cosines of networks by their number of samples: lowest at the threshold, and above their
#: own error at few samples.
COSINES = {0.25: 0.7, 0.5: 0.5, 1.0: 0.3, 1.25: 0.4, 4.0: 0.9}
ERRORS = {0.25: 0.9, 0.5: 0.8, 1.0: 0.7, 1.25: 0.5, 4.0: 0.2}
METRICS = ("linear_cka", "information_imbalance")


def students_points(*, draws: int = 12, dip: float = 0.0) -> list[StudentPoint]:
    """Return linear students at their closed form, and networks of planted curves."""
    points = []
    for ridge, snr, n in product((0.0, 1.0), (0.5, 2.0, 10.0), SAMPLES):
        at = StudentSetting(samples=n, dimension=60, snr=snr)
        alike, wrong = expected_alignment(at), min(expected_error(at), 500.0)
        points.append(_point("linear", "regression", "labels", snr, ridge, n / 60, n, alike, wrong))
    kinds = product(("regression", "classification"), ("labels", "pixels"))
    for (task, noise), snr, ratio in product(kinds, (0.5, 2.0, 10.0), RATIOS):
        alike = COSINES[ratio] * snr / (snr + 0.5) + dip * (ratio == 1.0)
        own = np.linspace(-0.01, 0.01, draws) * (1 + ratio)
        points.append(
            _point(
                "network",
                task,
                noise,
                snr,
                0.0,
                ratio,
                round(53 * ratio),
                alike,
                ERRORS[ratio],
                cosines=tuple(float(v) for v in alike + own),
                errors=tuple(float(v) for v in ERRORS[ratio] + own),
            )
        )
    return points


def _point(
    student: str,
    task: str,
    noise: str,
    snr: float,
    ridge: float,
    ratio: float,
    samples: int,
    alike: float,
    wrong: float,
    **more: Any,
) -> StudentPoint:
    return StudentPoint(
        student=student,  # type: ignore[arg-type]
        task=task,  # type: ignore[arg-type]
        noise=noise,  # type: ignore[arg-type]
        snr=snr,
        ridge=ridge,
        ratio=ratio,
        samples=samples,
        draws=12,
        alignment=(alike, alike - 0.05, alike + 0.05),
        error=(wrong, wrong * 0.9, wrong * 1.1),
        scores=(0.6, 0.1, float("nan"), float("nan")),
        seconds=0.1,
        **more,
    )


def settings() -> dict[str, Any]:
    """Return the configuration of such a file."""
    network = {"inputs": 8, "hidden": 16, "outputs": 4, "weights": 212, "steps": 2000}
    return {"metrics": list(METRICS), "network": network, "dimension": 60}


def students_repeats_file(make: Any, **options: Any) -> ExperimentFile[StudentPoint]:
    """Return the whole file, by the function that fills in what every file says."""
    repeats = students_points(**options)
    return make(StudentsFile, "students", settings(), repeats, "complete", (0,))  # type: ignore[no-any-return]
