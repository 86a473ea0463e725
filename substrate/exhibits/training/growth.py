"""Whether agreement grows with size or skill: two figures, their words and their tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from substrate.analyses.training.growth import Growth
from substrate.analyses.training.growth_trends import ACCURACY, PROBE, SIZE, Trend
from substrate.exhibits.exhibit import Exhibit, titles
from substrate.exhibits.verdict import (
    Badge,
    Outcome,
    Verdict,
    against_zero,
    first_that_fits,
    weighed,
)
from substrate.figures.theme import Theme
from substrate.figures.training.growth import PUBLISHED_TAU, ROWS, growth_scatter, trend_chart
from substrate.numerics.estimates import Estimate
from substrate.runs import Run
from substrate.wording import MINUS, listed, many, number, probability, signed, where, with_interval

#: What each measure is called in a sentence.
NAMES = {SIZE: "the number of parameters", ACCURACY: "accuracy", PROBE: "probe accuracy"}
PUBLISHED = (
    "Published: of 78 vision models, those that solve more of 19 transfer tasks share more of "
    "their ten nearest neighbours on images of places; groups of models are compared, and no rank "
    "correlation is given (Huh et al. 2024, arXiv:2405.07987). Of 11 encoders on 4 targets, "
    "alignment and transfer by a linear probe had a Kendall's τ of "
    f"{number(PUBLISHED_TAU)} (Radwan 2026, arXiv:2606.07882); τ is smaller than a Spearman "
    "correlation of the same orders."
)


def scatter(
    result: Growth, run: Run, theme: Theme, measure: str, *, published: bool = False
) -> Exhibit:
    """Return mean agreement with the others over one measure, with what the orders say of it."""
    trend = result.trend(measure)
    return Exhibit(
        key="training-growth",
        title=f"Agreement over {NAMES[measure]}",
        sentence=sentence(result, run, trend),
        context=context(result, run, trend, published=published),
        verdict=verdict(result, trend),
        figure=growth_scatter(result, theme, titles(run), measure) if trend.defined else None,
        read="Each mark is an encoder's mean agreement with those of other recipes. Crosses are "
        "untrained twins of the same encoders, compared among themselves: what they show as well, "
        "architecture alone explains. Lines join copies of one recipe and the steps of one "
        "training; copies that the panel leaves out take part in no correlation.",
        table=standing_table(result, run),
        trace=trace(result),
    )


def correlations(result: Growth, theme: Theme, *, published: bool = False) -> Exhibit:
    """Return every rank correlation, of one measure given another as well."""
    missing = [one for one in result.trends if not one.defined]
    reasons = dict.fromkeys(why(result, one) for one in missing)
    return Exhibit(
        key="training-trends",
        title="Rank correlations with agreement",
        sentence=given_sentence(result),
        context=" ".join(reasons),
        figure=trend_chart(result, theme, published=published)
        if len(missing) < len(result.trends)
        else None,
        read="1 where the encoders stand in the same order by both. A row given another measure is "
        "the partial rank correlation: what is left of one once the order by the other is held "
        "fixed. Crosses are untrained twins, held against the size and skill of the encoders that "
        "they are the beginning of.",
        table=trend_table(result),
        trace=trace(result),
    )


def why(result: Growth, one: Trend) -> str:
    """Say why a rank correlation cannot be had."""
    if PROBE in (one.measure, one.given) and result.no_probe:
        return result.no_probe
    row = ROWS[(one.measure, one.given)]
    return f"{row}: {one.reason[0].lower()}{one.reason[1:]}"


def sentence(result: Growth, run: Run, one: Trend) -> str:
    """Say how agreement and one measure go together, and what untrained twins give."""
    scores = result.scores
    place = where(
        run.domains[result.domain].title,
        scores.photographs,
        within=scores.within,
        group=scores.nouns.group,
    )
    if not one.defined:
        return f"{place}, agreement cannot be held against {NAMES[one.measure]}. {why(result, one)}"
    parts = [
        f"{place}, over {many(len(one.encoders), 'encoder')}, agreement with the others and "
        f"{NAMES[one.measure]} have a rank correlation of {_written(one.trained)}{_tested(one)}"
    ]
    if one.untrained.value is not None:
        parts.append(f"untrained twins have {_written(one.untrained)} on average")
        parts.append(f"trained {MINUS} untrained is {_written(one.beyond, plain=False)}")
    return "; ".join(parts) + "."


def _written(estimate: Estimate, *, plain: bool = True) -> str:
    write = number if plain else signed
    return with_interval(float(estimate.value), estimate.low, estimate.high, write)


def _tested(one: Trend) -> str:
    if one.test is None:
        return ""
    orders = "all" if one.test.exact else "drawn"
    return f" ({probability(one.test.p)} of {one.test.orders:,} orders, {orders})"


def context(result: Growth, run: Run, one: Trend, *, published: bool) -> str:
    """Say why there is no interval or test, what was left out, and how it compares."""
    parts = dict.fromkeys(
        [one.trained.reason, one.test_reason, one.beyond.reason] if one.defined else []
    )
    names = titles(run)
    if one.measure == ACCURACY and result.kind and result.other_kinds:
        left = listed([names[name] for name in result.other_kinds])
        parts[
            f"Accuracies are of the cards, {result.kind}, on the images that each was tested on; "
            f"left out, as theirs is of another kind: {left}."
        ] = None
    if one.defined:
        parts["Three measures are looked at, and each p is of one alone."] = None
    if published:
        parts[PUBLISHED] = None
    return " ".join(part for part in parts if part)


def given_sentence(result: Growth) -> str:
    """Say what is left of size given skill, and of skill given size."""
    size, skill = result.trend(SIZE, PROBE), result.trend(PROBE, SIZE)
    if not (size.defined and skill.defined):
        size, skill = result.trend(SIZE, ACCURACY), result.trend(ACCURACY, SIZE)
    if not (size.defined and skill.defined):
        return "What is left of size given skill, or of skill given size, cannot be had here."
    return (
        f"With {NAMES[size.given]} held fixed the number of parameters has a rank correlation of "
        f"{_written(size.trained)} with agreement; with the number of parameters held fixed "
        f"{NAMES[skill.measure]} has {_written(skill.trained)}."
    )


def verdict(result: Growth, one: Trend) -> Verdict | None:
    """Weigh a correlation against shuffled encoders and against that of untrained twins."""
    if not one.defined:
        return None
    value = float(one.trained.value)
    turn = 1.0 if value >= 0 else -1.0
    text = f"rank correlation of agreement and {NAMES[one.measure]}: {number(value)}"
    if result.scores.within:
        return first_that_fits(Badge.FEW, text)
    shuffled = _against(one.trained, turn)
    if one.test is not None and shuffled in (Outcome.BEYOND, Outcome.UNTESTED):
        shuffled = Outcome.BEYOND if one.test.p <= 0.05 else Outcome.OPEN
    badge = weighed(shuffled, _against(one.beyond, turn))
    if badge in (Badge.BOTH, Badge.SHUFFLING):
        moves = "grows" if value > 0 else "falls"
        text = f"agreement {moves} with {NAMES[one.measure]}: rank correlation {number(value)}"
    return first_that_fits(badge, text)


def _against(estimate: Estimate, turn: float) -> Outcome:
    if estimate.low is None or estimate.high is None:
        return Outcome.UNTESTED
    low, high = sorted((turn * float(estimate.low), turn * float(estimate.high)))
    return against_zero(low, high)


def standing_table(result: Growth, run: Run) -> pd.DataFrame:
    """Return every encoder with its size, skill and agreement, then the steps of trainings."""
    names = titles(run)
    rows: list[dict[str, Any]] = [
        {
            "encoder": names[one.encoder],
            "recipe": one.recipe,
            "in panel": one.in_panel,
            "step": None,
            "parameters": one.parameters,
            "accuracy": one.accuracy,
            "linear probe": None if one.probe is None else float(one.probe.value),
            "agreement": float(one.agreement.value),
            "low": one.agreement.low,
            "high": one.agreement.high,
            "shuffled, mean": one.shuffled,
            "untrained, mean": float(one.twins.mean()) if len(one.twins) else np.nan,
        }
        for one in result.standings
    ]
    for course in result.courses:
        for step, reached, agreed in zip(
            course.steps, course.accuracy, course.agreement, strict=True
        ):
            rows.append(
                {
                    "encoder": names[course.encoder],
                    "step": int(step),
                    "accuracy": float(reached),
                    "agreement": float(agreed),
                }
            )
    table = pd.DataFrame(rows)
    return table.drop(columns="shuffled, mean") if result.scores.within else table


def trend_table(result: Growth) -> pd.DataFrame:
    """Return every rank correlation with interval and test, twins', and the difference."""
    return pd.DataFrame(
        [
            {
                "measure": one.measure,
                "given": one.given,
                "encoders": len(one.encoders),
                **_columns("correlation", one.trained),
                "p": None if one.test is None else one.test.p,
                "orders": None if one.test is None else one.test.orders,
                **_columns("untrained", one.untrained),
                **_columns(f"trained {MINUS} untrained", one.beyond),
                "why not": why(result, one) if not one.defined else one.trained.reason,
            }
            for one in result.trends
        ]
    )


def _columns(name: str, estimate: Estimate) -> dict[str, Any]:
    return {name: estimate.value, f"{name}, low": estimate.low, f"{name}, high": estimate.high}


def trace(result: Growth) -> dict[str, Any]:
    """Return what the numbers rest on."""
    return {
        "domain": result.domain,
        "metric": result.scores.metric,
        "encoders": [one.encoder for one in result.standings if one.in_panel],
        "untrained seeds": list(result.seeds),
        "facts": result.facts,
    }
