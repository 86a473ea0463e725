"""One row of the ledger: a claim's figure against each of its controls, and what follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from substrate.analyses.shared.replicates import Replicates
from substrate.claims.measures import MEASURES, SCALES, Measure, lead_scale
from substrate.claims.preregistered import Claim
from substrate.claims.robustness import robustness
from substrate.claims.verdict import (
    EQUAL,
    LARGER,
    NO,
    NOT_TESTED,
    OPEN,
    UNTESTED,
    YES,
    answered,
    corrected,
    decide,
    ruling,
    verdict,
)
from substrate.numerics.estimates import Estimate
from substrate.numerics.scales import CORRELATION, Scale
from substrate.wording import figures_written


@dataclass(frozen=True)
class Against:
    """A claim's figure less one control, and what that says.

    ``value`` is the control on the scale of the publication; ``difference``, its interval and the
    two-sided ``p`` are the figure less the control (of logarithms for ratios), in the domain
    ``place`` where it is least favourable, if the claim is about every domain. ``apart`` marks
    what is said and has no part in the verdict.
    """

    control: str
    contrast: str
    answer: str
    value: float | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    place: str = ""
    reason: str = ""
    apart: bool = False


@dataclass(frozen=True)
class LedgerRow:
    """One claim on one run.

    ``value`` and its bounds are on the scale of the publication. ``against`` holds every control,
    ``decisive`` the position of the one that gives the verdict; ``beside`` is shown and
    not tested. ``lacks`` says in what the study falls short of the paper's protocol; empty, it
    has the paper's grade. ``holds`` counts the settings of the switches, of ``settings``, in
    which all controls together say the same as under the defaults, ``places_hold`` the domains
    (``place``) of ``places``; both without correction for their number. ``stored`` marks what
    comes from an experiment and not from the run. ``reason`` says why there is no verdict, or no
    interval.
    """

    claim: Claim
    verdict: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    against: tuple[Against, ...] = ()
    decisive: int = 0
    beside: tuple[tuple[str, float], ...] = ()
    lacks: tuple[str, ...] = ()
    holds: int = 0
    settings: int = 0
    places_hold: int = 0
    places: int = 0
    place: str = ""
    setting: str = ""
    counted: str = ""
    reason: str = ""
    stored: bool = False

    @property
    def papers(self) -> bool:
        """Say whether the study has the grade of the paper's own protocol."""
        return bool(self.against) and not self.lacks

    @property
    def hardest(self) -> Against | None:
        """Return the control that gives the verdict, where one was measured.

        The hardest of those that decide, or the one that the row rests on.
        """
        return self.against[self.decisive] if self.against else None


@dataclass(frozen=True, eq=False)
class Draft:
    """A row before correction for the number of contrasts."""

    row: LedgerRow
    against: tuple[Against, ...]
    values: tuple[Estimate, ...] = field(default=())


def draft(
    claim: Claim, answers: Sequence[Replicates], lacks: tuple[str, ...], *, stored: bool = False
) -> Draft:
    """Hold a claim's figure against each of its controls, under the defaults (the first)."""
    first, measure = answers[0], MEASURES[claim.key]
    row = LedgerRow(
        claim,
        UNTESTED,
        lacks=lacks,
        counted=first.counted,
        setting=first.settings[0],
        beside=_beside(claim, first, measure),
        stored=stored,
    )
    at = first.deciding
    scale = SCALES[claim.key]
    values = tuple(first.estimate(lambda q: measure(q).value, s, scale=scale) for s in at)
    against, worst = zip(
        *(_against(claim, first, measure, control, at) for control in claim.tested), strict=True
    )
    short = lacking(claim, first)
    if short:
        against = tuple(replace(a, answer=NOT_TESTED, p=None, reason=short) for a in against)
    else:
        row = replace(row, **robustness(claim, measure, answers))
    return Draft(row, against, tuple(values[i] for i in worst))


def decided(draft: Draft, *, passed: Sequence[bool], tested: int) -> LedgerRow:
    """Return the row with its verdict, given which contrasts pass Holm's correction."""
    against = tuple(
        _corrected(a, withstands=ok, tested=tested)
        for a, ok in zip(draft.against, passed, strict=True)
    )
    row, claim = draft.row, draft.row.claim
    answers = {a.control: a.answer for a in against if not a.apart}
    ruled, answer = ruling(answers, claim.rests_on), answered(answers, claim.rests_on)
    decisive = [a.control for a in against].index(ruled)
    value = draft.values[decisive]
    published = claim.published
    if published is not None and claim.kind == "ratio":
        published = float(np.log(published))
    return replace(
        row,
        verdict=verdict(
            answer,
            claim.form,
            value,
            published=published,
            margin=claim.tolerance,
            papers=not row.lacks,
        ),
        value=_scaled(claim, value.value) if np.isfinite(value.value) else None,
        low=_scaled(claim, value.low),
        high=_scaled(claim, value.high),
        against=against,
        decisive=decisive,
        reason=against[decisive].reason or _left_open(claim, against, answer) or value.reason,
    )


