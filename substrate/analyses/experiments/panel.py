"""Does the bundled panel share more than untrained panels do? Every domain, as it falls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from pydantic import Field

from substrate.analyses.experiments.file import (
    ExperimentFile,
    Strict,
)
from substrate.analyses.shared.halves import Estimate
from substrate.analyses.sharedness.leave_encoder_out import Sharedness
from substrate.analyses.sharedness.untrained import UntrainedSharedness
from substrate.wording import (
    number,
)


class Bounded(Strict):
    """A value with its 95 % interval over photographs, or the reason why there is none."""

    value: float
    low: float | None
    high: float | None
    reason: str


class Pair(Strict):
    """The same measure on a panel of two encoders."""

    first: str
    second: str
    same_recipe: bool
    estimate: Bounded


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
    trained: Bounded
    untrained: tuple[float, ...]
    shuffled: tuple[float, ...]
    difference: Bounded
    pairs: tuple[Pair, ...]

    @property
    def exceeded(self) -> int:
        """Count the untrained panels that reach the trained one."""
        return sum(value >= self.trained.value for value in self.untrained)


PanelFile = ExperimentFile[PanelRepeat]


def bounded(estimate: Estimate) -> Bounded:
    """Return an estimate as it is written down, with six digits."""
    low, high = (None if b is None else _six(b) for b in (estimate.low, estimate.high))
    return Bounded(value=_six(estimate.value), low=low, high=high, reason=estimate.reason)


def repeat(
    found: Sharedness, untrained: UntrainedSharedness, pairs: tuple[Pair, ...]
) -> PanelRepeat:
    """Return what is written down of one domain."""
    return PanelRepeat(
        domain=found.size.domain, title=found.size.title, photographs=found.size.photographs,
        tiles=found.size.n, held_out=found.n_test, within=found.within,
        trained=bounded(found.summary), untrained=tuple(map(_six, untrained.summaries)),
        shuffled=tuple(map(_six, found.shuffled_summaries)),
        difference=bounded(untrained.difference), pairs=pairs,
    )  # fmt: skip


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


def panel_sentence(found: PanelSummary) -> str:
    """Say where training adds to what is shared, where it takes away, and where it is open."""
    tested = [r for r in found.rows if r.difference.low is not None]
    more = [r for r in tested if (r.difference.low or 0) > 0]
    less = [r for r in tested if (r.difference.high or 0) < 0]
    parts = []
    for rows, words in ((more, "share more than"), (less, "share less than")):
        if rows:
            named = ", ".join(
                f"{r.title} ({number(r.trained.value)} against {number(_mean(r.untrained))})"
                for r in rows
            )
            parts.append(f"Trained encoders {words} their untrained twins on {named}.")
    open_ = [r for r in tested if r not in more and r not in less]
    if open_:
        parts.append(f"No difference can be told on {', '.join(r.title for r in open_)}.")
    if not tested:
        parts.append("No domain has photographs enough for an interval of the difference.")
    return " ".join(parts)


def panel_context(found: PanelSummary) -> str:
    """Say what is not tested, and how high encoders of one recipe come."""
    silent = [r.title for r in found.rows if r.difference.low is None]
    parts = []
    if silent:
        parts.append(f"Values only, within few photographs: {', '.join(silent)}.")
    same = [p.estimate.value for r in found.rows for p in r.pairs if p.same_recipe]
    other = [p.estimate.value for r in found.rows for p in r.pairs if not p.same_recipe]
    if same and other:
        parts.append(
            f"Two encoders of one recipe that differ by their seed reach {number(min(same))} to "
            f"{number(max(same))}, two of different architecture {number(min(other))} to "
            f"{number(max(other))}: the first is the ceiling for the second."
        )
    parts.append("Domains share the encoders: these are no independent cases.")
    return " ".join(parts)


def panel_table(found: PanelSummary) -> pd.DataFrame:
    """Return every domain with its values, intervals and counts."""
    return pd.DataFrame(
        [
            {
                "domain": r.title, "photographs": r.photographs, "tiles": r.tiles,
                "trained": r.trained.value, "low": r.trained.low, "high": r.trained.high,
                "untrained": _mean(r.untrained), "untrained_lowest": min(r.untrained),
                "untrained_highest": max(r.untrained), "difference": r.difference.value,
                "difference_low": r.difference.low, "difference_high": r.difference.high,
                "untrained_panels_that_reach_it": r.exceeded, "shuffled": _mean(r.shuffled),
                "reason": r.difference.reason,
            }
            for r in found.rows
        ]
    )  # fmt: skip


def pairs_table(found: PanelSummary) -> pd.DataFrame:
    """Return every pair of encoders on every domain."""
    return pd.DataFrame(
        [
            {"domain": r.title, "first": p.first, "second": p.second,
             "same_recipe": p.same_recipe, "value": p.estimate.value, "low": p.estimate.low,
             "high": p.estimate.high, "reason": p.estimate.reason}
            for r in found.rows for p in r.pairs
        ]
    )  # fmt: skip


def _mean(values: tuple[float, ...]) -> float:
    return float(np.mean(values))
