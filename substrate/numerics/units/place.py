"""What one block of photographs adds to a pair of layers: joint moments, activity, extremes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int, Real

from substrate.numerics.moments import Moments
from substrate.numerics.units.activity import ACTIVITY, Activity
from substrate.numerics.units.blocks import PairedBlocks
from substrate.numerics.units.extremes import End, Extremes

#: What is kept of every extreme.
EXTREMES = ("values", "images", "positions")
_SIDES_AND_ENDS: tuple[tuple[int, End], ...] = (
    (0, "highest"),
    (0, "lowest"),
    (1, "highest"),
    (1, "lowest"),
)

#: Rows and columns of a map; those of both sides.
Grid = tuple[int, int]
Grids = tuple[Grid, Grid]
#: The highest and the lowest of either side of a place.
Ends = dict[tuple[int, End], Extremes]


@dataclass(frozen=True, eq=False)
class PlaceBlock:
    """What one block of photographs adds to a place.

    ``ends`` has the extremes of side 0 and 1, each on its own map; images are rows of the domain.
    ``grids`` are rows and columns of either map; the smaller one's positions are the samples.
    ``activity`` says of side 0 and 1 in which photographs units are active, at these positions.
    """

    moments: Moments
    ends: Ends
    grids: Grids
    activity: list[Activity]

    def add(
        self,
        a: Real[np.ndarray, "n p"],
        b: Real[np.ndarray, "n q"],
        photographs: tuple[Int[np.ndarray, " n"], Int[np.ndarray, " n"]],
    ) -> None:
        """Add paired rows (positions of images), and the number of the photograph of each."""
        self.moments.update({"a": a, "b": b})
        for side, (rows, numbers) in enumerate(zip((a, b), photographs, strict=True)):
            new = Activity.of(rows, numbers)
            self.activity[side] = Activity.together([self.activity[side], new])

    def arrays(self) -> dict[str, np.ndarray]:
        """Return all there is to store; `from_arrays` reads it back."""
        out = {f"moments/{name}": array for name, array in self.moments.arrays().items()}
        out["grids"] = np.array(self.grids)
        for (side, end), one in self.ends.items():
            out |= {f"{end}/{side}/{name}": getattr(one, name) for name in EXTREMES}
        for side, activity in enumerate(self.activity):
            out |= {f"activity/{side}/{name}": getattr(activity, name) for name in ACTIVITY}
        return out

    @classmethod
    def from_arrays(cls, p: int, q: int, arrays: Mapping[str, np.ndarray]) -> PlaceBlock:
        """Rebuild what was stored."""
        inner = {k.removeprefix("moments/"): v for k, v in arrays.items() if "moments" in k}
        ends: Ends = {}
        for side, end in _SIDES_AND_ENDS:
            one = ends[side, end] = Extremes((p, q)[side], end)
            for name in EXTREMES:
                setattr(one, name, arrays[f"{end}/{side}/{name}"])
        (a, b), (c, d) = arrays["grids"].tolist()
        activity = [
            Activity(*(arrays[f"activity/{side}/{name}"] for name in ACTIVITY)) for side in (0, 1)
        ]
        moments = Moments.from_arrays({"a": p, "b": q}, inner)
        return cls(moments, ends, ((a, b), (c, d)), activity)


def empty_block(p: int, q: int, grids: Grids) -> PlaceBlock:
    """Return a block without photographs, for layers of these widths and maps of these sizes."""
    ends: Ends = {(side, end): Extremes((p, q)[side], end) for side, end in _SIDES_AND_ENDS}
    activity = [Activity.none(p), Activity.none(q)]
    return PlaceBlock(Moments({"a": p, "b": q}), ends, grids, activity)


def together(blocks: Sequence[PlaceBlock]) -> PairedBlocks:
    """Return what blocks of photographs say of a place as one."""
    widths = blocks[0].moments.widths
    out = PairedBlocks(widths["a"], widths["b"], len(blocks))
    out.blocks = [block.moments for block in blocks]
    out.activity = [(block.activity[0], block.activity[1]) for block in blocks]
    return out
