"""The ledger of claims, how it is decided, and what the publication contradicts or leaves open."""

from __future__ import annotations

import pandas as pd

from substrate.claims import published, text
from substrate.claims.ledger import Ledger
from substrate.claims.preregistered import Register
from substrate.claims.table import inconsistency_table, ledger_table, shown_table
from substrate.exhibits.claims import verdicts, words
from substrate.exhibits.exhibit import Exhibit
from substrate.figures.claims.forest import forest
from substrate.figures.theme import Theme

LEDGER = "claims"
#: What each exhibit is listed under.
TITLES = {
    LEDGER: "Published and measured",
    "claims-rules": "How it is decided",
    "claims-inconsistencies": "The publication's own inconsistencies",
    "claims-open": "What it leaves open, and where to switch it",
    "claims-unmeasured": "Published, and not measured by this program",
}


def ledger(result: Ledger, register: Register, theme: Theme, *, whole: Ledger) -> Exhibit:
    """Return the rows of a ledger; the sentence is of the ``whole``, which may hold more rows."""
    return Exhibit(
        key=LEDGER,
        title=TITLES[LEDGER],
        sentence=text.opening(whole),
        context=words.context(whole),
        verdict=verdicts.of_ledger(whole),
        figure=forest(result, theme),
        read="The upright stroke is the published figure and the band the tolerance around it, or "
        "around no difference; the coloured mark is measured, with its interval. A claim holds "
        "where the figure is on the expected side of every control (thin crosses), each tested "
        "apart, not where it merely meets the stroke.",
        table=ledger_table(result, register),
        trace={"preregistered": f"data/claims.yaml, sha256 {result.digest}"},
        shown=shown_table(result),
    )


def rules(register: Register) -> Exhibit:
    """Return the rules that give a verdict, and why figures may differ from the published ones."""
    key, lines = "claims-rules", [line.replace("*", "") for line in text.RULE]
    return Exhibit(
        key=key,
        title=TITLES[key],
        sentence="What is measured, against what, and what would count was fixed beforehand; "
        "these rules turn it into a verdict.",
        context=text.WHY_DIFFERENT,
        table=pd.DataFrame({"rule": lines}),
        trace=_trace(register),
        shown=pd.DataFrame({"Rule": lines}),
    )


def inconsistencies() -> Exhibit:
    """Return what the publication's own figures contradict."""
    key, table = "claims-inconsistencies", inconsistency_table()
    return Exhibit(
        key=key,
        title=TITLES[key],
        sentence=words.inconsistencies_sentence(len(table)),
        table=table,
        trace={"source": published.SOURCE},
        shown=table.rename(columns=str.capitalize),
    )


def open_points() -> Exhibit:
    """Return what the publication leaves open, and which page lets it be switched."""
    key = "claims-open"
    table = pd.DataFrame(
        [
            {"Point": a.key, "Open": a.question, "Here": a.answer, "Page": a.page.capitalize()}
            for a in published.AMBIGUITIES
        ]
    )
    return Exhibit(
        key=key,
        title=TITLES[key],
        sentence=words.open_sentence(len(table)),
        table=table.rename(columns=str.lower),
        trace={"source": published.SOURCE},
        shown=table,
    )


def unmeasured(register: Register) -> Exhibit:
    """Return what was published and is not measured here, with the reasons."""
    key = "claims-unmeasured"
    table = pd.DataFrame([{"Published": u.says, "Why": u.why} for u in register.unmeasured])
    return Exhibit(
        key=key,
        title=TITLES[key],
        sentence=f"{len(table)} published findings have no row, each for a reason.",
        table=table.rename(columns=str.lower),
        trace=_trace(register),
        shown=table,
    )


def _trace(register: Register) -> dict[str, str]:
    return {"preregistered": f"data/claims.yaml, sha256 {register.digest}"}
