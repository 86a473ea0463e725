"""Mutual information instead of correlation: curves, and pairs beside their correlation."""

from __future__ import annotations

from typing import Any

import pandas as pd

from substrate.analyses.units.mutual_information import MutualInformation
from substrate.exhibits.exhibit import Exhibit
from substrate.exhibits.units import information_words as words
from substrate.exhibits.units.verdicts import of_information
from substrate.exhibits.units.words import names_of, trace_of
from substrate.figures.theme import Theme
from substrate.figures.units import information as figures
from substrate.runs import Run

CURVES, BESIDE = "Units matched by mutual information", "Information and correlation"


def curves(result: MutualInformation, run: Run, theme: Theme) -> Exhibit:
    """Return the sorted information of units with their partners, beside the nulls."""
    names = names_of(result.place, run)
    return Exhibit(
        key="units-information",
        title=CURVES,
        sentence=words.sentence(result, names),
        context=words.context(result),
        verdict=of_information(result),
        figure=figures.sorted_information(result, theme, names),
        read=words.reading(result),
        table=table(result),
        trace=trace(result),
    )


def beside(result: MutualInformation, run: Run, theme: Theme) -> Exhibit:
    """Return the information of matched pairs against their correlation."""
    names = names_of(result.place, run)
    return Exhibit(
        key="units-information-pairs",
        title=BESIDE,
        sentence=words.beside_sentence(result),
        figure=figures.beside_correlation(result, theme, names),
        read="Each point is a pair of units that information matched on one half of the "
        f"{result.size.nouns.groups}; both values are of the other half. Pairs near the curve "
        "share what their correlation says; those above it share more, in a way that is not a "
        "straight line. Bins lose some information, so that strong pairs lie below.",
        table=table(result),
        trace=trace(result),
    )


def table(result: MutualInformation) -> pd.DataFrame:
    """Return a row per matched pair: units from 1, information and correlation."""
    pairs = result.pairs
    return pd.DataFrame(
        {
            "unit of A": pairs.first + 1,
            "unit of B": pairs.second + 1,
            "bits": pairs.bits,
            "bits where chosen": pairs.chosen_bits,
            "r": pairs.r,
        }
    )


def trace(result: MutualInformation) -> dict[str, Any]:
    """Return what the numbers rest on."""
    return {
        **trace_of(result.place, result.size.caption),
        "positions counted": result.counted,
        "bins": "10 of equal share, made of images of the other half, and one for exact zeros",
        "bias": "Miller and Madow",
        "chosen and judged": "on halves of the photographs",
        "pairs of untrained twins": len(result.twins),
        "shuffled": len(result.shuffled),
        "units left out": f"{result.dead[0]} and {result.dead[1]}",
        "whitening": "none",
        "seed": result.place.seed,
        "interval": result.mean.reason or f"95 %, {result.mean.unit} left out in blocks",
    }
