"""Students along the number of samples: what was simulated, the formula, and where they part."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from jaxtyping import Float

from substrate.analyses.experiments.file import ExperimentFile
from substrate.analyses.experiments.students import (
    LABELS,
    LINEAR,
    NETWORK,
    REGRESSION,
    StudentPoint,
    of_kind,
    snrs_of,
)
from substrate.numerics.estimates import Estimate
from substrate.numerics.metrics import METRICS
from substrate.numerics.theory.linear_students import (
    StudentSetting,
    expected_alignment,
    expected_error,
    has_means,
    simulate,
)
from substrate.numerics.theory.parting import Parting, parting
from substrate.numerics.theory.ridge_students import ridge_limit

#: The cosine of the students' outputs, beside the keys of metrics.
COSINE = "cosine"
#: Inputs and outputs of the linear students, and those of the ridges that were simulated.
DIMENSION, OUTPUTS = 60, 8
#: Training sets that the mean at the threshold is taken over.
_AT_THRESHOLD = 200
RIDGES = ("0", "0.1", "1")
#: What the sliders offer; where no formula is, what was simulated.
SIMULATED = ("0.5", "2", "10")
SNRS = ("0.1", "0.2", "0.5", "1", "2", "5", "10", "20", "50", "100")
RATIOS = ("0.1", "0.25", "0.5", "0.75", "0.9", "1", "1.1", "1.25", "1.5", "2", "3", "5", "10")
#: Numbers of samples at which lines are drawn, and pairs of them compared.
_LINE = np.unique(np.round(np.geomspace(3, 10 * DIMENSION, 140)).astype(int))
COMPARED = (6, 12, 21, 30, 42, 51, 69, 84, 120, 180, 300, 600)


@dataclass(frozen=True)
class StudentChoice:
    """What the page shows: which students, and the point that the sliders are at."""

    student: str = LINEAR
    task: str = REGRESSION
    noise: str = LABELS
    ridge: str = RIDGES[0]
    metric: str = COSINE
    snr: str = "10"
    ratio: str = "0.25"

    @property
    def by_formula(self) -> bool:
        """Say whether a formula gives the curves: of linear students' cosine alone."""
        return self.student == LINEAR and self.metric == COSINE

    @property
    def metric_title(self) -> str:
        """Name the metric."""
        return "Cosine of the outputs" if self.metric == COSINE else METRICS[self.metric].label

    @property
    def closer(self) -> str:
        """Say whether more alike is a higher or a lower value."""
        return "higher" if self.metric == COSINE else METRICS[self.metric].closer

    @property
    def bounds(self) -> tuple[float, float]:
        """Return the least and the greatest value that the metric can have."""
        return (-1.0, 1.0) if self.metric == COSINE else METRICS[self.metric].bounds


@dataclass(frozen=True, eq=False)
class StudentCurve:
    """Students of one signal-to-noise ratio.

    Attributes
    ----------
    ratios, alignment, error, samples
        What was simulated, by the number of samples over the threshold; empty where nothing was.
    line_ratios, line_alignment, line_error
        The formula; empty where there is none. NaN at the threshold itself, whose error is
        infinite.
    chosen
        Whether it is the slider's.
    """

    snr: float
    ratios: Float[np.ndarray, " p"]
    samples: tuple[int, ...]
    alignment: tuple[Estimate, ...]
    error: tuple[Estimate, ...]
    line_ratios: Float[np.ndarray, " l"]
    line_alignment: Float[np.ndarray, " l"]
    line_error: Float[np.ndarray, " l"]
    chosen: bool


@dataclass(frozen=True, eq=False)
class StudentCurves:
    """All of them, and what they rest on.

    ``parting`` compares the numbers of samples of the chosen ratio, or of the simulated one nearest
    to it, ``parted_snr``; ``compared`` are these numbers over the threshold. ``guessing`` is the
    error of guesses, where errors are shares of wrong classes.
    """

    choice: StudentChoice
    curves: tuple[StudentCurve, ...]
    parting: Parting
    parted_snr: float
    compared: Float[np.ndarray, " c"]
    alignments: Float[np.ndarray, " c"]
    errors: Float[np.ndarray, " c"]
    threshold: str
    facts: str
    guessing: float | None


