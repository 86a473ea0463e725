"""Encoders on a labelled domain: what they reach, how scores order them, what scores cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from substrate.analyses.transfer.scores import TransferResult
from substrate.analyses.transfer.tables import (
    NAMES,
    agreement_table,
    score_table,
    seconds_table,
)
from substrate.exhibits.exhibit import Exhibit
from substrate.exhibits.transfer import verdicts, words
from substrate.figures.theme import Theme
from substrate.figures.transfer import scores as figures
from substrate.figures.transfer.seconds import seconds_chart

#: What each exhibit of a domain is listed under.
TITLES = {
    "transfer-accuracy": "what each encoder reaches",
    "transfer-agreement": "how scores order encoders",
    "transfer-seconds": "seconds for one encoder",
    "transfer-scatter": "one score against the accuracy",
    "transfer-scores": "every score",
}


def title_of(key: str, domain: str) -> str:
    """Return the title of an exhibit of a domain."""
    return f"{domain}: {TITLES[key]}"


def accuracy(
    result: TransferResult, against: str, theme: Theme, titles: Mapping[str, str], domain: str
) -> Exhibit:
    """Return what every encoder reaches; ``titles`` are the encoders', ``domain`` a title."""
    return Exhibit(
        key="transfer-accuracy",
        title=title_of("transfer-accuracy", domain),
        sentence=words.transfer_sentence(result, against, titles, domain),
        context=f"{words.transfer_context(result, against, titles)} {words.PUBLISHED}".strip(),
        verdict=verdicts.of_accuracy(result, against, titles, domain),
        figure=figures.accuracy_chart(result, theme, titles, against),
        read="The most accurate encoder on top. An untrained twin as far right as its encoder "
        "means that training did not help here.",
        table=score_table(result, titles),
        trace=trace(result),
    )


def agreement(
    result: TransferResult, against: str, theme: Theme, titles: Mapping[str, str], domain: str
) -> Exhibit:
    """Return how every score orders the encoders, beside what chance gives."""
    return Exhibit(
        key="transfer-agreement",
        title=title_of("transfer-agreement", domain),
        sentence=words.agreement_sentence(result, against, domain),
        context=words.agreement_context(result, against, titles),
        verdict=verdicts.of_agreement(result, "consensus", against, NAMES["consensus"]),
        figure=figures.agreement_chart(result, against, theme),
        read=words.agreement_read(result),
        table=agreement_table(result),
        trace=trace(result),
    )


def one_score(
    result: TransferResult,
    score: str,
    against: str,
    theme: Theme,
    titles: Mapping[str, str],
    domain: str,
) -> Exhibit:
    """Return one score against an accuracy, an encoder a point."""
    return Exhibit(
        key="transfer-scatter",
        title=title_of("transfer-scatter", domain),
        sentence=words.one_score_sentence(result, score, against, domain),
        context=words.one_score_context(result, score, against),
        verdict=verdicts.of_agreement(result, score, against, NAMES[score]),
        figure=figures.score_scatter(result, score, against, theme, titles),
        read=words.explain(score),
        table=score_table(result, titles),
        trace=trace(result) | {"score": score},
    )


def seconds(result: TransferResult, theme: Theme, domain: str) -> Exhibit:
    """Return what every score costs for one encoder."""
    return Exhibit(
        key="transfer-seconds",
        title=title_of("transfer-seconds", domain),
        sentence=words.seconds_sentence(result),
        figure=seconds_chart(result, theme),
        read="What a score costs for one encoder once features are there; the probes are what a "
        "score would save. Consensus counts the leading scores of the other encoders, which are "
        "worked out once however many are scored; “one more” is what is left, and what the ledger "
        f"of claims compares with LogME. Hybrid: {words.HYBRID_MEANS}.",
        table=seconds_table(result),
        trace=trace(result),
    )


def scores(result: TransferResult, titles: Mapping[str, str], domain: str) -> Exhibit:
    """Return every score of every encoder as a table to read, with the reason for every gap."""
    table = score_table(result, titles)
    return Exhibit(
        key="transfer-scores",
        title=title_of("transfer-scores", domain),
        sentence=words.scores_sentence(result, domain),
        context=" ".join(words.missing_lines(result, titles)),
        table=table,
        trace=trace(result),
        shown=table,
    )


def trace(result: TransferResult) -> dict[str, Any]:
    """Return what the numbers rest on."""
    return {
        "domain": result.domain,
        "n": result.counted,
        "classes": ", ".join(result.classes),
        "held out": result.unit,
        "seed": result.seed,
        "untrained seed": result.twin,
        "left out": result.left_out or "nothing",
        "facts": result.facts,
    }
