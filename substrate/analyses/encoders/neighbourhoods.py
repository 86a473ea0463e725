"""Shared nearest neighbours of many encoders at once, beside their permuted null."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, UInt8

from substrate.numerics.metrics.neighbors import nearest
from substrate.numerics.metrics.spec import (
    FeaturesError,
    UndefinedScoreError,
)
from substrate.numerics.nulls import threshold
from substrate.numerics.parallel import parallel_map

#: Encoders that share one byte of a table of neighbours.
BITS = 8
#: Cells of that table that are held at a time.
CELLS = 50_000_000
#: Permutations of the null, and what takes their place where a null of so many look-ups is dear.
#: Either makes a 95 % level exact: the 10th largest of 200, or the 2nd of 40, observed included.
PERMUTATIONS, FEW, LOOKUPS = 199, 39, 10_000_000_000
_PATTERNS = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1, bitorder="little")


@dataclass(frozen=True, eq=False)
class Overlap:
    """Mutual k-NN of all pairs; ``tau`` is what the closest pair reaches in 95 % by chance.

    ``permutations`` are those of its null; the level counts the observed among them.
    """

    values: Float[np.ndarray, "e e"]
    calibrated: Float[np.ndarray, "e e"]
    tau: float
    permutations: int


def neighbours_of(
    features: Sequence[Float[np.ndarray, "n _"]], groups: np.ndarray, ks: Sequence[int]
) -> dict[int, list[Int[np.ndarray, "n k"]]]:
    """Return each encoder's neighbours for each k that leaves every sample enough to choose from.

    Those of the same photograph are excluded; one search serves all k.
    """
    counts = np.unique(groups, return_counts=True)[1]
    able = [k for k in ks if k <= len(groups) - counts.max()]
    if not able:
        return {}
    try:
        neighbours = [nearest(x, max(able), groups=groups) for x in features]
    except (UndefinedScoreError, FeaturesError):
        return {}
    return {k: [near[:, :k] for near in neighbours] for k in able}


def neighbours_without(
    near: Int[np.ndarray, "n m"], rows: Int[np.ndarray, " r"], k: int
) -> Int[np.ndarray, "r k"] | None:
    """Return the k nearest of these samples among themselves, given more neighbours of each of all.

    None where the others take so many of a sample's neighbours away that fewer than k are known.
    """
    place = np.full(len(near), -1)
    place[rows] = np.arange(len(rows))
    left = place[near[rows]]
    first = np.argsort(left < 0, axis=1, kind="stable")[:, :k]
    kept_neighbours = np.take_along_axis(left, first, axis=1)
    return None if kept_neighbours.shape[1] < k or (kept_neighbours < 0).any() else kept_neighbours


def affordable(n: int, k: int, encoders: int) -> int:
    """Return how many permutations a null of so many samples and encoders gets."""
    dear = n * k * encoders * -(-encoders // BITS) * PERMUTATIONS > LOOKUPS
    return FEW if dear else PERMUTATIONS


def neighbour_overlap(
    neighbours: Sequence[Int[np.ndarray, "n k"]], orders: Int[np.ndarray, "c n"]
) -> Overlap:
    """Count shared neighbours, and those shared with the second side's samples in each order.

    With a null that permutes tiles inside few photographs the exclusion stays what it is, since
    no tile leaves its photograph.
    """
    n, k = neighbours[0].shape
    count = len(neighbours)
    shared = shared_counts(neighbours, np.vstack([np.arange(n)[None], orders])) / (n * k)
    values, null = shared[0], shared[1:]
    mean = null.mean(axis=0)
    mean = (mean + mean.T) / 2
    apart = ~np.eye(count, dtype=bool) if count > 1 else np.ones((1, 1), dtype=bool)
    extremes = [one[apart].max() for one in shared]
    return Overlap(values, (values - mean) / (1 - mean), threshold(np.array(extremes)), len(orders))


def shared_counts(
    neighbours: Sequence[Int[np.ndarray, "n k"]], orders: Int[np.ndarray, "c n"]
) -> Float[np.ndarray, "c e e"]:
    """Count, for each order, the pairs (i, j) with j near i in one encoder and order[j] near
    order[i] in another, for all pairs of encoders.

    A table says for each pair of samples, one bit per encoder, whose neighbours they are; it is
    made for some rows at a time, so that memory grows with n k and the number of encoders.
    """  # noqa: D205
    out = np.zeros((len(orders), len(neighbours), len(neighbours)))
    for rows, table in _tables(neighbours):

        def one(at: int, rows: slice = rows, table: np.ndarray = table) -> np.ndarray:
            return _met(neighbours, orders[at], rows, table)

        out += np.array(parallel_map(one, range(len(orders))))
    return out


def _tables(
    neighbours: Sequence[Int[np.ndarray, "n k"]],
) -> Iterator[tuple[slice, UInt8[np.ndarray, "w b n"]]]:
    """Yield some rows of the table of neighbours at a time, eight encoders to a byte."""
    n, words = len(neighbours[0]), -(-len(neighbours) // BITS)
    step = max(1, CELLS // (n * words))
    for start in range(0, n, step):
        rows = slice(start, min(start + step, n))
        table = np.zeros((words, rows.stop - start, n), dtype=np.uint8)
        at = np.arange(rows.stop - start)[:, None]
        for e, near in enumerate(neighbours):
            table[e // BITS, at, near[rows]] |= np.uint8(1 << (e % BITS))
        yield rows, table


def _met(
    neighbours: Sequence[Int[np.ndarray, "n k"]],
    order: Int[np.ndarray, " n"],
    rows: slice,
    table: UInt8[np.ndarray, "w b n"],
) -> Float[np.ndarray, "e e"]:
    """Look up every neighbour of the samples whose order lies in these rows of the table."""
    here = np.flatnonzero((order >= rows.start) & (order < rows.stop))
    words, _, n = table.shape
    flat = table.reshape(words, -1)
    counts = np.empty((len(neighbours), words, 256))
    base = ((order[here] - rows.start) * n)[:, None]
    for e, near in enumerate(neighbours):
        cells = (base + order[near[here]]).ravel()
        for word in range(words):
            counts[e, word] = np.bincount(flat[word][cells], minlength=256)
    return (counts @ _PATTERNS).reshape(len(neighbours), -1)[:, : len(neighbours)]
