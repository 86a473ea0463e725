"""What sparse predictions of units say, in sentences."""

from __future__ import annotations

import numpy as np

from substrate.analyses.units.few_to_one import FewToOne
from substrate.analyses.units.published import SOURCE, WHERE
from substrate.exhibits.units.words import left_out, signed_estimate
from substrate.wording import listed, many, number, percent, where, with_interval


def sentence(result: FewToOne, names: tuple[str, str]) -> str:
    """Say what at most three units predict, and what as many turned axes and the nulls do."""
    size = result.size
    place = where(size.title, size.photographs, within=size.within, group=size.nouns.group)
    few = with_interval(float(result.few.value), result.few.low, result.few.high)
    nulls = [f"three axes turned at random {_mean(result.rotations)}"]
    if result.twins.size:
        nulls.append(f"units of untrained twins {_mean(result.twins)}")
    if result.shuffled.size:
        nulls.append(f"units over shuffled {size.nouns.groups} {_mean(result.shuffled)}")
    return (
        f"{place}, at most three units of {names[0]} predict {few} of the variance of the units "
        f"of {names[1]} on {size.nouns.held_out}; {listed(nulls)}."
    )


def context(result: FewToOne) -> str:
    """Say how many units the chosen predictions take, and what is above the nulls."""
    chosen = result.chosen_all
    none = int((result.chosen == len(result.penalties)).sum())
    parts = [
        f"Above turned axes: {signed_estimate(result.above_rotations)}; above untrained twins: "
        f"{signed_estimate(result.above_twins)}.",
        f"Where each unit takes as many as it needs, the median is "
        f"{number(float(np.median(result.chosen_count)), 0)} units (mean "
        f"{number(float(result.chosen_count.mean()), 1)}, of turned axes "
        f"{number(result.rotated_count, 1)}) and R² "
        f"{with_interval(float(chosen.value), chosen.low, chosen.high)}.",
        f"{many(none, 'unit')} {'is' if none == 1 else 'are'} not predicted better than by a "
        "constant."
        if none
        else "",
        left_out(result.dead),
        result.few.reason,
    ]
    return " ".join(part for part in parts if part)


def reading(result: FewToOne) -> str:
    """Say how the curve is read."""
    groups = result.size.nouns.groups
    return (
        "Each unit of B is predicted by a weighted sum of units of A; a penalty on the weights "
        "(lasso) leaves fewer and fewer of them, from right to left, and those left are fitted "
        f"again without it, on half of the {groups}. On a quarter the smallest set is chosen that "
        "predicts no worse than the best, on the last quarter all are judged: R² is of all units "
        f"of B together. The interval leaves out blocks of the {groups} that judge. The dotted "
        "curve predicts from axes of the same space turned at random: it ends as high, but a "
        "curve that rises earlier says that single units carry what the encoders share."
    )


def sums_sentence(result: FewToOne, rows: int, level: int | None, names: tuple[str, str]) -> str:
    """Say what is shown of single units, and at which penalty."""
    return (
        f"{many(rows, 'unit')} of {names[1]} with the units of {names[0]} that predict each best, "
        f"{at(result, level)}."
    )


def at(result: FewToOne, level: int | None) -> str:
    """Say at which penalty predictions are shown, with how many units and at which R²."""
    if level is None:
        return "at the penalty chosen for each unit"
    return (
        f"at penalty {result.penalties[level]:.3g}: "
        f"{number(float(result.path.count[level]), 1)} units on average, R² "
        f"{number(float(result.path.r2[level]))}"
    )


def weights_sentence(result: FewToOne, names: tuple[str, str]) -> str:
    """Say how full the matrix of chosen weights is."""
    share = float((result.weights != 0).mean())
    return (
        f"Weights of the chosen predictions: {percent(share)} of the pairs of a unit of "
        f"{names[0]} and one of {names[1]} take part."
    )


def table_sentence(columns: int) -> str:
    """Say which layers the table of losses holds."""
    return (
        f"Half the unexplained variance at each penalty, for {many(columns, 'pair')} of layers "
        "that have been read side by side."
    )


def published_note() -> str:
    """Say where the published losses are from."""
    return f"Published: {SOURCE}. {WHERE}."


def _mean(draws: np.ndarray) -> str:
    return number(float(draws.mean()))
