"""Which metrics score a grid, and what each can afford: permutations, blocks, samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from substrate.analyses.shared.grid import STACKED
from substrate.analyses.spec import AnalysisError
from substrate.numerics.metrics import METRICS

DEFAULT_METRIC = "debiased_cka"


def scalar_metrics() -> tuple[str, ...]:
    """Return the keys of all metrics that give one number per pair."""
    return tuple(key for key, metric in METRICS.items() if metric.output == "scalar")


def known_metric(key: str) -> str:
    """Refuse the key of anything but a metric that gives one number."""
    if key not in scalar_metrics():
        raise AnalysisError(
            f"There is no metric {key!r} that gives one number; there are "
            f"{', '.join(scalar_metrics())}."
        )
    return key


@dataclass(frozen=True)
class Effort:
    """How many permutations, blocks of photographs and samples a metric's price allows."""

    permutations: int
    blocks: int
    samples: int


def effort(metric: str, permutations: int) -> Effort:
    """Return the effort for a metric: full where its whole grid has a closed form, else less.

    Every permutation is affordable, too, where several spaces are shuffled at once.
    """
    if metric in STACKED:
        return Effort(permutations, 40, 1024)
    if METRICS[metric].permuted_all is not None:
        return Effort(permutations, 20, 512)
    return Effort(min(permutations, 39), 20, 512)


def drawn_rows(n: int, most: int | None, seed: int = 0) -> Int[np.ndarray, " k"]:
    """Return all of ``n`` rows, or ``most`` of them: the first of a permutation, kept in order."""
    if most is None or n <= most:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).permutation(n)[:most])


def chosen_rows(groups: np.ndarray, limit: int, seed: int) -> Int[np.ndarray, " k"]:
    """Return at most ``limit`` rows, drawn at random with a seed and kept in order."""
    n = len(groups)
    if n <= limit:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, limit, replace=False))
