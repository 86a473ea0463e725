"""When does the shared structure emerge? Every stored training, as the Training page has it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import Field

from substrate.analyses.experiments.file import (
    ExperimentFile,
    FiledEstimate,
    Strict,
)
from substrate.analyses.shared.grid_calibration import changes
from substrate.analyses.training.alignment import TrainingResult

Series = tuple[float | None, ...]


class EmergenceRepeat(Strict):
    """One training on one domain; a series has a value per step."""

    encoder: str
    title: str
    paradigm: str
    domain: str
    domain_title: str
    layer: str
    target: str
    members: tuple[str, ...]
    metric: str
    photographs: int = Field(ge=1)
    tiles: int = Field(ge=1)
    within: bool
    facts: str
    accuracy_kind: str
    steps: tuple[int, ...] = Field(min_length=3)
    accuracy: Series
    values: Series
    low: Series
    high: Series
    null_mean: Series
    tau: Series
    p: Series
    calibrated: Series
    effective_rank: Series
    participation_ratio: Series
    untrained: Series
    half_position: float | None
    half_step: float | None
    half_accuracy: float | None
    half_reason: str
    share: FiledEstimate
    gain: FiledEstimate


EmergenceFile = ExperimentFile[EmergenceRepeat]


def repeat(result: TrainingResult, title: str, paradigm: str, domain_title: str) -> EmergenceRepeat:
    """Return what is written down of one training's result."""
    scores = result.scores
    column = {
        name: _series(getattr(scores, name)[:, 0])
        for name in ("values", "low", "high", "null_mean", "tau", "p", "calibrated")
    }
    return EmergenceRepeat(
        encoder=result.encoder,
        title=title,
        paradigm=paradigm,
        domain=result.domain,
        domain_title=domain_title,
        layer=result.layer,
        target=result.target,
        members=result.members,
        metric=scores.label,
        photographs=scores.photographs,
        tiles=scores.n,
        within=scores.within,
        facts=result.facts,
        accuracy_kind=result.accuracy_kind,
        steps=tuple(int(s) for s in result.steps),
        accuracy=_series(result.accuracy),
        **column,
        effective_rank=_series(result.ranks.effective),
        participation_ratio=_series(result.ranks.participation),
        untrained=_series(result.untrained),
        half_position=result.half.position,
        half_step=result.half.step,
        half_accuracy=result.half.accuracy,
        half_reason=result.half.reason,
        share=scores.summaries[0],
        gain=scores.summaries[1],
    )


def _series(values: Iterable[Any]) -> Series:
    """Return numbers with six digits, None where there is none."""
    return tuple(float(f"{v:.6g}") if np.isfinite(v) else None for v in values)


@dataclass(frozen=True)
class EmergenceSummary:
    """The trainings on one domain, and all shares of the way over all domains."""

    domain: str
    domain_title: str
    domains: tuple[str, ...]
    here: tuple[EmergenceRepeat, ...]
    every: tuple[EmergenceRepeat, ...]
    facts: str


def summarise(file: ExperimentFile[EmergenceRepeat], domain: str = "") -> EmergenceSummary:
    """Return the trainings on one domain; an unknown domain gives the first."""
    domains = tuple(dict.fromkeys(r.domain for r in file.repeats))
    chosen = domain if domain in domains else domains[0]
    here = tuple(r for r in file.repeats if r.domain == chosen)
    return EmergenceSummary(
        chosen, here[0].domain_title, domains, here, tuple(file.repeats), here[0].facts
    )


def has_share(row: EmergenceRepeat) -> bool:
    """Say whether a share of the way can be given: the whole change exceeds its interval."""
    return row.share.value is not None and changes(row.gain)
