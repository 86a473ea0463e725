"""What the ledger says, in sentences."""

from __future__ import annotations

from collections.abc import Callable

from substrate.claims.ledger import NOT_YET, Ledger, Row
from substrate.claims.preregistered import Claim
from substrate.claims.verdict import UNTESTED

WHY_DIFFERENT = (
    "The published figures come from encoders of 5 to 300 million parameters that were trained on "
    "a million images or more and looked at 1,000 images of 224 pixels per domain. The bundled "
    "encoders have 0.1 to 1.8 million parameters, learned from one set of 50,000 images of 32 "
    "pixels, and look here at tiles cut from few photographs. Small networks may keep more of what "
    "untrained ones of the same architecture show already, so that the untrained twin is a harder "
    "control; tiles of one photograph are alike for reasons that have nothing to do with the "
    "networks, so that similarities tend to be high, and intervals, taken over photographs, are "
    "wide; and with few encoders nothing can be said about pairs of them. A verdict holds for the "
    "study that is open, not for the publication: with larger encoders and folders of your own "
    "images the same rows are measured again."
)
RULE = (
    "T is the figure, s the side on which it is expected, C its controls: the row's null, and the "
    "untrained twins wherever they can have such a figure. What counts is the 95 % jackknife "
    "interval [L, U] of the smallest of s (T − c) over C.",
    "**Cannot be tested here**: an ingredient is missing, or there are fewer than 10 photographs, "
    "8 encoders or 5 seeds where those are the units.",
    "**Contradicted**: U < 0.",
    "**Undecided**: L ≤ 0 ≤ U, or it fails Holm's correction at 5 % over all tested rows.",
    "Otherwise **direction only** where no size was published or the protocol here is an "
    "analogue; **reproduced** where T's interval lies within the margin around the published "
    "figure; **same direction, different size** where it lies outside it altogether; **size "
    "undecided** in between.",
    "The margin is a quarter of the distance from the published figure to the publication's own "
    "control; without one, .10 for scores, .15 for correlations, 2 points for accuracies, a "
    "factor of 1.5 for ratios.",
    "Defaults decide. Beside the verdict stands in how many settings of the switches (K, biased "
    "or debiased, whitening, domain) the smallest lead says the same.",
)


def opening(found: Ledger) -> str:
    """Say how many published figures could be tested on this study, and with what outcome."""
    counts = found.counts()
    total = len(found.rows)
    untested = counts.pop(UNTESTED, 0) + counts.pop(NOT_YET, 0)
    tested = total - untested
    if not tested:
        return (
            f"None of the {total} published figures can be tested on this study; each row says "
            "what is missing."
        )
    outcomes = listed([f"{n} {'is' if n == 1 else 'are'} {name}" for name, n in counts.items()])
    return f"Of {total} published figures, {tested} can be tested on this study: {outcomes}."


def context(found: Ledger) -> str:
    """Say what the verdicts rest on, and how many rows had to stay open."""
    counts = found.counts()
    parts = []
    if counts.get(UNTESTED):
        parts.append(f"{counts[UNTESTED]} cannot be tested here, each with the reason.")
    if counts.get(NOT_YET):
        parts.append(f"{counts[NOT_YET]} have not been computed yet.")
    parts.append(
        "Every row was fixed beforehand: what is measured, against what, and what would count."
    )
    return " ".join(parts)


def listed(parts: list[str]) -> str:
    """Join words as one reads them aloud."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def number(value: float) -> str:
    """Write a number with three decimals and a true minus sign."""
    text = f"{value:.3f}"
    return "0.000" if text == "-0.000" else text.replace("-", "\u2212")


def figure(claim: Claim, value: float | None) -> str:
    """Write a value on the scale of its claim, without what it is counted in."""
    if value is None:
        return ""
    if claim.kind == "accuracy":
        return (f"{100 * value:+.1f}" if claim.difference else f"{100 * value:.1f}").replace(
            "-", "\u2212"
        )
    if claim.kind == "ratio":
        return f"{value:.2f}" if value < 10 else f"{value:.1f}"
    return number(value)


def unit(claim: Claim) -> str:
    """Return what a figure is counted in, to be written behind it."""
    if claim.kind == "ratio":
        return " times"
    if claim.kind == "accuracy":
        return " points" if claim.difference else " %"
    return ""


def published(row: Row) -> str:
    """Write the published figure, where there is one."""
    return "" if row.claim.published is None else _with_unit(row.claim, row.claim.published)


def _with_unit(claim: Claim, value: float) -> str:
    return f"{figure(claim, value)}{unit(claim)}"


def measured(row: Row) -> str:
    """Write the measured value with its interval."""
    if row.value is None:
        return ""
    if row.low is None or row.high is None:
        return _with_unit(row.claim, row.value)
    bounds = f"[{figure(row.claim, row.low)}, {figure(row.claim, row.high)}]"
    return f"{figure(row.claim, row.value)} {bounds}{unit(row.claim)}"


def beside(row: Row) -> str:
    """Write every control with its value."""
    return "; ".join(f"{name} {figure(row.claim, value)}" for name, value in row.controls)


def lead(row: Row) -> str:
    """Write the smallest lead over the controls, in the expected direction, with its interval."""
    if row.lead is None:
        return ""
    write, after = _of_lead(row.claim)
    if row.lead_low is None or row.lead_high is None:
        return f"{write(row.lead)}{after}"
    return f"{write(row.lead)} [{write(row.lead_low)}, {write(row.lead_high)}]{after}"


def _of_lead(claim: Claim) -> tuple[Callable[[float], str], str]:
    """Write leads as differences: points for accuracies, logarithms for ratios."""
    if claim.kind == "accuracy":
        return lambda v: f"{100 * v:+.1f}".replace("-", "\u2212"), " points"
    return number, " (logarithms)" if claim.kind == "ratio" else ""


def holds(row: Row) -> str:
    """Write in how many settings of the switches the smallest lead says the same."""
    return f"{row.holds} of {row.settings}" if row.settings else ""
