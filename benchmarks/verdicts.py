"""`python -m benchmarks.verdicts`: how often does the ledger decide where it must stay silent?

Two studies. *Rule*: the trained panel is a further untrained draw by construction; photographs and
draws vary by as much as was measured, and the rule decides. *Worlds*: images and encoders whose
truth is known (`benchmarks.worlds`) go through the ledger's own analyses. "Before" is the rule that
was replaced: one interval of the smallest lead over all controls, photographs its only source of
variance, and contradictions without Holm's correction. "Hardest alone" is the next one, in which
pixels and random bases could decide a row about training without its untrained twins.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.rates import Rate, table
from benchmarks.worlds import PLANTED, WORLDS, World, world
from substrate.analyses.claims.questions import QUESTIONS
from substrate.analyses.shared.replicates import (
    Replicates,
    no_draws,
)
from substrate.claims.ledger import ledger
from substrate.claims.measures import MEASURES
from substrate.claims.preregistered import Claim, register
from substrate.claims.verdict import (
    EQUAL,
    LEVEL,
    NO,
    NOT_TESTED,
    TWINS,
    YES,
    decide,
    hardest,
    holm,
)
from substrate.store import Store

RESULTS = Path(__file__).parent / "results" / "verdicts.json"
THEMES = ("sharing", "domains", "pairs")
#: Rows whose direction is planted: the others may fall either way in that world.
PLANTED_ROWS = ("shared_across_architectures", "pcka_four", "grassmann")


#: Standard deviation between draws of twins, and standard error over photographs: as found for
#: Procrustes-CKA between domains, and both alike.
SPREADS = {"draws vary 2.5 times as much": (0.0051, 0.0020), "both alike": (0.005, 0.005)}
UNITS = 20


def another_draw(
    rng: np.random.Generator, *, between: float, error: float, draws: int, effect: float = 0.0
) -> Replicates:
    """Return a panel that is one more draw of what its twins are, plus an effect of training.

    ``between`` is the standard deviation between draws, ``error`` the standard error over
    photographs of a panel less the mean of its twins.
    """
    level = rng.normal(0.0, between, size=draws + 1)
    photographs = rng.normal(0.0, error * np.sqrt(UNITS), size=UNITS)
    panel, twins = 0.6 + effect + level[0], 0.6 + level[1:]
    total = photographs.sum()
    left_out = np.array([[[panel + (total - p) / (UNITS - 1), twins.mean()]] for p in photographs])
    whole = panel + photographs.mean()
    return Replicates(
        settings=("default",),
        quantities=("trained", "untrained"),
        whole=np.array([[whole, twins.mean()]]),
        left_out=(left_out,),
        draws=np.array([[[whole, twin]] for twin in twins]),
        unit="photographs",
        units=UNITS,
        counted="",
        reason="",
        missing={},
    )


def decides(found: Replicates, *, draws: bool) -> str:
    """Return what the panel's lead over its twins says by itself."""
    one = found if draws else replace(found, draws=no_draws())
    return decide("larger", [one.estimate(lambda q: q["trained"] - q["untrained"])], None).answer


def rule(trials: int) -> Iterator[Rate]:
    """Return how often one contrast with the twins decides, and an effect is found."""
    for name, (between, error) in SPREADS.items():
        for effect in (0.0, 5 * between):
            truth = "another draw" if effect == 0 else "an effect of five deviations"
            for when, count, allowed in (
                ("before", 3, False),
                ("after", 5, True),
                ("after", 10, True),
            ):
                said = Counter(
                    decides(
                        another_draw(
                            np.random.default_rng([seed, 1]),
                            between=between,
                            error=error,
                            draws=count,
                            effect=effect,
                        ),
                        draws=allowed,
                    )
                    for seed in range(trials)
                )
                share = (said[YES] + said[NO]) / trials if effect == 0 else said[YES] / trials
                nominal = LEVEL if effect == 0 else 1.0
                yield Rate(
                    f"rule, {when}",
                    f"{truth}, {count} draws of twins",
                    name,
                    share,
                    nominal,
                    trials,
                )


@dataclass(frozen=True)
class Trial:
    """What one world gave: rows decided, and single contrasts with the twins, before and after.

    ``alone`` are rows decided by the hardest of all their controls, whatever the twins say.
    ``answers`` are the answers to each contrast with the twins by itself, without Holm.
    """

    before: dict[str, str]
    alone: dict[str, str]
    after: dict[str, str]
    answers_before: dict[str, str]
    answers: dict[str, str]


def trial(
    kind: str, seed: int, *, n: int = 100, draws: int = 5, themes: Sequence[str] = THEMES
) -> Trial:
    """Draw one world and put these themes of it through the ledger."""
    with tempfile.TemporaryDirectory() as folder:
        run = world(kind, Store(Path(folder)), seed, n=n, draws=draws)
        found = _replicates(run, themes)
        rows = ledger(
            run,
            register(),
            lambda question: found.get(question[0].key, ""),
            more=lambda _question: None,
        ).rows
    claims = [c for c in register().claims if c.theme in themes and c.own and c.form != EQUAL]
    counted = [r for r in rows if r.claim in claims and r.hardest]
    after = {r.claim.key: r.hardest.answer for r in counted if r.hardest}
    answers = {r.claim.key: [a.answer for a in r.against] for r in counted}
    return Trial(
        _old_rule(claims, found),
        {key: a[hardest(a)] for key, a in answers.items()},
        after,
        {c.key: _with_twins(c, found, draws=False) for c in claims if TWINS in c.controls},
        {c.key: _with_twins(c, found, draws=True) for c in claims if TWINS in c.controls},
    )


