"""The ledger as plain data: a table for CSV, and what the command prints as JSON."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pandas as pd

from substrate.claims import text
from substrate.claims.ledger import Against, Ledger, LedgerRow
from substrate.claims.preregistered import Register
from substrate.claims.protocol import ANALOGUE, PAPERS
from substrate.claims.published import SOURCE, inconsistencies
from substrate.claims.themes import THEMES
from substrate.wording import figures_written


def record(row: LedgerRow, register: Register, run_id: str) -> dict[str, Any]:
    """Return everything about a row under plain names."""
    claim = row.claim
    return {
        "key": claim.key,
        "claim": claim.says,
        "theme": THEMES[claim.theme].title,
        "source": register.sources[claim.source].short,
        "where": claim.where,
        "stated": claim.stated,
        "published": claim.published,
        "published control": claim.control,
        "tolerance": claim.tolerance,
        "kind": claim.kind,
        "form": claim.form,
        "another form of": claim.derived or claim.again,
        "counted": claim.own,
        "estimand": claim.estimand,
        "what would count": claim.counts,
        "needs": {name: n for name, n in claim.needs.model_dump().items() if n},
        "unit": claim.unit,
        "n": row.counted,
        "setting": row.setting,
        "grade": PAPERS if row.papers else ANALOGUE,
        "lacks": list(row.lacks),
        "measured": row.value,
        "low": row.low,
        "high": row.high,
        "controls": [_control(row, a) for a in row.against],
        "beside": dict(row.beside),
        "verdict": row.verdict,
        "settings that agree": row.holds,
        "settings": row.settings,
        "domains that agree": row.places_hold,
        "domains": row.places,
        "reason": row.reason,
        "shown at": link(row, run_id),
    }


def _control(row: LedgerRow, against: Against) -> dict[str, Any]:
    return {
        "control": against.control,
        "contrast": against.contrast,
        "value": against.value,
        "difference": against.difference,
        "low": against.low,
        "high": against.high,
        "p": against.p,
        "domain": against.place,
        "answer": against.answer,
        "decides": against is row.hardest,
        "apart": against.apart,
        "reason": against.reason,
    }


def link(row: LedgerRow, run_id: str) -> str:
    """Return the address of the page that shows what a row rests on."""
    return f"/{row.claim.page}?{urlencode(address(row, run_id))}"


def address(row: LedgerRow, run_id: str) -> dict[str, str]:
    """Return the query parameters of that page."""
    return {"run": run_id, **row.claim.address}


def ledger_table(ledger: Ledger, register: Register) -> pd.DataFrame:
    """Return one line per row; what belongs to its controls is written out."""
    records = []
    for row in ledger.rows:
        one = record(row, register, ledger.run_id)
        one["controls"] = text.controls(row)
        one["answers"] = text.answers(row)
        one["beside"] = text.beside(row)
        one["lacks"] = "; ".join(row.lacks)
        one["needs"] = "; ".join(f"{name} {n}" for name, n in one["needs"].items())
        records.append(one)
    return pd.DataFrame(records)


def shown_table(ledger: Ledger) -> pd.DataFrame:
    """Return the ledger as it is read: in words, numbers with their intervals."""
    return pd.DataFrame(
        [
            {
                "Figure": row.claim.name,
                "Verdict": row.verdict,
                "Published": text.published(row) or "direction",
                "Measured": text.measured(row),
                "Each control": text.answers(row),
                "Holds in": text.holds(row),
                "Claim": row.claim.says,
                "Why not": row.reason,
                "n": row.counted,
                "Grade": text.grade(row),
                "Restates": row.claim.derived or row.claim.again,
            }
            for row in ledger.rows
        ]
    )


def control_table(row: LedgerRow) -> pd.DataFrame:
    """Return what a claim's figure says against each control, as it is read."""
    return pd.DataFrame(
        [
            {
                "Control": figures_written(a.control),
                "Value": text.figure(row.claim, a.value) or "-",
                "T − control": text.lead(row.claim, a) or "-",
                "p": "-" if a.p is None else f"{a.p:.2g}",
                "Says": a.answer + (f" (in {a.place})" if a.place else ""),
                "Because": a.reason or _part(row, a),
            }
            for a in row.against
        ]
    )


def _part(row: LedgerRow, against: Against) -> str:
    """Say what part a control has in the verdict."""
    if against is row.hardest:
        return "decides"
    return "said apart, no part in the verdict" if against.apart else ""


def inconsistency_table() -> pd.DataFrame:
    """Return the publication's own inconsistencies."""
    return pd.DataFrame(
        [{"topic": i.topic, "stated": i.stated, "found": i.implied} for i in inconsistencies()]
    )


def as_json(ledger: Ledger, register: Register) -> dict[str, Any]:
    """Return the whole ledger as plain data."""
    return {
        "run": ledger.run_id,
        "study": ledger.study,
        "preregistered": {"file": "data/claims.yaml", "sha256": ledger.digest},
        "verdicts": ledger.counts(),
        "verdicts of stored experiments": ledger.counts(stored=True),
        "claims counted": len(ledger.own),
        "contrasts tested": ledger.tests,
        "contrasts of stored experiments tested": ledger.stored_tests,
        "rows": [record(row, register, ledger.run_id) for row in ledger.rows],
        "inconsistencies": [
            {"source": SOURCE, "topic": i.topic, "stated": i.stated, "found": i.implied}
            for i in inconsistencies()
        ],
        "unmeasured": [u.model_dump() for u in register.unmeasured],
        "not computed": list(ledger.waiting),
    }
