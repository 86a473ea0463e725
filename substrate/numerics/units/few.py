"""What few units predict, beside as few randomly turned axes of the same space.

The units of A span a space that any basis of it spans as well. If few units of A predict a unit of
B better than as few axes turned at random do, the units themselves carry what both networks share.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.numerics.units.blocks import PairedBlocks, parts
from substrate.numerics.units.scaled import ScaledBlocks, scaled_blocks
from substrate.numerics.units.sparse import SHARES, SparsePaths, paths_of

#: Units that are few: as many as the publication's examples show for each unit.
FEW = 3
#: Rotations up to a width; beyond the last, one.
ROTATIONS = ((64, 5), (256, 2))


@dataclass(frozen=True, eq=False)
class FewUnits:
    """Held-out R² of predictions from at most `FEW` units, and along the whole path.

    R² is of all units of B together, each z-scored: one less the share of their variance that is
    left unexplained.

    Attributes
    ----------
    r2
        At the weakest penalty up to which each unit of B has at most `FEW` units.
    left_out
        The same without each of the m blocks that judge.
    path_r2, path_count
        Along the penalties: R², and the mean number of units that take part.
    """

    r2: float
    left_out: Float[np.ndarray, " m"]
    path_r2: Float[np.ndarray, " L"]
    path_count: Float[np.ndarray, " L"]


def few_units(paths: SparsePaths, most: int = FEW) -> FewUnits:
    """Return what at most ``most`` units predict of each unit of B, on the photographs that judge.

    ``most`` is per unit of B; a path is followed until it first has more.
    """
    level = within(paths.count, most)
    squared = np.take_along_axis(paths.held_errors, level[None, None, :], axis=1)[:, 0]
    whole = paths.held_errors.sum(axis=(0, 2)) / paths.held_constants.sum()
    return FewUnits(
        r2=pooled(squared, paths.held_constants),
        left_out=left_out(squared, paths.held_constants),
        path_r2=1 - whole,
        path_count=paths.count.mean(axis=1),
    )


def within(count: Int[np.ndarray, "L q"], most: int) -> Int[np.ndarray, " q"]:
    """Return the last penalty before each path first holds more than so many units."""
    beyond = count > most
    return np.where(beyond.any(axis=0), beyond.argmax(axis=0), len(count)) - 1


def pooled(squared: Float[np.ndarray, "m q"], constants: Float[np.ndarray, "m q"]) -> float:
    """Return R² of all units together; a constant has 0."""
    return float(1 - squared.sum() / constants.sum())


def left_out(
    squared: Float[np.ndarray, "m q"], constants: Float[np.ndarray, "m q"]
) -> Float[np.ndarray, " r"]:
    """Return R² of all units together without each of r = m blocks in turn; r = 0 of one block."""
    if len(squared) < 2:
        return np.empty(0)
    own, every = squared.sum(axis=1), constants.sum(axis=1)
    return np.asarray(1 - (own.sum() - own) / (every.sum() - every))


def chosen_errors(paths: SparsePaths) -> Float[np.ndarray, "m q"]:
    """Return squared errors at each unit's chosen penalty, a constant's where none is chosen."""
    padded = np.concatenate([paths.held_errors, paths.held_constants[:, None]], axis=1)
    return np.asarray(padded[:, paths.chosen, np.arange(len(paths.b))])


def scaled_for_paths(blocks: PairedBlocks) -> ScaledBlocks:
    """Return the blocks that fit, choose and judge as `sparse_paths` divides them."""
    return scaled_blocks(blocks, *parts(len(blocks.blocks), SHARES))


def rotations_for(width: int) -> int:
    """Return how many rotations are drawn for a layer of this width."""
    return next((count for most, count in ROTATIONS if width <= most), 1)


def turned_paths(scaled: ScaledBlocks, count: int, seed: int) -> list[SparsePaths]:
    """Return the paths from axes of A's space that are turned at random, draw by draw."""
    return [paths_of(scaled.turned((seed, draw))) for draw in range(count)]


def half_on_half(blocks: PairedBlocks) -> float:
    """Return what at most `FEW` units predict: fitted on the first block, judged on the second."""
    return few_units(paths_of(scaled_blocks(blocks, [0], [1]))).r2
