"""Nulls and intervals that respect groups: what chance alone gives, and how sure a value is."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Float, Int

from substrate.numerics.estimates import LEVEL, too_few
from substrate.numerics.intervals import (
    MIN_DRAWS,
    MIN_ENCODERS,
    MIN_GROUPS,
    Groups,
    Statistic,
    delete_group_jackknife,
    encoder_jackknife,
    group_jackknife,
    group_members,
    with_draws,
)
from substrate.numerics.metrics.spec import (
    Metric,
    State,
)

#: A null this close to the value of identical features, relatively, leaves nothing to calibrate.
SATURATED = 1e-9


def group_permutations(groups: Groups, count: int, seed: int) -> Int[np.ndarray, "count n"]:
    """Random row orders in which whole groups stand in for one another.

    Groups of one give plain permutations and groups of equal size permuted blocks, each with its
    inner order. A group that stands in for one of another size gives a random part of its rows,
    or repeats some: laying unequal groups end to end instead would tear them apart, which rejects
    up to ten times too often (see docs/benchmarks.md).
    """
    members = group_members(groups)
    if len(members) < 2:
        raise ValueError(
            f"All {len(groups)} samples belong to one group: there is nothing to permute. "
            "A null needs at least two groups."
        )
    rng = np.random.default_rng(seed)
    places = np.concatenate(members)
    out = np.empty((count, len(places)), dtype=np.int64)
    if len({len(rows) for rows in members}) == 1:  # each stands in whole: no need to look at one
        rows = np.array(members)
        for row in out:
            row[places] = rows[rng.permutation(len(rows))].ravel()
        return out
    for row in out:
        order = rng.permutation(len(members))
        stand_ins = zip(order, members, strict=True)
        row[places] = np.concatenate([_fitted(members[g], len(m), rng) for g, m in stand_ins])
    return out


def _fitted(
    rows: Int[np.ndarray, " k"], size: int, rng: np.random.Generator
) -> Int[np.ndarray, " m"]:
    """As many rows as asked for, in order where none is lacking or over."""
    return rows if len(rows) == size else np.resize(rng.permutation(rows), size)


@dataclass(frozen=True, eq=False)
class Calibration:
    """One score beside its null.

    Attributes
    ----------
    calibrated
        (observed - mean null) / (best - mean null), unclipped: 0 is chance, 1 is identical; `None`
        where permuted rows reach the value of identical features (CCA with n <= p, say), and then
        `reason` says so.
    tau
        The 95 % threshold: the value at rank ceil(.95 (count + 1)) of null and observed together.
    p
        (1 + nulls as close as the observed) / (1 + count); `None` below ten groups, and then
        `reason` says so.
    """

    observed: float
    null: Float[np.ndarray, " count"]
    best: float
    closer: Literal["higher", "lower"]
    mean_null: float
    tau: float
    p: float | None
    calibrated: float | None
    n_groups: int
    reason: str = ""


def calibrate(
    observed: float,
    null: Float[np.ndarray, " count"],
    *,
    n_groups: int,
    best: float = 1.0,
    closer: Literal["higher", "lower"] = "higher",
) -> Calibration:
    """Set a score beside the scores of permuted data."""
    sign = 1.0 if closer == "higher" else -1.0
    mean = float(null.mean())
    p, reason = _p_values(sign * np.array(observed), sign * null), ""
    if n_groups < MIN_GROUPS:
        p, reason = None, too_few(n_groups, "groups", MIN_GROUPS, "p-value")
    saturated = abs(best - mean) <= SATURATED * max(1.0, abs(best))
    if saturated:
        reason = "Permuted rows score as high as identical features: this score says nothing here."
    return Calibration(
        observed=float(observed),
        null=null,
        best=best,
        closer=closer,
        mean_null=mean,
        tau=sign * threshold(np.append(sign * null, sign * observed)),
        p=None if p is None else float(p),
        calibrated=None if saturated else (float(observed) - mean) / (best - mean),
        n_groups=n_groups,
        reason=reason,
    )


def threshold(values: Float[np.ndarray, " count"], level: float = LEVEL) -> float:
    """Value at rank ceil(level * count)."""
    return float(np.sort(values)[int(np.ceil(level * len(values))) - 1])


def _p_values(observed: Any, null: Float[np.ndarray, " count"]) -> Any:
    """Share of null and observed at or above the observed; rounding does not break ties."""
    slack = 1e-12 * np.abs(null).max()
    ordered = np.sort(null)
    below = np.searchsorted(ordered, observed - slack, side="left")
    return (1 + len(null) - below) / (1 + len(null))


def permutation_null(
    metric: Metric, a: State, b: State, permutations: Int[np.ndarray, "count n"]
) -> Float[np.ndarray, " count"]:
    """Scores of one pair with the rows of the second side permuted."""
    return np.asarray(metric.compare_permuted(a, b, permutations))


def calibrate_pair(
    metric: Metric, a: State, b: State, groups: Groups, count: int, seed: int
) -> Calibration:
    """Score one pair and calibrate it by permutations of groups, inside them where they are few."""
    permutations = row_orders(groups, count, seed)
    return calibrate(
        metric.compare(a, b),
        permutation_null(metric, a, b, permutations),
        n_groups=len(np.unique(groups)),
        best=best_value(metric, b),
        closer=metric.closer,
    )


def best_value(metric: Metric, state: State) -> float:
    """Return the value of a representation against itself.

    Where it depends on the representation, that of the second side counts: none can predict it
    better than it does itself.
    """
    return float(metric.compare(state, state)) if metric.identical is None else metric.identical


@dataclass(frozen=True, eq=False)
class LayerCalibration:
    """All layer pairs at once: `p` and `tau` allow for having looked at every one of them."""

    observed: Float[np.ndarray, "a b"]
    mean_null: Float[np.ndarray, "a b"]
    calibrated: Float[np.ndarray, "a b"]
    extreme_null: Float[np.ndarray, " count"]
    tau: float
    p: Float[np.ndarray, "a b"] | None
    n_groups: int
    reason: str = ""


def layer_calibration(
    observed: Float[np.ndarray, "a b"],
    null: Float[np.ndarray, "count a b"],
    *,
    n_groups: int,
    best: float | Float[np.ndarray, "*cells"] = 1.0,
    closer: Literal["higher", "lower"] = "higher",
) -> LayerCalibration:
    """Correct for the number of layer pairs by the extreme of each permutation.

    `best` is the value of identical features, of each pair or of each column where it differs;
    a pair whose permuted rows reach it is not calibrated (NaN).
    """
    sign = 1.0 if closer == "higher" else -1.0
    extreme = (sign * null).max(axis=(1, 2))
    enough = n_groups >= MIN_GROUPS
    mean = null.mean(axis=0)
    room = np.asarray(best - mean)
    saturated = np.abs(room) <= SATURATED * np.maximum(1.0, np.abs(best))
    return LayerCalibration(
        observed=observed,
        mean_null=mean,
        calibrated=np.divide(
            observed - mean, room, out=np.full(observed.shape, np.nan), where=~saturated
        ),
        extreme_null=sign * extreme,
        tau=sign * threshold(np.append(extreme, (sign * observed).max())),
        p=_p_values(sign * observed, extreme) if enough else None,
        n_groups=n_groups,
        reason="" if enough else too_few(n_groups, "groups", MIN_GROUPS, "p-value"),
    )


def row_orders(groups: Groups, count: int, seed: int) -> Int[np.ndarray, "count n"]:
    """Draw the row orders of every null of this program; also one per encoder, to desynchronise.

    Whole groups change places where there are at least `MIN_GROUPS`, or where each holds one
    sample. Fewer groups stay where they are and their samples change places inside: what the
    samples of one photograph share then remains in the null, which would otherwise be exceeded by
    that alone.
    """
    members = group_members(groups)
    if len(members) >= MIN_GROUPS or len(members) == len(groups):
        return group_permutations(groups, count, seed)
    rng = np.random.default_rng(seed)
    orders = np.empty((count, len(groups)), dtype=np.int64)
    for order in orders:
        for rows in members:
            order[rows] = rng.permutation(rows)
    return orders


def no_chance(groups: Groups, unit: str = "photographs") -> str:
    """Say why nothing may be compared with chance on these rows; "" where it may.

    Below ten groups the groups stay where they are in the null, so what exceeds it may be what the
    groups share and no more: in null worlds about six of sixteen directions do.
    """
    return no_chance_of(len(group_members(groups)), unit)


def no_chance_of(have: int, unit: str = "photographs") -> str:
    """Say why nothing may be compared with chance on so many groups; "" where it may."""
    return "" if have >= MIN_GROUPS else too_few(have, unit, MIN_GROUPS, "comparison with chance")


def random_basis(d: int, k: int, rng: np.random.Generator) -> Float[np.ndarray, "d k"]:
    """Orthonormal columns, uniform over all of them (Haar)."""
    q, r = np.linalg.qr(rng.normal(size=(d, k)))
    return np.asarray(q * np.sign(np.diagonal(r)))


def rotated(x: Float[np.ndarray, "n p"], rng: np.random.Generator) -> Float[np.ndarray, "n p"]:
    """Turn the features at random: the null of scores that depend on coordinates."""
    return x @ random_basis(x.shape[1], x.shape[1], rng)


def rotated_null(
    metric: Metric,
    x: Float[np.ndarray, "n p"],
    y: Float[np.ndarray, "n q"],
    count: int,
    seed: int,
    **params: Any,
) -> Float[np.ndarray, " count"]:
    """Scores of x against y turned at random."""
    rng = np.random.default_rng(seed)
    state = metric.prepare(x, **params)
    return np.array(
        [metric.compare(state, metric.prepare(rotated(y, rng), **params)) for _ in range(count)]
    )


def split_half(
    groups: Groups, count: int, seed: int
) -> Iterator[tuple[Int[np.ndarray, " a"], Int[np.ndarray, " b"]]]:
    """Yield random halves of the rows, sorted; no group is on both sides."""
    members = group_members(groups)
    if len(members) < 2:
        raise ValueError("All samples belong to one group: it cannot be split in halves.")
    rng = np.random.default_rng(seed)
    for _ in range(count):
        order = rng.permutation(len(members))
        halves = order[: len(order) // 2], order[len(order) // 2 :]
        first, second = (np.sort(np.concatenate([members[g] for g in half])) for half in halves)
        yield first, second


__all__ = [
    "LEVEL",
    "MIN_DRAWS",
    "MIN_ENCODERS",
    "MIN_GROUPS",
    "Calibration",
    "Groups",
    "LayerCalibration",
    "Statistic",
    "best_value",
    "calibrate",
    "calibrate_pair",
    "delete_group_jackknife",
    "encoder_jackknife",
    "group_jackknife",
    "group_members",
    "group_permutations",
    "layer_calibration",
    "permutation_null",
    "random_basis",
    "rotated",
    "rotated_null",
    "row_orders",
    "split_half",
    "threshold",
    "too_few",
    "with_draws",
]
