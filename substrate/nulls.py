"""Nulls and intervals that respect groups: what chance alone gives, and how sure a value is."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from jaxtyping import Float, Int, Shaped
from scipy import stats

from substrate.metrics.spec import Metric, State

MIN_GROUPS = 10
MIN_ENCODERS = 8
#: Draws of untrained twins below which nothing is concluded from them.
MIN_DRAWS = 5
LEVEL = 0.95
#: A null this close to the value of identical features, relatively, leaves nothing to calibrate.
SATURATED = 1e-9
Groups = Shaped[np.ndarray, " n"]
Statistic = Callable[[Int[np.ndarray, " k"]], Any]


def group_members(groups: Groups) -> list[Int[np.ndarray, " k"]]:
    """List the rows of each group, in the order in which the groups first appear."""
    _, first, codes = np.unique(np.asarray(groups), return_index=True, return_inverse=True)
    order = np.argsort(first)
    sorted_rows = np.argsort(codes, kind="stable")
    members = np.split(sorted_rows, np.cumsum(np.bincount(codes))[:-1])
    return [members[i] for i in order]


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

    @property
    def clipped_above_tau(self) -> float:
        """The form of Groeger et al. 2026: (s - tau) / (1 - tau), clipped to [0, 1]."""
        return float(np.clip((self.observed - self.tau) / (self.best - self.tau), 0, 1))


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


def too_few(have: int, unit: str, need: int, what: str) -> str:
    """Say why nothing is printed."""
    return f"No {what}: {have} {unit}, and at least {need} are needed."


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
    """Score one pair and calibrate it by permutations of groups."""
    permutations = group_permutations(groups, count, seed)
    return calibrate(
        metric.compare(a, b),
        permutation_null(metric, a, b, permutations),
        n_groups=len(np.unique(groups)),
        best=best_value(metric, a),
        closer=metric.closer,
    )


def best_value(metric: Metric, state: State) -> float:
    """Return the value of a representation against itself."""
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


def calibrate_layers(
    metric: Metric,
    states_a: Sequence[State],
    states_b: Sequence[State],
    groups: Groups,
    count: int,
    seed: int,
) -> LayerCalibration:
    """Calibrate every layer pair against the most extreme pair of each permutation.

    All pairs see the same permutations, so that the extreme of a permutation is a real one.
    """
    permutations = group_permutations(groups, count, seed)
    null = np.array(
        [[permutation_null(metric, a, b, permutations) for b in states_b] for a in states_a]
    ).transpose(2, 0, 1)
    observed = metric.compare_all(states_a, states_b)
    return layer_calibration(
        observed,
        null,
        n_groups=len(np.unique(groups)),
        best=best_value(metric, states_a[0]),
        closer=metric.closer,
    )


def layer_calibration(
    observed: Float[np.ndarray, "a b"],
    null: Float[np.ndarray, "count a b"],
    *,
    n_groups: int,
    best: float = 1.0,
    closer: Literal["higher", "lower"] = "higher",
) -> LayerCalibration:
    """Correct for the number of layer pairs by the extreme of each permutation."""
    sign = 1.0 if closer == "higher" else -1.0
    extreme = (sign * null).max(axis=(1, 2))
    enough = n_groups >= MIN_GROUPS
    mean = null.mean(axis=0)
    return LayerCalibration(
        observed=observed,
        mean_null=mean,
        calibrated=(observed - mean) / (best - mean),
        extreme_null=sign * extreme,
        tau=sign * threshold(np.append(extreme, (sign * observed).max())),
        p=_p_values(sign * observed, extreme) if enough else None,
        n_groups=n_groups,
        reason="" if enough else too_few(n_groups, "groups", MIN_GROUPS, "p-value"),
    )


@dataclass(frozen=True, eq=False)
class Interval:
    """A value with its jackknife interval; `low` and `high` are `None` where `reason` says why."""

    value: Any
    low: Any
    high: Any
    standard_error: Any
    df: Any
    unit: str
    n_units: int
    reason: str = ""


def delete_group_jackknife(
    statistic: Statistic,
    groups: Groups,
    *,
    unit: str = "groups",
    max_units: int | None = 40,
    seed: int = 0,
    minimum: int = MIN_GROUPS,
    level: float = LEVEL,
) -> Interval:
    """Interval of a statistic of rows, leaving out one group at a time (t, m - 1 df).

    With more than `max_units` groups, random blocks of groups of equal number are left out
    instead, which costs some degrees of freedom and no validity; the seed fixes the blocks.
    """
    members = group_members(groups)
    value = statistic(np.arange(len(groups)))
    if len(members) < minimum:
        return _without(value, unit, len(members), minimum)
    if max_units is not None and len(members) > max_units:
        order = np.random.default_rng(seed).permutation(len(members))
        members = [
            np.concatenate([members[g] for g in block])
            for block in np.array_split(order, max_units)
        ]
    left_out = [_complement(rows, len(groups)) for rows in members]
    values = np.array([statistic(rows) for rows in left_out], dtype=np.float64)
    return _interval(value, [values], unit, len(np.unique(groups)), level)


def _complement(rows: Int[np.ndarray, " k"], n: int) -> Int[np.ndarray, " m"]:
    kept = np.ones(n, dtype=bool)
    kept[rows] = False
    return np.flatnonzero(kept)


def _without(value: Any, unit: str, have: int, need: int) -> Interval:
    return Interval(value, None, None, None, 0, unit, have, too_few(have, unit, need, "interval"))


def _interval(
    value: Any,
    strata: Sequence[Float[np.ndarray, "m ..."]],
    unit: str,
    n_units: int,
    level: float,
) -> Interval:
    variance: Any = 0.0
    for values in strata:
        m = len(values)
        variance = variance + (m - 1) / m * np.square(values - values.mean(axis=0)).sum(axis=0)
    error = np.sqrt(variance)
    df = sum(len(values) - 1 for values in strata)
    reach = stats.t.ppf((1 + level) / 2, df) * error
    low, high = value - reach, value + reach
    if np.ndim(value) == 0:
        low, high, error = float(low), float(high), float(error)
    return Interval(value, low, high, error, df, unit, n_units)


def encoder_jackknife(
    statistic: Statistic,
    n_encoders: int,
    *,
    strata: Shaped[np.ndarray, " e"] | None = None,
    minimum: int = MIN_ENCODERS,
    level: float = LEVEL,
) -> Interval:
    """Interval of a statement over pairs of encoders: encoders are left out, never pairs.

    `statistic` gets the encoders that are kept. A difference between kinds of encoder names
    the kinds as `strata`: each is then a sample of its own.
    """
    value = statistic(np.arange(n_encoders))
    if n_encoders < minimum:
        return _without(value, "encoders", n_encoders, minimum)
    kinds = np.zeros(n_encoders) if strata is None else np.asarray(strata)
    parts = []
    for members in group_members(kinds):
        if len(members) < 2:
            return Interval(
                value,
                None,
                None,
                None,
                0,
                "encoders",
                n_encoders,
                f"No interval: {kinds[members[0]]} has one encoder, and two are needed.",
            )
        kept = [_complement(np.array([e]), n_encoders) for e in members]
        parts.append(np.array([statistic(rows) for rows in kept], dtype=np.float64))
    return _interval(value, parts, "encoders", n_encoders, level)


def with_draws(
    interval: Interval,
    draws: Float[np.ndarray, "m ..."],
    *,
    future: bool = True,
    minimum: int = MIN_DRAWS,
    level: float = LEVEL,
) -> Interval:
    r"""Widen the interval of a value less the mean of m random draws by how the draws differ.

    .. math:: \operatorname{var} = v + s^2 (1 + 1/m), \qquad
        \nu = \frac{(v + w)^2}{v^2/\nu_v + w^2/(m - 1)}, \quad w = s^2 (1 + 1/m)

    Parameters
    ----------
    interval
        The difference with its error v over photographs, on the plain scale (not a logit's).
    draws
        What each draw of untrained twins gave on the same photographs, in the units of the value;
        the first axis counts the draws, the others are those of the value.
    future
        Whether the value is itself one draw of what the twins are drawn from if the null holds: a
        trained panel that training did not change is a further untrained one, so it differs from
        the mean of the others by s^2 (1 + 1/m), as in a prediction interval. False where only the
        mean over draws is uncertain, s^2 / m: two quantities of the same twins, or what the twins
        give on average.

    Returns
    -------
    Interval
        t with Satterthwaite's degrees of freedom (Satterthwaite 1946, Biometrics Bulletin 2:110);
        without bounds where the photographs allow none or there are fewer than `minimum` draws.
        What the draws and the photographs do together is in both parts: errs to the wide side.
    """
    m = len(draws)
    if interval.low is None:
        return interval
    if m < max(2, minimum):
        reason = too_few(m, "draws of untrained twins", max(2, minimum), "interval")
        return replace(interval, low=None, high=None, standard_error=None, df=0, reason=reason)
    of_draws = np.var(draws, axis=0, ddof=1) * ((1 + 1 / m) if future else 1 / m)
    of_units = np.square(interval.standard_error)
    variance = of_units + of_draws
    spread = np.square(of_units) / interval.df + np.square(of_draws) / (m - 1)
    with np.errstate(invalid="ignore"):
        df = np.where(variance > 0, np.square(variance) / spread, m - 1)
    error = np.sqrt(variance)
    reach = stats.t.ppf((1 + level) / 2, df) * error
    low, high = interval.value - reach, interval.value + reach
    if np.ndim(interval.value) == 0:
        low, high, error, df = float(low), float(high), float(error), float(df)
    return replace(interval, low=low, high=high, standard_error=error, df=df)


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
