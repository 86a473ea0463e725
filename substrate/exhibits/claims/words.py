"""What is said of the ledger of claims as a whole, and of one claim on its card."""

from __future__ import annotations

from substrate.claims import published, text
from substrate.claims.ledger import NOT_YET, Ledger, LedgerRow
from substrate.claims.preregistered import PATH, ClaimSource

NO_ROW = "No row has this verdict here. Choose another theme or verdict."
SELECT = "Select a row for what it was set against and what would have counted."
WHY = "Why these figures may differ from the published ones"
FILE = "The file in which every row was fixed"


def fixed(result: Ledger) -> str:
    """Name the file that fixed the claims beforehand, with its digest."""
    return (
        f"Fixed in data/{PATH.name}, SHA-256 {result.digest[:16]}…{result.digest[-8:]}. "
        "A verdict holds for the study that is open."
    )


def context(result: Ledger) -> str:
    """Say what the verdicts rest on."""
    return f"{text.context(result)} {fixed(result)}"


def digest_line(digest: str) -> str:
    """Write the digest of the file as a checksum tool does."""
    return f"sha256  {digest}  data/{PATH.name}"


def heading(row: LedgerRow) -> str:
    """Write the claim with its verdict."""
    return f"**{row.claim.says}**: {row.verdict}"


def definition(row: LedgerRow, source: ClaimSource) -> tuple[str, ...]:
    """Say what was published, what is measured here, and what would have counted."""
    claim = row.claim
    return (
        f"Published: {claim.stated} ([{source.short}]({source.link}), {claim.where})",
        f"Measured here: {claim.estimand}.",
        f"Would count: {claim.counts}.",
    )


def numbers(row: LedgerRow) -> str:
    """Write the measured value, and what stands beside it."""
    if row.verdict == NOT_YET:
        return "Not computed yet: press the button above."
    if row.value is None:
        return "No value here."
    lines = [f"T = {text.measured(row)}"]
    if beside := text.beside(row):
        lines.append(f"Shown with it, not tested: {beside}")
    if holds := text.holds(row):
        lines.append(f"The controls together say the same in {holds}")
    return "  \n".join(lines)


def facts(row: LedgerRow) -> str:
    """Write n, setting, unit, grade, tolerance and kin in one line."""
    claim = row.claim
    parts = (
        row.counted,
        row.setting,
        f"unit: {claim.unit}",
        text.grade(row),
        text.margin(claim),
        text.kin(claim),
    )
    return " · ".join(part for part in parts if part)


def inconsistencies_sentence(count: int) -> str:
    """Say how many points of the publication were checked."""
    return (
        f"{count} points at which {published.SOURCE} was checked against its own figures and "
        "sources."
    )


def open_sentence(count: int) -> str:
    """Say how many points the publication leaves open."""
    return f"{count} points that {published.SOURCE} leaves open, and where to switch them here."
