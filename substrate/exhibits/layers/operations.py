"""Which steps two encoders share, and the step at which they diverge most."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from substrate.analyses.layers.operations import Operations
from substrate.exhibits.exhibit import Exhibit, titles
from substrate.exhibits.verdict import (
    Outcome,
    Verdict,
    against_draws,
    against_level,
    against_zero,
    first_that_fits,
    name,
    weighed,
)
from substrate.figures.layers.operations import divergence_chart, operations_chart
from substrate.figures.theme import Theme
from substrate.numerics.depth.divergence import divergent
from substrate.numerics.estimates import too_few
from substrate.numerics.intervals import MIN_GROUPS
from substrate.runs import Run
from substrate.wording import many, number, spread, with_interval


def operations(result: Operations, run: Run, theme: Theme) -> Exhibit:
    """Return every step of one encoder beside every step of the other; the closest two open it."""
    names = _titles(result, run)
    place = run.domains[result.domain].title
    return Exhibit(
        key="layers-operations",
        title="Alike steps",
        sentence=_closest_sentence(result, names, place),
        context=_beside(result),
        verdict=_closest_verdict(result, names),
        figure=operations_chart(result, theme, names),
        read="Each cell compares what two steps do to how alike the images are: the change of the "
        "normed Gram matrix from one layer to the next, and the cosine of two such changes. Rows "
        "and columns are named by the layer that a step reaches; a circle marks steps that change "
        f"width or pooling, which are no residual steps.{_unchanged(result)}{_crosses(result)}",
        table=_pair_table(result),
        trace=_trace(result),
    )


def divergence(result: Operations, run: Run, theme: Theme) -> Exhibit:
    """Return how fast two encoders diverge along the depth of A, and name the largest step."""
    names = _titles(result, run)
    place = run.domains[result.domain].title
    return Exhibit(
        key="layers-divergence",
        title="Where they diverge",
        sentence=_parting_sentence(result, names, place),
        context=_parting_context(result),
        verdict=_parting_verdict(result, names),
        figure=divergence_chart(result, theme, names),
        read="Each mark is a step of A: by how much the distance to the layer of B at equal depth "
        "grows, per unit of depth. Below 0 the two come closer. Bars cover all steps at once, so "
        "the largest may be picked. Open marks change width or pooling.",
        table=_step_table(result),
        trace=_trace(result),
    )


def _titles(result: Operations, run: Run) -> tuple[str, str]:
    known = titles(run)
    return known[result.first.encoder], known[result.second.encoder]


def closest(result: Operations) -> tuple[int, int] | None:
    """Return the two steps that are most alike; None where no pair has a value."""
    if not np.isfinite(result.alike).any():
        return None
    i, j = np.unravel_index(int(np.nanargmax(result.alike)), result.alike.shape)
    return int(i), int(j)


def parting(result: Operations) -> int:
    """Return the step of the first encoder at which the distance grows fastest."""
    values = np.asarray(result.slope.value, dtype=float)
    return int(np.nanargmax(values)) if np.isfinite(values).any() else 0


def _closest_sentence(result: Operations, names: tuple[str, str], place: str) -> str:
    at = closest(result)
    if at is None:
        return f"On {place}, no step of {names[0]} or {names[1]} changes how alike the images are."
    value = with_interval(result.alike[at], *_known(result.low[at], result.high[at]))
    return (
        f"On {place}, the steps that are most alike are {result.first.names[at[0]]} of {names[0]} "
        f"and {result.second.names[at[1]]} of {names[1]}: cosine {value}."
    )


def _known(low: float, high: float) -> tuple[float | None, float | None]:
    return (float(low), float(high)) if np.isfinite(low) and np.isfinite(high) else (None, None)


def _beside(result: Operations) -> str:
    parts, at = [], closest(result)
    if at is not None and len(result.twins_alike):
        seeds = many(len(result.twins_alike), "seed")
        parts.append(f"Untrained twins ({seeds}) give {spread(result.twins_alike[:, *at])} there.")
    if result.level is None:
        size = result.size
        what = "comparison with chance"
        parts.append(too_few(size.photographs, size.nouns.groups, MIN_GROUPS, what))
    else:
        known = np.isfinite(result.alike)
        passed = int(np.count_nonzero(known & (result.alike > result.level)))
        parts.append(
            f"With {result.size.nouns.groups} shuffled, the closest of all {int(known.sum())} "
            f"pairs has at most {number(result.level)} in 95 % of cases; {passed} are closer."
        )
    return " ".join([*parts, result.slope.reason]).strip()


def _closest_verdict(result: Operations, names: tuple[str, str]) -> Verdict | None:
    at = closest(result)
    if at is None:
        return None
    value = float(result.alike[at])
    level = Outcome.FEW if result.level is None else against_level(value, result.level)
    low, high = _known(result.low[at], result.high[at])
    twins = against_draws(low, high, result.twins_alike[:, *at])
    return first_that_fits(
        weighed(level, twins),
        f"{name(names[0])} and {name(names[1])} share a step: cosine {number(value)}",
        f"The two most alike steps have cosine {number(value)}",
    )


def _unchanged(result: Operations) -> str:
    return "" if np.isfinite(result.alike).all() else " Grey: a step that changes nothing."


def _crosses(result: Operations) -> str:
    return "" if result.level is None else " A cross marks what shuffling may give."


def _parting_sentence(result: Operations, names: tuple[str, str], place: str) -> str:
    at, slope = parting(result), result.slope
    ends = (None, None) if slope.low is None else _known(slope.low[at], slope.high[at])
    kind = "where width or pooling changes" if result.first.transition[at] else "within one stage"
    value = with_interval(float(slope.value[at]), *ends)
    if float(slope.value[at]) <= 0:
        return (
            f"On {place}, {names[0]} diverges from {names[1]} at no step: the distance changes by "
            f"{value} per unit of depth at most, from {result.first.names[at]}."
        )
    return (
        f"On {place}, {names[0]} diverges fastest from {names[1]} from {result.first.names[at]}, "
        f"{kind}: the distance grows by {value} per unit of depth."
    )


def _parting_context(result: Operations) -> str:
    at, parts = parting(result), []
    if len(result.twins_slope):
        seeds = many(len(result.twins_slope), "seed")
        parts.append(f"Untrained twins ({seeds}) give {spread(result.twins_slope[:, at])} there.")
    if result.slope.low is None:
        parts.append(result.slope.reason)
    else:
        found = divergent(np.asarray(result.slope.low))
        named = "; ".join(result.first.names[i] for i in found)
        parts.append(
            f"Steps at which the two diverge for sure: {named}."
            if len(found)
            else "At no step is it certain that the two diverge."
        )
    return " ".join(parts)


def _parting_verdict(result: Operations, names: tuple[str, str]) -> Verdict | None:
    at, slope = parting(result), result.slope
    ends = (None, None) if slope.low is None else _known(slope.low[at], slope.high[at])
    zero = Outcome.FEW if result.size.within else against_zero(*ends)
    twins = against_draws(*ends, result.twins_slope[:, at])
    value = number(float(slope.value[at]))
    if float(slope.value[at]) <= 0:
        return first_that_fits(
            weighed(zero, twins),
            f"{name(names[0])} and {name(names[1])} diverge nowhere: at most {value} per depth",
            f"They diverge nowhere: at most {value} per depth",
        )
    return first_that_fits(
        weighed(zero, twins),
        f"{name(names[0])} and {name(names[1])} diverge fastest, by {value} per depth",
        f"They diverge fastest, by {value} per depth",
    )


def _pair_table(result: Operations) -> pd.DataFrame:
    i, j = (index.ravel() for index in np.indices(result.alike.shape))
    twins = result.twins_alike
    return pd.DataFrame(
        {
            f"step of {result.first.encoder}": np.array(result.first.names, dtype=object)[i],
            f"step of {result.second.encoder} (B)": np.array(result.second.names, dtype=object)[j],
            "cosine": result.alike[i, j],
            "low": result.low[i, j],
            "high": result.high[i, j],
            **({} if result.level is None else {"shuffled, mean": result.null[i, j]}),
            "untrained, mean": twins.mean(axis=0)[i, j] if len(twins) else np.nan,
        }
    )


def _step_table(result: Operations) -> pd.DataFrame:
    slope, twins, far = result.slope, result.twins_slope, result.distance
    nothing = np.full(len(result.first.names), np.nan)
    return pd.DataFrame(
        {
            f"step of {result.first.encoder}": result.first.names,
            "transition": result.first.transition,
            "distance before": far.value[:-1],
            "distance after": far.value[1:],
            "growth per unit of depth": slope.value,
            "low": nothing if slope.low is None else slope.low,
            "high": nothing if slope.high is None else slope.high,
            "untrained, mean": twins.mean(axis=0) if len(twins) else nothing,
        }
    )


def _trace(result: Operations) -> dict[str, Any]:
    return {
        "first": result.first.encoder,
        "second": result.second.encoder,
        "domain": result.domain,
        "n": result.size.caption,
        "metric": "cosine of changes of normed Gram matrices; information imbalance both ways",
        "permutations": result.orders,
        "unit": result.size.nouns.groups,
    }
