"""Do images and texts agree? The stored agreements, in words and as rows of a figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from substrate.analyses.experiments.file import (
    ExperimentFile,
    Strict,
)

PANEL: Kind = "panel"
UNTRAINED: Kind = "untrained"
PIXELS: Kind = "pixels"
ALL, WITHIN = "all", "within kinds"
SCOPES = {
    ALL: "All photographs",
    WITHIN: "Photographs exchanged only within their kind",
}


Kind = Literal["panel", "untrained", "pixels", "encoder"]


class ModalityRepeat(Strict):
    """One set of image features beside the texts, flat; see `text_agreement.TextAgreement`."""

    scope: str
    kind: Kind
    features: str
    photographs: int = Field(ge=1)
    tiles: int = Field(ge=1)
    value: float
    calibrated: float | None
    null_mean: float
    null_low: float
    null_high: float
    tau: float
    p: float | None
    low: float | None
    high: float | None
    reason: str
    naive_p: float


ModalityFile = ExperimentFile[ModalityRepeat]


@dataclass(frozen=True)
class ModalitySummary:
    """The rows of one scope, the panel first."""

    scope: str
    scope_name: str
    rows: tuple[ModalityRepeat, ...]
    scopes: tuple[str, ...]
    facts: str


def scope_name(scope: str) -> str:
    """Return what a scope is called."""
    return SCOPES.get(scope, f"Photographs of one kind: {scope}")


def summarise(file: ExperimentFile[ModalityRepeat], scope: str = ALL) -> ModalitySummary:
    """Return the rows of one scope; an unknown scope gives the first."""
    scopes = tuple(dict.fromkeys(r.scope for r in file.repeats))
    chosen = scope if scope in scopes else scopes[0]
    rows = tuple(r for r in file.repeats if r.scope == chosen)
    settings, first = file.configuration, rows[0]
    facts = (
        f"{first.tiles} tiles of {first.photographs} photographs · K = {settings['components']}, "
        f"z-scored; {settings['text_components']} text components · "
        f"{settings['permutations']} permutations of photographs · seed {settings['seed']}"
    )
    return ModalitySummary(chosen, scope_name(chosen), rows, scopes, facts)
