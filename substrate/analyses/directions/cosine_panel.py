"""Each direction of one side against each of the other: values, their null, their interval."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from substrate.analyses.directions.basis import Basis
from substrate.analyses.shared.units import Units
from substrate.domains.splits import WITHIN
from substrate.numerics.nulls import (
    MIN_GROUPS,
    group_jackknife,
    group_members,
    layer_calibration,
    row_orders,
    too_few,
)
from substrate.numerics.scales import (
    CORRELATION,
    Scale,
)
from substrate.numerics.spectra import (
    SpectrumError,
    centred,
)
from substrate.wording import of_photographs

PHOTOGRAPHS = "photographs"
Cells = Float[np.ndarray, "a b"]


@dataclass(frozen=True)
class Facts:
    """What a picture rests on: how many samples of how many photographs, and the switches.

    ``units`` are the first encoder's, and how many of them took part.
    """

    domain: str
    n: int
    photographs: int
    n_fit: int
    n_test: int
    test_photographs: int
    unit: str
    scaling: str
    units: Units
    permutations: int
    seed: int

    @property
    def scaled(self) -> str:
        """Say how units were brought to scale, and how many of A's took part if not all did."""
        return f"{self.scaling}, {self.units.text}" if self.units.left_out else self.scaling

    @property
    def samples(self) -> str:
        """Say how many samples there are of how many photographs."""
        within = f", {WITHIN}" if self.unit == WITHIN else ""
        return of_photographs(self.n, self.photographs) + within


def facts_of(basis: Basis, samples: pd.DataFrame, permutations: int) -> Facts:
    """Return the facts of a domain divided as the basis was."""
    groups = samples["group"].to_numpy(dtype=str)
    return Facts(
        domain=basis.domain,
        n=len(groups),
        photographs=basis.photographs,
        n_fit=len(basis.fit),
        n_test=len(basis.test),
        test_photographs=len(np.unique(groups[basis.test])),
        unit=basis.unit,
        scaling=basis.scaling,
        units=basis.units,
        permutations=permutations,
        seed=basis.seed,
    )


@dataclass(frozen=True, eq=False)
class Judged:
    """Cells beside their null and interval; what is None is explained by the reason next to it.

    ``low`` and ``high`` are each cell's own interval, ``low_any`` and ``high_any`` cover all cells
    at once, and so the largest one.
    ``level`` is the 95 % level of the largest absolute cell of a null panel, ``p`` the p-value of
    each cell against those largest cells, ``extremes`` the largest cells themselves.
    """

    values: Cells
    low: Cells | None
    high: Cells | None
    interval_reason: str
    level: float | None
    p: Cells | None
    extremes: Float[np.ndarray, " c"]
    null_reason: str
    low_any: Cells | None = None
    high_any: Cells | None = None

    @property
    def above(self) -> np.ndarray:
        """Tell which cells exceed what chance alone reaches in the largest cell."""
        if self.level is None:
            return np.zeros(self.values.shape, dtype=bool)
        return np.abs(self.values) > self.level


@dataclass(frozen=True, eq=False)
class Panel:
    """Directions of one side (rows) against directions of the other (columns).

    ``partner`` is, for each row, the column that the fit rows alone pick, so that its value on the
    test rows is not flattered by the choice; -1 where the kind of cosine offers no such choice.
    ``norms_a`` and ``norms_b`` are the lengths that are left of each direction by the map.
    ``typical`` is the standard deviation of one cell between random directions of ``dimension``
    coordinates, ``untrained`` the largest absolute cell between each pair of untrained twins.
    """

    kind: str
    name_a: str
    name_b: str
    judged: Judged
    partner: Int[np.ndarray, " a"]
    reliability_a: Float[np.ndarray, " a"]
    reliability_b: Float[np.ndarray, " b"]
    norms_a: Float[np.ndarray, " a"] | None
    norms_b: Float[np.ndarray, " b"] | None
    dimension: int | None
    typical: float | None
    untrained: Float[np.ndarray, " s"]
    null_kind: str
    interval_kind: str
    facts: Facts

    @property
    def values(self) -> Cells:
        """Return the cells."""
        return self.judged.values


