"""What layers are asked for: families of image statistics and labels, and on which samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, Shaped

from substrate.analyses.shared.effort import chosen_rows, effort
from substrate.analyses.shared.image_statistics import (
    IMAGE_STATISTICS,
    ImageStatistics,
    ImageStatisticsParams,
)
from substrate.analyses.shared.labels import STRIPS, labelled
from substrate.analyses.spec import AnalysisError, obtain
from substrate.domains.splits import blocks, is_within
from substrate.numerics.imagestats import LEAST_POWER, spectrum_slope
from substrate.numerics.transfer.support.folds import group_folds
from substrate.runs import Run

#: Families of image statistics that ridge predicts, in the order of the switch.
FAMILIES = (
    LUMINANCE,
    CONTRAST,
    COLOUR,
    EDGES,
    GABOR,
    SLOPE,
) = "luminance", "contrast", "colour", "edges", "Gabor energies", "spectrum slope"
FOLDS = 5
METRIC = "information_imbalance"
#: Samples at most: neighbours of all of them are ranked once per block of photographs.
MOST = effort(METRIC, 0).samples


@dataclass(frozen=True, eq=False)
class Task:
    """Targets with the samples they are known of; no group lies in two folds.

    ``photographs`` are those of the samples; ``groups`` parts of them where they are too few.
    """

    rows: Int[np.ndarray, " n"]
    groups: Shaped[np.ndarray, " n"]
    photographs: Shaped[np.ndarray, " n"]
    fold: Int[np.ndarray, " n"]
    values: Float[np.ndarray, "n q"]


@dataclass(frozen=True, eq=False)
class StatisticTargets:
    """Image statistics as targets: the family of each column, and those that vary at all."""

    task: Task
    families: tuple[str, ...]

    def columns(self, family: str) -> list[int]:
        """Return the columns of a family."""
        return [i for i, name in enumerate(self.families) if name == family]

    @property
    def varying(self) -> tuple[str, ...]:
        """Return the families of which a column varies on these images."""
        return tuple(name for name in FAMILIES if name in self.families)


@dataclass(frozen=True, eq=False)
class LabelTargets:
    """Labels as targets, one column per class."""

    task: Task
    codes: Int[np.ndarray, " n"]
    count: int
    left_out: str


def drawn(run: Run, domain: str, seed: int) -> Int[np.ndarray, " n"]:
    """Return the samples that take part: all, or as many as can be ranked in good time."""
    return chosen_rows(run.groups(domain), MOST, seed)


def statistics(run: Run, domain: str, seed: int) -> StatisticTargets:
    """Return the families of a domain's image statistics that vary in every training part.

    Raises
    ------
    AnalysisError
        If the domain has no images, fewer than two photographs to hold out, or images that are
        all alike.
    """
    if not run.pictured(domain):
        raise AnalysisError(
            f"{run.domains[domain].title} has no images, its features were read from files: "
            "image statistics cannot be measured."
        )
    samples, rows = run.samples(domain), drawn(run, domain, seed)
    photographs = samples["group"].to_numpy(dtype=str)
    groups = photographs
    if is_within(samples):
        strip = blocks(samples, count=STRIPS)
        rows = rows[strip[rows] >= 0]
        groups = np.char.add(np.char.add(photographs, "/"), strip.astype(str))
    count = min(FOLDS, len(np.unique(groups[rows])))
    if count < 2:
        raise AnalysisError(
            f"{run.domains[domain].title}: there is one {run.domains[domain].nouns.group}, and "
            "none to test predictions on. Add another."
        )
    fold = group_folds(np.zeros(len(rows)), groups[rows], count, seed=seed)
    values, families = _columns(obtain(IMAGE_STATISTICS, run, ImageStatisticsParams(domain)))
    values = values[rows]
    varies = np.all([np.ptp(values[fold != f], axis=0) > 0 for f in range(count)], axis=0)
    if not varies.any():
        raise AnalysisError(
            f"{run.domains[domain].title}: no image statistic differs between the images."
        )
    kept = tuple(name for name, on in zip(families, varies, strict=True) if on)
    task = Task(rows, groups[rows], photographs[rows], fold, values[:, varies])
    return StatisticTargets(task, kept)


def _columns(measured: ImageStatistics) -> tuple[Float[np.ndarray, "n q"], tuple[str, ...]]:
    """Lay the families side by side: energies as logs, the rings of the spectrum as one slope."""
    light = measured.family("light")
    parts = {
        LUMINANCE: light[:, :1],
        CONTRAST: light[:, 1:],
        COLOUR: measured.family("colour"),
        EDGES: measured.family("edges"),
        GABOR: np.log(np.maximum(measured.family("Gabor"), LEAST_POWER)),
        SLOPE: spectrum_slope(measured.family("spectrum"))[:, None],
    }
    families = tuple(name for name, part in parts.items() for _ in range(part.shape[1]))
    return np.hstack(list(parts.values())), families


def classes(run: Run, domain: str, seed: int) -> LabelTargets:
    """Return a domain's labels, one column per class.

    Raises
    ------
    AnalysisError
        If it has none to learn.
    """
    samples = labelled(run, domain, most=MOST)
    names, codes = np.unique(samples.labels, return_inverse=True)
    count = min(FOLDS, len(np.unique(samples.groups)))
    fold = group_folds(codes, samples.groups, count, seed=seed)
    photographs = run.groups(domain)[samples.rows]
    one_hot = np.eye(len(names))[codes]
    task = Task(samples.rows, samples.groups, photographs, fold, one_hot)
    return LabelTargets(task, codes, len(names), samples.left_out)
