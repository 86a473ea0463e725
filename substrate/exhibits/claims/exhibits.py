"""The ledger of claims of a run, as far as it has been computed."""

from __future__ import annotations

from substrate.claims.command import fill
from substrate.claims.ledger import Row
from substrate.claims.preregistered import register
from substrate.claims.published import SOURCE
from substrate.claims.table import inconsistency_table, ledger_table, shown_table
from substrate.claims.text import WHY_DIFFERENT, context, opening
from substrate.exhibits.exhibit import (
    Item,
    Section,
    attempt,
)
from substrate.figures.claims.forest import forest
from substrate.figures.theme import Theme
from substrate.runs import Run


def claims(run: Run, theme: Theme) -> Section:
    """Return every claim beside what was measured, and the publication's own inconsistencies."""
    return Section(
        "claims",
        "What holds of what was published?",
        (
            attempt("Published and measured", lambda: _ledger(run, theme)),
            attempt("The publication's own inconsistencies", _inconsistencies),
        ),
    )


def _ledger(run: Run, theme: Theme) -> Item:
    known = register()
    found = fill(run, known, early=True)
    return Item(
        "Published and measured",
        opening(found),
        f"{context(found)} {WHY_DIFFERENT}",
        forest(found, theme) if any(map(_of_this_run, found.rows)) else None,
        "The upright stroke is the published figure and the band the tolerance around it, or "
        "around no difference; the coloured mark is measured, with its interval; thin crosses are "
        "the controls, each tested apart.",
        ledger_table(found, known),
        {"fixed beforehand": f"data/claims.yaml, sha256 {found.digest}"},
        shown_table(found),
    )


def _of_this_run(row: Row) -> bool:
    """Say whether a row has a value that does not come from an experiment."""
    return row.value is not None and not row.stored


def _inconsistencies() -> Item:
    table = inconsistency_table()
    return Item(
        "The publication's own inconsistencies",
        f"{len(table)} points at which {SOURCE} was checked against its own figures and sources.",
        table=table,
        shown=table,
    )
