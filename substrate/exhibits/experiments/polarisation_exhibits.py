"""Passive, mixed and active units of the variational autoencoder, and of others beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from substrate.analyses.experiments.choice import ExperimentsChoice
from substrate.analyses.experiments.file import ExperimentFile
from substrate.analyses.experiments.polarisation import (
    PolarisedRepeat,
    PolarisedSummary,
    summarise,
)
from substrate.exhibits.exhibit import Exhibit
from substrate.exhibits.experiments.trace import experiment_trace
from substrate.exhibits.verdict import (
    Badge,
    Outcome,
    Verdict,
    against_zero,
    compared,
    first_that_fits,
)
from substrate.figures.experiments.polarisation import (
    polarised_encoders,
    polarised_training,
    polarised_units,
)
from substrate.figures.theme import Theme
from substrate.numerics.estimates import Estimate
from substrate.wording import MINUS, listed, many, number, percent, points, where, with_interval

Results = ExperimentFile[Any]


def of_polarisation(file: Results, choice: ExperimentsChoice, theme: Theme) -> tuple[Exhibit, ...]:
    """Return the encoders side by side, the layers along training, and the units themselves."""
    summary = summarise(file, choice.images)
    trace = experiment_trace(file, summary.facts)
    return (
        Exhibit(
            key="experiments-polarisation-encoders",
            title=f"Passive and mixed units of every encoder, on {summary.domain_title}",
            sentence=sentence(summary),
            context=context(summary),
            verdict=verdict(summary),
            figure=polarised_encoders(summary, theme),
            read="A passive unit varies no more than 1 % of its layer's mean, a mixed one rests "
            "on one value for half of the images or more, or has two modes; all others are active. "
            "The violet bar is what untrained twins have, from the lowest draw to the highest.",
            table=_table(summary.last),
            trace=trace,
        ),
        Exhibit(
            key="experiments-polarisation-training",
            title=f"Passive and mixed units along training, on {summary.domain_title}",
            sentence=training_sentence(summary),
            figure=polarised_training(summary, theme),
            read="One line per layer. A crossed mark at the left is a further draw of untrained "
            "twins: a line that leaves them has changed by training.",
            table=_steps(summary.followed),
            trace=trace,
        ),
        Exhibit(
            key="experiments-polarisation-units",
            title=f"The units of {summary.own.title}, before and after, on {summary.domain_title}",
            sentence=units_sentence(summary),
            figure=polarised_units(
                summary,
                theme,
                float(file.configuration["noise"]),
                float(file.configuration["mixed"]),
            ),
            read="One mark per unit of the last features. Left of the vertical line a unit says "
            "nothing of the images, below the horizontal one it says something of some. A Gaussian "
            "lies at 1, a unit that is never negative at about 0.75, one that a ReLU holds at zero "
            "for half of the images at about 0.3. The smallest variances are drawn at 0.00001.",
            table=_units(summary.own),
            trace=trace,
        ),
    )


def sentence(summary: PolarisedSummary) -> str:
    """Say how the VAE's last features fall into kinds, and how its twins' do."""
    own = summary.own
    text = (
        f"{_where(own)}, of the {own.units} units of the last features of {own.title} "
        f"{_share(own.passive)} are passive and {_share(own.mixed)} mixed"
    )
    if own.untrained_mixed:
        text += (
            f"; its untrained twins have {percent(_mean(own.untrained_passive))} and "
            f"{percent(_mean(own.untrained_mixed))} on average"
        )
    return f"{text}."


def context(summary: PolarisedSummary) -> str:
    """Say whether encoders of the same architecture without its objective have as many."""
    own, alike = summary.own, _others(summary)
    parts = []
    if alike:
        mixed, passive = ([_value(r.mixed) for r in alike], [_value(r.passive) for r in alike])
        lies = min(mixed) <= _value(own.mixed) <= max(mixed)
        end = ", and need not be the work of the variational objective" if lies else ""
        parts.append(
            f"The {many(len(alike), 'encoder')} of the same architecture and other objectives "
            f"{'has' if len(alike) == 1 else 'have'} {_range(mixed)} mixed and {_range(passive)} "
            f"passive: its share of mixed units lies {'within' if lies else 'outside'} theirs{end}."
        )
    still = [r for r in summary.last if _value(r.passive) > 0.5]
    if still:
        parts.append(
            f"More than half of the units are passive in {listed([r.title for r in still])}: a "
            "few units of large variance set the scale there."
        )
    parts.append(
        own.more_mixed.reason
        or f"Encoders share {own.nouns.groups}: these are no independent cases."
    )
    return " ".join(parts)


def training_sentence(summary: PolarisedSummary) -> str:
    """Say what training does to passive and mixed units, layer by layer."""
    lost = [r for r in summary.followed if (r.more_passive.high or 0.0) < 0]
    mixed = [r for r in summary.followed if (r.more_mixed.low or 0.0) > 0]
    if summary.own.within:
        first, last = summary.own.steps[0], summary.own.steps[-1]
        return (
            f"{_where(summary.own)}, the last layer goes from {_share(first.passive)} passive and "
            f"{_share(first.mixed)} mixed units at step {first.step} to {_share(last.passive)} and "
            f"{_share(last.mixed)} at the end."
        )
    return (
        f"{_where(summary.own)}, training leaves fewer passive units than untrained twins have in "
        f"{_of(lost, summary)}, and more mixed ones in {_of(mixed, summary)}."
    )


def units_sentence(summary: PolarisedSummary) -> str:
    """Say how many units change their kind from the first step to the last."""
    own = summary.own
    first, last = own.steps[0], own.steps[-1]
    return (
        f"{_where(own)}, {percent(_value(first.passive))} of the units are passive at step "
        f"{first.step} and {percent(_value(last.passive))} at step {last.step:,}; "
        f"{percent(_value(first.mixed))} and {percent(_value(last.mixed))} are mixed."
    )


def _others(summary: PolarisedSummary) -> list[PolarisedRepeat]:
    """Return the encoders of the same architecture that have other objectives."""
    own = summary.own
    return [r for r in summary.last if r.family == own.family and r is not own]


def verdict(summary: PolarisedSummary) -> Verdict | None:
    """Weigh the share of mixed units of the last features against twins and other objectives.

    Where an encoder of the same architecture has as many, it is not told from theirs.
    """
    own = summary.own
    others = [_value(r.mixed) for r in _others(summary)]
    if not own.within and max(others, default=-1.0) >= _value(own.mixed):
        return first_that_fits(
            Badge.UNTOLD,
            "the VAE's mixed units are no more than other objectives': "
            f"{number(_value(own.mixed))}",
        )
    twins = against_zero(own.more_mixed.low, own.more_mixed.high)
    return compared(
        "The VAE's share of mixed units",
        own.mixed.value,
        Outcome.FEW if own.within else Outcome.UNTESTED,
        Outcome.FEW if own.within else twins,
    )


def _where(row: PolarisedRepeat) -> str:
    return where(row.domain_title, row.photographs, within=row.within, group=row.grouped_by)


def _of(rows: Sequence[PolarisedRepeat], summary: PolarisedSummary) -> str:
    return f"{len(rows)} of {many(len(summary.followed), 'layer')}"


def _value(estimate: Estimate) -> float:
    return float(estimate.value)


def _mean(draws: Sequence[float]) -> float:
    return sum(draws) / len(draws)


def _share(estimate: Estimate) -> str:
    return with_interval(_value(estimate), estimate.low, estimate.high, percent)


def _range(shares: list[float]) -> str:
    low, high = percent(min(shares)), percent(max(shares))
    return low if low == high else f"{low.removesuffix(' %')} to {high}"


def _points(estimate: Estimate) -> str | None:
    if estimate.value is None:
        return None
    return with_interval(_value(estimate), estimate.low, estimate.high, points)


def _columns(name: str, estimate: Estimate) -> dict[str, float | None]:
    return {name: estimate.value, f"{name}, low": estimate.low, f"{name}, high": estimate.high}


def _table(rows: Sequence[PolarisedRepeat]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "encoder": r.title,
            "paradigm": r.paradigm,
            "layer": r.layer,
            "units": r.units,
            **_columns("passive", r.passive),
            **_columns("mixed", r.mixed),
            **_columns("active", r.active),
            "untrained passive, mean": _mean(r.untrained_passive) if r.untrained_passive else None,
            "untrained mixed, mean": _mean(r.untrained_mixed) if r.untrained_mixed else None,
            f"trained {MINUS} untrained, passive (points)": _points(r.more_passive),
            f"trained {MINUS} untrained, mixed (points)": _points(r.more_mixed),
            "median support": r.support[len(r.support) // 2],
        }
        for r in rows
    )


def _steps(rows: Sequence[PolarisedRepeat]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "layer": r.layer,
            "step": step.step,
            **_columns("passive", step.passive),
            **_columns("mixed", step.mixed),
        }
        for r in rows
        for step in r.steps
    )


def _units(row: PolarisedRepeat) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "unit": unit,
            "variance at step 0": before[0],
            "support at step 0": before[1],
            "variance at the end": after[0],
            "support at the end": after[1],
        }
        for unit, (before, after) in enumerate(zip(row.start, row.end, strict=True))
    )
