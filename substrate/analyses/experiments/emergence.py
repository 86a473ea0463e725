"""When does the shared structure emerge? Every stored training, as the Training page has it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import Field

from substrate.analyses.experiments.file import (
    ExperimentFile,
    Strict,
)
from substrate.analyses.shared.grid_calibration import Statement, changes
from substrate.analyses.training.alignment import TrainingResult
from substrate.wording import (
    percent,
)

Series = tuple[float | None, ...]


class Told(Strict):
    """One number with its interval and null; see `substrate.analyses.shared.grid_calibration`."""

    value: float | None
    low: float | None
    high: float | None
    null_mean: float | None
    null_high: float | None
    p: float | None
    reason: str

    def statement(self) -> Statement:
        """Return it as the analyses know it."""
        return Statement(**self.model_dump())


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
    share: Told
    gain: Told


EmergenceFile = ExperimentFile[EmergenceRepeat]


def repeat(found: TrainingResult, title: str, paradigm: str, domain_title: str) -> EmergenceRepeat:
    """Return what is written down of one training's result."""
    scores = found.scores
    column = {name: _series(getattr(scores, name)[:, 0]) for name in
              ("values", "low", "high", "null_mean", "tau", "p", "calibrated")}  # fmt: skip
    return EmergenceRepeat(
        encoder=found.encoder, title=title, paradigm=paradigm, domain=found.domain,
        domain_title=domain_title, layer=found.layer, target=found.target, members=found.members,
        metric=scores.label, photographs=scores.photographs, tiles=scores.n, within=scores.within,
        facts=found.facts, accuracy_kind=found.accuracy_kind,
        steps=tuple(int(s) for s in found.steps), accuracy=_series(found.accuracy), **column,
        effective_rank=_series(found.ranks.effective),
        participation_ratio=_series(found.ranks.participation),
        untrained=_series(found.untrained), half_position=found.half.position,
        half_step=found.half.step, half_accuracy=found.half.accuracy,
        half_reason=found.half.reason, share=_told(scores.summaries[0]),
        gain=_told(scores.summaries[1]),
    )  # fmt: skip


def _series(values: Iterable[Any]) -> Series:
    """Return numbers with six digits, None where there is none."""
    return tuple(float(f"{v:.6g}") if np.isfinite(v) else None for v in values)


def _told(statement: Statement) -> Told:
    return Told(**{name: getattr(statement, name) for name in Told.model_fields})


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


def told(row: EmergenceRepeat) -> bool:
    """Say whether a share of the way can be given: the whole change exceeds its interval."""
    return row.share.value is not None and changes(row.gain.statement())


def emergence_sentence(found: EmergenceSummary) -> str:
    """Say how far each training's alignment had come when accuracy was half way."""
    shown = [r for r in found.here if told(r)]
    silent = [r for r in found.here if not told(r)]
    opening = f"On {found.domain_title}"
    if found.here[0].within:
        count = found.here[0].photographs
        opening = (
            f"Within the {count} photograph{'' if count == 1 else 's'} of {found.domain_title}"
        )
    parts = []
    if shown:
        listed = "; ".join(f"{percent(r.share.value or 0.0)} in {r.title}" for r in shown)
        parts.append(
            f"{opening}, when accuracy had made half of its gain, alignment to the other encoders "
            f"had made this much of its own way: {listed}."
        )
    if silent:
        names = "; ".join(r.title for r in silent)
        parts.append(
            f"{names if shown else f'{opening}, {names}'} cannot be said to have come closer to "
            "the other encoders at all."
        )
    return " ".join(parts)


def emergence_context(found: EmergenceSummary) -> str:
    """Count where alignment ran ahead of accuracy, over all trainings and domains."""
    counted = [r for r in found.every if told(r) and r.share.low is not None]
    ahead = [r for r in counted if (r.share.low or 0.0) > 0.5]
    behind = [r for r in counted if r.share.high is not None and r.share.high < 0.5]
    return (
        f"Of {len(found.every)} trainings and domains, {len(counted)} give a share with an "
        f"interval: alignment ran ahead of accuracy in {len(ahead)} (the whole interval above "
        f"50 %), lagged behind in {len(behind)}, and in {len(counted) - len(ahead) - len(behind)} "
        "it cannot be told. Trainings and domains share encoders and photographs: these are no "
        "independent cases, and no p-value is given for the count."
    )
