"""What a sparse code's concepts do when the domain changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from substrate.analyses.experiments.concepts import (
    DRAWN,
    OWN,
    ConceptRepeat,
    ConceptSummary,
    summarise,
)
from substrate.analyses.experiments.file import ExperimentFile
from substrate.analyses.experiments.photographs import photographs
from substrate.exhibits.exhibit import Exhibit
from substrate.exhibits.experiments.trace import experiment_trace
from substrate.exhibits.verdict import Badge, Verdict, counted
from substrate.figures.experiments.concepts import (
    concept_firing,
    concept_images,
    concept_pictures,
)
from substrate.figures.theme import Theme
from substrate.numerics.estimates import Estimate
from substrate.wording import MINUS, listed, number, percent, points, with_interval

Results = ExperimentFile[Any]


def of_concepts(file: Results, theme: Theme) -> tuple[Exhibit, ...]:
    """Return the images that concepts keep, the concepts that fire, and some concepts' images."""
    summary = summarise(file)
    trace = experiment_trace(file, summary.facts)
    ordered = sorted(summary.changed, key=lambda row: _value(row.kept))
    least, most = ordered[0], ordered[-1]
    shown = (least, most) if least is not most else (least,)
    return (
        Exhibit(
            key="experiments-concepts-images",
            title="Images that a concept keeps",
            sentence=images_sentence(summary),
            context=images_context(summary),
            verdict=verdict(summary),
            figure=concept_images(summary, theme),
            read=f"The {OWN} held-out photographs that have most of a concept, before and after a "
            "change: at 100 % they are the same. Right of the grey bar more stay than where "
            "photographs are shuffled; the violet bar is what untrained twins of the encoder keep, "
            "the open mark what its units keep, without a code.",
            table=_images(summary.changed),
            trace=trace,
        ),
        Exhibit(
            key="experiments-concepts-firing",
            title="Concepts in and out of the domain",
            sentence=firing_sentence(summary),
            context=_dead(summary),
            figure=concept_firing(summary, theme),
            read=f"Left: the share of all concepts that fire on one of {DRAWN} images drawn from a "
            "domain. Right: the squared error of the code over the variance of the domain's own "
            "images; at 1 it says no more of them than their mean. In parentheses: photographs or "
            "writers; below ten there are no intervals.",
            table=_firing((summary.inside, *summary.changed, *summary.other)),
            trace=trace,
        ),
        *(
            Exhibit(
                key=f"experiments-concepts-pictures-{row.domain}",
                title=f"Whose images stay: {row.title.lower()}",
                sentence=pictures_sentence(summary, row),
                figure=concept_pictures(summary, row, photographs(), theme),
                read="The concepts of the first code that fire on most photographs. Left the "
                "photographs that have most of each, right those that have most after the change, "
                "shown as they were before it; framed where they stay.",
                table=_pictures(summary, row),
                trace=trace,
            )
            for row in shown
        ),
    )


def images_sentence(summary: ConceptSummary) -> str:
    """Say how many of its images a concept keeps under every change."""
    parts = [f"{percent(_value(r.kept))} when {_told(r)}" for r in summary.changed]
    return (
        f"A concept of {summary.title} keeps this much of its {OWN} photographs: {listed(parts)}; "
        f"shuffled photographs give {percent(_chance(summary))}."
    )


def images_context(summary: ConceptSummary) -> str:
    """Say where concepts keep more than untrained twins' and than the units themselves."""
    parts = []
    if summary.tested:
        comparisons = [
            f"{word} under {listed([r.title.lower() for r in rows])}"
            for word, rows in (("more", summary.beyond), ("less", summary.below))
            if rows
        ]
        parts.append(
            f"Than those of untrained twins it keeps {listed(comparisons)}, of "
            f"{len(summary.tested)} changes; what twins keep is the look of a photograph."
            if comparisons
            else "From what those of untrained twins keep it cannot be told under any change."
        )
    elif summary.changed:
        parts.append(summary.changed[0].more.reason)
    units = [float(r.kept_units or 0.0) for r in summary.changed]
    gains = [_value(r.kept) - unit for r, unit in zip(summary.changed, units, strict=True)]
    if gains:
        parts.append(
            f"Units in the place of concepts keep {_range(units)}: the code changes that by "
            f"{points(min(gains))} to {points(max(gains))} points."
        )
    parts.append("Changes share photographs and codes: these are no independent cases.")
    return " ".join(parts)


