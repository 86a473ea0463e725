"""The ledger as plain data: a table for CSV, and what the command prints as JSON."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pandas as pd

from substrate.claims import text
from substrate.claims.ledger import Ledger, Row
from substrate.claims.preregistered import Register
from substrate.claims.published import SOURCE, inconsistencies
from substrate.claims.themes import THEMES


def record(row: Row, register: Register, run_id: str) -> dict[str, Any]:
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
        "margin": claim.margin,
        "kind": claim.kind,
        "expected": "above controls" if claim.sign > 0 else "below controls",
        "protocol": claim.protocol,
        "estimand": claim.estimand,
        "what would count": claim.counts,
        "unit": claim.unit,
        "n": row.counted,
        "setting": row.setting,
        "measured": row.value,
        "low": row.low,
        "high": row.high,
        "controls": dict(row.controls),
        "smallest lead": row.lead,
        "lead low": row.lead_low,
        "lead high": row.lead_high,
        "p": row.p,
        "verdict": row.verdict,
        "settings that agree": row.holds,
        "settings": row.settings,
        "reason": row.reason,
        "shown at": link(row, run_id),
    }


def link(row: Row, run_id: str) -> str:
    """Return the address of the page that shows what a row rests on."""
    return f"/{row.claim.page}?{urlencode(address(row, run_id))}"


def address(row: Row, run_id: str) -> dict[str, str]:
    """Return the query parameters of that page."""
    return {"run": run_id, **row.claim.address}


def ledger_table(found: Ledger, register: Register) -> pd.DataFrame:
    """Return one line per row; controls are written out."""
    records = [record(row, register, found.run_id) for row in found.rows]
    for one in records:
        one["controls"] = "; ".join(f"{k}: {v:.4g}" for k, v in one["controls"].items())
    return pd.DataFrame(records)


def shown_table(found: Ledger) -> pd.DataFrame:
    """Return the ledger as it is read: in words, numbers with their intervals."""
    return pd.DataFrame(
        [
            {
                "Figure": row.claim.name,
                "Verdict": row.verdict,
                "Published": text.published(row) or "direction",
                "Measured": text.measured(row),
                "Smallest lead": text.lead(row),
                "Agrees": text.holds(row),
                "Claim": row.claim.says,
                "Why not": row.reason,
                "n": row.counted,
            }
            for row in found.rows
        ]
    )


def inconsistency_table() -> pd.DataFrame:
    """Return the publication's own inconsistencies."""
    return pd.DataFrame(
        [{"topic": i.topic, "stated": i.stated, "found": i.found} for i in inconsistencies()]
    )


def as_json(found: Ledger, register: Register) -> dict[str, Any]:
    """Return the whole ledger as plain data."""
    return {
        "run": found.run_id,
        "study": found.study,
        "preregistered": {"file": "data/claims.yaml", "sha256": found.digest},
        "verdicts": found.counts(),
        "rows": [record(row, register, found.run_id) for row in found.rows],
        "inconsistencies": [
            {"source": SOURCE, "topic": i.topic, "stated": i.stated, "found": i.found}
            for i in inconsistencies()
        ],
        "unmeasured": [u.model_dump() for u in register.unmeasured],
        "not computed": list(found.waiting),
    }
