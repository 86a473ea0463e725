"""The Transfer page's default figures: encoders on each labelled domain, and the detector."""

from __future__ import annotations

from typing import Any

from substrate.analyses.detector.accuracy import (
    DETECTOR,
    DETECTOR_PIXELS,
    PixelParams,
    detector_params,
)
from substrate.analyses.transfer.labels import choices
from substrate.analyses.transfer.scores import (
    LINEAR,
    TRANSFER,
    TransferResult,
    transfer_params,
)
from substrate.exhibits.detector.words import (
    PUBLISHED_DETECTOR,
    confusion_table,
    detector_context,
    detector_sentence,
    detector_table,
)
from substrate.exhibits.exhibit import (
    Item,
    Section,
    attempt,
    found,
    titles,
)
from substrate.exhibits.transfer.words import (
    HYBRID_MEANS,
    PUBLISHED,
    agreement_table,
    missing_lines,
    score_table,
    seconds_table,
    transfer_context,
    transfer_sentence,
)
from substrate.figures.detector import accuracy as detector_figures
from substrate.figures.theme import Theme
from substrate.figures.transfer import scores as figures
from substrate.runs import Run

QUESTION = "Which encoder suits which domain?"
DETECTED, CONFUSED = "Which domain is an image from?", "What is taken for what"


def transfer(run: Run, theme: Theme) -> Section:
    """Return accuracies, rank correlations and times of each labelled domain; the detector."""
    items = []
    try:
        names = choices(run)[0]
    except ValueError as error:  # samples that cannot be read
        return Section("transfer", QUESTION, (Item("Labelled domains", str(error)),))
    for domain in names:
        title = run.domains[domain].title
        for make, what in (
            (_accuracy, "what each encoder reaches"),
            (_agreement, "how scores order encoders"),
            (_seconds, "seconds for one encoder"),
        ):
            full = f"{title}: {what}"
            items.append(
                attempt(full, lambda m=make, d=domain, t=full: m(run, d, t, theme))  # type: ignore[misc]
            )
    if len(run.domains) > 1:
        items += [
            attempt(DETECTED, lambda: _detector(run, DETECTED, theme)),
            attempt(CONFUSED, lambda: _confusion(run, CONFUSED, theme)),
        ]
    return Section("transfer", QUESTION, tuple(items))


def _result(run: Run, domain: str) -> TransferResult:
    result: TransferResult = found(TRANSFER, run, transfer_params(run, domain))
    return result


def _facts(result: TransferResult) -> dict[str, Any]:
    return {"rests on": result.facts, "classes": ", ".join(result.classes),
            "left out": result.left_out or "nothing"}  # fmt: skip


def _accuracy(run: Run, domain: str, title: str, theme: Theme) -> Item:
    result, names = _result(run, domain), titles(run)
    return Item(
        title,
        transfer_sentence(result, LINEAR, names, run.domains[domain].title),
        f"{transfer_context(result, LINEAR, names)} {PUBLISHED}",
        figures.accuracy_chart(result, theme, names),
        "The most accurate encoder on top. An untrained twin as far right as its encoder means "
        "that training did not help here.",
        score_table(result, names),
        _facts(result),
    )


def _agreement(run: Run, domain: str, title: str, theme: Theme) -> Item:
    result = _result(run, domain)
    return Item(
        title,
        "How each score orders the encoders, against their linear-probe accuracy.",
        " ".join(line.replace("**", "") for line in missing_lines(result, titles(run))),
        figures.agreement_chart(result, LINEAR, theme),
        "1 where a score orders the encoders as the accuracy does. Only what lies right of its "
        "grey bar orders better than chance.",
        agreement_table(result),
        _facts(result),
    )


def _seconds(run: Run, domain: str, title: str, theme: Theme) -> Item:
    result = _result(run, domain)
    return Item(
        title,
        "What every score costs for one encoder, measured side by side.",
        "",
        figures.seconds_chart(result, theme),
        f"Features are there already. Hybrid: {HYBRID_MEANS}.",
        seconds_table(result),
        _facts(result),
    )


def _both(run: Run) -> tuple[Any, Any]:
    params = detector_params(run)
    pixels = PixelParams(params.domains, params.components, params.seed)
    return found(DETECTOR, run, params), found(DETECTOR_PIXELS, run, pixels)


def _detector(run: Run, title: str, theme: Theme) -> Item:
    result, pixels = _both(run)
    names = {name: record.title for name, record in run.domains.items()}
    return Item(
        title,
        detector_sentence(result, pixels),
        f"{detector_context(result, names)} {PUBLISHED_DETECTOR}",
        detector_figures.accuracies(result, pixels, theme),
        "A random split puts tiles of one photograph on both sides, so that the photograph is "
        "recognised and not its domain.",
        detector_table(result, pixels),
        {"rests on": result.facts},
    )


def _confusion(run: Run, title: str, theme: Theme) -> Item:
    result, _ = _both(run)
    names = {name: record.title for name, record in run.domains.items()}
    return Item(
        title, "Which domains are taken for one another on photographs not seen before.", "",
        detector_figures.confusion(result, theme, names),
        "Numbers count images; the colours of a row add up to 1.",
        confusion_table(result.by_photograph), {"rests on": result.facts},
    )  # fmt: skip
