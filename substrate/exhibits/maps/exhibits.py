"""Maps between encoders: what they predict, what they find, and who predicts whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from substrate.analyses.maps.matrix import MapsMatrix
from substrate.analyses.maps.pair import Maps
from substrate.analyses.maps.tables import classes_table, maps_table, matrix_table, units_table
from substrate.analyses.shared.samples import WITHIN
from substrate.exhibits.exhibit import Exhibit
from substrate.exhibits.maps import words
from substrate.exhibits.verdict import (
    Badge,
    Outcome,
    Verdict,
    against_level,
    against_zero,
    compared,
    counted,
    name,
)
from substrate.figures.maps import pair as figures
from substrate.figures.maps.matrix import matrix as matrix_figure
from substrate.figures.theme import Theme
from substrate.wording import number

QUESTION = "How well does one encoder predict another?"
FREEDOM, RETRIEVAL = "What one encoder predicts of another", "The same image"
UNITS, CLASSES, MATRIX = "Unit by unit", "One class or two", "Who predicts whom"


def freedom(result: Maps, titles: Mapping[str, str], theme: Theme) -> Exhibit:
    """Return what each family of maps predicts both ways."""
    return Exhibit(
        key="maps-freedom",
        title=FREEDOM,
        sentence=words.freedom_sentence(result, titles),
        verdict=freedom_verdict(result, titles),
        context=result.reason,
        figure=figures.freedom(result, titles, theme),
        read=words.reading(result),
        table=maps_table(result),
        trace=_trace(result),
    )


def freedom_verdict(result: Maps, titles: Mapping[str, str]) -> Verdict | None:
    """Weigh the poorer of the two affine predictions by its null and by the source's twins."""
    poorer = min(words.affine(result), key=lambda p: p.r2.value)
    null = poorer.r2.null
    level = None if null is None else null.level
    shuffling = against_level(poorer.r2.low, level)
    if result.reason:
        shuffling = Outcome.FEW
    twins = against_zero(poorer.gain.low, poorer.gain.high)
    subject = f"Predicting {name(titles[poorer.target])} from {name(titles[poorer.source])}"
    return compared(subject, poorer.r2.value, shuffling, twins, write=_r2)


def _r2(value: float) -> str:
    return f"R² {number(value)}"


def retrieval(result: Maps, titles: Mapping[str, str], theme: Theme) -> Exhibit:
    """Return how often the same image is found after each map."""
    return Exhibit(
        key="maps-retrieval",
        title=RETRIEVAL,
        sentence=words.retrieval_sentence(result, titles),
        context=result.reason,
        figure=figures.retrieval(result, titles, theme),
        read=words.retrieval_reading(result),
        table=maps_table(result),
        trace=_trace(result),
    )


def units(result: Maps, titles: Mapping[str, str], theme: Theme) -> Exhibit:
    """Return how well every unit of either encoder is predicted by the affine map."""
    return Exhibit(
        key="maps-units",
        title=UNITS,
        sentence=words.units_sentence(result, titles),
        figure=figures.units(result, titles, theme),
        read=words.units_reading(),
        table=units_table(result),
        trace=_trace(result),
    )


def verification(result: Maps, titles: Mapping[str, str], theme: Theme) -> Exhibit | None:
    """Return how well pairs of one class are told before and after mapping; None without labels."""
    if result.classes is None:
        return None
    return Exhibit(
        key="maps-classes",
        title=CLASSES,
        sentence=words.classes_sentence(result.classes, result, titles),
        context=result.reason,
        figure=figures.verification(result.classes, result, titles, theme),
        read=words.classes_reading(result),
        table=classes_table(result.classes, result),
        trace=_trace(result),
    )


def of_pair(result: Maps, titles: Mapping[str, str], theme: Theme) -> list[Exhibit]:
    """Return everything that is shown of two encoders, the first figure first."""
    every = [make(result, titles, theme) for make in (freedom, retrieval, units)]
    classes = verification(result, titles, theme)
    return every if classes is None else [*every, classes]


def matrix(result: MapsMatrix, titles: Mapping[str, str], theme: Theme) -> Exhibit:
    """Return who predicts whom."""
    return Exhibit(
        key="maps-matrix",
        title=MATRIX,
        sentence=words.matrix_sentence(result, titles),
        verdict=matrix_verdict(result),
        context=result.reason or result.no_chance,
        figure=matrix_figure(result, titles, theme),
        read=words.matrix_reading(result),
        table=matrix_table(result),
        trace={
            "encoders": ", ".join(result.encoders),
            "domain": result.size.domain,
            "n": result.size.caption,
            "fitted on": result.n_fit,
            "held out": result.n_test,
            "whitening": "z-score",
            "draws of untrained twins": result.draws,
            "seed": result.seed,
        },
    )


def matrix_verdict(result: MapsMatrix) -> Verdict | None:
    """Count the cells above the untrained sources, with one allowance for all of them."""
    if result.reason:
        return counted(Badge.FEW, "", len(result.off_diagonal), "cell", "without an interval")
    if not words.tested(result):
        above = 0 if result.level is None else int((result.off_diagonal > result.level).sum())
        badge = Badge.SHUFFLING if above else Badge.UNTOLD
        return counted(badge, "", above, "cell", "beyond permuted images")
    clear = words.beyond_untrained(result)
    badge = Badge.SEVERAL if clear else Badge.UNTOLD
    return counted(badge, "trained sources predict more than untrained ones in", clear, "cell")


def _trace(result: Maps) -> dict[str, Any]:
    group = result.size.nouns.group
    return {
        "encoders": ", ".join(result.encoders),
        "layers": ", ".join(result.layers),
        "domain": result.size.domain,
        "n": result.size.caption,
        "fitted on": result.n_fit,
        "held out": result.n_test,
        "divided by": f"within {group}" if result.divided == WITHIN else group,
        "K": result.k,
        "whitening": "z-score",
        "units": ", ".join(u.text for u in result.units),
        "ridge": ", ".join(f"{r:.4g}" for r in result.ridge),
        "permutations": result.permutations,
        "draws of untrained twins": max(len(p.twins) for p in result.predictions),
        "seed": result.seed,
    }