def formula(
    snr: float, samples: int, ridge: float = 0.0, dimension: int = DIMENSION
) -> tuple[float, float]:
    """Return alignment and error of linear students: exact, or with a ridge for many dimensions."""
    at = StudentSetting(samples=samples, dimension=dimension, snr=snr, ridge=ridge * dimension)
    if ridge:
        limit = ridge_limit(at)
        return limit.alignment, limit.error
    error = expected_error(at)
    return expected_alignment(at), error if math.isfinite(error) else math.nan


@lru_cache(maxsize=len(SNRS))
def cosine_at_threshold(snr: float, samples: int) -> Estimate:
    """Return the mean cosine of two students where their norms have no mean, simulated.

    The closed form is a ratio of means, and without them its limit for many inputs.
    """
    at = StudentSetting(samples=samples, dimension=DIMENSION, snr=snr, outputs=OUTPUTS)
    return simulate(at, draws=_AT_THRESHOLD).cosine


def curves_of(file: ExperimentFile[Any] | None, choice: StudentChoice) -> StudentCurves:
    """Return every simulated curve of some students, and the one that the slider is at."""
    points = _points(file, choice)
    simulated = snrs_of(points)
    snrs = set(simulated) | ({float(choice.snr)} if choice.by_formula else set())
    metrics = () if file is None else tuple(file.configuration["metrics"])
    curves = tuple(_curve(points, choice, snr, metrics) for snr in sorted(snrs))
    return _parted(
        StudentCurves(
            choice,
            curves,
            Parting(math.nan, 0, 0),
            float(choice.snr),
            np.empty(0),
            np.empty(0),
            np.empty(0),
            _threshold(file, choice),
            _facts(points, choice),
            _guessing(file, choice),
        )
    )


def _points(file: ExperimentFile[Any] | None, choice: StudentChoice) -> tuple[StudentPoint, ...]:
    if file is None:
        return ()
    linear = choice.student == LINEAR
    return of_kind(
        file.repeats,
        choice.student,
        task=REGRESSION if linear else choice.task,
        noise=LABELS if linear else choice.noise,
        ridge=float(choice.ridge) if linear else 0.0,
    )


def _curve(
    points: tuple[StudentPoint, ...], choice: StudentChoice, snr: float, metrics: tuple[str, ...]
) -> StudentCurve:
    mine = [one for one in points if math.isclose(one.snr, snr)]
    metric = "" if choice.metric == COSINE else choice.metric
    line = _LINE if choice.by_formula else _LINE[:0]
    drawn = [formula(snr, int(n), float(choice.ridge)) for n in line]
    both = np.array(drawn).reshape(-1, 2)
    return StudentCurve(
        snr=snr,
        ratios=np.array([one.ratio for one in mine]),
        samples=tuple(one.samples for one in mine),
        alignment=tuple(one.agreement(metric, metrics) for one in mine),
        error=tuple(_mistakes(one, choice) for one in mine),
        line_ratios=line / DIMENSION,
        line_alignment=both[:, 0],
        line_error=both[:, 1],
        chosen=math.isclose(snr, float(choice.snr)),
    )


def _mistakes(point: StudentPoint, choice: StudentChoice) -> Estimate:
    """Return the error, or why it has no mean: at the threshold of least squares."""
    exact = choice.student == LINEAR and float(choice.ridge) == 0
    if not exact or math.isfinite(formula(point.snr, point.samples)[1]):
        return point.mistakes()
    return Estimate(None, reason="The error has no mean within one sample of the inputs' number.")


