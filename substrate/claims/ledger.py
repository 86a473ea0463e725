"""The ledger of a run: every claim with what was measured, what it is held against, the verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from substrate.analyses.claims.questions import (
    QUESTIONS,
    MissingError,
    Question,
)
from substrate.analyses.shared.replicates import Replicates
from substrate.claims.draft import Against, Draft, LedgerRow, decided, draft
from substrate.claims.experiments import not_run
from substrate.claims.preregistered import Claim, Register
from substrate.claims.protocol import StudyAtHand
from substrate.claims.themes import THEMES
from substrate.claims.verdict import (
    AGREEING,
    DECIDED,
    EQUAL,
    UNDECIDED,
    UNTESTED,
    VERDICTS,
    holm,
)
from substrate.runs import Run

__all__ = ["NOT_YET", "Against", "Ask", "Ledger", "LedgerRow", "ledger"]

NOT_YET = "not computed yet"
#: Given a question: the replicates, why there are none, or None where they are not computed yet.
Ask = Callable[[Question], Replicates | str | None]


@dataclass(frozen=True)
class Ledger:
    """All rows of a run, the contrasts that were tested, and the themes still to be computed.

    ``tests`` counts the contrasts of the run, ``stored_tests`` those of stored experiments: two
    families, each corrected for its own number, as the outcome of an experiment that was run on
    other encoders and images does not hang on the study that happens to be open.
    """

    run_id: str
    study: str
    digest: str
    rows: tuple[LedgerRow, ...]
    waiting: tuple[str, ...]
    more_settings: tuple[str, ...]
    tests: int = 0
    stored_tests: int = 0

    def counts(self, *, stored: bool = False) -> dict[str, int]:
        """Count the rows of each verdict, in the order of `VERDICTS`; derived rows do not count.

        Those of the run, or with ``stored`` those that stored experiments answer.
        """
        verdicts = Counter(row.verdict for row in self.own if row.stored == stored)
        return {name: verdicts[name] for name in (*VERDICTS, NOT_YET) if verdicts[name]}

    @property
    def own(self) -> tuple[LedgerRow, ...]:
        """Return the rows that are counted: not another form of one of the others."""
        return tuple(row for row in self.rows if row.claim.own)


def ledger(run: Run, register: Register, ask: Ask, *, more: Ask | None = None) -> Ledger:
    """Fill every row by computation.

    ``ask`` gives what decides the verdicts, ``more`` the further settings of the switches
    (``ask`` where None). Every contrast is tested once, in however many rows it stands. Holm's
    correction is over the contrasts of the run, and over those of stored experiments apart.
    """
    return filled(run, register, asked(run, ask, more or ask))


def asked(run: Run, ask: Ask, more: Ask) -> dict[str, Answer]:
    """Return what every theme has to say; ``filled`` makes the rows of it."""
    return {key: _answer(run, key, ask, more) for key in THEMES}


def filled(run: Run, register: Register, answers: Mapping[str, Answer]) -> Ledger:
    """Decide every row by what its theme has answered."""
    drafts = [_draft(run, claim, answers[claim.theme]) for claim in register.claims]
    families = {stored: _tests(drafts, stored=stored) for stored in (False, True)}
    passed = {
        stored: dict(zip(tests, holm(list(tests.values())), strict=True))
        for stored, tests in families.items()
    }
    rows = tuple(
        one
        if isinstance(one, LedgerRow)
        else decided(
            one,
            tested=len(families[one.row.stored]),
            passed=[
                passed[one.row.stored].get(_contrast(one.row.claim, a), False) for a in one.against
            ],
        )
        for one in drafts
    )
    rows = _given(rows)
    waiting = tuple(key for key, a in answers.items() if a.replicates is None and not a.reason)
    unsettled = tuple(key for key, a in answers.items() if a.replicates is not None and a.unsettled)
    return Ledger(
        run.run_id,
        str(run.study["name"]),
        register.digest,
        rows,
        waiting,
        unsettled,
        tests=len(families[False]),
        stored_tests=len(families[True]),
    )


def _given(rows: tuple[LedgerRow, ...]) -> tuple[LedgerRow, ...]:
    """Leave rows open that take another row for granted where that one does not agree.

    That nothing changes, or something, says something about sharing only where something is shared.
    """
    by_key = {row.claim.key: row for row in rows}

    def settled(row: LedgerRow) -> LedgerRow:
        if not row.claim.given or row.verdict not in DECIDED:
            return row
        other = by_key[row.claim.given]
        if other.verdict in AGREEING:
            return row
        reason = f"It takes for granted “{other.claim.name}”, which is not found here."
        return replace(row, verdict=UNDECIDED, reason=reason)

    return tuple(settled(row) for row in rows)


def _tests(drafts: list[LedgerRow | Draft], *, stored: bool) -> dict[tuple[str, bool], float]:
    """Return the p-value of every contrast of one family that can be tested, each once."""
    tests: dict[tuple[str, bool], float] = {}
    for one in drafts:
        if isinstance(one, LedgerRow) or one.row.stored != stored:
            continue
        for against in one.against:
            if against.p is not None:
                tests.setdefault(_contrast(one.row.claim, against), against.p)
    return tests


def _contrast(claim: Claim, against: Against) -> tuple[str, bool]:
    """Name a test: the contrast, and whether it is held to no difference."""
    return against.contrast, claim.form == EQUAL


@dataclass(frozen=True, eq=False)
class Answer:
    """A theme's replicates under the defaults and under further settings, or why there are none."""

    replicates: Replicates | None
    further: tuple[Replicates, ...] = ()
    unsettled: int = 0
    reason: str = ""
    own: bool = True


def _answer(run: Run, key: str, ask: Ask, more: Ask) -> Answer:
    try:
        questions = () if key not in QUESTIONS else QUESTIONS[key](run)
    except MissingError as error:
        return _stored(key, str(error))
    except ValueError as error:  # a damaged result, a domain that cannot be read
        return Answer(None, reason=str(error))
    if not questions:
        return _stored(key)
    first = ask(questions[0])
    if first is None or isinstance(first, str):
        return Answer(None, reason=first or "")
    others = [more(question) for question in questions[1:]]
    there = tuple(one for one in others if isinstance(one, Replicates))
    return Answer(first, there, sum(one is None for one in others))


def _stored(key: str, reason: str = "") -> Answer:
    """Read what an experiment has left, where the study itself has nothing to say."""
    stored = THEMES[key].stored
    if stored is None:
        return Answer(None, reason=reason)
    try:
        answer = stored()
    except ValueError as error:
        return Answer(None, reason=f"{error} {not_run(key)}")
    if isinstance(answer, str):
        return Answer(None, reason=reason or answer)
    return Answer(answer, own=False)


def _draft(run: Run, claim: Claim, answer: Answer) -> LedgerRow | Draft:
    if answer.replicates is None:
        return LedgerRow(claim, UNTESTED if answer.reason else NOT_YET, reason=answer.reason)
    study = StudyAtHand.of(run) if answer.own else StudyAtHand()
    lacks = study.lacking(claim.paper)
    answers = (answer.replicates, *answer.further)
    if answer.own:
        return _drafted(claim, answers, tuple(lacks))
    return draft(claim, answers, lacks, stored=True)


@lru_cache(maxsize=512)
def _drafted(claim: Claim, answers: tuple[Replicates, ...], lacks: tuple[str, ...]) -> Draft:
    """Draft a row once for replicates that stay the same objects while a page is used."""
    return draft(claim, answers, lacks)
