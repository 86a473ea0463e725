"""What a report lists of the claims: the ledger as far as a run has computed it, and its rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from substrate.claims.command import fill
from substrate.claims.ledger import LedgerRow
from substrate.claims.preregistered import register
from substrate.exhibits.claims import exhibits
from substrate.exhibits.exhibit import Exhibit, Section, attempted
from substrate.figures.theme import Theme
from substrate.runs import Run

QUESTION = "Which published claims replicate?"


def claims(run: Run, theme: Theme, *, every: bool = False) -> Section:
    """Return every claim beside what was measured, the rules, the publication's inconsistencies.

    With ``every`` follow what the publication leaves open, and what is not measured here.
    """
    registered = register()
    makers: dict[str, Callable[[], Exhibit]] = {
        exhibits.LEDGER: partial(_ledger, run, theme),
        "claims-rules": partial(exhibits.rules, registered),
        "claims-inconsistencies": exhibits.inconsistencies,
    }
    if every:
        makers["claims-open"] = exhibits.open_points
        makers["claims-unmeasured"] = partial(exhibits.unmeasured, registered)
    shown = (attempted(key, exhibits.TITLES[key], make) for key, make in makers.items())
    return Section("claims", QUESTION, tuple(shown))


def _ledger(run: Run, theme: Theme) -> Exhibit:
    """Return the ledger; without a figure where nothing in it is of this run."""
    registered = register()
    result = fill(run, registered, early=True)
    exhibit = exhibits.ledger(result, registered, theme, whole=result)
    return exhibit if any(map(_of_this_run, result.rows)) else replace(exhibit, figure=None)


def _of_this_run(row: LedgerRow) -> bool:
    """Say whether a row has a value that does not come from an experiment."""
    return row.value is not None and not row.stored