def correlations(x: Float[np.ndarray, "n a"], y: Float[np.ndarray, "n b"]) -> Cells:
    """Return the Pearson correlation of every column of x with every column of y."""
    return unit_columns(x).T @ unit_columns(y)


def unit_columns(x: Float[np.ndarray, "n a"]) -> Float[np.ndarray, "n a"]:
    """Return centred columns of length one; NaN where a column does not vary."""
    x = centred(x)
    norms = np.linalg.norm(x, axis=0)
    return np.divide(x, norms, out=np.full_like(x, np.nan), where=norms > 0)


def permutations_of(
    groups: np.ndarray, count: int, seed: int
) -> tuple[Int[np.ndarray, "c n"], str]:
    """Return permutations of whole groups, of tiles inside of few, or none and the reason."""
    if len(group_members(groups)) < 2:
        return np.empty((0, len(groups)), dtype=np.int64), (
            "No null: all samples come from one photograph, so nothing can be permuted."
        )
    return row_orders(groups, count, seed), ""


def null_kind(groups: np.ndarray) -> str:
    """Name what the null of these test samples permutes."""
    if len(np.unique(groups)) < min(MIN_GROUPS, len(groups)):
        return "test tiles permuted inside each photograph"
    return "test photographs permuted"


def judge(
    values: Cells,
    null: Float[np.ndarray, "c a b"],
    n_groups: int,
    *,
    null_reason: str = "",
    interval: Ends | None = None,
) -> Judged:
    """Set cells beside their null; signs are ignored, as a direction's sign is a convention."""
    ends = interval or Ends(None, None, "")
    if not len(null) or not np.isfinite(values).all():
        reason = null_reason or "No null: a direction does not vary over the test samples."
        return Judged(
            values, ends.low, ends.high, ends.reason, None, None, np.empty(0), reason,
            ends.low_any, ends.high_any,
        )  # fmt: skip
    found = layer_calibration(np.abs(values), np.abs(null), n_groups=n_groups)
    few = n_groups < MIN_GROUPS
    reason = too_few(n_groups, PHOTOGRAPHS, MIN_GROUPS, "comparison with chance") if few else ""
    level = None if few else found.tau
    return Judged(
        values, ends.low, ends.high, ends.reason, level, found.p, found.extreme_null, reason,
        ends.low_any, ends.high_any,
    )  # fmt: skip


class Ends(NamedTuple):
    """The ends of intervals, each value's own and those of all together, or why there are none."""

    low: np.ndarray | None
    high: np.ndarray | None
    reason: str
    low_any: np.ndarray | None = None
    high_any: np.ndarray | None = None

    def cut(self, part: slice, shape: tuple[int, ...]) -> Ends:
        """Return some of the values, in a shape."""
        ends = (self.low, self.high, self.low_any, self.high_any)
        low, high, low_any, high_any = (
            None if end is None else end[part].reshape(shape) for end in ends
        )
        return Ends(low, high, self.reason, low_any, high_any)


def jackknifed(
    statistic: Callable[[Int[np.ndarray, " k"]], np.ndarray],
    groups: np.ndarray,
    seed: int,
    *,
    scale: Scale = CORRELATION,
    unit: str = PHOTOGRAPHS,
    blocks: int = 40,
) -> Ends:
    """Return the delete-group intervals of an array, or the reason why there are none."""
    have = len(group_members(groups))
    if have < MIN_GROUPS:
        return Ends(None, None, too_few(have, unit, MIN_GROUPS, "interval"))
    try:
        found = group_jackknife(statistic, groups, unit=unit, max_units=blocks, seed=seed)
    except SpectrumError as error:
        return Ends(None, None, f"No interval: without some photographs, {error}")
    if found.reason:
        return Ends(None, None, found.reason)
    own, every = found.interval(scale), found.interval(scale, jointly=True)
    return Ends(own.low, own.high, "", every.low, every.high)
