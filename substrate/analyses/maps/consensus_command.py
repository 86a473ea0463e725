"""What the command `maps --ensemble` prints: what encoders classify alone and together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from substrate.analyses.maps.choice import CLASSIFIER_TITLES
from substrate.analyses.maps.consensus import (
    ConsensusParams,
    ConsensusResult,
    consensus_params,
)
from substrate.analyses.maps.tables import consensus_table
from substrate.analyses.shared.labels import labelled_of_most_photographs
from substrate.analyses.spec import AnalysisError
from substrate.runs import Run
from substrate.wording import percent, points, with_interval


def ensemble_params(run: Run, domain: str | None = None) -> ConsensusParams:
    """Return the panel as an ensemble on a domain, without one on the largest with labels.

    Raises
    ------
    AnalysisError
        If there is no such domain, or none has labels.
    """
    if domain is not None and domain not in run.domains:
        domains = ", ".join(run.domains)
        raise AnalysisError(f"There is no domain {domain!r}; there are {domains}.")
    return consensus_params(run, run.panel, domain or labelled_of_most_photographs(run))


def ensemble_as_plain(result: ConsensusResult) -> dict[str, Any]:
    """Return what the command prints as JSON: every way to classify for every K."""
    table = consensus_table(result).astype(object)
    rows = table.where(table.notna(), None).to_dict("records")
    return {
        "encoders": list(result.encoders),
        "domain": result.domain,
        "n": result.counted,
        "classes": len(result.classes),
        "guessing": result.chance,
        "K": result.k,
        "parts": [{"images": images, "groups": groups} for images, groups in result.parts],
        "accuracies": rows,
        "apart_ahead": [
            {"K": k, "value": e.value, "low": e.low, "high": e.high}
            for k, e in zip(result.components, result.apart_ahead, strict=True)
        ],
        "reason": result.reason,
    }


def ensemble_lines(result: ConsensusResult) -> Iterator[str]:
    """Yield what the command prints for a reader: the chosen K."""
    yield (
        f"{', '.join(result.encoders)} on {result.counted}, {len(result.classes)} classes, "
        f"K = {result.k}; guessing {percent(result.chance)}"
    )
    ways = [
        *((f"{way.name} alone", way) for way in result.members),
        *((CLASSIFIER_TITLES[way.name], way) for way in result.classifiers),
        *((f"{CLASSIFIER_TITLES[way.name]}, untrained", way) for way in result.untrained),
    ]
    for title, way in ways:
        accuracy = way.accuracy[result.at]
        line = with_interval(accuracy.value, accuracy.low, accuracy.high, percent)
        if way.ahead:
            gain = way.ahead[result.at]
            line += (
                f", shared space {with_interval(gain.value, gain.low, gain.high, points)} points"
            )
        yield f"{title:<36} {line}"
    if result.reason:
        yield result.reason
