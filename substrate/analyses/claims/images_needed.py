"""How many images does a study need? What its own replicates say of other sizes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.optimize import brentq

from substrate.analyses.claims.domains import CLAIMS_DOMAINS, FOUR
from substrate.analyses.claims.questions import QUESTIONS
from substrate.analyses.claims.sharing import CLAIMS_SHARING
from substrate.analyses.shared.halves import summarised
from substrate.analyses.shared.replicates import Replicates
from substrate.analyses.sharedness.leave_encoder_out import SHAREDNESS, Sharedness
from substrate.analyses.sharedness.untrained import UntrainedSharednessParams
from substrate.analyses.spec import Analysis
from substrate.numerics.intervals import MIN_DRAWS, MIN_ENCODERS, MIN_GROUPS
from substrate.numerics.theory.planning import Plan, VarianceSource
from substrate.runs import Run

#: What a study is planned for: how often an interval should tell the value from its twins.
POWER = 0.8
#: Photographs and encoders that are looked at, and the most that are asked for.
PHOTOGRAPHS = tuple(np.unique(np.round(np.geomspace(MIN_GROUPS, 1000, 40)).astype(int)).tolist())
ENCODERS = tuple(range(MIN_ENCODERS, 41))
MOST = 100_000
SHARING, DOMAINS = "Sharing", "Procrustes-CKA"

#: How a result is had: computed, or only looked for; None where it is not there.
Ask = Callable[[Analysis, Run, Any], Any]


@dataclass(frozen=True, eq=False)
class Needed:
    """A headline figure above its untrained twins: its interval and power at other sizes.

    Attributes
    ----------
    value, half_width, power
        The lead over untrained twins as it was measured, and what is expected at the study's own
        size.
    present, most, unit
        Photographs of the smallest and of the largest domain that the figure rests on, and what
        they are called.
    marked
        The number of each domain that would have the interval of the present ones.
    photographs, half_widths, powers
        What is expected with so many, the panel as it is.
    enough
        The fewest with which the lead is told from 0 in 80 % of studies; None where none are.
    encoders, encoder_half_widths, encoder_powers
        What is expected of a statement about such encoders, with so many of them and the present
        photographs; empty where the run does not say how they differ.
    """

    name: str
    place: str
    value: float
    half_width: float
    power: float
    present: int
    most: int
    marked: float
    unit: str
    photographs: tuple[int, ...]
    half_widths: Float[np.ndarray, " p"]
    powers: Float[np.ndarray, " p"]
    enough: int | None
    present_encoders: int
    encoders: tuple[int, ...]
    encoder_half_widths: Float[np.ndarray, " e"]
    encoder_powers: Float[np.ndarray, " e"]

    @property
    def size(self) -> str:
        """Write how many photographs there are: ``14 groups``, ``14 to 100 groups``."""
        ends = f"{self.present}" if self.present == self.most else f"{self.present} to {self.most}"
        return f"{ends} {self.unit}"


def needed(run: Run, ask: Ask) -> tuple[tuple[Needed, ...], tuple[str, ...]]:
    """Return both headline figures at other sizes, and why one is missing.

    ``ask`` answers for a stored analysis, with a sentence or None where it has no answer.
    """
    made: list[Needed] = []
    missing: list[str] = []
    for name, plan in ((SHARING, _sharing), (DOMAINS, _domains)):
        try:
            plan_or_reason = plan(run, ask)
        except ValueError as error:  # what this study lacks for the figure
            plan_or_reason = str(error)
        if isinstance(plan_or_reason, str):
            missing.append(f"{name}: {plan_or_reason}")
        else:
            made.append(plan_or_reason)
    return tuple(made), tuple(missing)


def _sharing(run: Run, ask: Ask) -> Needed | str:
    """Plan for the least favourable domain, with what encoders of the panel differ by."""
    ((analysis, params), *_) = QUESTIONS["sharing"](run)
    assert analysis is CLAIMS_SHARING
    replicates = _replicates(ask(analysis, run, params))
    if isinstance(replicates, str):
        return replicates
    leads = replicates.whole[:, 0] - replicates.whole[:, 1]
    least = int(np.argmin(leads))
    domain = params.domains[least]
    asked = UntrainedSharednessParams(
        params.encoders, domain, params.seeds, params.whitening, params.components, params.seed
    )
    panel = ask(SHAREDNESS, run, asked.trained())
    between = _between(panel) if isinstance(panel, Sharedness) else None
    return _planned(
        SHARING,
        replicates,
        least,
        run,
        (domain,),
        (replicates.left_out[least],),
        between,
        len(run.panel),
    )


def _between(panel: Sharedness) -> VarianceSource:
    """Return how the mean over encoders varies with which encoders they are."""
    summaries = summarised(panel.correlations[:, None, :], panel.variance_shares)
    e = len(summaries)
    return VarianceSource(float(np.var(summaries, ddof=1)) / e, e, e)


def _domains(run: Run, ask: Ask) -> Needed | str:
    """Plan for the median over pairs of the first four domains."""
    ((analysis, params), *_) = QUESTIONS["domains"](run)
    assert analysis is CLAIMS_DOMAINS
    replicates = _replicates(ask(analysis, run, params))
    if isinstance(replicates, str):
        return replicates
    count = min(FOUR, len(params.domains))
    return _planned(
        DOMAINS,
        replicates,
        0,
        run,
        params.domains[:count],
        replicates.left_out[:count],
        None,
        len(run.panel),
    )


def _replicates(answer: Any) -> Replicates | str:
    """Return the replicates that a plan rests on, or why there are none."""
    if not isinstance(answer, Replicates):
        return str(answer or "It has not been computed yet.")
    if not answer.left_out:
        return answer.reason
    if len(answer.draws) < MIN_DRAWS:
        return f"It needs {MIN_DRAWS} draws of untrained twins; this study has {len(answer.draws)}."
    return answer


def _planned(
    name: str,
    replicates: Replicates,
    setting: int,
    run: Run,
    domains: tuple[str, ...],
    left_out: tuple[Float[np.ndarray, "_ s q"], ...],
    between: VarianceSource | None,
    panel: int,
) -> Needed | str:
    trained, twins = (replicates.quantities.index(q) for q in ("trained", "untrained"))

    def lead(rows: Float[np.ndarray, "m s q"]) -> Float[np.ndarray, " m"]:
        return rows[:, setting, trained] - rows[:, setting, twins]

    value = float(lead(replicates.whole[None])[0])
    photographs = [run.domains[domain].photographs for domain in domains]
    over_photographs = tuple(
        VarianceSource(_jackknife(lead(left)), units, len(left))
        for left, units in zip(left_out, photographs, strict=True)
    )
    drawn = lead(replicates.draws)
    m = len(drawn)
    twins_drawn = VarianceSource(float(np.var(drawn, ddof=1)) * (1 + 1 / m), 0, m)
    every = [value, twins_drawn.variance, *(one.variance for one in over_photographs)]
    if not np.isfinite(every).all():
        return "It has no value without some of the photographs."
    plan = Plan(value, over_photographs, (twins_drawn,))
    now = Plan(value, (), (twins_drawn, *over_photographs))
    widths, powers = plan.curve(PHOTOGRAPHS)
    of_encoders: tuple[int, ...] = ()
    encoder_widths, encoder_powers = np.empty(0), np.empty(0)
    if between is not None:
        kept = tuple(VarianceSource(one.at(one.units)[0], 0, one.most) for one in over_photographs)
        other = Plan(value, (between,), (twins_drawn, *kept))
        of_encoders = ENCODERS
        encoder_widths, encoder_powers = other.curve(ENCODERS)
    return Needed(
        name=name,
        place=listed_titles(run, domains),
        value=value,
        half_width=now.half_width(1),
        power=now.power(1),
        present=min(photographs),
        most=max(photographs),
        marked=_marked(plan, now.half_width(1), min(photographs), max(photographs)),
        unit=replicates.unit,
        photographs=PHOTOGRAPHS,
        half_widths=widths,
        powers=powers,
        enough=plan.needed(POWER, least=MIN_GROUPS, most=MOST),
        present_encoders=panel,
        encoders=of_encoders,
        encoder_half_widths=encoder_widths,
        encoder_powers=encoder_powers,
    )


def _marked(plan: Plan, width: float, low: int, high: int) -> float:
    """Return with how many photographs of each domain the interval is as wide."""

    def wider(units: float) -> float:
        return plan.half_width(units) - width

    if wider(low) <= 0 or wider(high) >= 0:
        return float(low)
    return float(brentq(wider, low, high))


def listed_titles(run: Run, domains: tuple[str, ...]) -> str:
    """Name the domains that a figure rests on."""
    return ", ".join(run.domains[domain].title for domain in domains)


def _jackknife(values: Float[np.ndarray, " m"]) -> float:
    m = len(values)
    return float((m - 1) / m * np.square(values - values.mean()).sum())
