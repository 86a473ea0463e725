"""Does the bundled panel share more than untrained panels do? Every domain, as it falls."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pydantic import Field

from substrate.analyses.experiments.file import (
    ExperimentFile,
    FiledEstimate,
    Strict,
)
from substrate.analyses.sharedness.leave_encoder_out import Sharedness
from substrate.analyses.sharedness.untrained import UntrainedSharedness
from substrate.numerics.estimates import Estimate


class EncoderPair(Strict):
    """The same measure on a panel of two encoders."""

    first: str
    second: str
    same_recipe: bool
    estimate: FiledEstimate


class PanelRepeat(Strict):
    """One domain: the trained panel, every untrained one, shuffled ones, and pairs of encoders.

    All values are means over encoders of the median leave-encoder-out correlation over the K
    directions, on held-out photographs.
    """

    domain: str
    title: str
    photographs: int = Field(ge=1)
    tiles: int = Field(ge=4)
    held_out: int = Field(ge=2)
    within: bool
    trained: FiledEstimate
    untrained: tuple[float, ...]
    shuffled: tuple[float, ...]
    difference: FiledEstimate
    pairs: tuple[EncoderPair, ...]

    @property
    def untrained_mean(self) -> float:
        """Return the mean over the untrained panels."""
        return sum(self.untrained) / len(self.untrained)

    @property
    def exceeded(self) -> int:
        """Count the untrained panels that reach the trained one."""
        return sum(value >= self.trained.value for value in self.untrained)


PanelFile = ExperimentFile[PanelRepeat]


def filed(estimate: Estimate) -> Estimate:
    """Return an estimate as it is written down, with six digits."""
    low, high = (None if b is None else _six(b) for b in (estimate.low, estimate.high))
    return replace(estimate, value=_six(estimate.value), low=low, high=high)


def repeat(
    sharedness: Sharedness, untrained: UntrainedSharedness, pairs: tuple[EncoderPair, ...]
) -> PanelRepeat:
    """Return what is written down of one domain."""
    return PanelRepeat(
        domain=sharedness.size.domain,
        title=sharedness.size.title,
        photographs=sharedness.size.photographs,
        tiles=sharedness.size.n,
        held_out=sharedness.n_test,
        within=sharedness.within,
        trained=filed(sharedness.summary),
        untrained=tuple(map(_six, untrained.summaries)),
        shuffled=tuple(map(_six, sharedness.shuffled_summaries)),
        difference=filed(untrained.difference),
        pairs=pairs,
    )


def _six(value: float) -> float:
    return float(f"{value:.6g}")


@dataclass(frozen=True)
class PanelSummary:
    """Every domain, the richest in photographs first, and what all of them rest on."""

    rows: tuple[PanelRepeat, ...]
    seeds: int
    members: tuple[str, ...]
    facts: str


def summarise(file: ExperimentFile[PanelRepeat]) -> PanelSummary:
    """Order the domains and count."""
    rows = tuple(sorted(file.repeats, key=lambda r: -r.photographs))
    members = tuple(map(str, file.configuration["panel"]))
    seeds = len(rows[0].untrained)
    k = file.configuration["components"]
    facts = f"{len(members)} encoders · K = {k} · {seeds} untrained panels · z-score"
    return PanelSummary(rows, seeds, members, facts)
