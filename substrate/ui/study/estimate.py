"""How long a study is going to take: before it is run, from what earlier runs here took."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from statistics import median

from substrate import catalogue, jobs
from substrate.store import Store
from substrate.study import StudyConfig, TimmEncoder

#: Expected units of one pass over a domain: its start, each image of 32 pixels, and all analyses.
PASS, IMAGE, ANALYSES = 0.3, 0.0006, 8.0
#: Seconds of a unit where nothing has been run yet; runs that reuse most of their work say nothing.
USUAL, LEAST = 0.65, 0.15
#: Earlier runs that are looked at, and times an image of a network of timm's takes, about.
RECENT, LARGE = 5, 60


def units(study: StudyConfig) -> float:
    """Return the units of work of a study, as a run declares them; more for networks of timm's."""
    costs = [
        PASS + (LARGE if isinstance(encoder, TimmEncoder) else 1) * IMAGE * study.samples
        for encoder in study.encoders
    ]
    return (1 + study.untrained) * len(study.domains) * sum(costs) + ANALYSES


def seconds(study: StudyConfig, past: Sequence[jobs.Status]) -> float:
    """Return how many seconds a study is going to take, about.

    ``past`` are the jobs of this store: the middle one of the last runs says how long a unit takes.
    One that found its work done, or had a large network, says little of the next.
    """
    rates = [
        (status.finished - status.started) / status.total
        for status in past
        if status.state == "done" and status.kind == "study" and status.finished and status.total
    ]
    telling = [rate for rate in rates[:RECENT] if rate >= LEAST]
    return units(study) * (median(telling) if telling else USUAL)


def written(study: StudyConfig, store: Store) -> str:
    """Return the estimate in words: ``50 s``, ``4 min``."""
    return roughly(seconds(study, jobs.list_jobs(store)))


def of_default(store: Store) -> str:
    """Return the estimate of the study that a newcomer starts with."""
    return written(_default(), store)


@cache
def _default() -> StudyConfig:
    return catalogue.default_study()


def roughly(value: float) -> str:
    """Round seconds to what an estimate can say: ``50 s``, ``4 min``, ``2.5 h``."""
    if value < 90:
        return f"{max(round(value, -1), 10):.0f} s"
    return f"{round(value / 60)} min" if value < 5400 else f"{value / 3600:.1f} h"
