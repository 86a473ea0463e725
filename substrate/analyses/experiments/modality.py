"""Do images and texts agree? The stored agreements, in words and as rows of a figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from substrate.analyses.experiments.file import (
    ExperimentFile,
    Strict,
)
from substrate.wording import (
    number,
)

PANEL, UNTRAINED, PIXELS = "panel", "untrained", "pixels"
ALL, WITHIN = "all", "within kinds"
SCOPES = {
    ALL: "All photographs",
    WITHIN: "Photographs exchanged only within their kind",
}


class ModalityRepeat(Strict):
    """One set of image features beside the texts; see `text_agreement.Agreement`."""

    scope: str
    kind: Literal["panel", "untrained", "pixels", "encoder"]
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
    return SCOPES.get(scope, f"{scope.capitalize()} photographs alone")


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


def modality_sentence(found: ModalitySummary) -> str:
    """Say whether the panel's substrate agrees with the texts more than chance."""
    row = found.rows[0]
    start = f"The panel's substrate and the texts of {row.photographs} photographs agree "
    value = f"by a linear CKA of {number(row.value)}"
    if row.low is not None and row.high is not None:
        value += f" (95 % interval {number(row.low)} to {number(row.high)})"
    chance = f"texts of other photographs give {number(row.null_mean)} on average"
    if row.p is None:
        return f"{start}{value}; {chance}. {row.reason}"
    beyond = "more than chance" if row.value > row.tau else "no more than chance"
    return f"{start}{beyond}: {value}, where {chance} and {number(row.tau)} in 95 % of cases."


def modality_context(found: ModalitySummary) -> str:
    """Set the panel beside its controls, and say what so few photographs can show."""
    rows = {row.kind: row for row in found.rows}
    beside = [
        f"{name} {number(rows[kind].value)} (chance {number(rows[kind].null_mean)})"
        for kind, name in ((UNTRAINED, "untrained twins give"), (PIXELS, "raw pixels"))
        if kind in rows
    ]
    parts = [f"Beside it, {', '.join(beside)}." if beside else ""]
    row = found.rows[0]
    if found.scope == ALL and len(found.scopes) > 1:
        parts.append(
            "These photographs are of several kinds, a retina, a wall, a page, which differ in "
            "looks and in words alike: agreement across kinds is not yet agreement about content. "
            "The other choices ask within kinds."
        )
    parts.append(
        f"Shuffling tiles instead of photographs would have given p = {row.naive_p:.3f}: tiles of "
        "one photograph share their text, so that null says nothing."
    )
    return " ".join(part for part in parts if part)


PUBLISHED = (
    "Published: a joint basis of image and audio features stays at chance (Radwan 2026, "
    "arXiv:2606.07882, without a figure)."
)
