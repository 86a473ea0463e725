"""Where along the depth do two encoders diverge?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.layers.all_encoders import (
    LAYERS_PAIRS,
    LAYERS_PAIRS_UNTRAINED,
    common_seeds,
    pairs_params,
)
from substrate.analyses.layers.depth import best_match
from substrate.analyses.layers.meeting import LayerSide, met_layers, stored_layers
from substrate.analyses.shared.effort import (
    chosen_rows,
    effort,
    known_metric,
)
from substrate.analyses.shared.grid import prepare
from substrate.analyses.shared.grid_scores import (
    Scores,
    score,
)
from substrate.analyses.spec import Analysis, AnalysisError, Inputs
from substrate.encoder_ref import EncoderRef, twins_of
from substrate.numerics.metrics import METRICS
from substrate.numerics.scales import CORRELATION, PLAIN
from substrate.representation import Representation, require_same_samples
from substrate.runs import Run

#: What two encoders are compared by along their depth, and the neighbours that it may count.
DEPTH_METRIC = "information_imbalance"
NEIGHBOURS = (1, 3, 5, 10)


@dataclass(frozen=True)
class LayersParams:
    """Two encoders on one domain, by one metric, with ``k`` neighbours where it counts any."""

    first: str
    second: str
    domain: str
    metric: str = DEPTH_METRIC
    permutations: int = 200
    seed: int = 0
    k: int = 1

    @property
    def other_way(self) -> LayersParams | None:
        """Return the same from the second encoder to the first, where that is not the same."""
        if METRICS[self.metric].symmetric or self.first == self.second:
            return None
        return replace(self, first=self.second, second=self.first)

    @property
    def counted(self) -> int:
        """Return how many neighbours the metric counts, 0 where it counts none."""
        return self.k if self.metric == DEPTH_METRIC else 0

    @property
    def settings(self) -> dict[str, int]:
        """Return the settings of the metric itself."""
        return {"k": self.k} if self.counted else {}


@dataclass(frozen=True, eq=False)
class LayersResult:
    """All layers of one encoder against all layers of another.

    ``equal`` is for each layer of the first the layer of the second nearest in depth, ``best`` its
    closest layer (-1 where it has no value). The summaries of ``scores`` are the gap between
    layers of equal depth and all other pairs, and the rank correlation of a layer's depth with its
    best match's. ``k`` neighbours were counted, 0 by a metric without any.
    """

    domain: str
    first: LayerSide
    second: LayerSide
    equal: Int[np.ndarray, " a"]
    best: Int[np.ndarray, " a"]
    scores: Scores
    k: int

    @property
    def facts(self) -> str:
        """Return what the numbers rest on, in one line."""
        if not self.k:
            return self.scores.facts
        counted, rest = self.scores.facts.split(" · ", 1)
        return f"{counted}, k = {self.k} · {rest}"


@dataclass(frozen=True, eq=False)
class UntrainedResult:
    """The same grid between untrained twins, one per seed, and its two summaries."""

    seeds: tuple[int, ...]
    values: Float[np.ndarray, "s a b"]
    gaps: Float[np.ndarray, " s"]
    correlations: Float[np.ndarray, " s"]


def _read(
    run: Run, encoder: str, domain: str, *, untrained: int | None = None
) -> list[Representation]:
    return [
        run.representation(EncoderRef(encoder, twin=untrained), domain, layer.name)
        for layer in stored_layers(run, encoder)
    ]


def _features(layers: Sequence[Representation]) -> list[Float[np.ndarray, "n _"]]:
    return [layer.features for layer in layers]


def _inputs(run: Run, params: LayersParams) -> Inputs:
    return tuple(dict.fromkeys((params.first, params.second))), (params.domain,)


def _compute(run: Run, params: LayersParams) -> LayersResult:
    known_metric(params.metric)
    meeting = met_layers(run, params.first, params.second, params.domain, params.seed)
    a = _read(run, params.first, params.domain)
    b = a if params.second == params.first else _read(run, params.second, params.domain)
    require_same_samples(a[0], b[0])
    closer = METRICS[params.metric].closer

    def summary(values: Float[np.ndarray, "a b"]) -> tuple[float, float]:
        return meeting.summary(values, closer)

    scores = score(
        params.metric,
        _features(a),
        _features(b),
        run.groups(params.domain),
        permutations=params.permutations,
        seed=params.seed,
        summary=summary,
        summary_scales=(PLAIN, CORRELATION),
        nouns=run.domains[params.domain].nouns,
        settings=params.settings,
    )
    best = best_match(scores.values, closer)
    sides = (meeting.first, meeting.second)
    return LayersResult(params.domain, *sides, meeting.equal, best, scores, params.counted)


def shared_seeds(run: Run, params: LayersParams) -> tuple[int, ...]:
    """Return the seeds for which both encoders have an untrained twin on the domain."""
    return tuple(
        sorted(
            set(run.untrained_seeds(params.first, params.domain))
            & set(run.untrained_seeds(params.second, params.domain))
        )
    )


def _twin_inputs(run: Run, params: LayersParams) -> Inputs:
    encoders, domains = _inputs(run, params)
    return (*encoders, *twins_of(map(str, encoders), shared_seeds(run, params))), domains


def _compute_untrained(run: Run, params: LayersParams) -> UntrainedResult:
    known_metric(params.metric)
    seeds = shared_seeds(run, params)
    if not seeds:
        raise AnalysisError(
            "There are no untrained twins to compare with: the study asks for none, or they have "
            "not been extracted yet."
        )
    closer = METRICS[params.metric].closer
    meeting = met_layers(run, params.first, params.second, params.domain, params.seed)
    limit = effort(params.metric, params.permutations).samples
    rows = chosen_rows(run.groups(params.domain), limit, params.seed)
    values = np.array([_twins(run, params, seed, rows) for seed in seeds])
    gaps, correlations = np.array([meeting.summary(v, closer) for v in values]).T
    return UntrainedResult(seeds, values, gaps, correlations)


def _twins(run: Run, params: LayersParams, seed: int, rows: np.ndarray) -> Float[np.ndarray, "a b"]:
    """Return one grid of untrained twins; an encoder beside itself is beside another seed's."""
    other = seed
    if params.first == params.second:
        seeds = shared_seeds(run, params)
        other = seeds[(seeds.index(seed) + 1) % len(seeds)]
    a, b = (
        [x[rows] for x in _features(_read(run, name, params.domain, untrained=twin))]
        for name, twin in ((params.first, seed), (params.second, other))
    )
    groups = run.groups(params.domain)[rows]
    return prepare(params.metric, a, b, groups, **params.settings).values()[0]


