"""What a report lists of encoders on labelled domains: the default figures, or every view."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from substrate.analyses.shared.labels import choices
from substrate.analyses.spec import obtain
from substrate.analyses.transfer.all_domains import (
    TRANSFER_DOMAINS,
    DomainsResult,
    domains_params,
)
from substrate.analyses.transfer.low_shot import LOW_SHOT, LowShotResult, low_shot_params
from substrate.analyses.transfer.scores import (
    LINEAR,
    TRANSFER,
    TransferResult,
    transfer_params,
)
from substrate.exhibits.exhibit import Exhibit, Section, attempted, domain_titles, titles
from substrate.exhibits.transfer import all_domains, exhibits, low_shot
from substrate.figures.theme import Theme
from substrate.numerics.transfer import TRANSFER_SCORES
from substrate.runs import Run

QUESTION = "Which encoder suits which domain?"
#: The score that the page sets against the accuracy at first.
SCORE = next(iter(TRANSFER_SCORES))


def transfer(run: Run, theme: Theme, *, every: bool = False) -> Section:
    """Return accuracies, rank correlations and seconds of each labelled domain.

    With ``every`` follow one score against the accuracy and the table of all scores, few labels,
    and all labelled domains together.
    """
    try:
        domains, _ = choices(run)
    except ValueError as error:  # samples that cannot be read
        refused = Exhibit(key="transfer-labels", title="Labelled domains", sentence=str(error))
        return Section("transfer", QUESTION, (refused,))
    makers = _DEFAULT | (_FURTHER if every else {})
    shown = [
        attempted(
            f"{key}-{domain}",
            exhibits.title_of(key, run.domains[domain].title),
            partial(make, run, domain, theme),
        )
        for domain in domains
        for key, make in makers.items()
    ]
    if every:
        shown += [exhibit for domain in domains for exhibit in _few_labels(run, domain, theme)]
    if every and len(domains) > 1:
        shown += _together(run, domains, theme)
    return Section("transfer", QUESTION, tuple(shown))


def _result(run: Run, domain: str) -> TransferResult:
    result: TransferResult = obtain(TRANSFER, run, transfer_params(run, domain))
    return result


def _accuracy(run: Run, domain: str, theme: Theme) -> Exhibit:
    title = run.domains[domain].title
    return exhibits.accuracy(_result(run, domain), LINEAR, theme, titles(run), title)


def _agreement(run: Run, domain: str, theme: Theme) -> Exhibit:
    title = run.domains[domain].title
    return exhibits.agreement(_result(run, domain), LINEAR, theme, titles(run), title)


def _seconds(run: Run, domain: str, theme: Theme) -> Exhibit:
    return exhibits.seconds(_result(run, domain), theme, run.domains[domain].title)


def _one_score(run: Run, domain: str, theme: Theme) -> Exhibit:
    title = run.domains[domain].title
    return exhibits.one_score(_result(run, domain), SCORE, LINEAR, theme, titles(run), title)


def _scores(run: Run, domain: str, _theme: Theme) -> Exhibit:
    return exhibits.scores(_result(run, domain), titles(run), run.domains[domain].title)


_DEFAULT = {
    "transfer-accuracy": _accuracy,
    "transfer-agreement": _agreement,
    "transfer-seconds": _seconds,
}
_FURTHER = {"transfer-scatter": _one_score, "transfer-scores": _scores}


def _few_labels(run: Run, domain: str, theme: Theme) -> Iterator[Exhibit]:
    for key, make in _LOW_SHOT.items():
        title = low_shot.title_of(key, run.domains[domain].title)
        yield attempted(f"{key}-{domain}", title, partial(_low_shot, run, domain, theme, make))


def _low_shot(run: Run, domain: str, theme: Theme, make: Callable[..., Exhibit]) -> Exhibit:
    result: LowShotResult = obtain(LOW_SHOT, run, low_shot_params(run, domain))
    return make(result, theme, titles(run), run.domains[domain].title)


_LOW_SHOT = {low_shot.CURVES: low_shot.curves, low_shot.DIFFERENCES: low_shot.differences}


def _together(run: Run, domains: tuple[str, ...], theme: Theme) -> Iterator[Exhibit]:
    def result() -> DomainsResult:
        result: DomainsResult = obtain(TRANSFER_DOMAINS, run, domains_params(run, domains))
        return result

    yield attempted(
        all_domains.HEATMAP,
        all_domains.TITLES[all_domains.HEATMAP],
        lambda: all_domains.heatmap(result(), LINEAR, theme, domain_titles(run)),
    )
    yield attempted(
        all_domains.MEANS,
        all_domains.TITLES[all_domains.MEANS],
        lambda: all_domains.means(result(), LINEAR, theme),
    )
