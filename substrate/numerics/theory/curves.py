"""Alignment of students against the number of samples, one curve per signal-to-noise ratio."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count

import numpy as np
from jaxtyping import Float, Int

from substrate.numerics.theory.linear_students import (
    Students,
    StudentSetting,
    expected_alignment,
    expected_error,
    simulate,
)

#: Samples per dimension at which students are drawn; the threshold itself is among them.
RATIOS = (0.1, 0.2, 0.35, 0.5, 0.7, 0.85, 1.0, 1.15, 1.4, 2.0, 3.0, 5.0, 10.0)
SNRS = (0.5, 2.0, 10.0)


@dataclass(frozen=True, eq=False)
class Curve:
    """Students of one signal-to-noise ratio at every number of samples.

    Attributes
    ----------
    samples
        How many of them, rising.
    students
        What was measured at each.
    alignment, error
        The closed forms, NaN with a ridge, for which there is none here.
    """

    snr: float
    samples: Int[np.ndarray, " s"]
    students: tuple[Students, ...]
    alignment: Float[np.ndarray, " s"]
    error: Float[np.ndarray, " s"]


def curves(
    at: StudentSetting,
    *,
    snrs: tuple[float, ...] = SNRS,
    ratios: tuple[float, ...] = RATIOS,
    draws: int = 40,
    seed: int = 0,
    metric: Callable[[Float[np.ndarray, "t m"], Float[np.ndarray, "t m"]], float] | None = None,
) -> Iterator[Curve]:
    """Yield a curve for each ratio of signal to noise; of ``at`` all but its ratio and samples."""
    samples = np.unique([max(1, round(ratio * at.dimension)) for ratio in ratios])
    seeds = count(seed * len(snrs) * len(samples))  # no two points share training sets
    for snr in snrs:
        settings = [replace(at, samples=int(n), snr=snr) for n in samples]
        closed = [
            (np.nan, np.nan) if at.ridge else (expected_alignment(one), expected_error(one))
            for one in settings
        ]
        yield Curve(
            snr,
            samples,
            tuple(simulate(one, draws=draws, seed=next(seeds), metric=metric) for one in settings),
            *np.array(closed).T,
        )
