"""Steps along the depth: nearest layers, what classifiers lose, and how evenly networks go.

Without each recipe in turn, and without each block of photographs: both samples vary.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int
from scipy import stats

from substrate.analyses.layers.kept_contrast import CLASSIFIERS
from substrate.analyses.layers.kept_measure import last_change, statistics_space
from substrate.analyses.layers.kept_targets import drawn, statistics
from substrate.analyses.layers.smoothness import CONVOLUTIONAL, KINDS, TRANSFORMERS
from substrate.analyses.shared.image_statistics import IMAGE_STATISTICS
from substrate.analyses.shared.refusals import NO_TWINS_ASKED
from substrate.analyses.shared.replicates import (
    Replicates,
    encoders_left_out,
    no_draws,
    rows_left_out,
    too_few_groups,
)
from substrate.analyses.shared.samples import recipes_of, require, sizes
from substrate.analyses.spec import Analysis, AnalysisError, Inputs
from substrate.encoder_ref import UNSTATED, EncoderRef, twins_of
from substrate.numerics.depth.steps import distances_of, equal_parts, imbalances
from substrate.numerics.metrics.imbalance import RankState, compare, prepare, take_rows
from substrate.numerics.metrics.spec import UndefinedScoreError
from substrate.numerics.nulls import MIN_ENCODERS
from substrate.runs import RANDOM_LABELS, Run
from substrate.wording import many

#: Equal parts of the depth that every network is brought to; blocks of photographs left out.
PARTS, BLOCKS = 8, 20
#: Layers without which an encoder has no rank correlation.
LEAST = 3
DEPTH, LOW, VARIATION = "depth", "low-level", "variation"
#: The two kinds that a row sets against each other.
SIDES = {LOW: ("classifiers", "others"), VARIATION: ("transformers", "convolutional")}
QUANTITIES = tuple(
    f"{name}{twin}"
    for name in (DEPTH, *(f"{what} {kind}" for what, kinds in SIDES.items() for kind in kinds))
    for twin in ("", " untrained")
)


@dataclass(frozen=True)
class StepClaimsParams:
    """The encoders, the domain, and the seeds of their untrained twins."""

    encoders: tuple[str, ...]
    domain: str
    seeds: tuple[int, ...] = ()
    seed: int = 0


@dataclass(frozen=True, eq=False)
class _Measured:
    """What one draw of the panel's networks gives: by ordered pair, and by encoder."""

    depth: Float[np.ndarray, "e e"]
    low: Float[np.ndarray, " e"]
    variation: Float[np.ndarray, " e"]


def nearest_correlation(
    between: Float[np.ndarray, "a b"],
    first: Float[np.ndarray, " a"],
    second: Float[np.ndarray, " b"],
) -> float:
    """Return the rank correlation of layers' depths with those of the nearest layers.

    0 where all have the same nearest layer, which then says nothing of the depth; NaN for fewer
    than three layers.
    """
    if len(first) < LEAST:
        return float("nan")
    matched = second[between.argmin(axis=1)]
    if np.ptp(matched) == 0 or np.ptp(first) == 0:
        return 0.0
    return float(np.corrcoef(stats.rankdata(first), stats.rankdata(matched))[0, 1])


@dataclass(frozen=True, eq=False)
class _Networks:
    """One draw of all encoders: the ranks of every layer, one encoder's behind the other's."""

    states: tuple[RankState, ...]
    parts: tuple[slice, ...]
    depths: tuple[Float[np.ndarray, " _"], ...]

    @classmethod
    def of(
        cls, run: Run, refs: Sequence[EncoderRef], domain: str, rows: Int[np.ndarray, " n"]
    ) -> _Networks:
        """Rank the samples of all layers but readouts."""
        groups = run.groups(domain)[rows]
        layers = [run.encoders[ref.name].feature_layers for ref in refs]
        ends = np.cumsum([0, *map(len, layers)])
        return cls(
            tuple(
                prepare(run.representation(ref, domain, layer.name).features[rows], groups=groups)
                for ref, own in zip(refs, layers, strict=True)
                for layer in own
            ),
            tuple(slice(a, b) for a, b in pairwise(ends)),
            tuple(np.array([layer.depth for layer in own]) for own in layers),
        )

    def measured(self, space: RankState | None, rows: Int[np.ndarray, " k"]) -> _Measured:
        """Measure some of the samples."""
        states = [take_rows(state, rows) for state in self.states]
        target = None if space is None else take_rows(space, rows)
        both = imbalances(states)
        both = (both + both.T) / 2
        depth = np.array(
            [
                [
                    float("nan")
                    if a == b
                    else nearest_correlation(both[a, b], self.depths[i], self.depths[j])
                    for j, b in enumerate(self.parts)
                ]
                for i, a in enumerate(self.parts)
            ]
        )
        low = [
            float("nan")
            if target is None
            else float(last_change(d, np.array([1 - compare(s, target) for s in states[part]])))
            for d, part in zip(self.depths, self.parts, strict=True)
        ]
        return _Measured(
            depth,
            np.array(low),
            np.array([_variation(distances_of(both[part, part])) for part in self.parts]),
        )