LAYERS = Analysis(
    key="layers.two_encoders",
    version=10,
    params=LayersParams,
    result=LayersResult,
    inputs=_inputs,
    compute=_compute,
)
LAYERS_UNTRAINED = Analysis(
    key="layers.two_encoders_untrained",
    version=4,
    params=LayersParams,
    result=UntrainedResult,
    inputs=_twin_inputs,
    compute=_compute_untrained,
)


def layers_params(
    run: Run, first: str, second: str, domain: str, metric: str = DEPTH_METRIC, k: int = 1
) -> LayersParams:
    """Return the parameters for a pair with the study's seed and number of permutations.

    ``k`` is asked of a metric that counts so many neighbours, and of no other.
    """
    study = run.study
    count = k if metric == DEPTH_METRIC else 1
    return LayersParams(first, second, domain, metric, study["permutations"], study["seed"], count)


def defaults(run: Run) -> list[tuple[Analysis, Any]]:
    """Return what the page shows by default, per domain: the panel's first two, and all pairs."""
    first, second = run.first_two
    todo: list[tuple[Analysis, Any]] = []
    for domain in run.domains:
        params = layers_params(run, first, second, domain)
        todo += [(LAYERS, one) for one in (params, params.other_way) if one is not None]
        if shared_seeds(run, params):
            todo.append((LAYERS_UNTRAINED, params))
        pairs = pairs_params(run, domain)
        todo.append((LAYERS_PAIRS, pairs))
        if common_seeds(run, run.panel, domain):
            todo.append((LAYERS_PAIRS_UNTRAINED, pairs))
    return todo
