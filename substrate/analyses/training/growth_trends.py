"""Rank correlations of agreement with size and skill, of encoders and of their untrained twins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.shared.refusals import NO_TWINS
from substrate.numerics.estimates import Estimate
from substrate.numerics.intervals import encoder_jackknife, mean_of_draws, with_draws
from substrate.numerics.scales import CORRELATION
from substrate.numerics.transfer.trend import (
    LEAST_ORDERS,
    OrderTest,
    TrendError,
    order_test,
    others_mean,
    partial_spearman,
    spearman,
    trend,
)

SIZE, ACCURACY, PROBE = "parameters", "accuracy", "linear probe"
MEASURES = (SIZE, ACCURACY, PROBE)
#: What is held against agreement, and what is held fixed while it is.
ASKED = (
    (SIZE, ""),
    (ACCURACY, ""),
    (PROBE, ""),
    (SIZE, PROBE),
    (PROBE, SIZE),
    (SIZE, ACCURACY),
    (ACCURACY, SIZE),
)


@dataclass(frozen=True)
class Trend:
    """A rank correlation of agreement with one measure, ``given`` another where it is not "".

    ``untrained`` is the mean over draws of twins, each held against its trained encoder's measure;
    ``beyond`` is trained − untrained. ``p`` is of shuffled encoders: none for what is given
    another, below five recipes, and below ten photographs. ``test_reason`` says why there is none;
    ``reason`` says why there is not even a correlation.
    """

    measure: str
    given: str
    encoders: tuple[str, ...]
    trained: Estimate
    untrained: Estimate
    beyond: Estimate
    test: OrderTest | None = None
    test_reason: str = ""
    reason: str = ""

    @property
    def defined(self) -> bool:
        """Say whether there is a correlation."""
        return not self.reason


@dataclass(frozen=True, eq=False)
class Panel:
    """What trends are made of: similarities (more is closer), of twins seed by seed, and names."""

    names: tuple[str, ...]
    recipes: tuple[str, ...]
    similarity: Float[np.ndarray, "e e"]
    twins: Float[np.ndarray, "s e e"]
    few: str
    seed: int


def trends(panel: Panel, measures: Mapping[str, Float[np.ndarray, " e"]]) -> tuple[Trend, ...]:
    """Return every rank correlation that is asked for, with why some cannot be had."""
    return tuple(
        _trend(panel, measure, given, measures[measure], measures[given] if given else None)
        for measure, given in ASKED
    )


def _trend(
    panel: Panel,
    measure: str,
    given: str,
    x: Float[np.ndarray, " e"],
    fixed: Float[np.ndarray, " e"] | None,
) -> Trend:
    there = np.isfinite(x) if fixed is None else np.isfinite(x) & np.isfinite(fixed)
    there &= np.isfinite(others_mean(panel.similarity, np.array(panel.recipes)))
    names = tuple(name for name, one in zip(panel.names, there, strict=True) if one)
    try:
        estimate = trend(panel.similarity, x, panel.recipes, fixed)
    except TrendError as error:
        none = Estimate(None, reason=str(error))
        return Trend(measure, given, names, none, none, none, reason=str(error))
    if panel.few:
        estimate = _bare(estimate, panel.few)
    untrained, beyond = _twins(panel, x, fixed, np.flatnonzero(there))
    test, reason = _test(panel, x, given, np.flatnonzero(there))
    return Trend(measure, given, names, estimate, untrained, beyond, test, reason)


def _test(
    panel: Panel, x: Float[np.ndarray, " e"], given: str, able: Int[np.ndarray, " k"]
) -> tuple[OrderTest | None, str]:
    """Shuffle encoders where each is of a recipe of its own."""
    if panel.few:
        return None, panel.few
    if given:
        return None, "Orders of encoders are not shuffled while something is held fixed."
    recipes = {panel.recipes[i] for i in able}
    if len(recipes) < len(able):
        return None, "Encoders of one recipe do not change places: no test by their order."
    if len(able) < LEAST_ORDERS:
        return None, (
            f"{len(able)} encoders: {LEAST_ORDERS} are needed for an order that is rarer than 5 %."
        )
    mean = others_mean(panel.similarity, np.array(panel.recipes))
    return order_test(x[able], mean[able], seed=panel.seed), ""


def _twins(
    panel: Panel,
    x: Float[np.ndarray, " e"],
    fixed: Float[np.ndarray, " e"] | None,
    able: Int[np.ndarray, " k"],
) -> tuple[Estimate, Estimate]:
    """Return the mean correlation of the twins, and the encoders' less theirs.

    The error of the difference holds which encoders there are (left out with their twins) and how
    the draws of twins differ, as a panel that training did not change is one draw more.
    """
    recipes = np.array(panel.recipes)

    def correlation(similarity: np.ndarray, kept: Int[np.ndarray, " m"]) -> float:
        gone = np.setdiff1d(able, kept)
        rows = np.setdiff1d(np.arange(len(x)), gone)
        mean = np.full(len(x), np.nan)
        mean[rows] = others_mean(similarity[np.ix_(rows, rows)], recipes[rows])
        if not np.isfinite(mean[kept]).all():
            raise TrendError("Some untrained twins agree with none.")
        if fixed is None:
            return spearman(x[kept], mean[kept])
        return partial_spearman(x[kept], mean[kept], fixed[kept])

    if not len(panel.twins):
        none = Estimate(None, reason=NO_TWINS)
        return none, none
    try:
        draws = np.array([correlation(one, able) for one in panel.twins])
        untrained = mean_of_draws(draws, scale=CORRELATION)
        value = correlation(panel.similarity, able) - untrained.value

        def lead(kept: Int[np.ndarray, " m"]) -> float:
            rows = able[kept]
            of_twins = [correlation(one, rows) for one in panel.twins]
            return correlation(panel.similarity, rows) - float(np.mean(of_twins))

        beyond = encoder_jackknife(lead, len(able), recipes=recipes[able].tolist())
    except TrendError as error:
        none = Estimate(None, reason=str(error))
        return none, none
    beyond = with_draws(replace(beyond, value=value), draws)
    if panel.few:
        return _bare(untrained, panel.few), _bare(beyond, panel.few)
    return untrained, beyond


def _bare(estimate: Estimate, reason: str) -> Estimate:
    """Return the value alone, for a reason."""
    return Estimate(estimate.value, reason=reason, unit=estimate.unit, n_units=estimate.n_units)


def measured(values: Sequence[float | None]) -> Float[np.ndarray, " e"]:
    """Return one measure of all encoders, NaN where it is not known."""
    return np.array([np.nan if value is None else float(value) for value in values])