def _variation(d: Float[np.ndarray, "l l"]) -> float:
    steps = equal_parts(d, PARTS)
    return float(steps.std() / steps.mean()) if steps.mean() > 0 else float("nan")


@dataclass(frozen=True, eq=False)
class _Kinds:
    """Which encoders are on which side of each row."""

    sides: dict[str, np.ndarray]

    @classmethod
    def of(cls, run: Run, encoders: Sequence[str]) -> _Kinds:
        """Classify by objective and by what families are made of."""
        paradigms = np.array([run.encoders[e].paradigm for e in encoders])
        made_of = np.array([KINDS.get(run.encoders[e].family, "") for e in encoders])
        labelled = paradigms == CLASSIFIERS
        return cls(
            {
                f"{LOW} classifiers": labelled,
                f"{LOW} others": ~labelled & ~np.isin(paradigms, (RANDOM_LABELS, UNSTATED)),
                f"{VARIATION} transformers": made_of == TRANSFORMERS,
                f"{VARIATION} convolutional": made_of == CONVOLUTIONAL,
            }
        )

    def row(
        self, trained: _Measured, twins: Sequence[_Measured], kept: Int[np.ndarray, " k"]
    ) -> list[float]:
        """Return the quantities of the kept encoders, twins averaged over their draws."""
        row = self._of(trained, kept)
        drawn = [self._of(twin, kept) for twin in twins]
        for name in tuple(row):
            row[f"{name} untrained"] = _mean(np.array([one[name] for one in drawn]))
        return [row[name] for name in QUANTITIES]

    def _of(self, one: _Measured, kept: Int[np.ndarray, " k"]) -> dict[str, float]:
        quantities = {DEPTH: _mean(one.depth[np.ix_(kept, kept)])}
        for what, values in ((LOW, one.low), (VARIATION, one.variation)):
            for kind in SIDES[what]:
                own = kept[self.sides[f"{what} {kind}"][kept]]
                quantities[f"{what} {kind}"] = _mean(values[own])
        return quantities


def _mean(values: np.ndarray) -> float:
    """Return the mean of the values that there are; NaN for none."""
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if finite.size else float("nan")


def compute_step_claims(run: Run, params: StepClaimsParams) -> Replicates:
    """Measure every draw on all samples, without each block of photographs and each recipe."""
    require(params.encoders, 2, "encoders")
    missing: dict[str, str] = {}
    space, rows = None, drawn(run, params.domain, params.seed)
    try:
        targets = statistics(run, params.domain, params.seed)
        rows = targets.task.rows
        space = statistics_space(targets, run.groups(params.domain)[rows])
    except (AnalysisError, UndefinedScoreError) as error:
        missing[LOW] = str(error)
    groups = run.groups(params.domain)[rows]
    record = run.domains[params.domain]
    few = too_few_groups(record.photographs, record.title, record.nouns.group)
    subsets = [np.arange(len(rows)), *([] if few else rows_left_out(groups, BLOCKS))]
    refs = [[EncoderRef(name, twin=seed) for name in params.encoders] for seed in params.seeds]
    measured = []
    try:
        for one in ([EncoderRef(name) for name in params.encoders], *refs):
            networks = _Networks.of(run, one, params.domain, rows)
            measured.append([networks.measured(space, subset) for subset in subsets])
    except UndefinedScoreError as error:
        raise AnalysisError(str(error)) from error
    return _replicates(run, params, measured, missing, few)


