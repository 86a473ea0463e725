"""Which steps two encoders share, and the step at which they diverge most."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from substrate.analyses.layers.operations import Operations
from substrate.exhibits.exhibit import Exhibit, titles
from substrate.exhibits.layers.dead_words import left_out
from substrate.exhibits.verdict import (
    Outcome,
    Verdict,
    above_zero,
    against_draws,
    against_level,
    against_zero,
    first_that_fits,
    name,
    weighed,
)
from substrate.figures.layers.operations import divergence_chart, operations_chart
from substrate.figures.theme import Theme
from substrate.numerics.estimates import too_few
from substrate.numerics.intervals import MIN_DRAWS, MIN_GROUPS
from substrate.runs import Run
from substrate.wording import many, number, spread, where, with_interval


def operations(result: Operations, run: Run, theme: Theme) -> Exhibit:
    """Return every step of one encoder beside every step of the other; the closest two open it."""
    names = _titles(result, run)
    place = _place(result, run)
    return Exhibit(
        key="layers-operations",
        title="Alike steps",
        sentence=_closest_sentence(result, names, place),
        context=f"{_beside(result)} {_left_out(result, run)}".strip(),
        verdict=None if result.size.within else _closest_verdict(result, names),
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
    place = _place(result, run)
    return Exhibit(
        key="layers-divergence",
        title="Where they diverge",
        sentence=_parting_sentence(result, names, place),
        context=_parting_context(result),
        verdict=None if result.size.within else _parting_verdict(result, names),
        figure=divergence_chart(result, theme, names),
        read="Each mark is a step of A: by how much the distance to the layer of B at the same "
        "stage grows, per unit of depth. Both have as many stages as the shorter has layers that "
        "change anything, evenly spaced. Below 0 the two come closer. Bars cover all steps at "
        "once, so the largest may be picked. Open marks change width or pooling; a "
        "downsampling at equal width is not marked.",
        table=_step_table(result),
        trace=_trace(result),
    )


def _place(result: Operations, run: Run) -> str:
    size, title = result.size, run.domains[result.domain].title
    return where(title, size.photographs, within=size.within, group=size.nouns.group)


def _left_out(result: Operations, run: Run) -> str:
    return left_out(run, {one.encoder: one.layers for one in (result.first, result.second)})


def _titles(result: Operations, run: Run) -> tuple[str, str]:
    names = titles(run)
    return names[result.first.encoder], names[result.second.encoder]


def closest(result: Operations) -> tuple[int, int] | None:
    """Return the two steps that are most alike; None where no pair has a value."""
    if not np.isfinite(result.alike).any():
        return None
    i, j = np.unravel_index(int(np.nanargmax(result.alike)), result.alike.shape)
    return int(i), int(j)


def diverging(result: Operations) -> list[int]:
    """Return the steps at which the two diverge: told from zero, and from untrained twins if any.

    Where one network lists more layers than the other, the growth must also exceed what that
    explains.
    """
    steps = range(len(result.stages.names))
    twins = len(result.twins_slope) > 0
    return [
        at
        for at in steps
        if _from_zero(result, at) is Outcome.BEYOND
        and (not twins or _from_twins(result, at) is Outcome.BEYOND)
    ]


def _from_zero(result: Operations, at: int) -> Outcome:
    if result.size.within:
        return Outcome.FEW
    if result.slope.low is None or result.excess.low is None:
        return Outcome.UNTESTED
    zero = against_zero(*_known(result.slope.low[at], result.slope.high[at]))
    beyond = against_zero(*_known(result.excess.low[at], result.excess.high[at]))
    return Outcome.OPEN if zero is Outcome.BEYOND and beyond is not Outcome.BEYOND else zero


def _from_twins(result: Operations, at: int) -> Outcome:
    return against_draws(*_ends(result, at), result.twins_slope[:, at])


def _ends(result: Operations, at: int) -> tuple[float | None, float | None]:
    slope = result.slope
    return (None, None) if slope.low is None else _known(slope.low[at], slope.high[at])


def parting(result: Operations) -> int:
    """Return the step at which the distance grows fastest, of those that are told if any is."""
    values = np.asarray(result.slope.value, dtype=float)
    steps = diverging(result)
    if steps:
        return steps[int(np.argmax(values[steps]))]
    return int(np.nanargmax(values)) if np.isfinite(values).any() else 0


def _closest_sentence(result: Operations, names: tuple[str, str], place: str) -> str:
    at = closest(result)
    if at is None:
        return f"{place}, no step of {names[0]} or {names[1]} changes how alike the images are."
    value = with_interval(result.alike[at], *_known(result.low[at], result.high[at]))
    return (
        f"{place}, the steps that are most alike are {result.first.names[at[0]]} of {names[0]} "
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
    elif np.isfinite(result.level):
        finite = np.isfinite(result.alike)
        passed = int(np.count_nonzero(finite & (result.alike > result.level)))
        parts.append(
            f"With {result.size.nouns.groups} shuffled, the closest of all {int(finite.sum())} "
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
    verb = "share" if level is Outcome.BEYOND else "may share"
    return first_that_fits(
        weighed(level, twins),
        f"{name(names[0])} and {name(names[1])} {verb} a step: cosine {number(value)}",
        f"The two most alike steps have cosine {number(value)}",
    )


def _unchanged(result: Operations) -> str:
    return "" if np.isfinite(result.alike).all() else " Grey: a step that changes nothing."


def _crosses(result: Operations) -> str:
    return "" if result.level is None else " A cross marks what shuffling may give."


def _parting_sentence(result: Operations, names: tuple[str, str], place: str) -> str:
    at, value = parting(result), float(result.slope.value[parting(result)])
    step = result.stages.names[at]
    kind = "where width or pooling changes" if result.stages.transition[at] else "at equal width"
    size = with_interval(value, *_ends(result, at))
    if value <= 0:
        return (
            f"{place}, the distance of {names[0]} from {names[1]} grows at no step: it changes "
            f"by {size} per unit of depth at most, from {step}."
        )
    if at in diverging(result):
        return (
            f"{place}, {names[0]} diverges fastest from {names[1]} from {step}, {kind}: the "
            f"distance grows by {size} per unit of depth."
        )
    return (
        f"{place}, the distance of {names[0]} from {names[1]} grows most from {step}, {kind}: "
        f"by {size} per unit of depth."
    )


def _parting_context(result: Operations) -> str:
    at, parts = parting(result), []
    if len(result.twins_slope):
        seeds = many(len(result.twins_slope), "seed")
        parts.append(f"Untrained twins ({seeds}) give {spread(result.twins_slope[:, at])} there.")
    if result.uneven:
        parts.append(
            "The two have unequal numbers of layers that change anything: "
            f"{len(result.stages.layers)} of each are compared. If the two were one network, the "
            "distance could grow by as much as the "
            f"next layers lie apart: {number(float(result.resolution[at]))} there, of "
            f"{number(float(np.diff(result.distance.value)[at]))}."
        )
    if result.slope.low is None:
        parts.append(result.slope.reason)
    else:
        parts.append(_told_steps(result))
    return " ".join(parts)


def _told_steps(result: Operations) -> str:
    """Name the steps that are told from zero and from twins, with what twins give at each."""
    twins, steps = result.twins_slope, diverging(result)
    beyond = "above 0" + (" and beyond what unequal lists explain" if result.uneven else "")
    if not len(twins):
        beyond += ", without untrained twins to compare"
    elif len(twins) < MIN_DRAWS:
        return too_few(len(twins), "untrained twins", MIN_DRAWS, "step is told from them")
    else:
        beyond += " and beyond untrained twins"
    if not steps:
        return f"At no step is the interval {beyond}."
    named = "; ".join(
        f"{result.stages.names[i]}" + (f" (twins {spread(twins[:, i])})" if len(twins) else "")
        for i in steps
    )
    return f"Steps with an interval {beyond}: {named}."


def _parting_verdict(result: Operations, names: tuple[str, str]) -> Verdict | None:
    at = parting(result)
    twins = _from_twins(result, at)
    value, pair = float(result.slope.value[at]), f"{name(names[0])} and {name(names[1])}"
    size, after = number(value), name(result.stages.layers[at])
    if twins is Outcome.BELOW:
        texts = [f"{who} diverge less than untrained twins: {size} per depth" for who in _who(pair)]
    elif value <= 0:
        texts = [f"{who} may diverge nowhere: at most {size} per depth" for who in _who(pair)]
    else:
        verb = "diverge" if at in diverging(result) else "may diverge"
        texts = [f"{pair} {verb} fastest after {after}, by {size} per depth"]
        texts += [f"{who} {verb} fastest, by {size} per depth" for who in _who(pair)]
    return first_that_fits(above_zero(_from_zero(result, at), twins), *texts)


def _who(pair: str) -> tuple[str, str]:
    return pair, "They"


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
    nothing = np.full(len(result.stages.names), np.nan)
    return pd.DataFrame(
        {
            f"step of {result.first.encoder}": result.stages.names,
            f"step of {result.second.encoder} (B)": result.met.names,
            "transition": result.stages.transition,
            "distance before": far.value[:-1],
            "distance after": far.value[1:],
            "growth per unit of depth": slope.value,
            "low": nothing if slope.low is None else slope.low,
            "high": nothing if slope.high is None else slope.high,
            **({"explained by unequal lists": result.resolution} if result.uneven else {}),
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
