"""The ledger of a run: every claim with what was measured, what it is held against, the verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from substrate.analyses.claims_questions import QUESTIONS, MissingError, Question
from substrate.analyses.replicates import Estimated, Replicates
from substrate.claims.experiments import not_run
from substrate.claims.measures import MEASURES, Measure
from substrate.claims.preregistered import Claim, Register
from substrate.claims.themes import THEMES
from substrate.claims.verdict import (
    DIRECTION,
    UNTESTED,
    VERDICTS,
    direction,
    holm,
    verdict,
)
from substrate.runs import Run

NOT_YET = "not computed yet"
#: Given a question: the replicates, why there are none, or None where they are not computed yet.
Ask = Callable[[Question], Replicates | str | None]


@dataclass(frozen=True)
class Row:
    """One claim on one run.

    ``value`` and its bounds, ``published`` and ``controls`` are on the scale of the publication;
    ``lead`` is the smallest lead over the controls in the expected direction, of logarithms for
    ratios. ``holds`` counts the settings of the switches, of ``settings``, in which the lead says
    the same as under the defaults (without correction for many rows). ``reason`` says why there
    is no verdict, or no interval.
    """

    claim: Claim
    verdict: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    controls: tuple[tuple[str, float], ...] = ()
    lead: float | None = None
    lead_low: float | None = None
    lead_high: float | None = None
    p: float | None = None
    holds: int = 0
    settings: int = 0
    setting: str = ""
    counted: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Ledger:
    """All rows of a run, and the themes that have not been computed yet."""

    run_id: str
    study: str
    digest: str
    rows: tuple[Row, ...]
    waiting: tuple[str, ...]
    more_settings: tuple[str, ...]

    def counts(self) -> dict[str, int]:
        """Count the rows of each verdict, in the order of `VERDICTS`."""
        found = Counter(row.verdict for row in self.rows)
        return {name: found[name] for name in (*VERDICTS, NOT_YET) if found[name]}


def ledger(run: Run, register: Register, ask: Ask, *, more: Ask | None = None) -> Ledger:
    """Fill every row by computation.

    ``ask`` gives what decides the verdicts, ``more`` the further settings of the switches
    (``ask`` where None).
    """
    answers = {key: _answer(run, key, ask, more or ask) for key in THEMES}
    drafts = [_draft(claim, answers[claim.theme]) for claim in register.claims]
    tested = [i for i, d in enumerate(drafts) if d.effect is not None and d.effect.p is not None]
    passed = holm([p for i in tested if (p := _p(drafts[i])) is not None])
    withstands = dict(zip(tested, passed, strict=True))
    rows = tuple(
        _decided(draft, withstands=withstands.get(i, False), tested=len(tested))
        for i, draft in enumerate(drafts)
    )
    waiting = tuple(key for key, a in answers.items() if a.found is None and not a.reason)
    unsettled = tuple(key for key, a in answers.items() if a.found is not None and a.unsettled)
    return Ledger(run.run_id, str(run.study["name"]), register.digest, rows, waiting, unsettled)


@dataclass(frozen=True, eq=False)
class _Answer:
    """A theme's replicates under the defaults and under further settings, or why there are none."""

    found: Replicates | None
    further: tuple[Replicates, ...] = ()
    unsettled: int = 0
    reason: str = ""


def _answer(run: Run, key: str, ask: Ask, more: Ask) -> _Answer:
    stored = THEMES[key].stored
    try:
        if stored is not None:
            found = stored()
            return _Answer(None, reason=found) if isinstance(found, str) else _Answer(found)
        questions = QUESTIONS[key](run)
    except MissingError as error:
        return _Answer(None, reason=str(error))
    except ValueError as error:  # a damaged result, a domain that cannot be read
        return _Answer(None, reason=f"{error} {not_run(key)}" if stored else str(error))
    first = ask(questions[0])
    if first is None or isinstance(first, str):
        return _Answer(None, reason=first or "")
    others = [more(question) for question in questions[1:]]
    there = tuple(one for one in others if isinstance(one, Replicates))
    return _Answer(first, there, sum(one is None for one in others))


