"""Several encoders of one architecture: all pairs, cycles, and whether matchings agree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from substrate.analyses.units.several import PairMatch, SeveralEncoders
from substrate.exhibits.exhibit import Exhibit, titles
from substrate.exhibits.verdict import (
    Badge,
    Outcome,
    Verdict,
    against_zero,
    compared,
    first_that_fits,
)
from substrate.figures.theme import Theme
from substrate.figures.units import several as figures
from substrate.runs import Run
from substrate.wording import many, number, percent, where

PAIRS, CYCLES = "Units of several encoders", "In the cycles of the matching"
#: Said where some pairs have not been read yet.
NOT_READ = "Some pairs of these encoders have not been read side by side yet."
ALONE = (
    "No other encoder of this study has the recipe and the shape of A: copies that differ by their "
    "seed are compared here."
)


def pairs(result: SeveralEncoders, run: Run, theme: Theme) -> Exhibit:
    """Return the matched units of every two encoders beside their nulls."""
    return Exhibit(
        key="units-several",
        title=PAIRS,
        sentence=sentence(result),
        context=context(result, run),
        verdict=verdict(result),
        figure=figures.dots(result, titles(run), theme),
        read="Each row is a pair of encoders of one recipe and shape: the mean correlation of "
        "units matched on one half of the photographs and judged on the other, with its 95 % CI; "
        "axes of both spaces turned at random, and units of untrained twins, matched likewise. "
        "Consistency follows a unit from A to B to C and compares with its partner in C.",
        table=table(result),
        trace=trace(result),
    )


def matrices(result: SeveralEncoders, run: Run, theme: Theme) -> Exhibit:
    """Return the matrices of all pairs in the cycles of their matchings."""
    longest = max(int(one.cycles[0]) for one in result.pairs)
    return Exhibit(
        key="units-several-cycles",
        title=CYCLES,
        sentence=f"Correlations of units of {many(len(result.pairs), 'pair')} of encoders, ordered "
        f"by the cycles of each matching; the longest has {many(longest, 'unit')}.",
        figure=figures.matrices(result, titles(run), theme),
        read="A matching is a permutation of the units: a unit of A, its partner in B, the unit of "
        "A of that number, and so on until it closes. Rows and columns follow these cycles, the "
        "longest first, so that matched units lie on the diagonal.",
        table=table(result),
        trace=trace(result),
    )


def beyond(result: SeveralEncoders) -> list[PairMatch]:
    """Return the pairs whose units match beyond rotated axes, all pairs at once (Bonferroni)."""
    leads = [one.above_rotations.picked_from(len(result.pairs)) for one in result.pairs]
    return [
        one
        for one, lead in zip(result.pairs, leads, strict=True)
        if against_zero(lead.low, lead.high) is Outcome.BEYOND
    ]


def tested(result: SeveralEncoders) -> bool:
    """Say whether pairs can be compared with chance at all."""
    return not result.size.within and any(one.mean.low is not None for one in result.pairs)


def verdict(result: SeveralEncoders) -> Verdict | None:
    """Return in how many pairs units match beyond rotated axes."""
    first = float(result.pairs[0].mean.value)
    if result.size.within:
        return compared("Matched units of the first pair", first, Outcome.FEW, Outcome.FEW)
    if not tested(result):
        return compared("Matched units of the first pair", first, *[Outcome.UNTESTED] * 2)
    count = many(len(beyond(result)), "pair")
    return first_that_fits(Badge.SEVERAL, f"units match beyond rotated axes in {count} of encoders")


def sentence(result: SeveralEncoders) -> str:
    """Say how well units match over all pairs, and how often matchings agree."""
    size = result.size
    place = where(size.title, size.photographs, within=size.within, group=size.nouns.group)
    values = [float(one.mean.value) for one in result.pairs]
    span = (
        f"{number(min(values))} to {number(max(values))}" if len(values) > 1 else number(values[0])
    )
    said = (
        f"{place}, units of {many(len(result.encoders), 'encoder')} of one architecture match "
        f"with mean correlations of {span}"
    )
    if tested(result):
        said += f", above rotated axes in {len(beyond(result))} of {many(len(values), 'pair')}"
    if not np.isfinite(result.consistency):
        return f"{said}."
    return (
        f"{said}; {percent(result.consistency)} of the units return to themselves around three "
        f"encoders{_nulls(result)}."
    )


def _nulls(result: SeveralEncoders) -> str:
    parts = [
        f"{what} {percent(float(draws.mean()))}"
        for what, draws in (
            ("untrained twins", result.consistency_twins),
            (f"shuffled {result.size.nouns.groups}", result.consistency_shuffled),
        )
        if draws.size
    ]
    return f" ({', '.join(parts)}, random permutations {percent(result.chance)})"


def context(result: SeveralEncoders, run: Run) -> str:
    """Say what training adds pair by pair, and where there is no interval."""
    leads = [
        one.lead_above_twins.picked_from(len(result.pairs))
        for one in result.pairs
        if one.lead_above_twins.low is not None
    ]
    more = sum(one.low > 0 for one in leads)
    less = sum(one.high < 0 for one in leads)
    titled = titles(run)
    named = ", ".join(titled[name] for name in result.encoders)
    return " ".join(
        part
        for part in (
            f"Encoders: {named}.",
            f"What units are above rotated axes by exceeds that of untrained twins in {more} and "
            f"falls short of it in {less} of {many(len(result.pairs), 'pair')}."
            if leads
            else "No untrained twins are there to compare with in enough draws.",
            "Counts hold for all pairs at once." if tested(result) else "",
            result.pairs[0].mean.reason,
        )
        if part
    )


def table(result: SeveralEncoders) -> pd.DataFrame:
    """Return a row per pair."""
    return pd.DataFrame(
        [
            {
                "first": one.first,
                "second": one.second,
                "r": one.mean.value,
                "low": one.mean.low,
                "high": one.mean.high,
                "rotated axes": one.rotations,
                "untrained twins": one.twins,
                "above rotated axes": one.above_rotations.value,
                "low above": one.above_rotations.low,
                "high above": one.above_rotations.high,
                "cycles": len(one.cycles),
                "longest cycle": int(one.cycles[0]),
            }
            for one in result.pairs
        ]
    )


def trace(result: SeveralEncoders) -> dict[str, Any]:
    """Return what the numbers rest on."""
    first = result.pairs[0]
    return {
        "encoders": ", ".join(result.encoders),
        "layer": result.layer,
        "domain": result.size.domain,
        "n": result.size.caption,
        "chosen and judged": "on halves of the photographs; cycles and consistency on all",
        "consistency": result.consistency,
        "seed": result.seed,
        "whitening": "none",
        "interval": first.mean.reason or f"95 %, {first.mean.unit} left out in blocks",
    }