def _left_open(claim: Claim, against: Sequence[Against], answer: str) -> str:
    """Say why another control's no decides nothing, where it does not."""
    denying = [a for a in against if a.answer == NO and not a.apart]
    if answer != OPEN or not denying:
        return ""
    names = " and ".join(figures_written(a.control) for a in denying)
    if any(a.control == claim.rests_on and a.answer == YES for a in against):
        return f"Beyond its {claim.rests_on}, but not beyond {names}."
    return (
        f"It cannot be told from its {claim.rests_on}; what it says against {names} is not about "
        "training."
    )


def _corrected(against: Against, *, withstands: bool, tested: int) -> Against:
    answer = corrected(against.answer, withstands=withstands)
    if answer == against.answer:
        return against
    reason = (
        f"Decided by itself ({against.answer}), but not after Holm's correction over the {tested} "
        "contrasts that were tested."
    )
    return replace(against, answer=answer, reason=reason)


def _against(
    claim: Claim, replicates: Replicates, measure: Measure, control: str, at: Sequence[int]
) -> tuple[Against, int]:
    """Return what one control says, and which of the deciding settings is the hardest."""
    scale = _scale_of_lead(claim, measure(replicates.named(at[0])).controls[control])
    estimates = [
        replicates.estimate(lambda q: measure(q).lead(control), s, scale=scale) for s in at
    ]
    decision = decide(claim.form, estimates, claim.tolerance)
    worst = _worst(claim, estimates)
    effect, place = estimates[worst], replicates.places[at[worst]] if replicates.places else ""
    value = measure(replicates.named(at[worst])).controls[control]
    reason = missing(replicates, measure, control, at[worst]) or effect.reason
    return Against(
        control,
        claim.tested[control],
        decision.answer,
        _scaled(claim, value) if np.isfinite(value) else None,
        effect.value if np.isfinite(effect.value) else None,
        effect.low,
        effect.high,
        decision.p,
        place if len(at) > 1 else "",
        reason,
        control in claim.apart,
    ), worst


def _scale_of_lead(claim: Claim, control: float) -> Scale:
    """Return the range of a lead: that of a correlation itself where its control is zero."""
    own = SCALES[claim.key]
    constant = isinstance(control, float) and not isinstance(control, np.floating)
    return own if own is CORRELATION and constant and control == 0 else lead_scale(claim.key)


def _worst(claim: Claim, estimates: Sequence[Estimate]) -> int:
    """Return where a claim fares worst: in units of the standard error, untested ones first."""

    def favour(effect: Estimate) -> float:
        if effect.p_of_zero is None or not np.isfinite(effect.value):
            return -np.inf
        if claim.form == EQUAL:
            return ((claim.tolerance or 0.0) - abs(effect.value)) / effect.standard_error
        return (1 if claim.form == LARGER else -1) * effect.value / effect.standard_error

    return min(range(len(estimates)), key=lambda i: favour(estimates[i]))


def _scaled(claim: Claim, value: float | None) -> float | None:
    """Return a value on the scale of the publication: ratios are kept as logarithms before."""
    if value is None or claim.kind != "ratio":
        return value
    return float(np.exp(value))


def _beside(
    claim: Claim, replicates: Replicates, measure: Measure
) -> tuple[tuple[str, float], ...]:
    shown = measure(replicates.named(replicates.deciding[0])).beside
    scaled = ((name, _scaled(claim, v)) for name, v in shown.items() if np.isfinite(v))
    return tuple((name, v) for name, v in scaled if v is not None)


#: What each need is called where a study has less of it.
NEEDED: Mapping[str, str] = {
    "domains": "domains of ten {group}s or more",
    "halved": "domains that fall into halves of ten {group}s or more",
    "encoders": "encoders of different recipes",
    "discriminative": "discriminative encoders of different recipes",
    "reconstructive": "reconstructive encoders of different recipes",
    "samples": "images of every domain",
    "labelled": "domains with labels to learn",
    "draws": "draws of untrained twins",
    "copies": "pairs of encoders of one recipe and shape",
}


def lacking(claim: Claim, replicates: Replicates) -> str:
    """Say what a study lacks for a claim to be tested at all, or nothing.

    Draws of twins are not looked at here: only the controls that are twins need them.
    """
    for name, words in NEEDED.items():
        need, have = getattr(claim.needs, name), replicates.have.get(name)
        if need and name != "draws" and have is not None and have < need:
            what = words.format(group=replicates.group)
            return f"It needs {need} {what}; this study has {have or 'none'}."
    return ""


def missing(replicates: Replicates, measure: Measure, control: str, setting: int = 0) -> str:
    """Say why a claim has no value against a control, or nothing where it has."""
    given = replicates.named(setting)
    if np.isfinite(measure(given).lead(control)):
        return ""
    lacking = [name for name, value in given.items() if not np.isfinite(value)]
    filled = {**given, **dict.fromkeys(lacking, 0.5)}
    for name in lacking if np.isfinite(measure(filled).lead(control)) else ():
        if not np.isfinite(measure({**filled, name: float("nan")}).lead(control)):
            reasons = (reason for part, reason in replicates.missing.items() if part in name)
            return next(reasons, "It has no value on these samples.")
    return "One side of the ratio is not above zero, so the ratio has no value; see the difference."