@dataclass(frozen=True, eq=False)
class _Draft:
    row: Row
    value: Estimated | None = None
    effect: Estimated | None = None


def _p(draft: _Draft) -> float | None:
    return None if draft.effect is None else draft.effect.p


def _draft(claim: Claim, answer: _Answer) -> _Draft:
    if answer.found is None:
        verdict = UNTESTED if answer.reason else NOT_YET
        return _Draft(Row(claim, verdict, reason=answer.reason))
    found, measure = answer.found, MEASURES[claim.key]
    row = Row(claim, UNTESTED, counted=found.counted, setting=found.settings[0])
    lacking = missing(found, measure)
    value = found.estimate(lambda q: measure(q).value)
    effect = found.estimate(lambda q: measure(q).smallest(claim.sign))
    contrast = measure(found.named())
    shown = {
        name: _scaled(claim, control)
        for name, control in contrast.controls.items()
        if np.isfinite(control)
    }
    row = replace(
        row,
        value=_scaled(claim, value.value) if np.isfinite(value.value) else None,
        low=_scaled(claim, value.low), high=_scaled(claim, value.high),
        controls=tuple((name, v) for name, v in shown.items() if v is not None),
    )  # fmt: skip
    if lacking:
        return _Draft(replace(row, reason=lacking))
    row = replace(
        row, lead=effect.value, lead_low=effect.low, lead_high=effect.high, p=effect.p,
        reason=effect.reason,
    )  # fmt: skip
    holds, settings = _settings(claim, measure, (found, *answer.further))
    return _Draft(replace(row, holds=holds, settings=settings), value, effect)


def _scaled(claim: Claim, value: float | None) -> float | None:
    """Return a value on the scale of the publication: ratios are kept as logarithms before."""
    if value is None or claim.kind != "ratio":
        return value
    return float(np.exp(value))


def missing(found: Replicates, measure: Measure) -> str:
    """Say why a claim has no value under the defaults, or nothing where it has."""
    asked = _Asked(found.named())
    contrast = measure(asked)
    if np.isfinite([contrast.value, *contrast.controls.values()]).all():
        return ""
    for quantity in asked.lacking:
        for part, reason in found.missing.items():
            if part in quantity:
                return reason
    if asked.lacking:
        return "It has no value on these samples."
    if "domains" in asked.used:
        have = f"{asked['domains']:.0f}"
        return f"Eight domains of ten photographs or more are needed; {have} are there."
    return "One side of the ratio is not above zero, so the ratio has no value; see the difference."


class _Asked(dict[str, float]):
    """Quantities that remember which of them were asked for, and which of those are missing."""

    def __init__(self, values: Mapping[str, float]) -> None:
        super().__init__(values)
        self.used: list[str] = []

    def __getitem__(self, name: str) -> float:
        self.used.append(name)
        return super().__getitem__(name)

    @property
    def lacking(self) -> list[str]:
        """Return the missing ones, in the order in which they were asked for."""
        return [
            name for name in self.used if not np.isfinite(super(_Asked, self).__getitem__(name))
        ]


def _settings(claim: Claim, measure: Measure, found: Sequence[Replicates]) -> tuple[int, int]:
    """Count the settings in which the lead says the same as under the defaults."""
    said = [
        direction(one.estimate(lambda q: measure(q).smallest(claim.sign), setting))
        for one in found
        for setting in range(len(one.settings))
    ]
    there = [side for side in said if side != UNTESTED]
    return sum(side == said[0] for side in there), len(there)


def _decided(draft: _Draft, *, withstands: bool, tested: int) -> Row:
    claim, row = draft.row.claim, draft.row
    if draft.value is None or draft.effect is None:
        return row
    published = claim.published
    if published is not None and claim.kind == "ratio":
        published = float(np.log(published))
    if direction(draft.effect) == DIRECTION and not withstands:
        row = replace(
            row,
            reason="The lead is above zero by itself, but not after Holm's correction over the "
            f"{tested} rows that were tested.",
        )
    return replace(
        row,
        verdict=verdict(
            draft.value, draft.effect, withstands=withstands, published=published,
            margin=claim.margin, analogue=claim.protocol == "analogue",
        ),
    )  # fmt: skip
