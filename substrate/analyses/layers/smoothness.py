"""How evenly do networks go from layer to layer, and is that architecture alone?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Bool, Float, Int

from substrate.analyses.layers.family_means import FamilyMean, family_means
from substrate.analyses.layers.living import lives, living_layers
from substrate.analyses.shared.effort import chosen_rows
from substrate.analyses.shared.samples import Sizes, sizes
from substrate.analyses.spec import Analysis, AnalysisError, Inputs
from substrate.encoder_ref import EncoderRef
from substrate.numerics.depth.blocked import blocked_imbalances
from substrate.numerics.depth.steps import (
    SUMMARIES,
    distances,
    distances_of,
    smoothness,
    stages,
)
from substrate.numerics.estimates import Estimate
from substrate.numerics.intervals import encoder_jackknife, group_jackknife
from substrate.numerics.metrics.imbalance import RankState, prepare, take_rows
from substrate.numerics.metrics.spec import UndefinedScoreError
from substrate.numerics.scales import LENGTH
from substrate.runs import Run

#: Samples that are ranked at most, and blocks of photographs that are left out.
SAMPLES, BLOCKS = 512, 20
#: Layers that an encoder needs, and stages that all are compared in at most.
LEAST, STAGES = 3, 6
TRANSFORMERS, CONVOLUTIONAL = "transformers", "CNNs"
#: Families by what they are made of; any other is of neither kind.
KINDS = {
    **dict.fromkeys(("vit", "swin", "beit", "cait", "eva", "deit", "xcit", "levit"), TRANSFORMERS),
    **dict.fromkeys(
        ("resnet", "vgg", "convnext", "mobilenetv2", "mobilenetv3", "efficientnet", "densenet"),
        CONVOLUTIONAL,
    ),
    **dict.fromkeys(("regnet", "inception_v3", "xception", "dpn", "hrnet"), CONVOLUTIONAL),
}


@dataclass(frozen=True)
class SmoothnessParams:
    """Encoders on one domain."""

    encoders: tuple[str, ...]
    domain: str
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Path:
    """One encoder's way from its first layer to its last.

    ``steps`` holds the distance of each layer from the one before, at ``middle`` (relative depth
    half way); ``transition`` marks those that change width or pooling. ``summaries`` are the four
    of `substrate.numerics.depth.steps.SUMMARIES`, over stages. Untrained twins: one row per seed.
    """

    encoder: str
    kind: str
    layers: tuple[str, ...]
    middle: Float[np.ndarray, " t"]
    transition: Bool[np.ndarray, " t"]
    steps: Estimate
    summaries: Estimate
    twin_steps: Float[np.ndarray, "s t"]
    twin_summaries: Float[np.ndarray, "s 4"]


@dataclass(frozen=True, eq=False)
class Smoothness:
    """All paths, and how transformers differ from CNNs.

    ``trained``, ``untrained`` and ``beyond`` are arrays of the four summaries: mean of the
    transformers less mean of the CNNs, the same between their untrained twins, and the first less
    the second; ``means`` are those of each kind and family. ``skipped`` names encoders with too few
    layers, or too few that change anything; twins with too few take no part.
    """

    domain: str
    size: Sizes
    stages: int
    paths: tuple[Path, ...]
    skipped: tuple[str, ...]
    trained: Estimate
    untrained: Estimate
    beyond: Estimate
    means: tuple[FamilyMean, ...]


def _states(
    run: Run,
    ref: EncoderRef,
    layers: Sequence[str],
    domain: str,
    rows: Int[np.ndarray, " k"],
    groups: np.ndarray,
) -> list[RankState]:
    return [
        prepare(run.representation(ref, domain, layer).features[rows], groups=groups)
        for layer in layers
    ]


def _of_twin(
    run: Run,
    ref: EncoderRef,
    layers: Sequence[str],
    domain: str,
    rows: Int[np.ndarray, " k"],
    groups: np.ndarray,
) -> Float[np.ndarray, "l l"]:
    """Return a twin's imbalances averaged over both directions; it has no interval."""
    read = [run.representation(ref, domain, layer).features[rows] for layer in layers]
    both = blocked_imbalances(read, groups)
    return (both + both.T) / 2


