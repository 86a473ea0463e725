"""Named quantities of a whole sample, and what they are when each part of it is left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.shared.refusals import lost_without
from substrate.numerics.estimates import Estimate, estimated
from substrate.numerics.metrics.spec import UndefinedScoreError
from substrate.numerics.nulls import (
    MIN_DRAWS,
    MIN_GROUPS,
    group_jackknife,
)
from substrate.numerics.scales import (
    PLAIN,
    Scale,
    draw_errors,
    jackknife_errors,
    together,
)
from substrate.wording import many

#: A standard error this small beside the value is rounding: nothing depends on what is left out.
CONSTANT = 1e-12
#: In the name of every quantity of the untrained twins.
TWINS = "untrained"
#: Works on numbers and on arrays of replicates alike.
Function = Callable[[Mapping[str, Any]], Any]


def no_draws() -> Float[np.ndarray, "_ s q"]:
    """Return the draws of a study without untrained twins."""
    return np.empty((0, 0, 0))


#: Why controls made of images are missing.
NO_IMAGES = "The domains have no images: their features were read from files."


@dataclass(frozen=True, eq=False, kw_only=True)
class Replicates:
    """Quantities under every setting of the switches, whole and with each unit left out.

    Anything that is computed from the quantities can be given an interval by computing it on
    every replicate: a difference needs no independence of its two sides.

    Attributes
    ----------
    settings, quantities
        Names of the rows and columns of ``whole``; the first setting is the default.
    places
        By setting: the domain (or pair of domains) that it looks at alone, "" for what the
        claims are about. ``place`` names what is counted so ("domains").
    group
        What makes samples of the domains hang together: "photograph", "writer".
    deciding
        The settings that decide together, of which the hardest counts: one per domain where a
        claim is about every domain, else the first alone.
    whole
        The quantities of the whole sample; NaN is missing, and ``missing`` may say why.
    left_out
        One array (units, settings, quantities) for each sample that varies on its own; empty
        where ``reason`` says why nothing may be said beyond the values.
    draws
        The quantities with each single draw of the untrained twins in the place of their mean.
    unit, units
        What is left out, and how many there are where there are fewest.
    have
        What the study brings, by the names that a claim's needs use ("domains", "encoders").
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
    draws: Float[np.ndarray, "_ s q"] = field(default_factory=no_draws)
    places: tuple[str, ...] = ()
    place: str = "domains"
    group: str = "photograph"
    deciding: tuple[int, ...] = (0,)
    have: dict[str, int] = field(default_factory=dict)

    def named(self, setting: int = 0) -> dict[str, float]:
        """Return the quantities of the whole sample under one setting."""
        return dict(zip(self.quantities, self.whole[setting].tolist(), strict=True))

    def per_row(
        self, function: Function, rows: Float[np.ndarray, "m q"]
    ) -> Float[np.ndarray, " m"]:
        """Compute something from every row of quantities at once."""
        values = function(dict(zip(self.quantities, rows.T, strict=True)))
        return np.broadcast_to(np.asarray(values, dtype=np.float64), len(rows))

    def estimate(self, function: Function, setting: int = 0, *, scale: Scale = PLAIN) -> Estimate:
        r"""Compute something from the quantities, with its 95 % interval.

        The variance is that of the delete-group jackknives of all samples, with Satterthwaite's
        degrees of freedom, and of the draw of the untrained twins where the value depends on it.
        The interval is symmetric on the ``scale`` (arctanh of correlations, logits of what lies
        between 0 and 1) and never leaves its range; the p-value is that of t as it is.
        """
        value = float(function(self.named(setting)))
        alone = Estimate(value, unit=self.unit, n_units=self.units)
        if not self.left_out:
            return alone.without_bounds(self.reason)
        replicates = [self.per_row(function, stratum[:, setting]) for stratum in self.left_out]
        drawn = self._drawn(function, setting)
        varies = np.ptp(drawn) > CONSTANT * max(1.0, abs(value))
        if (varies or self._rests_on_one_draw(function, setting)) and len(drawn) < MIN_DRAWS:
            return alone.without_bounds(few_draws(len(drawn)))
        of_units = together([jackknife_errors(stratum, scale) for stratum in replicates])
        if reason := self._unbounded(value, float(of_units.variance), drawn):
            return alone.without_bounds(reason)
        enough = len(drawn) >= MIN_DRAWS
        errors = together([of_units, draw_errors(drawn, scale)]) if enough else of_units
        return estimated(value, errors, unit=self.unit, n_units=self.units, scale=scale)

    def _unbounded(self, value: float, variance: float, drawn: Float[np.ndarray, " m"]) -> str:
        """Say why a value has no interval, or nothing."""
        if not np.isfinite([value, variance, *drawn]).all():
            return lost_without(self.unit)
        if np.sqrt(variance) <= CONSTANT * max(1.0, abs(value)):
            return f"No interval: it is the same whichever of the {self.unit} are left out."
        return ""

    def _drawn(self, function: Function, setting: int) -> Float[np.ndarray, " m"]:
        if not len(self.draws):
            return np.zeros(1)
        return self.per_row(function, self.draws[:, setting])

    def _rests_on_one_draw(self, function: Function, setting: int) -> bool:
        """Say whether a value needs the twins' quantities where a single draw shows no variance."""
        if len(self.draws) != 1:
            return False
        given = self.named(setting)
        twinless = {q: float("nan") if TWINS in q else v for q, v in given.items()}
        return bool(np.isfinite(function(given)) and not np.isfinite(function(twinless)))


