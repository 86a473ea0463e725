"""When does the shared structure emerge? One training's checkpoints against a fixed target."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

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
from substrate.analyses.shared.trajectory import (
    accuracies,
    checkpoint_features,
    extracted_steps,
    is_extracted,
    trajectories,
)
from substrate.analyses.shared.units import (
    Units,
    units_of,
)
from substrate.analyses.spec import Analysis, AnalysisError, Inputs
from substrate.analyses.training.effective_rank import (
    Ranks,
    ranks,
)
from substrate.analyses.training.emergence import (
    HalfGain,
    half_gain,
    share_of_gain,
)
from substrate.analyses.training.target import (
    SUBSTRATE,
    members,
    target_features,
    target_names,
)
from substrate.encoder_ref import Encoder, steps_of, twins_of
from substrate.numerics.metrics import METRICS
from substrate.numerics.nulls import (
    LEVEL,
    MIN_GROUPS,
    row_orders,
)
from substrate.runs import Run

SUBSTRATE_COMPONENTS = 16


@dataclass(frozen=True)
class TrainingParams:
    """One encoder's training on one domain: which layer, against what, by which metric.

    ``panel`` are the encoders that a substrate may be made of; the run's panel where empty.
    """

    encoder: str
    domain: str
    target: str = SUBSTRATE
    layer: str = "penultimate"
    metric: str = DEFAULT_METRIC
    components: int = SUBSTRATE_COMPONENTS
    permutations: int = 200
    seed: int = 0
    panel: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class TrainingResult:
    """Alignment to the target, accuracy and effective rank by step.

    ``scores`` is the chosen layer (a row per step, one column); its summaries are the share of the
    whole change that had been made when accuracy had made half of its gain, and the change itself.
    ``values`` and ``levels`` are all layers by step with each cell's own 95 % level,
    NaN below ten photographs. ``members``
    make the target, ``units`` those of theirs that took part in a substrate; ``untrained`` are the
    twins' scores against it, one per seed.
    """

    encoder: str
    domain: str
    target: str
    members: tuple[str, ...]
    components: int
    layer: str
    layers: tuple[str, ...]
    steps: Int[np.ndarray, " t"]
    accuracy: Float[np.ndarray, " t"]
    accuracy_kind: str
    scores: Scores
    half: HalfGain
    values: Float[np.ndarray, "l t"]
    levels: Float[np.ndarray, "l t"]
    ranks: Ranks
    untrained_seeds: tuple[int, ...]
    untrained: Float[np.ndarray, " s"]
    units: Units

    @property
    def facts(self) -> str:
        """Return what the numbers rest on, in one line."""
        k = f" · K = {self.components} of {self.units.text}, z-scored" if self.components else ""
        return f"{self.scores.facts}{k}"


def _inputs(run: Run, params: TrainingParams) -> Inputs:
    encoder, domain = params.encoder, params.domain
    read: list[Encoder] = [encoder, *steps_of(encoder, run.checkpoints(encoder, domain))]
    read += members(run, encoder, params.target, params.panel)
    read += twins_of([encoder], run.untrained_seeds(encoder, domain))
    return tuple(dict.fromkeys(read)), (domain,)


def _compute(run: Run, params: TrainingParams) -> TrainingResult:
    known_metric(params.metric)
    steps = extracted_steps(run, params.encoder, params.domain)
    record = run.encoders[params.encoder]
    layers = tuple(layer.name for layer in record.layers)
    if params.layer not in layers:
        raise AnalysisError(
            f"{params.encoder} has no layer {params.layer!r}; it has {', '.join(layers)}."
        )
    accuracy = accuracies(run, params.encoder, steps)
    half = half_gain(np.array(steps), accuracy)
    target, components = _target(run, params, params.layer)
    checkpoints = checkpoint_features(run, params.encoder, params.domain, params.layer, steps)
    groups = run.groups(params.domain)
    scores = score(
        params.metric,
        checkpoints,
        [target],
        groups,
        permutations=params.permutations,
        seed=params.seed,
        summary=_summary(half),
        nouns=run.domains[params.domain].nouns,
    )
    values, levels = _by_layer(run, params, layers, steps, groups)
    seeds = run.untrained_seeds(params.encoder, params.domain)
    return TrainingResult(
        params.encoder,
        params.domain,
        params.target,
        members(run, params.encoder, params.target, params.panel),
        components,
        params.layer,
        layers,
        np.array(steps),
        accuracy,
        record.accuracy_kind,
        scores,
        half,
        values,
        levels,
        ranks(checkpoints, groups, params.seed),
        seeds,
        _untrained(run, params, seeds, target),
        _units(run, params),
    )


def _units(run: Run, params: TrainingParams) -> Units:
    names = members(run, params.encoder, params.target, params.panel)
    raw = [run.representation(name, params.domain).features for name in names]
    return units_of(raw, run.groups(params.domain)) if params.target == SUBSTRATE else Units()


def _target(run: Run, params: TrainingParams, layer: str) -> tuple[Float[np.ndarray, "n _"], int]:
    return target_features(
        run, params.encoder, params.target, params.domain, layer, params.components, params.panel
    )


def _summary(half: HalfGain) -> Callable[[Float[np.ndarray, "t 1"]], tuple[float, float]]:
    def summary(values: Float[np.ndarray, "t 1"]) -> tuple[float, float]:
        along = values[:, 0]
        position = half.position
        share = float("nan") if position is None else share_of_gain(along, position)
        return share, float(along[-1] - along[0])

    return summary


def _by_layer(
    run: Run,
    params: TrainingParams,
    layers: tuple[str, ...],
    steps: tuple[int, ...],
    groups: np.ndarray,
) -> tuple[Float[np.ndarray, "l t"], Float[np.ndarray, "l t"]]:
    """Score every layer at every step, with each cell's 95 % level over permuted photographs.

    Below ten photographs there is no level, as nothing is compared with chance.
    """
    work = effort(params.metric, params.permutations)
    rows = chosen_rows(groups, work.samples, params.seed)
    orders = row_orders(groups[rows], work.permutations, params.seed)
    metric, enough = METRICS[params.metric], len(np.unique(groups)) >= MIN_GROUPS
    values, levels = [], []
    for layer in layers:
        features = checkpoint_features(run, params.encoder, params.domain, layer, steps)
        target, _ = _target(run, params, layer)
        grid = prepare(params.metric, [x[rows] for x in features], [target[rows]], groups[rows])
        values.append(grid.values()[0][:, 0])
        if metric.needs_pairing and enough:
            end = LEVEL if metric.closer == "higher" else 1 - LEVEL
            levels.append(np.quantile(grid.permuted(orders)[:, :, 0], end, axis=0))
        else:
            levels.append(np.full(len(steps), np.nan))
    return np.array(values), np.array(levels)


def _untrained(
    run: Run, params: TrainingParams, seeds: tuple[int, ...], target: Float[np.ndarray, "n _"]
) -> Float[np.ndarray, " s"]:
    if not seeds:
        return np.empty(0)
    limit = effort(params.metric, params.permutations).samples
    groups = run.groups(params.domain)
    rows = chosen_rows(groups, limit, params.seed)
    twins = [
        run.representation(twin, params.domain, params.layer).features[rows]
        for twin in twins_of([params.encoder], seeds)
    ]
    return prepare(params.metric, twins, [target[rows]], groups[rows]).values()[0][:, 0]


TRAINING = Analysis(
    key="training.alignment",
    version=8,
    params=TrainingParams,
    result=TrainingResult,
    inputs=_inputs,
    compute=_compute,
)


def training_params(
    run: Run, encoder: str, domain: str, target: str, layer: str, metric: str
) -> TrainingParams:
    """Return the parameters with the study's K, seed, number of permutations, and the panel."""
    study = run.study
    return TrainingParams(
        encoder,
        domain,
        target,
        layer,
        metric,
        study["components"],
        study["permutations"],
        study["seed"],
        run.panel if target == SUBSTRATE else (),
    )


def defaults(run: Run) -> list[tuple[Analysis, Any]]:
    """Return what the page shows by default, for each extracted training and domain."""
    return [
        (TRAINING, training_params(run, encoder, domain, target, "penultimate", DEFAULT_METRIC))
        for encoder in trajectories(run)
        for domain in run.domains
        if is_extracted(run, encoder, domain)
        for target in target_names(run, encoder)[:1]
    ]
