"""What do weights hold? Curves of the experiment `weights`: over depth, ranks, filters, steps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from substrate.analyses.experiments.file import ExperimentFile, FiledEstimate, Strict
from substrate.wording import CHANGED

ALIGNMENT, FILTERS, RANK, RESAMPLING = "alignment", "filters", "rank", "resampling"
TRAINING = "training"
#: In what the two networks of a pair differ.
INITIALISATION, LABELS, RANDOM_LABELS = "another initialisation", "other labels", "random labels"
CLASSES = "other classes"
KIND, WIDTH = "plain and factorised", "another width"
RELATIONS = (INITIALISATION, LABELS, RANDOM_LABELS, CLASSES, KIND, WIDTH)
#: The last layer, counted from 1, up to which random labels are said to agree.
UP_TO = 5


class WeightPoint(Strict):
    """One point of a curve: its value, or the reason why there is none.

    ``beside`` holds what the value is read beside, by name, draw by draw.
    """

    label: str
    x: float
    value: FiledEstimate
    beside: dict[str, tuple[float, ...]] = Field(default_factory=dict)


class WeightsRepeat(Strict):
    """One curve: a pair of networks over depth, or the accuracy of one under some change.

    Attributes
    ----------
    part
        What is asked: how alike two networks' channels are (S over layers), whether filters can
        be preset (accuracy), how many eigenvectors a network needs (accuracy over ranks), whether
        it survives that its neurons are drawn anew (accuracy), when its filters become those of
        other networks (mean |cosine| over training steps).
    name
        Of the curve within its part: the kind of directions that are kept, of redrawing.
    relation
        In what the networks of a pair differ.
    images, tested
        Images that alignments and statistics were fitted on, and those that were measured on.
    """

    part: Literal["alignment", "filters", "rank", "resampling", "training"]
    name: str
    relation: str = ""
    networks: tuple[str, ...]
    titles: tuple[str, ...]
    points: tuple[WeightPoint, ...]
    images: int = Field(ge=0)
    tested: int = Field(ge=0)
    seconds: float = Field(ge=0)

    @property
    def title(self) -> str:
        """Name the network, or both."""
        return " and ".join(self.titles)


WeightsFile = ExperimentFile[WeightsRepeat]


def of_part(repeats: Iterable[WeightsRepeat], part: str) -> tuple[WeightsRepeat, ...]:
    """Return the curves of one part, in their order."""
    return tuple(one for one in repeats if one.part == part)


def measured_points(repeat: WeightsRepeat) -> tuple[WeightPoint, ...]:
    """Return the points that have a value."""
    return tuple(one for one in repeat.points if one.value.value is not None)


@dataclass(frozen=True)
class WeightsSummary:
    """The curves part by part, and what they rest on."""

    pairs: tuple[WeightsRepeat, ...]
    filters: tuple[WeightsRepeat, ...]
    ranks: tuple[WeightsRepeat, ...]
    resampled: tuple[WeightsRepeat, ...]
    trained: tuple[WeightsRepeat, ...]
    facts: str


def summarise(file: ExperimentFile[WeightsRepeat]) -> WeightsSummary:
    """Return the curves of a file, part by part."""
    seeds = ", ".join(str(seed) for seed in file.seeds)
    return WeightsSummary(
        pairs=of_part(file.repeats, ALIGNMENT),
        filters=of_part(file.repeats, FILTERS),
        ranks=of_part(file.repeats, RANK),
        resampled=of_part(file.repeats, RESAMPLING),
        trained=of_part(file.repeats, TRAINING),
        facts=f"CIFAR-10 · seed {seeds}",
    )


def facts_of(curves: Iterable[WeightsRepeat], facts: str) -> str:
    """Return what some curves rest on: the images, then what all of the file does."""
    first = next(iter(curves))
    fitted = f" · fitted on {first.images:,} others" if first.images else ""
    return f"{first.tested:,} test images{fitted} · {facts}"


def beside(point: WeightPoint, name: str) -> float:
    """Return the mean of what a point is read beside; NaN where there is none."""
    values = point.beside.get(name, ())
    return sum(values) / len(values) if values else float("nan")


def changed(point: WeightPoint) -> bool:
    """Say whether S is told and that through half of the images is marked as another one."""
    value = point.value.value
    return value is not None and abs(value - beside(point, "halved")) > CHANGED


def first_beyond(curve: WeightsRepeat) -> WeightPoint | None:
    """Return the step of a training from which on filters stay above the null's 95 % level."""
    first = None
    for point in reversed(measured_points(curve)):
        if not float(point.value.value or 0.0) > beside(point, "level"):
            break
        first = point
    return first


def half_way(values: Sequence[float]) -> int:
    """Return the first place at which a curve has made half of its way from start to end."""
    start, end = values[0], values[-1]
    sign = 1.0 if end >= start else -1.0
    return next(
        i for i, value in enumerate(values) if sign * (value - start) >= sign * (end - start) / 2
    )
