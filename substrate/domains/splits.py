"""Dividing a domain into a part to fit on and a part to test on, without leaks between them."""

import numpy as np
import pandas as pd
from jaxtyping import Bool, Int

from substrate.domains.spec import DomainError

MIN_GROUPS = 10  # with fewer photographs, parts are cut inside each photograph
GAP = -1  # the block of tiles that lie on a cut

PHOTOGRAPH = "photograph"
WITHIN = "within photograph"


def split(
    samples: pd.DataFrame, *, fraction: float = 0.5, seed: int
) -> tuple[Int[np.ndarray, " fit"], Int[np.ndarray, " test"], str]:
    """Divide samples into rows to fit on and rows to test on; also name the unit that divides.

    With ten photographs or more, whole photographs go to either side, evenly over labels
    ("photograph"). With fewer, each photograph is cut in two across its longer side, and the
    tiles on the cut are dropped, so that fitted and tested tiles lie at least a tile apart
    ("within photograph"). Whole images have no inside to cut: they are divided by group however
    few groups there are.
    """
    if not 0 < fraction < 1:
        raise DomainError(f"fraction is {fraction}; give a share between 0 and 1.")
    rng = np.random.default_rng(seed)
    if is_within(samples):
        fit, test = _cut_photographs(samples, fraction, rng)
        unit = WITHIN
    else:
        chosen = _whole_groups(samples, fraction, rng)
        fit, test = np.flatnonzero(chosen), np.flatnonzero(~chosen)
        unit = PHOTOGRAPH
    if not (len(fit) and len(test)):
        raise DomainError(
            f"{len(samples)} samples of {samples['group'].nunique()} groups cannot be divided "
            "in two; take more samples."
        )
    return fit, test, unit


def is_within(samples: pd.DataFrame) -> bool:
    """Tell whether so few photographs are cut that splits have to run inside them."""
    return samples["group"].nunique() < MIN_GROUPS and bool((samples["box"] != "").all())


def blocks(samples: pd.DataFrame, *, count: int) -> Int[np.ndarray, " n"]:
    """Cut each photograph into up to `count` strips, at least a tile apart.

    A row's block is the number of its strip along the longer side of its photograph, or `GAP`
    for the tiles on a cut. A photograph too narrow to be cut is one block. Whole images are dealt
    to the blocks by group.
    """
    block = np.full(len(samples), GAP)
    cut = np.flatnonzero((samples["box"] != "").to_numpy())
    for rows, low, high in _extents(samples.iloc[cut]):
        cuts = [_cut(low, high, k / count) for k in range(1, count)]
        block[cut[rows]] = _strips(low, high, sorted({c for c in cuts if c is not None}))
    whole = np.setdiff1d(np.arange(len(samples)), cut)
    _, group = np.unique(samples["group"].to_numpy(dtype=str)[whole], return_inverse=True)
    block[whole] = group % count
    return block


def _cut_photographs(
    samples: pd.DataFrame, fraction: float, rng: np.random.Generator
) -> tuple[Int[np.ndarray, " fit"], Int[np.ndarray, " test"]]:
    """Cut each photograph in two; a seeded coin says which end is fitted."""
    side = np.full(len(samples), GAP)
    for rows, low, high in _extents(samples):
        fit_first = bool(rng.integers(2))
        cut = _cut(low, high, fraction if fit_first else 1 - fraction)
        if cut is None:
            side[rows] = int(fit_first)
            continue
        strips = _strips(low, high, [cut])
        side[rows] = np.where(strips == GAP, GAP, strips if fit_first else 1 - strips)
    return np.flatnonzero(side == 0), np.flatnonzero(side == 1)


def _extents(
    samples: pd.DataFrame,
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Return each photograph's rows and the interval of each tile along its longer side."""
    boxes = np.array([[int(v) for v in box.split(",")] for box in samples["box"]]).reshape(-1, 4)
    groups = samples["group"].to_numpy(dtype=str)
    extents = []
    for group in dict.fromkeys(groups):
        rows = np.flatnonzero(groups == group)
        box = boxes[rows]
        span = box.max(axis=0)[2:] - box.min(axis=0)[:2]
        axis = int(span[1] > span[0])
        extents.append((rows, box[:, axis], box[:, axis + 2]))
    return extents


def _cut(low: np.ndarray, high: np.ndarray, share: float) -> tuple[int, int] | None:
    """Find the interval to drop that leaves nearest to `share` of the rest before it."""
    best: tuple[float, tuple[int, int]] | None = None
    for start, stop in sorted(set(zip(low.tolist(), high.tolist(), strict=True))):
        before, after = int((high <= start).sum()), int((low >= stop).sum())
        if before and after:
            miss = abs(before / (before + after) - share)
            if best is None or miss < best[0]:
                best = (miss, (start, stop))
    return best[1] if best else None


def _strips(
    low: np.ndarray, high: np.ndarray, cuts: list[tuple[int, int]]
) -> Int[np.ndarray, " n"]:
    """Return the strip between cuts that each tile lies in; what touches a cut is in the gap."""
    strip = np.zeros(len(low), dtype=int)
    gap = np.zeros(len(low), dtype=bool)
    for start, stop in cuts:
        strip += low >= stop
        gap |= (low < stop) & (high > start)
    return np.where(gap, GAP, strip)


def _whole_groups(
    samples: pd.DataFrame, fraction: float, rng: np.random.Generator
) -> Bool[np.ndarray, " n"]:
    """Mark the rows to fit on: whole groups, in seeded order, evenly within each label.

    The share still owed is carried from one group to the next (error diffusion), through the
    groups of one label before those of the next.
    """
    table = samples.groupby("group", sort=True)["label"].agg(["first", "size"])
    order = rng.permutation(len(table))
    order = order[np.argsort(table["first"].to_numpy(dtype=str)[order], kind="stable")]
    if len(order) < 2:
        raise DomainError(
            f"all {len(samples)} samples belong to one photograph and cannot be divided; add "
            "another, or give the groups."
        )
    chosen = np.zeros(len(table), dtype=bool)
    owed, sizes = 0.0, table["size"].to_numpy()
    for group in order:
        owed += fraction * sizes[group]
        if owed >= sizes[group] / 2:
            chosen[group] = True
            owed -= sizes[group]
    if chosen.all():
        chosen[order[-1]] = False
    if not chosen.any():
        chosen[order[0]] = True
    return samples["group"].isin(table.index[chosen]).to_numpy()
