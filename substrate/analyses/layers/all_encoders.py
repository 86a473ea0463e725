"""How alike do all encoders end up? Every encoder against every other at one layer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from substrate.analyses.shared.effort import (
    DEFAULT_METRIC,
    chosen_rows,
    effort,
    known_metric,
)
from substrate.analyses.shared.grid import prepare
from substrate.analyses.shared.grid_scores import (
    Scores,
    score,
)
from substrate.analyses.shared.refusals import NO_COMMON_TWIN
from substrate.analyses.spec import Analysis, AnalysisError, Inputs
from substrate.encoder_ref import twins_of
from substrate.runs import Run


@dataclass(frozen=True)
class PairsParams:
    """A panel on one domain at one layer, by one metric."""

    encoders: tuple[str, ...]
    domain: str
    metric: str = DEFAULT_METRIC
    layer: str = "penultimate"
    permutations: int = 200
    seed: int = 0


@dataclass(frozen=True, eq=False)
class PairsResult:
    """Every encoder against every other at one layer."""

    domain: str
    layer: str
    encoders: tuple[str, ...]
    paradigms: tuple[str, ...]
    scores: Scores


@dataclass(frozen=True, eq=False)
class UntrainedPairsResult:
    """The same matrix between untrained twins, one per seed."""

    seeds: tuple[int, ...]
    values: Float[np.ndarray, "s e e"]


def _pairs_inputs(run: Run, params: PairsParams) -> Inputs:
    return params.encoders, (params.domain,)


def _compute_pairs(run: Run, params: PairsParams) -> PairsResult:
    known_metric(params.metric)
    names = params.encoders
    features = [run.representation(name, params.domain, params.layer).features for name in names]
    scores = score(
        params.metric,
        features,
        features,
        run.groups(params.domain),
        permutations=params.permutations,
        seed=params.seed,
        nouns=run.domains[params.domain].nouns,
    )
    paradigms = tuple(run.encoders[name].paradigm for name in names)
    return PairsResult(params.domain, params.layer, names, paradigms, scores)


def common_seeds(run: Run, encoders: tuple[str, ...], domain: str) -> tuple[int, ...]:
    """Return the seeds for which each of these encoders has an untrained twin on the domain."""
    seeds = [set(run.untrained_seeds(name, domain)) for name in encoders]
    return tuple(sorted(set.intersection(*seeds)))


def _untrained_pairs_inputs(run: Run, params: PairsParams) -> Inputs:
    seeds = common_seeds(run, params.encoders, params.domain)
    return twins_of(params.encoders, seeds), (params.domain,)


def _compute_untrained_pairs(run: Run, params: PairsParams) -> UntrainedPairsResult:
    known_metric(params.metric)
    groups = run.groups(params.domain)
    seeds = common_seeds(run, params.encoders, params.domain)
    if not seeds:
        raise AnalysisError(NO_COMMON_TWIN)
    limit = effort(params.metric, params.permutations).samples
    rows = chosen_rows(groups, limit, params.seed)
    values = []
    for seed in seeds:
        twins = [
            run.representation(twin, params.domain, params.layer).features[rows]
            for twin in twins_of(params.encoders, [seed])
        ]
        values.append(prepare(params.metric, twins, twins, groups[rows]).values()[0])
    return UntrainedPairsResult(seeds, np.array(values))


LAYERS_PAIRS = Analysis(
    key="layers.all_encoders",
    version=7,
    params=PairsParams,
    result=PairsResult,
    inputs=_pairs_inputs,
    compute=_compute_pairs,
)
LAYERS_PAIRS_UNTRAINED = Analysis(
    key="layers.all_encoders_untrained",
    version=2,
    params=PairsParams,
    result=UntrainedPairsResult,
    inputs=_untrained_pairs_inputs,
    compute=_compute_untrained_pairs,
)


def pairs_params(run: Run, domain: str, metric: str = DEFAULT_METRIC) -> PairsParams:
    """Return the parameters for the run's panel, with the study's seed and permutations."""
    study = run.study
    return PairsParams(
        run.panel, domain, metric, "penultimate", study["permutations"], study["seed"]
    )
