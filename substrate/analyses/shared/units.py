"""How many units took no part in scores, as results carry it and captions say it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Shaped

from substrate.numerics.whitening import (
    Whitening,
    living,
)


@dataclass(frozen=True)
class Units:
    """The units of some encoders together, and how many of them were left out of scores.

    Left out is what hardly varies over the fit rows, or in too few of their photographs: see
    `substrate.numerics.whitening`.
    """

    left_out: int = 0
    of: int = 0

    @property
    def text(self) -> str:
        """Say how many take part, for captions and traces."""
        if not self.left_out:
            return f"all {self.of:,} units"
        return f"{self.of - self.left_out:,} of {self.of:,} units (the others hardly vary)"


def units_of(
    blocks: Sequence[np.ndarray], groups: Shaped[np.ndarray, " n"], whitening: Whitening = "z-score"
) -> Units:
    """Count the units of encoders on their fit rows; centring leaves out constant ones alone."""
    kept = [
        x.max(axis=0) > x.min(axis=0) if whitening == "none" else living(x, groups=groups)
        for x in blocks
    ]
    return Units(sum(int((~k).sum()) for k in kept), sum(len(k) for k in kept))


def together(sides: Sequence[Units]) -> str:
    """Say it of several domains or panels: the text of one, or the range over all."""
    if len(set(sides)) == 1:
        return sides[0].text
    taking = [units.of - units.left_out for units in sides]
    return f"{min(taking):,} to {max(taking):,} of {sides[0].of:,} units (the others hardly vary)"
