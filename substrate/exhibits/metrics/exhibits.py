"""Every metric of one pair on one scale, every number behind it, and what each metric is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

from substrate.analyses.metrics.all_metrics import (
    METRICS_PAIR,
    MetricsParams,
    MetricsResult,
    defaults,
)
from substrate.analyses.metrics.tables import definitions_table, metrics_table
from substrate.analyses.spec import obtain
from substrate.exhibits.exhibit import Exhibit, Section, attempted
from substrate.exhibits.metrics.verdicts import of_pair
from substrate.exhibits.metrics.words import columns, reading, sentence
from substrate.figures.metrics.all_metrics import calibrated_chart
from substrate.figures.theme import Theme
from substrate.runs import Run

QUESTION = "What does each metric say?"
PAIR, NUMBERS = "All metrics of one pair", "Every number"


def pair(result: MetricsResult, params: MetricsParams, theme: Theme) -> Exhibit:
    """Return every metric's calibrated value with its interval and the level of its null."""
    return Exhibit(
        key="metrics-pair",
        title=PAIR,
        sentence=sentence(result),
        verdict=of_pair(result),
        figure=calibrated_chart(result, theme, _title(params, theme)),
        read=reading(result),
        table=metrics_table(result),
        trace=asdict(params),
    )


def _title(params: MetricsParams, theme: Theme) -> str:
    """Name the pair and the domain, as on screen."""
    first = theme.layer(params.first, params.first_layer)
    second = theme.layer(params.second, params.second_layer)
    return f"{first} – {second} on {theme.domain(params.domain)}"


def numbers(result: MetricsResult, params: MetricsParams) -> Exhibit:
    """Return the table of every number, which the page shows below the figure."""
    table = metrics_table(result)
    return Exhibit(
        key="metrics-numbers",
        title=NUMBERS,
        sentence=columns(result),
        table=table,
        shown=table.drop(columns=["key"]),
        trace=asdict(params),
    )


def definitions() -> Exhibit:
    """Return the table of what each metric declares about itself."""
    table = definitions_table()
    return Exhibit(
        key="metrics-definitions",
        title="What each metric is",
        sentence="Definition, invariances (tested both ways), behaviour at n < p, and when it "
        "misleads.",
        table=table,
        shown=table,
    )


def metrics(run: Run, theme: Theme, *, every: bool = False) -> Section:
    """Return every metric for the first two encoders; with ``every``, also the page's tables."""
    exhibits: list[Exhibit] = []
    if len(run.encoders) > 1:
        [(_, params)] = defaults(run)
        exhibits.append(_attempted("metrics-pair", PAIR, run, params, _pair_of(theme)))
        if every:
            exhibits.append(_attempted("metrics-numbers", NUMBERS, run, params, numbers))
    if every:
        exhibits.append(definitions())
    return Section("metrics", QUESTION, tuple(exhibits))


def _pair_of(theme: Theme) -> Callable[[MetricsResult, MetricsParams], Exhibit]:
    return lambda result, params: pair(result, params, theme)


def _attempted(
    key: str,
    title: str,
    run: Run,
    params: MetricsParams,
    make: Callable[[MetricsResult, MetricsParams], Exhibit],
) -> Exhibit:
    return attempted(key, title, lambda: make(obtain(METRICS_PAIR, run, params), params))