def _replicates(
    run: Run,
    params: StepClaimsParams,
    measured: Sequence[Sequence[_Measured]],
    missing: dict[str, str],
    few: str,
) -> Replicates:
    kinds, count = _Kinds.of(run, params.encoders), len(params.encoders)
    every = np.arange(count)
    missing |= _short(run, params, kinds)

    def table(
        kept: Int[np.ndarray, " k"], subset: int = 0, draw: int = -1
    ) -> Float[np.ndarray, "1 q"]:
        twins = measured[1:] if draw < 0 else measured[1 + draw : 2 + draw]
        row = kinds.row(measured[0][subset], [one[subset] for one in twins], kept)
        hidden = [any(part in name for part in missing) for name in QUANTITIES]
        return np.where(hidden, np.nan, row)[None]

    recipes = np.array(recipes_of(run, params.encoders))
    units = len(set(recipes))
    reason = few or (
        ""
        if units >= MIN_ENCODERS
        else f"{many(units, 'encoder')} of different recipes, and at least {MIN_ENCODERS} are "
        "needed."
    )
    strata = [(DEPTH, every >= 0), *kinds.sides.items()]
    without = [
        _varied(table(every), name, encoders_left_out(table, [_by_recipe(recipes, of)], count)[0])
        for name, of in strata
        if not any(part in name for part in missing)
    ]
    blocks = np.array([table(every, subset) for subset in range(1, len(measured[0]))])
    size = sizes(run, params.domain, drawn(run, params.domain, params.seed))
    return Replicates(
        settings=("one neighbour",),
        places=(run.domains[params.domain].title,),
        quantities=QUANTITIES,
        whole=table(every),
        left_out=() if reason else (*without, blocks),
        draws=np.array([table(every, 0, draw) for draw in range(len(params.seeds))])
        if params.seeds
        else no_draws(),
        unit="encoders",
        group=size.nouns.group,
        units=units,
        have={"encoders": units, "draws": len(params.seeds)},
        counted=f"{many(count, 'encoder')}; {size.title}: {size.caption}",
        reason=reason,
        missing=missing,
    )


def _by_recipe(recipes: np.ndarray, of: np.ndarray) -> list[list[int]]:
    return [np.flatnonzero(of & (recipes == r)).tolist() for r in dict.fromkeys(recipes[of])]


def _varied(
    whole: Float[np.ndarray, "1 q"], name: str, left_out: Float[np.ndarray, "m 1 q"]
) -> Float[np.ndarray, "m 1 q"]:
    """Let one quantity and its twins' vary, and keep the others as they are."""
    own = [name in quantity for quantity in QUANTITIES]
    return np.where(own, left_out, whole)


def _short(run: Run, params: StepClaimsParams, kinds: _Kinds) -> dict[str, str]:
    """Say which rows cannot be tested, as too few encoders are of the two kinds."""
    reasons = {}
    if not params.seeds:
        reasons["untrained"] = NO_TWINS_ASKED
    recipes = np.array(recipes_of(run, params.encoders))
    words = {LOW: ("encoders trained on labels", "others"), VARIATION: ("transformers", "CNNs")}
    for what, sides in SIDES.items():
        counts = [len(set(recipes[kinds.sides[f"{what} {kind}"]])) for kind in sides]
        if sum(counts) < MIN_ENCODERS or min(counts) < 2:
            first, second = words[what]
            have = " and ".join(str(count or "none") for count in counts)
            reasons[what] = (
                f"It needs {MIN_ENCODERS} {first} and {second} of different recipes, two at least "
                f"on either side; this study has {have}."
            )
    return reasons


def _inputs(_run: Run, params: StepClaimsParams) -> Inputs:
    return params.encoders + twins_of(params.encoders, params.seeds), (params.domain,)


CLAIMS_STEPS = Analysis(
    key="claims.steps",
    version=2,
    params=StepClaimsParams,
    result=Replicates,
    inputs=_inputs,
    compute=compute_step_claims,
    uses=(IMAGE_STATISTICS,),
)
