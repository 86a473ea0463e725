"""Which encoder suits a labelled domain: every transfer score against what probes reach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from substrate.analyses.shared.labels import (
    Labelled,
    choices,
    labelled,
)
from substrate.analyses.shared.units import (
    Units,
    units_of,
)
from substrate.analyses.spec import Analysis, Inputs, obtain
from substrate.analyses.transfer.probe import (
    PROBE,
    ProbeParams,
    ProbeResult,
    features,
    probes,
)
from substrate.encoder_ref import twins_of
from substrate.numerics.estimates import Estimate
from substrate.numerics.nulls import no_chance_of
from substrate.numerics.transfer import Evidence
from substrate.numerics.transfer.battery import timed_consensus, timed_scores
from substrate.numerics.transfer.consensus import COMPONENTS
from substrate.numerics.transfer.ranking import (
    chance_band,
    hybrid_ranking,
    rank_agreement,
)
from substrate.runs import Run
from substrate.wording import Nouns

LINEAR, NEIGHBOURS = "linear probe", "nearest neighbours"
AGAINST = (LINEAR, NEIGHBOURS)
HYBRID = "hybrid"
#: The seconds of the consensus once the scores of the other encoders are there.
ONE_MORE = "consensus, one more encoder"
#: The share of encoders that the hybrid keeps by consensus before it asks LogME.
KEEP = 0.25


@dataclass(frozen=True)
class TransferParams:
    """Which encoders on which domain; ``twin`` is the untrained twins' seed, -1 without any."""

    encoders: tuple[str, ...]
    domain: str
    twin: int
    seed: int


@dataclass(frozen=True, eq=False)
class EncoderRow:
    """One encoder: its scores, why others are missing, seconds, and what it reaches."""

    encoder: str
    scores: dict[str, float]
    missing: dict[str, str]
    seconds: dict[str, float]
    linear: Estimate
    neighbours: Estimate
    untrained: Estimate | None

    def reached(self, against: str) -> Estimate:
        """Return the accuracy by the chosen probe."""
        return self.linear if against == LINEAR else self.neighbours


@dataclass(frozen=True, eq=False)
class ScoreAgreement:
    """How one score orders the encoders that have it; without rank correlation, ``reason``."""

    score: str
    against: str
    encoders: tuple[str, ...]
    kendall: Estimate | None
    weighted: Estimate | None
    kendall_chance: tuple[float, float] | None
    weighted_chance: tuple[float, float] | None
    shuffles: int
    reason: str


@dataclass(frozen=True, eq=False)
class TransferResult:
    """Everything on one domain, and what it rests on."""

    domain: str
    rows: tuple[EncoderRow, ...]
    agreements: tuple[ScoreAgreement, ...]
    kept: tuple[str, ...]
    classes: tuple[str, ...]
    counted: str
    unit: str
    within: bool
    left_out: str
    twin: int
    seed: int
    units: Units
    no_chance: str
    nouns: Nouns

    @property
    def chance(self) -> float:
        """Balanced accuracy of guessing."""
        return 1 / len(self.classes)

    @property
    def sampled(self) -> str:
        """How many images of how many classes."""
        return f"{self.counted}, {len(self.classes)} classes"

    @property
    def folds(self) -> str:
        """What is held out, and the seed."""
        return f"folds over {self.unit}, seed {self.seed}"

    @property
    def consensus(self) -> str:
        """How the consensus is made."""
        return f"consensus of {COMPONENTS} scores of {self.units.text}, z-scored"

    @property
    def facts(self) -> str:
        """What the numbers rest on, for captions."""
        return f"{self.sampled} · {self.consensus} · {self.folds}"

    def agreement(self, score: str, against: str) -> ScoreAgreement:
        """Return one score's agreement with one accuracy."""
        return next(a for a in self.agreements if (a.score, a.against) == (score, against))

    def ordered(self, against: str) -> list[EncoderRow]:
        """Return the encoders, the most accurate first."""
        return sorted(self.rows, key=lambda row: -row.reached(against).value)


def _compute(run: Run, params: TransferParams) -> TransferResult:
    samples = labelled(run, params.domain)
    blocks = {e: features(run, e, params.domain)[samples.rows] for e in params.encoders}
    rows = tuple(_row(run, params, samples, blocks, encoder) for encoder in params.encoders)
    kept, hybrid = hybrid_of(rows)
    recipes = {name: run.recipe(name) for name in params.encoders}
    few = no_chance_of(samples.photographs, f"{samples.nouns.group}s")
    order = partial(_agreement, recipes=recipes, seed=params.seed, judged=not few)
    agreements = []
    for against in AGAINST:
        reached = {row.encoder: float(row.reached(against).value) for row in rows}
        for key in _score_keys(rows):
            values = {row.encoder: row.scores[key] for row in rows if key in row.scores}
            agreements.append(order(key, against, values, reached))
        agreements.append(order(HYBRID, against, hybrid, reached))
    return TransferResult(
        params.domain,
        rows,
        tuple(agreements),
        kept,
        samples.classes,
        samples.counted,
        samples.unit,
        samples.within,
        samples.left_out,
        params.twin,
        params.seed,
        units_of(list(blocks.values()), samples.groups),
        few,
        samples.nouns,
    )


def _score_keys(rows: tuple[EncoderRow, ...]) -> list[str]:
    return list(dict.fromkeys(key for row in rows for key in (*row.scores, *row.missing)))