def _replicates(run: World, themes: Sequence[str]) -> dict[str, Replicates]:
    found = {}
    for theme in themes:
        analysis, params = QUESTIONS[theme](run)[0]
        found[analysis.key] = analysis.compute(run, params)
    return found


def _of(claim: Claim, found: dict[str, Replicates]) -> Replicates:
    return found[f"claims.{claim.theme}"]


def _with_twins(claim: Claim, found: dict[str, Replicates], *, draws: bool) -> str:
    """Return what the lead over the twins says by itself, with or without the draws' variance."""
    one = _of(claim, found) if draws else replace(_of(claim, found), draws=no_draws())
    leads = [one.estimate(lambda q: MEASURES[claim.key](q).lead(TWINS), s) for s in one.deciding]
    return decide(claim.form, leads, claim.tolerance).answer


def _old_rule(claims: list[Claim], found: dict[str, Replicates]) -> dict[str, str]:
    """Return yes, no or undecided by the rule that was replaced, in the richest domain alone."""
    effects = {}
    for claim in claims:
        one = replace(_of(claim, found), draws=no_draws())
        sign = 1 if claim.form == "larger" else -1
        effects[claim.key] = one.estimate(
            lambda q, c=claim, s=sign: np.minimum.reduce(  # type: ignore[misc]
                np.broadcast_arrays(*(s * MEASURES[c.key](q).lead(name) for name in c.tested))
            )
        )
    tested = [key for key, effect in effects.items() if effect.p_of_zero is not None]
    passed = dict(
        zip(tested, holm([float(effects[k].p_of_zero or 0) for k in tested]), strict=True)
    )
    return {
        key: NO
        if effects[key].high < 0  # type: ignore[operator]
        else YES
        if passed[key] and effects[key].low > 0
        else "undecided"  # type: ignore[operator]
        for key in tested
    }


def rates(kind: str, trials: list[Trial], themes: Sequence[str] = THEMES) -> Iterator[Rate]:
    """Return the shares of rows and of single contrasts that decide, before and after."""
    count = len(trials)
    design = f"{kind} encoders, {', '.join(themes)}"
    for when, name in (("before", "before"), ("hardest alone", "alone"), ("after", "after")):
        each = [getattr(t, name) for t in trials]
        yield Rate(f"ledger, {when}", design, "rows that decide", _decided(each), LEVEL, count)
        if kind != PLANTED and name != "before":
            for key in sorted({key for rows in each for key in rows}):
                own = [{key: rows[key]} for rows in each if rows.get(key, NOT_TESTED) != NOT_TESTED]
                if own:
                    quantity = f"{key} decides"
                    yield Rate(f"ledger, {when}", design, quantity, _decided(own), LEVEL, len(own))
    for key in (key for key in PLANTED_ROWS if any(key in t.answers for t in trials)):
        for when, name in (("before", "answers_before"), ("after", "answers")):
            said = Counter(getattr(t, name).get(key) for t in trials)
            for answer in (YES, NO):
                quantity = f"{key}: above twins, {answer}"
                nominal = LEVEL / 2
                yield Rate(
                    f"contrast, {when}", design, quantity, said[answer] / count, nominal, count
                )
        if kind == PLANTED:
            found = sum(t.after.get(key) == YES for t in trials) / count
            yield Rate("ledger, after", design, f"{key}: found", found, 1.0, count)


def keep(found: Sequence[Rate], path: Path = RESULTS) -> None:
    """Write rates to the results; those of other designs that are there already stay."""
    there = json.loads(path.read_text()) if path.exists() else []
    designs = {(rate.study, rate.design) for rate in found}
    left = [one for one in there if (one["study"], one["design"]) not in designs]
    path.write_text(json.dumps([*left, *(asdict(rate) for rate in found)], indent=1) + "\n")


def _decided(rows: Sequence[dict[str, str]]) -> float:
    """Return the share of rows that decide among those that could be tested."""
    tested = [a for row in rows for a in row.values() if a != NOT_TESTED]
    return sum(a in (YES, NO) for a in tested) / max(len(tested), 1)


def main() -> None:
    """Simulate, print, and keep the rates where asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.verdicts", description=__doc__)
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--worlds", nargs="*", default=list(WORLDS), choices=WORLDS)
    parser.add_argument("--images", type=int, default=100, help="photographs per domain")
    parser.add_argument("--themes", nargs="+", default=list(THEMES), choices=THEMES)
    parser.add_argument("--draws", type=int, default=10, help="draws of twins")
    parser.add_argument("--workers", type=int, default=1, help="trials that run side by side")
    parser.add_argument("--save", action="store_true", help="write the rates to the results")
    options = parser.parse_args()
    found = [*rule(10 * options.trials)]
    one = partial(trial, n=options.images, draws=options.draws, themes=options.themes)
    with ProcessPoolExecutor(options.workers) as pool:
        for kind in options.worlds:
            done = list(pool.map(partial(one, kind), range(options.trials)))
            found += rates(kind, done, options.themes)
    print(table(found))
    if options.save:
        keep(found)


if __name__ == "__main__":
    main()
