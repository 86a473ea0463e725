"""One encoder's way through representations at every kept step of its training, beside others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.layers.living import lives
from substrate.analyses.shared.effort import chosen_rows
from substrate.analyses.shared.samples import Sizes, sizes
from substrate.analyses.shared.trajectory import (
    accuracies,
    checkpoint_features,
    extracted_steps,
)
from substrate.analyses.spec import Analysis, AnalysisError, Inputs
from substrate.encoder_ref import Encoder, EncoderRef, steps_of
from substrate.numerics.depth.angles import angular_distances, planes
from substrate.numerics.estimates import Estimate
from substrate.numerics.intervals import group_jackknife
from substrate.runs import LayerInfo, Run

#: Samples whose Gram matrices are compared, at most, and blocks of groups that are left out.
SAMPLES, BLOCKS = 512, 20


@dataclass(frozen=True)
class TrainingWaysParams:
    """One encoder's training on one domain, and the encoders that stand beside it as they are."""

    encoder: str
    domain: str
    others: tuple[str, ...] = ()
    seed: int = 0


@dataclass(frozen=True, eq=False)
class TrainingWays:
    """Every layer's place at every step.

    ``owner`` numbers each layer's encoder among ``encoders``; the first is the one that is trained,
    the layers of the others are the same at every step, and stand at the same ``places``; each
    plane has its ``stress``. Layers that are constant, at one step at least, have no angle and are
    left out. ``travelled`` is the angle between the trained one's last features at each step but
    the last and at the last one, with intervals; ``apart`` that between each two of its untrained
    twins, on average, None where there are fewer than two.
    """

    domain: str
    size: Sizes
    encoders: tuple[str, ...]
    steps: Int[np.ndarray, " t"]
    accuracy: Float[np.ndarray, " t"]
    owner: Int[np.ndarray, " l"]
    layers: tuple[str, ...]
    depth: Float[np.ndarray, " l"]
    places: Float[np.ndarray, "t l 2"]
    stress: Float[np.ndarray, " t"]
    travelled: Estimate
    apart: float | None


def _twins(run: Run, params: TrainingWaysParams) -> list[EncoderRef]:
    seeds = run.untrained_seeds(params.encoder, params.domain)
    return [EncoderRef(params.encoder, twin=seed) for seed in seeds]


def _inputs(run: Run, params: TrainingWaysParams) -> Inputs:
    steps = steps_of(params.encoder, run.checkpoints(params.encoder, params.domain))
    read: list[Encoder] = [params.encoder, *params.others, *steps, *_twins(run, params)]
    return tuple(dict.fromkeys(read)), (params.domain,)


def _compute(run: Run, params: TrainingWaysParams) -> TrainingWays:
    encoder, domain = params.encoder, params.domain
    steps = extracted_steps(run, encoder, domain)
    rows = chosen_rows(run.groups(domain), SAMPLES, params.seed)
    names = (encoder, *(name for name in params.others if name != encoder))
    alive = [
        _alive(run, name, domain, rows, steps if not at else ()) for at, name in enumerate(names)
    ]
    if not alive[0]:
        raise AnalysisError(
            f"No layer of {run.encoders[encoder].title} differs between images at every step."
        )
    own = [
        [x[rows] for x in checkpoint_features(run, encoder, domain, layer.name, steps)]
        for layer in alive[0]
    ]
    others = [
        run.representation(name, domain, layer.name).features[rows]
        for name, layers in zip(names[1:], alive[1:], strict=True)
        for layer in layers
    ]
    every = [(owner, layer) for owner, layers in enumerate(alive) for layer in layers]
    owner = np.array([owner for owner, _ in every])
    places, stress = planes(
        [angular_distances([*(x[t] for x in own), *others]) for t in range(len(steps))], owner == 0
    )
    return TrainingWays(
        domain,
        sizes(run, domain, rows),
        names,
        np.array(steps),
        accuracies(run, encoder, steps),
        owner,
        tuple(layer.name for _, layer in every),
        np.array([layer.depth for _, layer in every]),
        places,
        stress,
        _travelled(run, params, own[-1], rows),
        _apart(run, params, alive[0][-1].name, rows),
    )


def _alive(
    run: Run, name: str, domain: str, rows: Int[np.ndarray, " n"], steps: Sequence[int] = ()
) -> list[LayerInfo]:
    """Return an encoder's layers that are not constant, at each of its steps if there are any."""
    refs = steps_of(name, steps) or (EncoderRef(name),)
    return [
        layer
        for layer in run.encoders[name].feature_layers
        if all(lives(run, ref, domain, rows, [layer.name]) for ref in refs)
    ]


def _travelled(
    run: Run,
    params: TrainingWaysParams,
    last: list[Float[np.ndarray, "n p"]],
    rows: Int[np.ndarray, " n"],
) -> Estimate:
    """Return how far the last features of each step are from where they end."""

    def angles(kept: Int[np.ndarray, " k"]) -> Float[np.ndarray, " s"]:
        return angular_distances([x[kept] for x in last])[:-1, -1]

    groups = run.groups(params.domain)[rows]
    unit = run.domains[params.domain].nouns.groups
    jackknife = group_jackknife(angles, groups, unit=unit, max_units=BLOCKS, seed=params.seed)
    return jackknife.interval()


def _apart(
    run: Run, params: TrainingWaysParams, layer: str, rows: Int[np.ndarray, " n"]
) -> float | None:
    twins = [one for one in _twins(run, params) if lives(run, one, params.domain, rows, [layer])]
    if len(twins) < 2:
        return None
    d = angular_distances(
        [run.representation(twin, params.domain, layer).features[rows] for twin in twins]
    )
    return float(d[np.triu_indices(len(d), 1)].mean())


TRAINING_WAYS = Analysis(
    key="layers.training_ways",
    version=2,
    params=TrainingWaysParams,
    result=TrainingWays,
    inputs=_inputs,
    compute=_compute,
)


def training_ways_params(run: Run, encoder: str, domain: str) -> TrainingWaysParams:
    """Return the parameters of one training beside the run's panel, with the study's seed."""
    others = tuple(name for name in run.panel if name != encoder)
    return TrainingWaysParams(encoder, domain, others, run.study["seed"])