def few_draws(have: int) -> str:
    """Say that the draw of the untrained twins cannot be allowed for."""
    drawn = "1 draw" if have == 1 else f"{have} draws"
    return f"{drawn} of untrained twins, and at least {MIN_DRAWS} are needed."


def photographs_left_out(
    statistic: Callable[[Int[np.ndarray, " k"]], Float[np.ndarray, "s q"]],
    groups: np.ndarray,
    *,
    blocks: int,
) -> Float[np.ndarray, "m s q"]:
    """Compute the quantities without each block of photographs."""
    replicates: list[np.ndarray] = []
    with suppress(UndefinedScoreError):  # what has no value without some has no more replicates
        for rows in rows_left_out(groups, blocks):
            replicates.append(statistic(rows))
    return np.array(replicates)


def rows_left_out(groups: np.ndarray, blocks: int) -> list[Int[np.ndarray, " k"]]:
    """Return the rows that are left without each block of photographs; none of one photograph.

    The blocks are those of `substrate.numerics.intervals.group_jackknife`.
    """
    kept: list[np.ndarray] = []

    def noted(rows: Int[np.ndarray, " k"]) -> float:
        kept.append(rows)
        return 0.0

    group_jackknife(noted, groups, max_units=blocks, minimum=2)
    return kept[1:]


def halves_of_photographs(
    groups: np.ndarray, most: int, *, classes: np.ndarray | None = None, seed: int = 0
) -> list[Int[np.ndarray, " k"]]:
    """Return the rows of random halves of the photographs, each beside its complement.

    As many halves as photographs, at most ``most``; an even number. Every half has a sample of each
    of the ``classes``.
    """
    names, codes = np.unique(np.asarray(groups), return_inverse=True)
    kinds = np.zeros(len(codes), dtype=int) if classes is None else classes
    all_kinds, rng = len(np.unique(kinds)), np.random.default_rng(seed)
    out: list[np.ndarray] = []
    while len(out) < max(2, min(most, len(names)) // 2 * 2):
        first = np.isin(codes, rng.permutation(len(names))[: len(names) // 2])
        sides = [np.flatnonzero(first), np.flatnonzero(~first)]
        if all(len(np.unique(kinds[side])) == all_kinds for side in sides):
            out += sides
    return out


def as_left_out(
    halves: Float[np.ndarray, "m s q"], whole: Float[np.ndarray, "s q"]
) -> Float[np.ndarray, "m s q"]:
    r"""Shrink values of random halves so that a jackknife of one unit gives their variance.

    .. math:: v = \frac{1}{m - 1} \sum_h (\theta_h - \bar\theta)^2

    The delete-d jackknife with d half of the photographs, (n - d) / d = 1. Leaving out a few
    photographs moves hardly anything across a step, so for ranks the delete-one jackknife is wrong:
    of twenty blocks it gives four times the variance. Half of them is enough. Shao & Wu, Ann.
    Stat. 1989. What is linear in the quantities stays so.
    """
    m = len(halves)
    return np.asarray(whole + (halves - halves.mean(axis=0)) * np.sqrt(m) / (m - 1))


def each_left_out(
    statistic: Callable[[int, Int[np.ndarray, " k"]], Float[np.ndarray, "s q"]],
    groups: Sequence[np.ndarray],
    *,
    blocks: int,
) -> tuple[Float[np.ndarray, "_ s q"], ...]:
    """Do so for several samples in turn; ``statistic`` is told which one keeps only some rows."""
    return tuple(
        photographs_left_out(partial(statistic, own), own_groups, blocks=blocks)
        for own, own_groups in enumerate(groups)
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


def too_few_groups(fewest: int, where: str, group: str = "photograph") -> str:
    """Say that a statement about a domain needs more of its groups, or nothing."""
    if fewest >= MIN_GROUPS:
        return ""
    return f"{where} has {many(fewest, group)}, and at least {MIN_GROUPS} are needed."


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
