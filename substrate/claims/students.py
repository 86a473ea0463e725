"""The claims about students of noise: stored pairs of networks, training set by training set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.experiments.catalogue import read_results
from substrate.analyses.experiments.distill import MIN_SEEDS
from substrate.analyses.experiments.students import (
    CLASSIFICATION,
    LABELS,
    NETWORK,
    PIXELS,
    REGRESSION,
    StudentPoint,
    of_kind,
)
from substrate.analyses.shared.replicates import Replicates
from substrate.claims.experiments import not_run

QUANTITIES = (
    "threshold",
    "quarter",
    "fourfold",
    "much signal",
    "little signal",
    "few",
    "past",
    "few error",
    "past error",
)
LITTLE, MIDDLE, MUCH = 0.5, 2.0, 10.0
#: Samples times outputs over the weights: a quarter of the threshold, at it, past it, four times.
QUARTER, THRESHOLD, PAST, FOURFOLD = 0.25, 1.0, 1.25, 4.0
#: From the training sets that are kept to a mean over them.
OfKept = Callable[[Int[np.ndarray, " k"]], float]
KINDS = tuple(product((REGRESSION, CLASSIFICATION), (LABELS, PIXELS)))


def students(results: Path | None = None) -> Replicates | str:
    """Return agreement and error of pairs of networks, every task and kind of noise apart."""
    file = read_results("students", results)
    if file is None:
        return not_run("students")
    points_of = [of_kind(file.repeats, NETWORK, task=task, noise=noise) for task, noise in KINDS]
    names = tuple(f"{task}, noise in {noise}" for task, noise in KINDS)
    draws = min((len(one.cosines) for points in points_of for one in points), default=0)
    every = np.arange(draws)

    chosen = [_means(points, draws) for points in points_of]

    def table(kept: Int[np.ndarray, " k"]) -> Float[np.ndarray, "s q"]:
        return np.array([[mean(kept) for mean in means] for means in chosen])

    reason = "" if draws >= MIN_SEEDS else f"{draws} training sets, and {MIN_SEEDS} are needed."
    return Replicates(
        settings=names,
        places=names,
        place="tasks and kinds of noise",
        deciding=tuple(range(len(names))),
        quantities=QUANTITIES,
        whole=table(every),
        left_out=() if reason else (np.array([table(every[every != i]) for i in every]),),
        unit="seeds",
        units=draws,
        counted=f"{draws} training sets of each size, two networks on each",
        reason=reason,
        missing={},
    )


def _means(points: Sequence[StudentPoint], draws: int) -> list[OfKept]:
    """Return one function per quantity: from the training sets kept to its mean over them."""

    def mean(snr: float, ratio: float | None = None, *, error: bool = False) -> OfKept:
        values = np.array(
            [
                (one.errors if error else one.cosines)[:draws]
                for one in points
                if np.isclose(one.snr, snr) and (ratio is None or np.isclose(one.ratio, ratio))
            ]
        )
        return lambda kept: float(values[:, kept].mean()) if len(values) and len(kept) else np.nan

    return [
        mean(MIDDLE, THRESHOLD),
        mean(MIDDLE, QUARTER),
        mean(MIDDLE, FOURFOLD),
        mean(MUCH),
        mean(LITTLE),
        mean(MUCH, QUARTER),
        mean(MUCH, PAST),
        mean(MUCH, QUARTER, error=True),
        mean(MUCH, PAST, error=True),
    ]
