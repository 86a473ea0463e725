"""Second moments of blocks of photographs in the scale of those fitted on, and turned axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.numerics.units.blocks import CONSTANT, JointCovariance, PairedBlocks, UnitsError
from substrate.numerics.units.matching import haar


@dataclass(frozen=True, eq=False)
class ScaledBlocks:
    """Living units, z-scored by the photographs fitted on; p units of A, q of B.

    Attributes
    ----------
    a, b
        Numbers of the living units.
    fit
        Correlations of the photographs fitted on.
    parts
        For each further part of the blocks its mean products of deviations, block by block, about
        the means and in the deviations of those fitted on.
    rows
        Samples in each block of each part.
    """

    a: Int[np.ndarray, " p"]
    b: Int[np.ndarray, " q"]
    fit: JointCovariance
    parts: tuple[tuple[JointCovariance, ...], ...]
    rows: tuple[tuple[int, ...], ...]

    def turned(self, seed: Sequence[int]) -> ScaledBlocks:
        """Return A's units turned by a random rotation, each axis z-scored again."""
        q = haar(self.a.size, np.random.default_rng(list(seed)))
        aa = q.T @ self.fit.aa @ q
        q = q / np.sqrt(np.diagonal(aa))

        def turn(one: JointCovariance) -> JointCovariance:
            return JointCovariance(q.T @ one.aa @ q, q.T @ one.ab, one.bb)

        parts = tuple(tuple(turn(one) for one in part) for part in self.parts)
        return ScaledBlocks(self.a, self.b, turn(self.fit), parts, self.rows)


def scaled_blocks(blocks: PairedBlocks, fit: Sequence[int], *parts: Sequence[int]) -> ScaledBlocks:
    """Return moments of living units in the scale of the photographs fitted on.

    Raises
    ------
    UnitsError
        If no unit lives on a side.
    """
    whole = blocks.covariance(fit)
    a, b = (np.flatnonzero(one) for one in whole.living)
    if not a.size or not b.size:
        raise UnitsError(CONSTANT)
    means = blocks.means(fit)
    x, y = 1 / np.sqrt(np.diagonal(whole.aa)[a]), 1 / np.sqrt(np.diagonal(whole.bb)[b])

    def scaled(block: int) -> JointCovariance:
        one = blocks.about(means, [block]).of_units(a, b)
        return JointCovariance(
            one.aa * x[:, None] * x, one.ab * x[:, None] * y, one.bb * y[:, None] * y
        )

    return ScaledBlocks(
        a=a,
        b=b,
        fit=whole.standardised().of_units(a, b),
        parts=tuple(tuple(scaled(block) for block in part) for part in parts),
        rows=tuple(tuple(blocks.counts[block] for block in part) for part in parts),
    )


def total(parts: Sequence[JointCovariance], rows: Sequence[int]) -> JointCovariance:
    """Return the mean products over several blocks."""
    share = np.array(rows) / sum(rows)
    return JointCovariance(
        *(
            np.sum([w * getattr(one, name) for w, one in zip(share, parts, strict=True)], axis=0)
            for name in ("aa", "ab", "bb")
        )
    )


def errors(held: JointCovariance, weights: Float[np.ndarray, "L q p"]) -> Float[np.ndarray, "L q"]:
    """Return the mean squared error of linear predictions of every unit of B."""
    own = np.diagonal(held.bb)
    cross = np.einsum("lqp,pq->lq", weights, held.ab)
    return np.asarray(own - 2 * cross + ((weights @ held.aa) * weights).sum(axis=2))
