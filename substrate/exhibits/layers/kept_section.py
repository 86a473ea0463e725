"""What a report lists of what layers keep."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from substrate.analyses.layers.kept import (
    KEPT,
    KEPT_UNTRAINED,
    kept_params,
    kept_seeds,
)
from substrate.analyses.layers.kept_measure import (
    ALL_STATISTICS,
    QUANTITIES,
)
from substrate.analyses.spec import obtain
from substrate.exhibits.exhibit import Exhibit, attempted
from substrate.exhibits.layers.kept import kept
from substrate.figures.theme import Theme
from substrate.runs import Run


def kept_items(run: Run, theme: Theme, *, every: bool) -> Iterator[Exhibit]:
    """Yield all statistics along depth on the main domain; with ``every`` each quantity."""
    for quantity in QUANTITIES if every else (ALL_STATISTICS,):
        yield attempted(
            f"layers-kept-{quantity.replace(' ', '-')}",
            f"{run.domains[run.main_domain].title}: what is kept, {quantity}",
            partial(_kept, run, theme, quantity),
        )


def _kept(run: Run, theme: Theme, quantity: str) -> Exhibit:
    params = kept_params(run, run.main_domain, *run.first_two)
    twins = obtain(KEPT_UNTRAINED, run, params) if kept_seeds(run, params) else None
    return kept(obtain(KEPT, run, params), twins, run, theme, quantity, run.first_two)
