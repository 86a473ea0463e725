"""Does the lower part of one network serve the upper part of another? Cuts, and their summary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float
from pydantic import Field

from substrate.analyses.experiments.file import ExperimentFile, FiledEstimate, Strict
from substrate.numerics.estimates import Estimate
from substrate.numerics.intervals import delete_group_jackknife, with_draws
from substrate.numerics.proportions import proportion

#: What was left out in turn: every test image is a photograph of its own.
UNIT = "images"


class StitchRepeat(Strict):
    """One cut of one pair: the lower part of ``first``, a map, the upper part of ``second``.

    Attributes
    ----------
    original, stitched, fitted
        Accuracy on test images of the second network as it is, with the trained map, and with the
        affine map of least squares that training starts from.
    drop
        ``stitched`` less ``original``, paired by image.
    r2
        What the affine map predicts of the second network's output at the cut, on test images.
    untrained, untrained_r2
        ``stitched`` and ``r2`` of each draw of the first network's untrained twins.
    gain
        ``stitched`` less the mean of ``untrained``; its interval carries how draws differ.
    """

    first: str
    first_title: str
    second: str
    second_title: str
    first_layer: str
    second_layer: str
    depth: float = Field(ge=0, le=1)
    grid: str
    channels: tuple[int, int]
    images: int = Field(ge=1)
    tested: int = Field(ge=1)
    steps: int = Field(ge=1)
    original: FiledEstimate
    stitched: FiledEstimate
    fitted: FiledEstimate
    drop: FiledEstimate
    r2: FiledEstimate
    untrained: tuple[float, ...]
    untrained_r2: tuple[float, ...]
    gain: FiledEstimate
    seconds: float = Field(ge=0)

    @property
    def pair(self) -> str:
        """Name the pair, the lower network first."""
        return f"{self.first_title} → {self.second_title}"

    @property
    def cut(self) -> str:
        """Name the cut by its grid, or by its module where all cuts have one (tokens)."""
        return self.second_layer if "tokens" in self.grid else self.grid


StitchFile = ExperimentFile[StitchRepeat]


@dataclass(frozen=True, eq=False)
class Measured:
    """What one lower part gives at a cut: decisions by image, and the squares that make R2."""

    stitched: Bool[np.ndarray, " n"]
    fitted: Bool[np.ndarray, " n"]
    error: Float[np.ndarray, " n"]
    deviation: Float[np.ndarray, " n"]

    @property
    def r2(self) -> float:
        """Return the share of the variance that the affine map predicts."""
        return 1 - float(self.error.sum() / self.deviation.sum())


def estimates(
    original: Bool[np.ndarray, " n"], trained: Measured, untrained: list[Measured]
) -> dict[str, Any]:
    """Return the measured fields of a `StitchRepeat`, with intervals over test images."""
    rows = np.arange(len(original))

    def mean(values: Float[np.ndarray, " n"]) -> Estimate:
        return delete_group_jackknife(lambda kept: float(values[kept].mean()), rows, unit=UNIT)

    def explained(kept: np.ndarray) -> float:
        return 1 - float(trained.error[kept].sum() / trained.deviation[kept].sum())

    draws = np.array([one.stitched.mean() for one in untrained])
    of_draws = np.mean([one.stitched for one in untrained], axis=0) if untrained else np.nan
    own = trained.stitched.astype(float)
    gain = Estimate(None, reason="No comparison: no untrained twin was stitched.")
    if untrained:
        gain = with_draws(mean(own - of_draws), draws)
    return {
        "original": proportion(original, rows, unit=UNIT),
        "stitched": proportion(own, rows, unit=UNIT),
        "fitted": proportion(trained.fitted, rows, unit=UNIT),
        "drop": mean(own - original),
        "r2": delete_group_jackknife(explained, rows, unit=UNIT),
        "untrained": tuple(float(draw) for draw in draws),
        "untrained_r2": tuple(one.r2 for one in untrained),
        "gain": gain,
    }


@dataclass(frozen=True)
class StitchSummary:
    """All cuts pair by pair, and on how many the trained lower part is better than untrained."""

    rows: tuple[StitchRepeat, ...]
    better: int
    tested: int
    facts: str

    @property
    def pairs(self) -> tuple[str, ...]:
        """Name the pairs in order."""
        return tuple(dict.fromkeys(row.pair for row in self.rows))

    def of(self, pair: str) -> tuple[StitchRepeat, ...]:
        """Return the cuts of a pair, the earliest first."""
        return tuple(row for row in self.rows if row.pair == pair)


def summarise(file: ExperimentFile[StitchRepeat]) -> StitchSummary:
    """Return what the experiment found, pair by pair in the order of the file."""
    rows, first = file.repeats, file.repeats[0]
    tested = [row for row in rows if row.gain.low is not None]
    draws = len(first.untrained)
    facts = (
        f"{first.tested:,} test images of CIFAR-10 · maps trained on {first.images:,} images in "
        f"{first.steps} steps · {draws} draw{'' if draws == 1 else 's'} of untrained twins"
    )
    return StitchSummary(rows, sum(float(row.gain.low) > 0 for row in tested), len(tested), facts)
