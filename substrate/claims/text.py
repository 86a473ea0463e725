"""What the ledger says, in sentences."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable

from substrate.claims.ledger import NOT_YET, Against, Ledger, LedgerRow
from substrate.claims.preregistered import Claim
from substrate.claims.protocol import ANALOGUE, PAPERS
from substrate.claims.verdict import EQUAL, NOT_TESTED, UNTESTED
from substrate.wording import figures_written, listed, many

WHY_DIFFERENT = (
    "The published figures come from encoders of 5 to 300 million parameters that were trained on "
    "a million images or more and looked at 1,000 images of 224 pixels per domain. The bundled "
    "encoders have 0.1 to 1.8 million parameters, learned from one set of 50,000 images of 32 "
    "pixels, and look here at tiles cut from few photographs. Small networks may keep more of what "
    "untrained ones of the same architecture show already, so that the untrained twin is a harder "
    "control; tiles of one photograph are alike for reasons that have nothing to do with the "
    "networks, so that similarities tend to be high, and intervals, taken over photographs, are "
    "wide; and with few encoders nothing can be said about pairs of them. Such a study is an "
    "analogue: it can neither reproduce nor contradict the publication, and its verdicts hold for "
    "the study that is open. With pretrained encoders and folders of your own images the same rows "
    "are measured again, in the paper's grade where they have what the paper had."
)
STORED = "by the stored experiments"
RULE = (
    "Each row fixes beforehand what is measured (T), on which side of its controls it is expected "
    "(larger, smaller, or no difference), and what a study must bring.",
    "**Each control apart**: T − the control with its 95 % CI says *yes* (on the claimed "
    "side), *no* (on the other side) or *undecided*. For a claim of no difference, *yes* is an "
    "interval inside ± the tolerance, *no* one outside. Both answers have to pass Holm's "
    "correction at 5 % over all contrasts of the study; a contrast that stands in several rows is "
    "one test. What the stored experiments answer does not depend on the study: their contrasts "
    "are a family of their own, and are counted apart.",
    "**The interval** carries every source of its variance: photographs (delete-group jackknife), "
    "encoders where the claim is about encoders, and for an untrained control the draw of the "
    "twins, of which five at least are needed.",
    "**The hardest control gives the verdict.** A row about what trained encoders share rests on "
    "their untrained twins: where it cannot be told from them it stays undecided, whatever is said "
    "by controls that any network beats. Pixels and hand-crafted features are said apart. A claim "
    "about every domain is tested in each; the domain that is least favourable decides.",
    "**Cannot be tested here**: an ingredient is missing, or there are fewer domains, encoders or "
    "draws of twins than the row needs, fewer than 10 photographs (of each class where classes "
    "matter), 8 encoders or 5 seeds where those are the units.",
    "**The grade** follows from the study. With pretrained encoders of the kinds that the paper "
    "had, as many domains, images and pixels: *reproduced* (T's interval inside the published "
    "figure ± the tolerance, or the published direction where no size was published), *same "
    "direction, different size*, *size undecided*, *contradicted*. Any other study is an analogue "
    "and can neither reproduce nor contradict: *same direction here*, *no difference here* (a "
    "claim of no difference holds), *opposite direction here* (the claim fails).",
    "The tolerance is a quarter of the distance from the published figure to the publication's own "
    "control; without one, 0.10 for scores, 0.15 for correlations, 2 points for accuracies, a "
    "factor of 1.5 for ratios; never more than half of the published figure. Claims of no "
    "difference are held to the fixed tolerance of their kind, around zero.",
    "Defaults decide. Next to the verdict stands in how many settings of the switches (K, biased "
    "or debiased, whitening) and in how many domains the controls together say the same.",
)


def opening(ledger: Ledger) -> str:
    """Say how many published claims could be tested on this study, in which grade, and how.

    What stored experiments answer is counted apart: it is the same whatever study is open.
    """
    total = len(ledger.own)
    own, stored = _tested(ledger, stored=False), _tested(ledger, stored=True)
    if not own and not stored:
        return (
            f"None of the {total} published claims can be tested on this study; each row says "
            "what is missing."
        )
    first, *others = [
        f"{len(rows)} {how}{_grade(rows)}: {_outcomes(ledger, stored=rows is stored)}"
        for rows, how in ((own, "can be tested on this study"), (stored, STORED))
        if rows
    ]
    here = first if own else f"none can be tested on this study, and {first}"
    return f"Of {total} published claims, {'; apart from it, '.join((here, *others))}."


def _tested(ledger: Ledger, *, stored: bool) -> list[LedgerRow]:
    untested = (UNTESTED, NOT_YET)
    return [row for row in ledger.own if row.stored == stored and row.verdict not in untested]


def _outcomes(ledger: Ledger, *, stored: bool) -> str:
    counts = ledger.counts(stored=stored)
    return listed([f"{n} {name}" for name, n in counts.items() if name not in (UNTESTED, NOT_YET)])


def _grade(tested: list[LedgerRow]) -> str:
    papers = sum(row.papers for row in tested)
    if not papers:
        return ", as an analogue" if len(tested) == 1 else ", all as analogues"
    if papers == len(tested):
        return ", by the paper's protocol"
    return f", {papers} by the paper's protocol and {len(tested) - papers} as analogues"


def context(ledger: Ledger) -> str:
    """Say what the verdicts rest on, and how many rows had to stay open."""
    counts = Counter(ledger.counts()) + Counter(ledger.counts(stored=True))
    parts = []
    if counts.get(UNTESTED):
        parts.append(f"{counts[UNTESTED]} cannot be tested here, each with the reason.")
    if counts.get(NOT_YET):
        parts.append(f"{counts[NOT_YET]} have not been computed yet.")
    if ledger.tests:
        were = "was" if ledger.tests == 1 else "were"
        parts.append(f"{many(ledger.tests, 'contrast')} {were} tested, each once.")
    if ledger.stored_tests:
        parts.append(
            f"The {ledger.stored_tests} of the stored experiments are a family of their own: their "
            "verdicts do not depend on this study."
        )
    if more := len(ledger.rows) - len(ledger.own):
        parts.append(f"{more} further rows restate or remeasure others and are not counted.")
    parts.append(
        "Every row was fixed beforehand: what is measured, against what, and what would count."
    )
    return " ".join(parts)


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


def published(row: LedgerRow) -> str:
    """Write the published figure, where there is one."""
    return "" if row.claim.published is None else _with_unit(row.claim, row.claim.published)


def _with_unit(claim: Claim, value: float) -> str:
    return f"{figure(claim, value)}{unit(claim)}"


def measured(row: LedgerRow) -> str:
    """Write the measured value with its interval."""
    if row.value is None:
        return ""
    if row.low is None or row.high is None:
        return _with_unit(row.claim, row.value)
    bounds = f"[{figure(row.claim, row.low)}, {figure(row.claim, row.high)}]"
    return f"{figure(row.claim, row.value)} {bounds}{unit(row.claim)}"


def beside(row: LedgerRow) -> str:
    """Write what is shown beside the figure and not tested."""
    return "; ".join(f"{name} {figure(row.claim, value)}" for name, value in row.beside)


def controls(row: LedgerRow) -> str:
    """Write every control with its value."""
    shown = (a for a in row.against if a.value is not None)
    return "; ".join(f"{figures_written(a.control)} {figure(row.claim, a.value)}" for a in shown)


def answer(claim: Claim, against: Against) -> str:
    """Write what one control says, as in "above untrained twins: no"."""
    side = {"larger": "above", "smaller": "below"}.get(claim.form, "no different from")
    apart = " (said apart)" if against.apart else ""
    return f"{side} {_named(against.control)}: {against.answer}{apart}"


def _named(control: str) -> str:
    return {
        "no lead": "zero",
        "no change": "zero",
        "no gain": "zero",
        "no correlation": "zero",
        "no rise": "zero",
        "no further rise": "zero",
        "ratio of 1": "1",
    }.get(control, figures_written(control))


def answers(row: LedgerRow) -> str:
    """Write what every control says; nothing where none could be asked."""
    if all(a.answer == NOT_TESTED for a in row.against):
        return ""
    return "; ".join(answer(row.claim, a) for a in row.against)


def lead(claim: Claim, against: Against) -> str:
    """Write the figure less a control, with its interval."""
    if against.difference is None:
        return ""
    write, after = _of_lead(claim)
    if against.low is None or against.high is None:
        return f"{write(against.difference)}{after}"
    bounds = f"[{write(against.low)}, {write(against.high)}]"
    return f"{write(against.difference)} {bounds}{after}"


def _of_lead(claim: Claim) -> tuple[Callable[[float], str], str]:
    """Write differences: points for accuracies, logarithms for ratios."""
    if claim.kind == "accuracy":
        return lambda v: f"{100 * v:+.1f}".replace("-", "\u2212"), " points"
    return number, " (logarithms)" if claim.kind == "ratio" else ""


def holds(row: LedgerRow) -> str:
    """Write in how many settings of the switches, and domains, the controls say the same."""
    parts = [f"{row.holds} of {row.settings} settings"] if row.settings else []
    if row.places:
        parts.append(f"{row.places_hold} of {row.places} {row.place}")
    return ", ".join(parts)


def grade(row: LedgerRow) -> str:
    """Write the grade, and for an analogue what the study lacks."""
    if row.papers:
        return PAPERS
    return f"{ANALOGUE}: {'; '.join(row.lacks)}" if row.lacks else ""


def margin(claim: Claim) -> str:
    """Write the tolerance, and what it is around."""
    if claim.tolerance is None:
        return "no published size to compare with"
    around = "no difference" if claim.form == EQUAL else "the published figure"
    if claim.kind == "ratio":
        return f"tolerance: a factor of {math.exp(claim.tolerance):.2f} around {around}"
    if claim.kind == "accuracy":
        return f"tolerance: ± {100 * claim.tolerance:.2g} points around {around}"
    return f"tolerance: ± {claim.tolerance:.3g} around {around}"


def kin(claim: Claim) -> str:
    """Say of which row this one is another form, where it is."""
    if claim.derived:
        return f"another form of {claim.derived}, not counted again"
    return f"another measurement of {claim.again}, not counted again" if claim.again else ""
