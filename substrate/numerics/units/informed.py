"""How much units that go together tell of each other, on photographs that did not choose them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.numerics.units.blocks import PairedBlocks, parts
from substrate.numerics.units.matching import Matching, assigned, match


@dataclass(frozen=True, eq=False)
class Information:
    """Mutual information of every pair of units, in bits, on halves of the photographs.

    Attributes
    ----------
    halves
        Of the even and of the odd blocks of photographs.
    left_out
        For each block, of the half that holds it, without it; empty where none were kept apart.
    rows
        Positions counted in either half.
    """

    halves: Float[np.ndarray, "2 p q"]
    left_out: Float[np.ndarray, "m p q"]
    rows: tuple[int, int]


@dataclass(frozen=True, eq=False)
class Living:
    """Numbers of the units of either side that vary on both halves of the photographs."""

    a: Int[np.ndarray, " p"]
    b: Int[np.ndarray, " q"]


def living_on_both(blocks: PairedBlocks) -> Living:
    """Return the units that live on either half of the blocks."""
    one, two = (blocks.covariance(half).living for half in parts(len(blocks.blocks)))
    return Living(np.flatnonzero(one[0] & two[0]), np.flatnonzero(one[1] & two[1]))


def most_informative(bits: Float[np.ndarray, "p q"], living: Living) -> Matching:
    """Match units one to one with the largest sum of mutual information; ``r`` holds bits.

    Raises
    ------
    UnitsError
        If all units of a side are dead.
    """
    return assigned(bits, living.a, living.b)


def held_out_information(information: Information, living: Living) -> float:
    """Return the mean information of matched units: chosen on one half, judged on the other."""
    first, second = information.halves
    return _crossed(first, second, living)


def information_left_out(information: Information, living: Living) -> Float[np.ndarray, " m"]:
    """Return the same without each block of photographs in turn, units matched anew."""
    count = len(information.left_out)
    if not count:
        return np.empty(0)
    even = set(parts(count)[0])
    out = []
    for block, without in enumerate(information.left_out):
        first, second = information.halves
        kept = (without, second) if block in even else (first, without)
        out.append(_crossed(*kept, living))
    return np.array(out)


def _crossed(first: np.ndarray, second: np.ndarray, living: Living) -> float:
    means = []
    for choose, judge in ((first, second), (second, first)):
        chosen = most_informative(choose, living)
        means.append(float(judge[chosen.a, chosen.b].mean()))
    return float(np.mean(means))


def shared_with_correlations(
    information: Information, blocks: PairedBlocks, living: Living, *, absolute: bool
) -> float:
    """Return the share of pairs that correlations match as well; mean over the two halves."""
    shares = []
    for bits, half in zip(information.halves, parts(len(blocks.blocks)), strict=True):
        by_bits = most_informative(bits, living)
        by_r = match(blocks.covariance(half), absolute=absolute)
        shares.append(len(pairs_of(by_bits) & pairs_of(by_r)) / len(by_bits.a))
    return float(np.mean(shares))


def pairs_of(matching: Matching, best: int | None = None) -> set[tuple[int, int]]:
    """Return matched pairs, all or those of the largest values."""
    order = np.argsort(-matching.r, kind="stable")[:best]
    return set(zip(matching.a[order].tolist(), matching.b[order].tolist(), strict=True))


def correlation_of_gaussians(bits: float) -> float:
    r"""Return the absolute correlation of two Gaussian variables of this mutual information.

    .. math:: r = \sqrt{1 - 2^{-2 I}}

    0 where the information is not above 0.
    """
    return float(np.sqrt(1 - 2.0 ** (-2 * max(bits, 0.0))))
