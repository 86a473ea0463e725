"""The verdict of the ledger of claims as a whole."""

from __future__ import annotations

from substrate.claims.ledger import NOT_YET, Ledger
from substrate.claims.verdict import AGREEING, UNTESTED
from substrate.exhibits.verdict import Badge, Verdict, counted


def of_ledger(whole: Ledger) -> Verdict | None:
    """Return how many of the study's own claims come out as published, or here as they do there.

    Stored experiments were made on other encoders and images, and are counted apart on the page.
    """
    own = [row for row in whole.own if not row.stored]
    tested = [row for row in own if row.verdict not in (UNTESTED, NOT_YET)]
    if not tested:
        return counted(Badge.FEW, "", len(own), "published claim", "cannot be tested on this study")
    confirmed = sum(row.verdict in AGREEING for row in tested)
    verb = "agrees" if confirmed == 1 else "agree"
    ends = f"{verb} here with what is published"
    return counted(Badge.SEVERAL, "", confirmed, "tested claim", ends)