def _twins(run: Run, encoder: str, domain: str) -> list[EncoderRef]:
    return [EncoderRef(encoder, twin=seed) for seed in run.untrained_seeds(encoder, domain)]


def _inputs(run: Run, params: SmoothnessParams) -> Inputs:
    every = [EncoderRef(name) for name in params.encoders]
    twins = [twin for name in params.encoders for twin in _twins(run, name, params.domain)]
    return (*every, *twins), (params.domain,)


def _compute(run: Run, params: SmoothnessParams) -> Smoothness:
    rows = chosen_rows(run.groups(params.domain), SAMPLES, params.seed)
    living = {n: living_layers(run, EncoderRef(n), params.domain, rows) for n in params.encoders}
    names = [name for name in params.encoders if len(living[name]) >= LEAST]
    if not names:
        raise AnalysisError(
            f"No encoder of this run has {LEAST} layers or more: there are no steps to compare. "
            "Extract further layers (layers: all)."
        )
    groups = run.groups(params.domain)[rows]
    try:
        own = {
            n: _states(run, EncoderRef(n), living[n], params.domain, rows, groups) for n in names
        }
        whole = {name: distances(states) for name, states in own.items()}
        twins = {
            name: [
                distances_of(_of_twin(run, twin, living[name], params.domain, rows, groups))
                for twin in _twins(run, name, params.domain)
                if lives(run, twin, params.domain, rows, living[name])
            ]
            for name in names
        }
    except UndefinedScoreError as error:
        raise AnalysisError(str(error)) from error
    names = [name for name in names if _at(whole[name], LEAST) is not None]
    if not names:
        raise AnalysisError(
            f"No encoder of this run has {LEAST} layers that change anything: there are no steps "
            "to compare."
        )
    twins = {name: [d for d in twins[name] if _at(d, LEAST) is not None] for name in names}
    count = _stages([d for name in names for d in (whole[name], *twins[name])])
    paths = tuple(
        _path(run, name, living[name], own[name], twins[name], count, groups, params)
        for name in names
    )
    skipped = tuple(name for name in params.encoders if name not in names)
    size = sizes(run, params.domain, rows)
    kinds = _kinds(run, paths)
    return Smoothness(params.domain, size, count, paths, skipped, *kinds, _means(run, paths))


def _stages(every: Sequence[Float[np.ndarray, "l l"]]) -> int:
    """Return the most stages that all paths have, `STAGES` at most."""
    for count in range(STAGES, LEAST, -1):
        try:
            for d in every:
                stages(d, count)
        except ValueError:
            continue
        return count
    return LEAST


def _path(
    run: Run,
    name: str,
    living: Sequence[str],
    states: Sequence[RankState],
    twins: Sequence[Float[np.ndarray, "l l"]],
    count: int,
    groups: np.ndarray,
    params: SmoothnessParams,
) -> Path:
    layers = [layer for layer in run.encoders[name].feature_layers if layer.name in living]
    unit = run.domains[params.domain].nouns.groups

    def values(rows: Int[np.ndarray, " k"]) -> Float[np.ndarray, " v"]:
        kept = states if len(rows) == len(groups) else [take_rows(state, rows) for state in states]
        return _values(distances(kept), at)

    at = _at(distances(states), count)
    jackknife = group_jackknife(values, groups, unit=unit, max_units=BLOCKS, seed=params.seed)
    steps = len(layers) - 1
    of_twins = np.array([_values(d, _at(d, count)) for d in twins]).reshape(len(twins), steps + 4)
    depth = np.array([layer.depth for layer in layers])
    kinds = [(layer.width, layer.pooling) for layer in layers]
    return Path(
        name,
        KINDS.get(run.encoders[name].family, ""),
        tuple(layer.name for layer in layers),
        (depth[1:] + depth[:-1]) / 2,
        np.array([before != after for before, after in pairwise(kinds)]),
        jackknife.at(slice(0, steps)).interval(LENGTH),
        jackknife.at(slice(steps, None)).interval(LENGTH),
        of_twins[:, :steps],
        of_twins[:, steps:],
    )