def firing_sentence(summary: ConceptSummary) -> str:
    """Say which share of the concepts fires inside and elsewhere, and what stays unexplained."""
    inside = summary.inside
    elsewhere = (*summary.changed, *summary.other)
    fire = _range([_value(r.firing) for r in elsewhere])
    return (
        f"On {DRAWN} held-out photographs {_share(inside.firing)} of the {summary.concepts} "
        f"concepts fire, on changed or other images {fire}; "
        f"{number(_value(inside.unexplained))} of the variance is left unexplained there, "
        f"{number(min(_value(r.unexplained) for r in elsewhere))} to "
        f"{number(max(_value(r.unexplained) for r in elsewhere))} elsewhere."
    )


def pictures_sentence(summary: ConceptSummary, row: ConceptRepeat) -> str:
    """Count the images that stay with the concepts that are shown."""
    pairs = zip(summary.inside.own, row.own, strict=True)
    stay = sum(len(set(before) & set(after)) for before, after in pairs)
    whole = sum(map(len, summary.inside.own))
    return (
        f"Of {whole} photographs of {len(row.own)} concepts {stay} stay theirs when {_told(row)}."
    )


def verdict(summary: ConceptSummary) -> Verdict | None:
    """Return under how many changes concepts keep more, or fewer, images than untrained twins'."""
    if not summary.tested:
        return counted(Badge.NO_INTERVAL, "no comparison under", len(summary.changed), "change")
    fewer, more = len(summary.below), len(summary.beyond)
    return counted(
        Badge.SEVERAL,
        f"concepts keep {'fewer' if fewer > more else 'more'} images than untrained twins' under",
        max(fewer, more),
        "tested change",
    )


def _told(row: ConceptRepeat) -> str:
    words = {"low_contrast": "of low contrast"}
    return f"photographs are {words.get(row.domain, row.title.lower())}"


def _chance(summary: ConceptSummary) -> float:
    chances = [r.kept.null.mean for r in summary.changed if r.kept.null is not None]
    return sum(chances) / len(chances) if chances else float("nan")


def _dead(summary: ConceptSummary) -> str:
    low, high = min(summary.dead), max(summary.dead)
    count = f"{low}" if low == high else f"{low} to {high}"
    return (
        f"{count} of {summary.concepts} concepts are dead (they fire on no photograph that the "
        "code was made on) and count among those that do not fire. On one image at most "
        f"{summary.active} concepts fire whatever the domain: what differs is whether they are "
        "always the same."
    )


def _value(estimate: Estimate) -> float:
    return float(estimate.value)


def _share(estimate: Estimate) -> str:
    return with_interval(_value(estimate), estimate.low, estimate.high, percent)


def _range(shares: Sequence[float]) -> str:
    low, high = percent(min(shares)), percent(max(shares))
    return low if low == high else f"{low.removesuffix(' %')} to {high}"


def _columns(name: str, estimate: Estimate) -> dict[str, float | None]:
    return {name: estimate.value, f"{name}, low": estimate.low, f"{name}, high": estimate.high}


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _images(rows: Sequence[ConceptRepeat]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "change": r.title,
            **_columns("kept", r.kept),
            "lowest code": min(r.kept_codes),
            "highest code": max(r.kept_codes),
            "shuffled, mean": None if r.kept.null is None else r.kept.null.mean,
            "shuffled, 95 % level": None if r.kept.null is None else r.kept.null.level,
            "p": None if r.kept.null is None else r.kept.null.p,
            "untrained, mean": _mean(r.kept_untrained),
            **_columns(f"trained {MINUS} untrained", r.more),
            "units": r.kept_units,
        }
        for r in rows
    )


def _firing(rows: Sequence[ConceptRepeat]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "domain": r.title,
            "images": r.images,
            "groups": r.photographs,
            "of": r.nouns.groups,
            **_columns("concepts that fire", r.firing),
            "firing, untrained, mean": _mean(r.firing_untrained),
            **_columns("left unexplained", r.unexplained),
            "unexplained, untrained, mean": _mean(r.unexplained_untrained),
        }
        for r in rows
    )


def _pictures(summary: ConceptSummary, row: ConceptRepeat) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "concept": place + 1,
            "photographs before": " ".join(map(str, before)),
            "photographs after": " ".join(map(str, after)),
            "stay": len(set(before) & set(after)),
        }
        for place, (before, after) in enumerate(zip(summary.inside.own, row.own, strict=True))
    )
