"""The ledger without a page: everything computed where it is missing, and printed."""

from __future__ import annotations

from collections.abc import Callable

from substrate.analyses.claims.questions import Question
from substrate.analyses.shared.replicates import Replicates
from substrate.analyses.spec import obtain, stored
from substrate.claims.ledger import Ledger, ledger
from substrate.claims.preregistered import Register
from substrate.claims.text import answers, holds, measured, opening, published
from substrate.runs import Run


def fill(
    run: Run,
    claims: Register,
    *,
    settings: bool = False,
    early: bool = False,
    report: Callable[[str], None] = lambda _message: None,
) -> Ledger:
    """Compute every theme that decides a verdict, and with ``settings`` all further settings.

    With ``early`` only what every run has computed is shown, and nothing is computed here.
    """

    def precomputed(question: Question) -> Replicates | str | None:
        try:
            return stored(question[0], run, question[1])
        except ValueError as error:
            return str(error)

    def computed(question: Question) -> Replicates | str | None:
        if (answer := precomputed(question)) is not None:
            return answer
        report(f"computing {question[0].key.replace('_', ' ')}")
        try:
            return obtain(question[0], run, question[1])
        except ValueError as error:  # what this program raises when something cannot be had
            return str(error)

    ask = precomputed if early else computed
    return ledger(run, claims, ask, more=computed if settings and not early else precomputed)


def lines(ledger: Ledger) -> str:
    """Write the ledger as aligned lines, with the outcome below them."""
    rows = [
        (
            row.claim.key,
            row.verdict,
            published(row) or "-",
            measured(row) or "-",
            holds(row) or "-",
            "; ".join(filter(None, (answers(row), row.reason))) or "-",
        )
        for row in ledger.rows
    ]
    head = ("claim", "verdict", "published", "measured", "holds in", "each control")
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    table = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (head, *rows)
    ]
    return "\n".join([*table, "", opening(ledger), f"data/claims.yaml sha256 {ledger.digest}"])