def _at(d: Float[np.ndarray, "l l"], count: int) -> Int[np.ndarray, " s"] | None:
    """Return the stages, None where too few layers differ; without photographs they stay."""
    try:
        return stages(d, count)
    except ValueError:
        return None


def _values(d: Float[np.ndarray, "l l"], at: Int[np.ndarray, " s"] | None) -> np.ndarray:
    """Return all steps, and behind them the four summaries, NaN without stages."""
    of_stages = np.full(len(SUMMARIES), np.nan) if at is None else smoothness(d, at)
    return np.concatenate([np.diagonal(d, 1), of_stages])


def _kinds(run: Run, paths: Sequence[Path]) -> tuple[Estimate, Estimate, Estimate]:
    """Return by how much the summaries of transformers exceed those of CNNs, and their twins'."""
    of_kind = [path for path in paths if path.kind]
    kinds = np.array([path.kind for path in of_kind])
    if len(set(kinds)) < 2:
        has = f"the panel has {kinds[0]} alone" if len(kinds) else "the panel has neither"
        none = Estimate(np.full(len(SUMMARIES), np.nan), reason=f"Transformers and CNNs: {has}.")
        return none, none, none
    trained = np.array([path.summaries.value for path in of_kind])
    untrained = _of_twins(of_kind)
    recipes = np.array([run.recipe(path.encoder) for path in of_kind])
    both = np.isfinite(untrained).all(axis=1)
    if len(set(kinds[both])) < 2:
        both[:] = True  # and NaN for what the twins would give
    return (
        _difference(trained, kinds, recipes),
        _difference(untrained[both], kinds[both], recipes[both]),
        _difference((trained - untrained)[both], kinds[both], recipes[both]),
    )


def _of_twins(paths: Sequence[Path]) -> Float[np.ndarray, "e 4"]:
    """Return the mean summaries of every encoder's twins, NaN where it has none."""
    none = np.full(len(SUMMARIES), np.nan)
    return np.array(
        [p.twin_summaries.mean(axis=0) if len(p.twin_summaries) else none for p in paths]
    )


def _means(run: Run, paths: Sequence[Path]) -> tuple[FamilyMean, ...]:
    return family_means(
        [(path.kind, run.family(path.encoder)) for path in paths],
        [run.recipe(path.encoder) for path in paths],
        np.array([path.summaries.value for path in paths]),
        _of_twins(paths),
    )


def _difference(
    values: Float[np.ndarray, "e 4"], kinds: np.ndarray, recipes: np.ndarray
) -> Estimate:
    def lead(rows: Int[np.ndarray, " k"]) -> Float[np.ndarray, " 4"]:
        kept, of = values[rows], kinds[rows]
        first, second = (kept[of == kind] for kind in (TRANSFORMERS, CONVOLUTIONAL))
        return np.asarray(first.mean(axis=0) - second.mean(axis=0))

    return encoder_jackknife(lead, len(values), recipes=recipes.tolist(), strata=kinds)


SMOOTHNESS = Analysis(
    key="layers.smoothness",
    version=4,
    params=SmoothnessParams,
    result=Smoothness,
    inputs=_inputs,
    compute=_compute,
)


def smoothness_params(run: Run, domain: str) -> SmoothnessParams:
    """Return the parameters for the run's panel, with the study's seed."""
    return SmoothnessParams(run.panel, domain, run.study["seed"])
