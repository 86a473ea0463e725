"""An ensemble in a shared space: what it classifies, what it gains, what it gives apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from substrate.analyses.maps.consensus import SHARED, SHUFFLED, ConsensusResult
from substrate.analyses.maps.tables import consensus_table
from substrate.exhibits.exhibit import Exhibit
from substrate.exhibits.maps import consensus_words as words
from substrate.exhibits.verdict import (
    Badge,
    Outcome,
    Verdict,
    against_zero,
    first_that_fits,
    weighed,
)
from substrate.figures.maps import consensus as figures
from substrate.figures.theme import Theme
from substrate.wording import percent

ACCURACY, AHEAD, APART = (
    "Accuracy of an ensemble",
    "What the shared space gains",
    "Encoders and images apart",
)


def of_ensemble(result: ConsensusResult, titles: Mapping[str, str], theme: Theme) -> list[Exhibit]:
    """Return everything that is shown of an ensemble, the first figure first."""
    table, trace = consensus_table(result), _trace(result)
    return [
        Exhibit(
            key="maps-ensemble",
            title=ACCURACY,
            sentence=words.accuracy_sentence(result, titles),
            verdict=verdict(result),
            context=words.context(result),
            figure=figures.accuracy(result, theme),
            read=words.accuracy_reading(result),
            table=table,
            trace=trace,
        ),
        Exhibit(
            key="maps-ensemble-ahead",
            title=AHEAD,
            sentence=words.ahead_sentence(result, titles),
            context=result.reason,
            figure=figures.ahead(result, titles, theme),
            read=words.ahead_reading(result),
            table=table,
            trace=trace,
        ),
        Exhibit(
            key="maps-ensemble-apart",
            title=APART,
            sentence=words.apart_sentence(result),
            context=result.reason,
            figure=figures.apart(result, theme),
            read=words.apart_reading(result),
            table=table,
            trace=trace,
        ),
    ]


def verdict(result: ConsensusResult) -> Verdict | None:
    """Weigh the shared space by shuffled images, and by every member alone and untrained members.

    Only what is ahead of each of them is ahead: intervals are those of single differences, which
    all have to exclude zero.
    """
    share = percent(result.of(SHARED).accuracy[result.at].value).replace(" ", "\u00a0")
    if result.reason:
        return first_that_fits(Badge.FEW, f"The shared space is right for {share} here")
    shuffled = _outcome(result, SHUFFLED)
    alone = [against_zero(m.ahead[result.at].low, m.ahead[result.at].high) for m in result.members]
    if Outcome.BELOW in alone:
        text = f"The shared space stays below an encoder alone: {share} right"
        return first_that_fits(Badge.CONTROL, text)
    controls = [*alone, *([_outcome(result, SHARED, untrained=True)] if result.untrained else [])]
    if Outcome.BELOW in controls:
        control = Outcome.BELOW
    else:
        beyond = all(one is Outcome.BEYOND for one in controls)
        control = Outcome.BEYOND if beyond else Outcome.OPEN
    badge = weighed(shuffled, control)
    text = {
        Badge.BOTH: "The shared space beats each encoder alone",
        Badge.SHUFFLING: "The shared space is not told from its best encoders",
        Badge.UNTOLD: "The shared space is not told from shuffled images",
        Badge.BELOW: "The shared space stays below untrained members",
    }.get(badge, "The shared space of these encoders")
    return first_that_fits(badge, f"{text}: {share} right")


def _outcome(result: ConsensusResult, name: str, *, untrained: bool = False) -> Outcome:
    gain = result.of(name, untrained=untrained).ahead[result.at]
    return against_zero(gain.low, gain.high)


def _trace(result: ConsensusResult) -> dict[str, Any]:
    return {
        "encoders": ", ".join(result.encoders),
        "domain": result.domain,
        "n": result.counted,
        "classes": len(result.classes),
        "K": result.k,
        "parts": ", ".join(f"{images} of {groups}" for images, groups in result.parts),
        "deals": result.deals,
        "held out": result.unit,
        "whitening": "z-score",
        "draws of untrained twins": len(result.untrained[0].draws) if result.untrained else 0,
        "seed": result.seed,
    }
