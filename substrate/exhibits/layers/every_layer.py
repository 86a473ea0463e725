"""All layers of all encoders: the matrix with its words, and what it is about to cost."""

from __future__ import annotations

import numpy as np
import pandas as pd

from substrate.analyses.layers.every_layer import Cost, EveryLayer
from substrate.exhibits.exhibit import Exhibit, titles
from substrate.exhibits.layers.words import TIES
from substrate.exhibits.verdict import (
    Outcome,
    Verdict,
    above_zero,
    against_level,
    against_zero,
    first_that_fits,
    name,
    weighed,
)
from substrate.figures.layers.every_layer import every_layer_heatmap, family_heatmap
from substrate.figures.theme import Theme
from substrate.numerics.estimates import Estimate
from substrate.runs import Run
from substrate.wording import family_title, many, number, signed, where, with_interval

NOT_COMPUTED = "All layers of all encoders have not been compared yet."


def press(cost: Cost) -> str:
    """Say what is about to be computed, and about how long that takes."""
    seconds = max(5, 5 * round(cost.seconds / 5))
    return (
        f"{NOT_COMPUTED} {many(cost.layers, 'layer')}, {cost.pairs:,} pairs: about {seconds} s on "
        "one core."
    )


def every_layer(result: EveryLayer, run: Run, theme: Theme) -> Exhibit:
    """Return the matrix, and say which layers of two encoders are closest."""
    names, pair = titles(run), closest(result)
    place = where(
        run.domains[result.domain].title,
        result.size.photographs,
        within=result.size.within,
        group=result.size.nouns.group,
    )
    sentence, verdict = f"{result.label} has no value for any two layers {place}.", None
    if pair is not None:
        (i, j), value = pair, float(result.values[pair])
        first, second = (names[result.encoders[result.owner[at]]] for at in pair)
        sentence = (
            f"{place}, the two closest layers of different encoders are {first} {result.layers[i]} "
            f"and {second} {result.layers[j]}, with {result.label} {number(value)}."
        )
        verdict = first_that_fits(
            weighed(_beside(result, value), Outcome.UNTESTED),
            f"{name(first)} and {name(second)} hold the closest two layers: {number(value)}",
        )
    start = "" if result.symmetric else " Rows are the layers that a direction starts from."
    ties = f" Of neighbours, {TIES}." if result.metric == "information_imbalance" else ""
    return Exhibit(
        key="layers-every-layer",
        title="All layers of all encoders",
        sentence=sentence,
        context=f"{_chance(result)} {family_sentence(result)}The matrix has no intervals: those of "
        "a pair of encoders, and of their untrained twins, stand in Two encoders.",
        verdict=verdict,
        figure=every_layer_heatmap(result, theme, names),
        read="Lines divide the encoders; within one, layers go from the first to the last features."
        f"{start}{ties}",
        table=table(result, names),
        trace={"domain": result.domain, "n": result.size.caption, "metric": result.metric},
    )


def families(result: EveryLayer, run: Run, theme: Theme) -> Exhibit:
    """Return the matrix of families, and say whether layers are nearer within one."""
    estimate = result.kin
    place = where(
        run.domains[result.domain].title,
        result.size.photographs,
        within=result.size.within,
        group=result.size.nouns.group,
    )
    value = float(estimate.value[-1])
    sentence = f"{place}, every encoder is a family of its own: none can be compared within."
    verdict = None
    if not np.isfinite(value) and len(result.families) == 1:
        sentence = f"{place}, all encoders are of one family: none can be compared with another."
    if np.isfinite(value):
        low, high = (
            None if end is None else float(end[-1]) for end in (estimate.low, estimate.high)
        )
        sentence = (
            f"{place}, {result.label} over all layers of two encoders differs by "
            f"{with_interval(value, low, high, signed)} within families from between them."
        )
        verdict = _family_verdict(result, value, low, high)
    return Exhibit(
        key="layers-families",
        title="Families",
        sentence=sentence,
        context=" ".join(part for part in (estimate.reason, _beside_chance(result)) if part),
        verdict=verdict,
        figure=family_heatmap(result, theme),
        read="A cell is the mean over all layers of two different encoders of these families; on "
        "the diagonal both are of one family, and a family of one encoder has none (grey).",
        table=family_table(result),
        trace={"domain": result.domain, "n": result.size.caption, "metric": result.metric},
    )


