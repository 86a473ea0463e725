"""Whether a study has what a published protocol had, and what it lacks: the grade of its rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, Field

from substrate.analyses.claims.questions import rich_domains
from substrate.analyses.encoders.pairs import (
    DISCRIMINATIVE,
    RECONSTRUCTIVE,
)
from substrate.runs import Run

#: Where encoders with published weights come from; those of this program are small stand-ins.
PRETRAINED = ("timm",)
#: Names for several paradigms together, as protocols use them.
KINDS: Mapping[str, tuple[str, ...]] = {
    "discriminative": DISCRIMINATIVE,
    "reconstructive": RECONSTRUCTIVE,
}
PAPERS, ANALOGUE = "the paper's protocol", "an analogue"


class Protocol(BaseModel):
    """What a publication measured on: nothing is asked where a field is left out.

    Parameters
    ----------
    encoders
        Pretrained encoders by paradigm, or by "discriminative" and "reconstructive".
    parameters
        Millions of parameters of the smallest of them.
    domains, samples, pixels
        Domains, images of each, and the side of the images in pixels.
    never
        Why no study of this program can have the paper's grade.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    encoders: dict[str, int] = Field(default_factory=dict)
    parameters: float = Field(default=0, ge=0)
    domains: int = Field(default=0, ge=0)
    samples: int = Field(default=0, ge=0)
    pixels: int = Field(default=0, ge=0)
    never: str = ""


@dataclass(frozen=True)
class StudyAtHand:
    """What a run measures on, in the terms of a protocol."""

    encoders: dict[str, int] = field(default_factory=dict)
    parameters: float = 0.0
    domains: int = 0
    samples: int = 0
    pixels: int = 0

    @classmethod
    def of(cls, run: Run) -> StudyAtHand:
        """Count the panel's pretrained encoders by paradigm; take the smallest of everything else.

        Copies of an encoder are no further encoders: one of each recipe counts. Domains count
        from ten photographs on; their images are counted as photographs, since tiles of one
        photograph are no further images.
        """
        of_recipe = {run.recipe(name): run.encoders[name] for name in reversed(run.panel)}
        pretrained = [e for e in of_recipe.values() if e.source in PRETRAINED]
        rich = rich_domains(run)
        return cls(
            dict(Counter(e.paradigm for e in pretrained)),
            min((e.parameters or 0 for e in pretrained), default=0) / 1e6,
            len(rich),
            min((run.domains[d].photographs for d in rich), default=0),
            _pixels(run, rich),
        )

    def count(self, kind: str) -> int:
        """Return how many pretrained encoders are of a paradigm, or of several together."""
        return sum(self.encoders.get(paradigm, 0) for paradigm in KINDS.get(kind, (kind,)))

    def lacking(self, asked: Protocol) -> tuple[str, ...]:
        """Say in what the study falls short of a protocol; nothing where it has the grade."""
        if asked.never:
            return (asked.never,)
        lacks = [
            f"{self.count(kind)} of {count} pretrained {kind} encoders"
            for kind, count in asked.encoders.items()
            if self.count(kind) < count
        ]
        if not lacks and self.parameters < asked.parameters:
            lacks.append(
                f"encoders from {self.parameters:.1f} million parameters on, not "
                f"{asked.parameters:g}"
            )
        for what, have, need in (
            ("domains", self.domains, asked.domains),
            ("photographs per domain", self.samples, asked.samples),
            ("pixels", self.pixels, asked.pixels),
        ):
            if have < need:
                lacks.append(f"{have:,} of {need:,} {what}")
        return tuple(lacks)


def _pixels(run: Run, domains: Sequence[str]) -> int:
    """Return the smallest side of what an encoder sees; 0 where it is not known.

    Images of fewer pixels do not gain any by being enlarged for the encoder.
    """
    resolved = run.record.get("resolved", {}).get("encoders", [])
    sides = [int(item.get("preprocessing", {}).get("size", 0)) for item in resolved]
    sides += [run.side(domain) for domain in domains]
    return min(sides, default=0)
