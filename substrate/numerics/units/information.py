"""Mutual information between units, from running histograms with bins of their own.

Li et al., "Convergent Learning" (ICLR 2016), section 3.1 and supplement: percentile bins, and one
bin for exact zeros. The bias is taken off by Miller and Madow (Miller, 1955), in bits throughout.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, Real

from substrate.numerics.units.blocks import UnitsError

#: Bins of equal share for values other than zero.
BINS = 10
#: Bytes that the joint histograms of all blocks may take together.
BUDGET = 2**30
#: Share of exact zeros from which they get a bin of their own.
ZEROS = 0.01
CHUNK = 2048


@dataclass(frozen=True, eq=False)
class Bins:
    """Inner edges of each unit's bins, and whether exact zeros are counted apart.

    Unused edges (a unit of few values) are infinite.
    """

    edges: Float[np.ndarray, "p e"]
    zero: np.ndarray

    @property
    def count(self) -> int:
        """Bins of any unit, empty ones included: one for zeros, and those between the edges."""
        return self.edges.shape[1] + 2

    def codes(self, x: Real[np.ndarray, "n p"]) -> Int[np.ndarray, "n p"]:
        """Return the bin of every value; 0 is that of exact zeros."""
        out = np.empty(x.shape, dtype=np.int16)
        for unit, edges in enumerate(self.edges):
            out[:, unit] = 1 + np.searchsorted(edges, x[:, unit], side="right")
        return np.where(self.zero & (x == 0), np.int16(0), out)


def bins_of(x: Real[np.ndarray, "n p"], bins: int = BINS) -> Bins:
    """Return bins of equal share of each unit's values on some photographs.

    Exact zeros have a bin of their own where they are at least `ZEROS` of the values (rectified
    units); the others are divided at their percentiles, ties on one side. Take other photographs
    than those that are counted: bins that are equal by construction have no bias to take off.
    """
    p = x.shape[1]
    edges = np.full((p, bins - 1), np.inf)
    zero = (x == 0).mean(axis=0) >= ZEROS
    for unit in range(p):
        values = x[:, unit][x[:, unit] != 0] if zero[unit] else x[:, unit]
        if values.size:
            quantiles = np.unique(np.quantile(values, np.arange(1, bins) / bins))
            edges[unit, : quantiles.size] = quantiles
    return Bins(edges, zero)


def histograms_within(p: int, q: int, blocks: int, budget: int = BUDGET) -> int:
    """Return how many joint histograms are kept: one for each block, or for each half.

    Raises
    ------
    UnitsError
        Where not even two halves fit the budget.
    """
    size = 8 * (BINS + 1) ** 2 * p * q
    if budget < 2 * size:
        raise UnitsError(
            f"The joint histograms of {p} by {q} units take {size / 1e6:.0f} MB for each half of "
            f"the photographs, and {budget / 1e6:.0f} MB are at hand. Choose narrower layers."
        )
    return blocks if blocks * size <= budget else 2


class JointHistogram:
    """Running joint histograms of every unit of A with every unit of B."""

    def __init__(self, a: Bins, b: Bins) -> None:
        self.sides = a, b
        self.rows = 0
        self._joint = np.zeros((len(a.edges) * a.count, len(b.edges) * b.count))

    def update(self, a: Real[np.ndarray, "n p"], b: Real[np.ndarray, "n q"]) -> None:
        """Add paired rows."""
        for start in range(0, len(a), CHUNK):
            left, right = (
                _indicators(bins.codes(x[start : start + CHUNK]), bins.count)
                for bins, x in zip(self.sides, (a, b), strict=True)
            )
            self._joint += left.T @ right  # counts of one chunk are exact in float32
            self.rows += len(left)

    def merge(self, other: JointHistogram) -> JointHistogram:
        """Return both together; the bins must be the same."""
        return self._with(self.rows + other.rows, self._joint + other._joint)

    def without(self, part: JointHistogram) -> JointHistogram:
        """Return what is left when a part of the rows is taken away; the bins must be the same."""
        return self._with(self.rows - part.rows, self._joint - part._joint)

    def _with(self, rows: int, joint: np.ndarray) -> JointHistogram:
        out = JointHistogram(*self.sides)
        out.rows, out._joint = rows, joint
        return out

    def counts(self, i: int, j: int) -> Float[np.ndarray, "x y"]:
        """Return the joint histogram of one pair."""
        x, y = (side.count for side in self.sides)
        return self._joint[i * x : (i + 1) * x, j * y : (j + 1) * y]

    def information(self) -> Float[np.ndarray, "p q"]:
        """Return the mutual information of every pair, in bits, corrected by Miller and Madow.

        About 0 for independent units, either side of it; a unit's own is its entropy.
        """
        (a, b), n = self.sides, self.rows
        if not n:
            return np.zeros((len(a.edges), len(b.edges)))
        joint = self._joint.reshape(len(a.edges), a.count, len(b.edges), b.count)
        left = joint[:, :, 0].sum(axis=2)  # any unit of the other side sums to the same
        right = joint[0].sum(axis=0)
        own = _entropy(left, n, (1,))[:, None] + _entropy(right, n, (1,))[None, :]
        both = np.empty(own.shape)
        for i in range(len(a.edges)):
            both[i] = _entropy(joint[i], n, (0, 2))
        return own - both


def _indicators(codes: Int[np.ndarray, "n p"], count: int) -> Float[np.ndarray, "n pc"]:
    n, p = codes.shape
    out = np.zeros((n, p * count), dtype=np.float32)
    out[np.arange(n)[:, None], np.arange(p) * count + codes] = 1.0
    return out


def _entropy(counts: np.ndarray, n: int, axes: tuple[int, ...]) -> np.ndarray:
    """Entropy of histograms in bits, plus (bins in use - 1) / 2n nats."""
    share = counts / n
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(share > 0, share * np.log2(share), 0.0)
    used = np.count_nonzero(counts, axis=axes)
    return np.asarray(-terms.sum(axis=axes) + (used - 1) / (2 * n * np.log(2)))
