"""Information imbalance of all layers of many samples, some rows at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Bool, Float, Int, Real

from substrate.numerics.depth.steps import imbalances
from substrate.numerics.grouping import Codes, Groups, group_codes
from substrate.numerics.metrics.imbalance import EQUAL, prepare
from substrate.numerics.metrics.support.features import centred

#: Rows whose distances are held at a time.
BLOCK = 500
#: Distances below this share of the two norms are taken again from the difference.
CLOSE = 1e-7


def blocked_imbalances(
    layers: Sequence[Real[np.ndarray, "n _"]],
    groups: Groups | None = None,
    *,
    block: int = BLOCK,
) -> Float[np.ndarray, "l l"]:
    """Return what `substrate.numerics.depth.steps.imbalances` gives for one neighbour.

    No matrix of all samples is held and nothing is sorted: a rank is a count of nearer samples. Of
    samples with several nearest ones all ranks are needed, so those are left to `imbalances`.
    """
    codes = group_codes(groups)
    spaces = [centred(x) for x in layers]
    nearest = [_nearest(x, codes, block) for x in spaces]
    if any(near is None for near in nearest):
        return imbalances([prepare(x, groups=groups) for x in layers])
    out = np.zeros((len(layers), len(layers)))
    for j, x in enumerate(spaces):
        for rows, squares, others in _rows(x, codes, block):
            slack, ranked = EQUAL * squares.max(axis=1), others.sum(axis=1) + 1
            for at, row in enumerate(rows):
                far = squares[at]
                own = [far[near[row]] for near in nearest if near is not None]
                far[~others[at]] = np.inf
                for i, distance in enumerate(own):
                    nearer = np.count_nonzero(far < distance - slack[at])
                    up_to = np.count_nonzero(far <= distance + slack[at])
                    out[i, j] += (nearer + up_to + 1) / 2 / ranked[at]
    return 2 * out / len(spaces[0])


def _nearest(
    x: Float[np.ndarray, "n p"], codes: Codes | None, block: int
) -> Int[np.ndarray, " n"] | None:
    """Return each sample's nearest of another group; None where some have several."""
    out = np.empty(len(x), dtype=np.int64)
    for rows, squares, others in _rows(x, codes, block):
        slack = EQUAL * squares.max(axis=1)
        squares[~others] = np.inf
        out[rows] = squares.argmin(axis=1)
        least = squares[np.arange(len(rows)), out[rows]] + slack
        if np.count_nonzero(squares <= least[:, None]) > len(rows):
            return None
    return out


def _rows(
    x: Float[np.ndarray, "n p"], codes: Codes | None, block: int
) -> Iterator[tuple[Int[np.ndarray, " b"], Float[np.ndarray, "b n"], Bool[np.ndarray, "b n"]]]:
    """Yield some rows, their squared distances from all samples, and who is of another group."""
    norms, own = np.einsum("ij,ij->i", x, x), np.arange(len(x)) if codes is None else codes
    for start in range(0, len(x), block):
        rows = np.arange(start, min(start + block, len(x)))
        reach = norms[rows, None] + norms
        squares = reach - 2 * (x[rows] @ x.T)
        i, j = np.nonzero(squares <= CLOSE * reach)
        squares[i, j] = np.square(x[rows[i]] - x[j]).sum(axis=1)
        yield rows, squares, own[rows, None] != own
