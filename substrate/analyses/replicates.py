"""Named quantities of a whole sample, and what they are when each part of it is left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from jaxtyping import Float, Int
from scipy import stats

from substrate.nulls import MIN_GROUPS, delete_group_jackknife

#: A standard error this small beside the value is rounding: nothing depends on what is left out.
CONSTANT = 1e-12
Function = Callable[[Mapping[str, float]], float]


@dataclass(frozen=True, eq=False)
class Replicates:
    """Quantities under every setting of the switches, whole and with each unit left out.

    Anything that is computed from the quantities can be given an interval by computing it on
    every replicate: a difference needs no independence of its two sides.

    Attributes
    ----------
    settings, quantities
        Names of the rows and columns of ``whole``; the first setting is the default.
    whole
        The quantities of the whole sample; NaN is missing, and ``missing`` may say why.
    left_out
        One array (units, settings, quantities) for each sample that varies on its own; empty
        where ``reason`` says why nothing may be said beyond the values.
    unit, units
        What is left out, and how many there are where there are fewest.
    counted
        What the quantities rest on, as it is printed.
    """

    settings: tuple[str, ...]
    quantities: tuple[str, ...]
    whole: Float[np.ndarray, "s q"]
    left_out: tuple[Float[np.ndarray, "_ s q"], ...]
    unit: str
    units: int
    counted: str
    reason: str
    missing: dict[str, str]

    def named(self, setting: int = 0) -> dict[str, float]:
        """Return the quantities of the whole sample under one setting."""
        return dict(zip(self.quantities, self.whole[setting].tolist(), strict=True))

    def estimate(self, function: Function, setting: int = 0) -> Estimated:
        """Compute something from the quantities, with its 95 % jackknife interval."""
        value = float(function(self.named(setting)))
        if not self.left_out:
            return Estimated(value, None, None, None, self.reason)
        variance, df = 0.0, 0
        for stratum in self.left_out:
            each = np.array([
                function(dict(zip(self.quantities, row.tolist(), strict=True)))
                for row in stratum[:, setting]
            ])  # fmt: skip
            m = len(each)
            variance += float((m - 1) / m * np.square(each - each.mean()).sum())
            df += m - 1
        return _estimated(value, float(np.sqrt(variance)), df, self.unit)


@dataclass(frozen=True)
class Estimated:
    """A value with its interval and two-sided p-value, or the reason why there is neither."""

    value: float
    low: float | None
    high: float | None
    p: float | None
    reason: str = ""


def _estimated(value: float, error: float, df: int, unit: str) -> Estimated:
    if not np.isfinite(error):
        reason = f"No interval: it has no value without some of the {unit}."
        return Estimated(value, None, None, None, reason)
    if error <= CONSTANT * max(1.0, abs(value)):
        reason = f"No interval: it is the same whichever of the {unit} are left out."
        return Estimated(value, None, None, None, reason)
    reach = float(stats.t.ppf(0.975, df)) * error
    p = 2 * float(stats.t.sf(abs(value) / error, df))
    return Estimated(value, value - reach, value + reach, p)


def photographs_left_out(
    statistic: Callable[[Int[np.ndarray, " k"]], Float[np.ndarray, "s q"]],
    groups: np.ndarray,
    *,
    blocks: int,
) -> Float[np.ndarray, "m s q"]:
    """Compute the quantities without each block of photographs."""
    collected: list[np.ndarray] = []

    def noted(rows: Int[np.ndarray, " k"]) -> Float[np.ndarray, " v"]:
        found = statistic(rows)
        collected.append(found)
        return found.ravel()

    delete_group_jackknife(noted, groups, unit="photographs", max_units=blocks, minimum=2)
    return np.array(collected[1:])


def each_left_out(
    statistic: Callable[[int, Int[np.ndarray, " k"]], Float[np.ndarray, "s q"]],
    groups: Sequence[np.ndarray],
    *,
    blocks: int,
) -> tuple[Float[np.ndarray, "_ s q"], ...]:
    """Do so for several samples in turn; ``statistic`` is told which one keeps only some rows."""
    return tuple(
        photographs_left_out(partial(statistic, own), each, blocks=blocks)
        for own, each in enumerate(groups)
    )


def encoders_left_out(
    statistic: Callable[[Int[np.ndarray, " k"]], Float[np.ndarray, "s q"]],
    members: Sequence[Sequence[Sequence[int]]],
    count: int,
) -> tuple[Float[np.ndarray, "_ s q"], ...]:
    """Compute the quantities without each recipe, each kind of encoder a sample of its own.

    ``members`` lists, kind by kind and recipe by recipe, the encoders that are left out together.
    """
    every = np.arange(count)
    return tuple(
        np.array([statistic(every[~np.isin(every, recipe)]) for recipe in kind])
        for kind in members
        if kind
    )


def too_few_photographs(fewest: int, where: str) -> str:
    """Say that a statement about a domain needs more photographs, or nothing."""
    if fewest >= MIN_GROUPS:
        return ""
    have = "1 photograph" if fewest == 1 else f"{fewest} photographs"
    return f"{where} has {have}, and at least {MIN_GROUPS} are needed."


def independent(
    values: Float[np.ndarray, " q"], errors: Float[np.ndarray, " q"], df: int
) -> tuple[Float[np.ndarray, "_ s q"], ...]:
    """Stand in for left-out values where only values and standard errors are known.

    Each quantity varies on its own: its jackknife gives back its standard error, and differences
    of two are as uncertain as if they were independent.
    """
    m = df + 1
    offsets = np.linspace(-1.0, 1.0, m)
    unit = np.sqrt((m - 1) / m * np.square(offsets).sum())
    strata = []
    for index, error in enumerate(errors):
        stratum = np.repeat(values[None, None], m, axis=0)
        stratum[:, 0, index] += error * offsets / unit
        strata.append(stratum)
    return tuple(strata)
