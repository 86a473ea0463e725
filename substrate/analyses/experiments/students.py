"""Students that differ in the noise of their training set: every point that was simulated."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Final, Literal

import numpy as np
from pydantic import Field, PlainSerializer, PlainValidator

from substrate.analyses.experiments.file import ExperimentFile, Strict
from substrate.numerics.estimates import Estimate
from substrate.numerics.intervals import delete_group_jackknife
from substrate.numerics.metrics import METRICS
from substrate.numerics.scales import Scale

LINEAR: Final = "linear"
NETWORK: Final = "network"
REGRESSION: Final = "regression"
CLASSIFICATION: Final = "classification"
LABELS: Final = "labels"
PIXELS: Final = "pixels"
#: What is left out in turn: every training set is drawn by itself.
UNIT = "training sets"
_MISSING = "-"


def _row(value: Any) -> tuple[float, ...]:
    """Read numbers from a line of them; what is missing is NaN."""
    if isinstance(value, str):
        return tuple(math.nan if part == _MISSING else float(part) for part in value.split())
    return tuple(float(part) for part in value)


def _line(values: Sequence[float]) -> str:
    return " ".join(f"{v:g}" if math.isfinite(v) else _MISSING for v in values)


#: Numbers that a file holds as one line of text: a list would take a line for each.
Row = Annotated[tuple[float, ...], PlainValidator(_row), PlainSerializer(_line)]


class StudentPoint(Strict):
    """Pairs of students of one kind, of one signal-to-noise ratio and number of samples.

    Attributes
    ----------
    student, task, noise
        Linear ones learn a regression from noisy labels; networks have one hidden layer of ReLUs.
    ridge
        Of linear students, as a share of the number of inputs.
    ratio
        Samples per input of linear students; per threshold of networks, where samples times
        outputs are as many as the weights.
    alignment, error
        Value and 95 % interval over training sets: the cosine of the two students' outputs, and
        the error on new inputs without noise.
    fit
        The mean error on the training set itself.
    cosines, errors
        Of networks, every training set's.
    scores
        Of every metric of the outputs, in the order of the configuration: the mean over training
        sets and half of its 95 % interval.
    """

    student: Literal["linear", "network"]
    task: Literal["regression", "classification"]
    noise: Literal["labels", "pixels"]
    snr: float = Field(gt=0)
    ridge: float = Field(ge=0)
    ratio: float = Field(gt=0)
    samples: int = Field(ge=1)
    draws: int = Field(ge=1)
    alignment: Row
    error: Row
    fit: float = 0.0
    cosines: Row = ()
    errors: Row = ()
    scores: Row = ()
    seconds: float = Field(ge=0)

    def agreement(self, metric: str = "", metrics: Sequence[str] = ()) -> Estimate:
        """Return the alignment of the outputs, or what one of the file's metrics says of them."""
        if not metric:
            return _estimate(self.alignment, self.draws)
        place = 2 * metrics.index(metric) if metric in metrics else len(self.scores)
        mean_and_half = self.scores[place : place + 2]
        if not mean_and_half:
            return Estimate(None, reason="These outputs were not compared by this metric.")
        least, most = METRICS[metric].bounds
        mean, half = mean_and_half
        ends = max(mean - half, least), min(mean + half, most)
        return _estimate((mean, *ends), self.draws)

    def mistakes(self) -> Estimate:
        """Return the error on new inputs."""
        return _estimate(self.error, self.draws)


def _estimate(row: Sequence[float], draws: int) -> Estimate:
    value, low, high = row if len(row) == 3 else (math.nan,) * 3
    if not math.isfinite(value):
        return Estimate(None, reason="This metric has no value for these outputs.")
    if not (math.isfinite(low) and math.isfinite(high)):
        return Estimate(value, reason=f"No interval: {draws} {UNIT}.", unit=UNIT, n_units=draws)
    return Estimate(value, low=low, high=high, unit=UNIT, n_units=draws)


StudentsFile = ExperimentFile[StudentPoint]


def of_kind(
    points: Iterable[StudentPoint],
    student: str,
    *,
    task: str = REGRESSION,
    noise: str = LABELS,
    ridge: float = 0.0,
) -> tuple[StudentPoint, ...]:
    """Return the points of one kind of students, by their number of samples."""
    chosen = [
        one
        for one in points
        if (one.student, one.task, one.noise) == (student, task, noise)
        and math.isclose(one.ridge, ridge)
    ]
    return tuple(sorted(chosen, key=lambda one: (one.snr, one.ratio)))


def snrs_of(points: Iterable[StudentPoint]) -> tuple[float, ...]:
    """Return the signal-to-noise ratios of some points, rising."""
    return tuple(sorted({one.snr for one in points}))


def three(draws: Any, scale: Scale, digits: int) -> tuple[float, float, float]:
    """Return the mean over training sets with its interval, rounded for the file."""
    values = np.asarray(draws, dtype=np.float64)
    if not np.isfinite(values).all():
        return math.nan, math.nan, math.nan
    estimate = delete_group_jackknife(
        lambda kept: float(values[kept].mean()),
        np.arange(len(values)),
        unit=UNIT,
        scale=scale,
        max_units=None,
    )
    return rounded(estimate, digits)


def rounded(estimate: Estimate, digits: int) -> tuple[float, float, float]:
    """Return value, low and high with so many digits."""
    numbers = [estimate.value, estimate.low, estimate.high]
    shortened = [math.nan if v is None else float(f"{v:.{digits}g}") for v in numbers]
    return shortened[0], shortened[1], shortened[2]
