"""One pass of two encoders over the same images: joint moments of units at positions.

Memory does not depend on the number of images. Each block of photographs is finished before the
next one begins, so that an interrupted pass goes on with the first block that is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch.nn import functional

from substrate.domains.spec import Domain
from substrate.encoders import readout
from substrate.encoders.spec import Encoder, EncoderError, Layer
from substrate.extraction import images_at_once, prepared
from substrate.numerics.units.blocks import PairedBlocks
from substrate.numerics.units.place import Grid, PlaceBlock, empty_block, together


@dataclass(frozen=True)
class Place:
    """A layer of the first encoder beside one of the second."""

    first: str
    second: str


def grid_of(maps: Float[torch.Tensor, "n h w c"]) -> Grid:
    """Return how many rows and columns of positions maps have."""
    return int(maps.shape[1]), int(maps.shape[2])


def common_grid(first: Grid, second: Grid) -> Grid:
    """Return the positions at which two maps are read: those of the map that has fewer."""
    return min(first, second, key=lambda grid: grid[0] * grid[1])


def at_grid(maps: Float[torch.Tensor, "n h w c"], grid: Grid) -> Float[torch.Tensor, "n y x c"]:
    """Read maps at the centres of a grid's cells, bilinearly."""
    if maps.shape[1:3] == grid:
        return maps
    moved = functional.interpolate(
        maps.permute(0, 3, 1, 2), size=grid, mode="bilinear", align_corners=False
    )
    return moved.permute(0, 2, 3, 1)


@dataclass(frozen=True, eq=False)
class Batch:
    """Some images: their rows in the domain on either side, and the maps of every layer read."""

    rows: tuple[Int[np.ndarray, " k"], Int[np.ndarray, " k"]]
    maps: tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]

    def of(self, place: Place) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the maps of the two layers of a place."""
        return self.maps[0][place.first], self.maps[1][place.second]


@dataclass(eq=False)
class PairedPass:
    """Two encoders, the places that are compared, and the images that both see.

    Attributes
    ----------
    rows
        Rows of the domain in each block of photographs.
    progress
        Called with the number of images done; what it raises stops the pass.
    """

    first: Encoder
    second: Encoder
    places: Sequence[Place]
    domain: Domain
    rows: Sequence[Int[np.ndarray, " k"]]
    progress: Callable[[int], None] = lambda _done: None

    def block(
        self, index: int, stand_ins: Int[np.ndarray, " n"] | None = None
    ) -> dict[Place, PlaceBlock]:
        """Return the joint moments and extremes of one block of photographs, place by place.

        ``stand_ins`` names for each row of the domain the one that the first encoder sees in its
        place: photographs that do not belong together (`group_permutations`), positions kept.
        """
        rows = self.rows[index]
        return self._read(rows if stand_ins is None else stand_ins[rows], rows)

    def whole(self, stand_ins: Int[np.ndarray, " n"] | None = None) -> dict[Place, PairedBlocks]:
        """Return the joint moments of all blocks, place by place."""
        done = [self.block(index, stand_ins) for index in range(len(self.rows))]
        return {place: together([block[place] for block in done]) for place in self.places}

    def batches(
        self, first: Int[np.ndarray, " n"], second: Int[np.ndarray, " n"]
    ) -> Iterator[Batch]:
        """Yield the maps of some images of either side, as many at a time as memory allows."""
        size = min(images_at_once(encoder) for encoder in (self.first, self.second))
        for start in range(0, len(first), size):
            rows = first[start : start + size], second[start : start + size]
            yield Batch(rows, (self._maps(0, rows[0]), self._maps(1, rows[1])))
            self.progress(len(rows[0]))

    def _read(self, first: np.ndarray, second: np.ndarray) -> dict[Place, PlaceBlock]:
        out: dict[Place, PlaceBlock] = {}
        photographs = np.unique(self.domain.groups, return_inverse=True)[1]
        for batch in self.batches(first, second):
            for place in self.places:
                maps = batch.of(place)
                x, y = paired_rows(*maps)
                grids = grid_of(maps[0]), grid_of(maps[1])
                one = out.setdefault(place, empty_block(x.shape[1], y.shape[1], grids))
                positions = len(x) // len(batch.rows[0])
                a, b = (np.repeat(photographs[rows], positions) for rows in batch.rows)
                one.add(x, y, (a, b))
                for (side, _end), extremes in one.ends.items():
                    extremes.update(maps[side].flatten(1, 2).numpy(), batch.rows[side])
        return out

    def _maps(self, side: int, rows: np.ndarray) -> dict[str, torch.Tensor]:
        encoder = (self.first, self.second)[side]
        names = {(place.first, place.second)[side] for place in self.places}
        layers = [_layer(encoder, name) for name in sorted(names)]
        images = [self.domain.read(int(row)) for row in rows]
        inputs = prepared(images, encoder.preprocessing)
        maps = readout.read_grids(encoder.network, inputs, layers)
        for name, values in maps.items():
            if not bool(torch.isfinite(values).all()):
                raise EncoderError(
                    f"{encoder.name}/{name} gives NaN or infinite values on {self.domain.name}. "
                    "Check its weights and its input normalisation."
                )
        return maps


def _layer(encoder: Encoder, name: str) -> Layer:
    for layer in encoder.layers:
        if layer.name == name:
            return layer
    raise EncoderError(
        f"{encoder.name} has no layer {name!r}; it has {[layer.name for layer in encoder.layers]}."
    )


def paired_rows(
    a: Float[torch.Tensor, "n h w p"], b: Float[torch.Tensor, "n y x q"]
) -> tuple[Float[np.ndarray, "m p"], Float[np.ndarray, "m q"]]:
    """Return two maps of the same images as rows that belong together, image by image."""
    grid = common_grid(grid_of(a), grid_of(b))
    x, y = (at_grid(maps, grid).flatten(0, 2).numpy() for maps in (a, b))
    return x, y