def _row(
    run: Run, params: TransferParams, samples: Labelled, blocks: Mapping[str, np.ndarray], name: str
) -> EncoderRow:
    evidence = _evidence(run, params, samples, blocks, name)
    timings = timed_scores(evidence, without=("consensus", "untrained"))
    probe: ProbeResult = obtain(PROBE, run, ProbeParams(name, params.domain, -1, params.seed))
    scores, missing, seconds = dict[str, float](), dict(timings.missing), dict(timings.seconds)
    try:
        scores["consensus"], seconds["consensus"], seconds[ONE_MORE] = timed_consensus(evidence)
    except ValueError as error:
        missing["consensus"] = str(error)
    scores |= timings.scores
    twin = None
    if params.twin < 0:
        missing["untrained"] = "The run holds no untrained twin of this encoder on this domain."
    else:
        params_of_twin = ProbeParams(name, params.domain, params.twin, params.seed)
        twin = obtain(PROBE, run, params_of_twin)
        # The same number as the score's own, whose probe is stored already.
        scores["untrained"], seconds["untrained"] = twin.linear.value, twin.linear_seconds
    seconds |= {LINEAR: probe.linear_seconds, NEIGHBOURS: probe.neighbours_seconds}
    return EncoderRow(
        name,
        scores,
        missing,
        seconds,
        probe.linear,
        probe.neighbours,
        None if twin is None else twin.linear,
    )


def _evidence(
    run: Run, params: TransferParams, samples: Labelled, blocks: Mapping[str, np.ndarray], name: str
) -> Evidence:
    record = run.encoders[name]
    logits = None
    if any(layer.name == "logits" for layer in record.layers):
        logits = run.representation(name, params.domain, "logits").features[samples.rows]
    return Evidence(
        features=blocks[name],
        labels=samples.labels,
        groups=samples.groups,
        others=tuple(blocks[other] for other in _others(run, tuple(blocks), name)),
        logits=logits,
        parameters=record.parameters,
        seed=params.seed,
    )


def _others(run: Run, names: tuple[str, ...], own: str) -> tuple[str, ...]:
    """Return the encoders of other recipes; where all are copies, all but the encoder itself."""
    others = tuple(name for name in names if run.recipe(name) != run.recipe(own))
    return others or tuple(name for name in names if name != own)


def hybrid_of(rows: tuple[EncoderRow, ...]) -> tuple[tuple[str, ...], dict[str, float]]:
    """Keep the best quarter by consensus, order those by LogME; return both."""
    able = [row for row in rows if "consensus" in row.scores and "logme" in row.scores]
    if not able:
        return (), {}
    first = np.array([row.scores["consensus"] for row in able])
    ranked, kept = hybrid_ranking(first, lambda i: able[i].scores["logme"], keep=KEEP)
    named = {row.encoder: float(value) for row, value in zip(able, ranked, strict=True)}
    return tuple(able[i].encoder for i in kept), named


def _agreement(
    key: str,
    against: str,
    values: dict[str, float],
    reached: dict[str, float],
    *,
    recipes: Mapping[str, str],
    seed: int,
    judged: bool,
) -> ScoreAgreement:
    """Order the encoders by a score and by an accuracy; if ``judged``, beside shuffled encoders."""
    names = tuple(values)
    scores = np.array([values[name] for name in names])
    accuracies = np.array([reached[name] for name in names])
    try:
        ranking = rank_agreement(scores, accuracies, recipes=[recipes[name] for name in names])
    except ValueError as error:
        return ScoreAgreement(key, against, names, None, None, None, None, 0, str(error))
    if not judged:
        return ScoreAgreement(
            key, against, names, ranking.kendall, ranking.weighted, None, None, 0, ""
        )
    chance = chance_band(scores, accuracies, seed=seed)
    return ScoreAgreement(
        key,
        against,
        names,
        ranking.kendall,
        ranking.weighted,
        chance.kendall,
        chance.weighted,
        chance.shuffles,
        "",
    )


def _inputs(_run: Run, params: TransferParams) -> Inputs:
    seeds = () if params.twin < 0 else (params.twin,)
    return (*params.encoders, *twins_of(params.encoders, seeds)), (params.domain,)


TRANSFER = Analysis(
    key="transfer.scores",
    version=8,
    params=TransferParams,
    result=TransferResult,
    inputs=_inputs,
    compute=_compute,
    uses=(PROBE,),
)


def transfer_params(
    run: Run, domain: str, encoders: tuple[str, ...] | None = None
) -> TransferParams:
    """Return the run's panel, or other encoders, with the first seed that all twins have."""
    encoders = run.panel if encoders is None else encoders
    shared = set.intersection(*(set(run.untrained_seeds(e, domain)) for e in encoders))
    return TransferParams(encoders, domain, min(shared, default=-1), int(run.study["seed"]))


def first_probes(run: Run) -> Iterator[tuple[Analysis, Any]]:
    """Yield what needs no untrained twin: every labelled domain, encoder by encoder."""
    for domain in choices(run)[0]:
        yield from probes(run, domain, int(run.study["seed"]))


def defaults(run: Run) -> Iterator[tuple[Analysis, Any]]:
    """Yield the probes of the encoders and of their twins, then all scores of each domain."""
    yield from first_probes(run)
    domains = [transfer_params(run, domain) for domain in choices(run)[0]]
    for params in domains:
        if params.twin >= 0:
            yield from probes(run, params.domain, params.seed, params.twin)
    for params in domains:
        yield TRANSFER, params
