"""The verdict of the ledger of claims as a whole."""

from __future__ import annotations

from substrate.claims.ledger import NOT_YET, Ledger
from substrate.claims.verdict import AGREEING, UNTESTED
from substrate.exhibits.verdict import Badge, Verdict, counted


def of_ledger(whole: Ledger) -> Verdict | None:
    """Return how many published claims come out as published; without a test, how many wait."""
    tested = [row for row in whole.own if row.verdict not in (UNTESTED, NOT_YET)]
    if not tested:
        return counted(
            Badge.FEW, "", len(whole.own), "published claim", "cannot be tested on this study"
        )
    confirmed = sum(row.verdict in AGREEING for row in tested)
    verb = "comes out" if confirmed == 1 else "come out"
    return counted(Badge.SEVERAL, "", confirmed, "tested claim", f"{verb} as published")