def _family_verdict(
    result: EveryLayer, value: float, low: float | None, high: float | None
) -> Verdict | None:
    """Weigh the difference within families from between them, in its own direction, against 0."""
    turn = 1.0 if value >= 0 else -1.0
    ends = (None, None) if low is None or high is None else sorted((turn * low, turn * high))
    outcome = against_zero(*ends)
    near = (value > 0) == (result.closer == "higher")
    verb = {Outcome.OPEN: "may be", Outcome.BEYOND: "are"}.get(outcome, "of these are")
    how, end = "closer" if near else "further apart", "; no interval"
    return first_that_fits(
        above_zero(outcome, Outcome.UNTESTED),
        f"Layers {verb} {how} within families than between, by {number(abs(value))}"
        f"{end * (outcome is Outcome.UNTESTED)}",
    )


def _beside_chance(result: EveryLayer) -> str:
    if result.null_mean is None:
        return f"{result.null_reason[:1].upper()}{result.null_reason[1:]}." * bool(
            result.null_reason
        )
    return (
        f"With {result.size.nouns.groups} shuffled, pairs of different encoders have "
        f"{number(result.null_mean)} on average."
    )


def family_table(result: EveryLayer) -> pd.DataFrame:
    """Return every cell of the families with its interval over recipes."""
    count, estimate = len(result.families), result.kin
    none = np.full(count * count, np.nan)
    low, high = (none if end is None else end[:-1] for end in (estimate.low, estimate.high))
    return pd.DataFrame(
        {
            "family": [a for a in result.families for _ in result.families],
            "other family": [b for _ in result.families for b in result.families],
            "mean": estimate.value[:-1],
            "low": low,
            "high": high,
        }
    )


def closest(result: EveryLayer) -> tuple[int, int] | None:
    """Return the two layers of different encoders that are closest."""
    if not result.between.any():
        return None
    sign = 1.0 if result.closer == "higher" else -1.0
    ranked = np.where(result.between, sign * result.values, -np.inf)
    i, j = np.unravel_index(int(ranked.argmax()), ranked.shape)
    return int(i), int(j)


def _beside(result: EveryLayer, value: float) -> Outcome:
    if result.size.within:
        return Outcome.FEW
    if result.level is None:
        return Outcome.UNTESTED
    sign = 1.0 if result.closer == "higher" else -1.0
    return against_level(sign * value, sign * result.level)


def _chance(result: EveryLayer) -> str:
    if result.level is None or result.null_mean is None:
        return f"{result.null_reason[:1].upper()}{result.null_reason[1:]}." * bool(
            result.null_reason
        )
    sign = 1.0 if result.closer == "higher" else -1.0
    passed = int(np.count_nonzero(sign * result.values[result.between] > sign * result.level))
    count = int(result.between.sum())
    return (
        f"With {result.size.nouns.groups} shuffled, pairs of different encoders have "
        f"{number(result.null_mean)} on average, and the closest of all {count:,} reaches "
        f"{number(result.level)} in 95 % of cases: {passed:,} are closer."
    )


def family_sentence(result: EveryLayer) -> str:
    """Say between which two families the two directions differ most, by their last features."""
    estimate = result.by_family
    if estimate is None or estimate.value is None:
        return ""
    count = len(result.families)
    both = estimate.value.reshape(count, count)
    lead = np.where(np.isfinite(both), both.T - both, -np.inf)
    i, j = np.unravel_index(int(lead.argmax()), lead.shape)
    if not np.isfinite(lead[i, j]):
        return ""
    there, back = int(i * count + j), int(j * count + i)
    values = [_of_family(estimate, at) for at in (there, back)]
    first, second = (family_title(result.families[at]) for at in (i, j))
    if values[0] == values[1]:
        return "By family, both directions are alike to two decimals between any two families. "
    return (
        f"By family, directions differ most between {first} and {second} in these encoders: last "
        f"features of {first} tell the neighbours of {second}, and the other way round, with "
        f"{' and '.join(values)} on average over pairs of encoders. They were picked as the most "
        f"different, and their difference has no interval{_no_family_interval(estimate, there)} "
    )


def _no_family_interval(estimate: Estimate, at: int) -> str:
    """Say why the mean of two families has no interval, where it has none."""
    if estimate.reason:
        return f". {estimate.reason}"
    if estimate.low is None or not np.isfinite(estimate.low[at]):
        return ", nor have they: a family is of one recipe."
    return "."


def _of_family(estimate: Estimate, at: int) -> str:
    low, high = (None if end is None else float(end[at]) for end in (estimate.low, estimate.high))
    return with_interval(float(estimate.value[at]), low, high)


def table(result: EveryLayer, names: dict[str, str]) -> pd.DataFrame:
    """Return every cell of two different encoders."""
    i, j = np.nonzero(result.owner[:, None] != result.owner)
    owners = np.array([names[one] for one in result.encoders], dtype=object)[result.owner]
    layers = np.array(result.layers, dtype=object)
    return pd.DataFrame(
        {
            "encoder": owners[i],
            "layer": layers[i],
            "other encoder": owners[j],
            "other layer": layers[j],
            "value": result.values[i, j],
        }
    )
