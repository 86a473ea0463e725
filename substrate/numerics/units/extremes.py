"""The images, and the positions in them, at which each unit is highest and lowest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from jaxtyping import Float, Int

#: Images that are kept for either end of each unit.
KEPT = 9
End = Literal["highest", "lowest"]


@dataclass(eq=False)
class Extremes:
    """Running extremes of units over images: one position of an image at most, ties to the first.

    Attributes
    ----------
    values
        The kept values of each unit, the most extreme one first; NaN where there are fewer images.
    images, positions
        The image of each, -1 where there is none, and the number of the position in it, row by row
        of its map.
    """

    units: int
    end: End = "highest"
    kept: int = KEPT
    values: Float[np.ndarray, "k p"] = field(init=False)
    images: Int[np.ndarray, "k p"] = field(init=False)
    positions: Int[np.ndarray, "k p"] = field(init=False)

    def __post_init__(self) -> None:
        """Begin with no image."""
        self.values = np.full((self.kept, self.units), np.nan)
        self.images = np.full((self.kept, self.units), -1)
        self.positions = np.full((self.kept, self.units), -1)

    def update(self, maps: Float[np.ndarray, "n m p"], images: Int[np.ndarray, " n"]) -> None:
        """Add the maps of some images: m positions of each, p units."""
        best = maps.argmax(axis=1) if self.end == "highest" else maps.argmin(axis=1)
        values = np.take_along_axis(maps, best[:, None], axis=1)[:, 0]
        numbers = np.broadcast_to(images[:, None], values.shape)
        self._keep(values.astype(np.float64), numbers, best)

    def merge(self, other: Extremes) -> Extremes:
        """Return the extremes over both; neither is changed."""
        out = Extremes(self.units, self.end, self.kept)
        for one in (self, other):
            out._keep(one.values, one.images, one.positions)
        return out

    def _keep(self, values: np.ndarray, images: np.ndarray, positions: np.ndarray) -> None:
        every = [
            np.concatenate(pair)
            for pair in (
                (self.values, values),
                (self.images, images),
                (self.positions, positions),
            )
        ]
        rank = every[0] if self.end == "lowest" else -every[0]
        order = np.lexsort((every[1], np.where(np.isnan(rank), np.inf, rank)), axis=0)[: self.kept]
        self.values, self.images, self.positions = (
            np.take_along_axis(one, order, axis=0) for one in every
        )