def _parted(students: StudentCurves) -> StudentCurves:
    """Compare numbers of samples: by the formula where there is one, else as simulated."""
    choice = students.choice
    if choice.by_formula:
        snr = float(choice.snr)
        both = np.array([formula(snr, n, float(choice.ridge)) for n in COMPARED])
        x, a, e = np.array(COMPARED) / DIMENSION, both[:, 0], both[:, 1]
    elif students.curves:
        near = min(students.curves, key=lambda one: abs(math.log(one.snr / float(choice.snr))))
        snr, x = near.snr, near.ratios
        a, e = _values(near.alignment), _values(near.error)
    else:
        return students
    sign = 1.0 if choice.closer == "higher" else -1.0
    return replace(
        students,
        parting=parting(sign * a, e),
        parted_snr=snr,
        compared=x,
        alignments=a,
        errors=e,
    )


def _values(estimates: tuple[Estimate, ...]) -> Float[np.ndarray, " p"]:
    return np.array([math.nan if one.value is None else one.value for one in estimates])


def _threshold(file: ExperimentFile[Any] | None, choice: StudentChoice) -> str:
    if choice.student == NETWORK and file is not None:
        network = file.configuration["network"]
        return (
            f"{network['weights']} weights over {network['outputs']} outputs, "
            f"{network['weights'] / network['outputs']:g} samples"
        )
    return f"as many samples as inputs, {DIMENSION}"


def _guessing(file: ExperimentFile[Any] | None, choice: StudentChoice) -> float | None:
    """Return the share of wrong classes by guessing, of networks that learn classes."""
    if file is None or choice.student != NETWORK or choice.task == REGRESSION:
        return None
    return 1 - 1 / int(file.configuration["network"]["outputs"])


def _facts(points: tuple[StudentPoint, ...], choice: StudentChoice) -> str:
    if not points:
        return f"closed form, {DIMENSION} inputs · not simulated"
    sets = f"{points[0].draws} training sets at each point · seed 0"
    if choice.student == LINEAR:
        ridge = "" if choice.ridge == "0" else f", ridge of {choice.ridge} per input"
        return f"{sets} · {DIMENSION} inputs, 8 outputs{ridge}"
    return f"{sets} · {choice.task}, noise on the {choice.noise} · 2,000 steps of Adam"


@dataclass(frozen=True, eq=False)
class StudentMap:
    """Alignment and error by signal-to-noise ratio (rows) and number of samples (columns).

    ``exact`` says that a formula gives them; else they are the simulated points. Numbers of samples
    at which the students' norms have no mean are left out.
    """

    choice: StudentChoice
    snrs: Float[np.ndarray, " r"]
    ratios: Float[np.ndarray, " c"]
    alignment: Float[np.ndarray, "r c"]
    error: Float[np.ndarray, "r c"]
    exact: bool
    facts: str


def map_of(file: ExperimentFile[Any] | None, choice: StudentChoice) -> StudentMap:
    """Return the map of some students."""
    if choice.by_formula:
        return _formula_map(choice)
    students = curves_of(file, choice)
    ratios = students.curves[0].ratios if students.curves else np.empty(0)
    return StudentMap(
        choice,
        np.array([one.snr for one in students.curves]),
        ratios,
        np.array([_values(one.alignment) for one in students.curves]).reshape(-1, len(ratios)),
        np.array([_values(one.error) for one in students.curves]).reshape(-1, len(ratios)),
        False,
        students.facts,
    )


@lru_cache(maxsize=4)
def _formula_map(choice: StudentChoice) -> StudentMap:
    snrs = np.geomspace(0.1, 100, 61)
    drawn = np.round(np.geomspace(6, 600, 90)).astype(int)
    samples = np.unique([*drawn, DIMENSION - 2, DIMENSION + 2])
    if choice.ridge == "0":
        samples = samples[has_means(samples, DIMENSION)]
    both = np.array([[formula(snr, int(n), float(choice.ridge)) for n in samples] for snr in snrs])
    kind = "exact" if choice.ridge == "0" else "limit of many inputs"
    facts = f"closed form ({kind}), {DIMENSION} inputs"
    return StudentMap(choice, snrs, samples / DIMENSION, both[:, :, 0], both[:, :, 1], True, facts)
