"""When does an encoder come close to the others? A training's steps, without each photograph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.shared.refusals import NO_TWINS_ASKED
from substrate.analyses.shared.replicates import (
    Replicates,
    no_draws,
    photographs_left_out,
    too_few_groups,
)
from substrate.analyses.shared.samples import (
    explained,
    sizes,
)
from substrate.analyses.shared.trajectory import accuracies, extracted_steps
from substrate.analyses.spec import Analysis, AnalysisError, Inputs
from substrate.analyses.training.target import (
    SUBSTRATE,
    members,
    target_features,
    target_names,
)
from substrate.encoder_ref import Encoder, steps_of, twins_of
from substrate.numerics.metrics import METRICS
from substrate.numerics.metrics.spec import State
from substrate.numerics.nulls import row_orders
from substrate.runs import Run

COMPONENTS, SHARE = 16, 0.1
ESTIMATES = {"biased": "linear_cka", "debiased": "debiased_cka"}
BLOCKS, SHUFFLES = 20, 5
#: Why there is no share of the alignment when the accuracy is half way.
NO_ACCURACY = "The accuracy was not measured at every step, or did not rise."
QUANTITIES = (
    "start",
    "early",
    "end",
    "start shuffled",
    "early shuffled",
    "end shuffled",
    "untrained",
    "accuracy share",
)


@dataclass(frozen=True)
class EmergenceClaimsParams:
    """One encoder's training on one domain, and the panel of its substrate (the run's if empty)."""

    encoder: str
    domain: str
    seed: int = 0
    panel: tuple[str, ...] = ()


@explained
def compute_emergence_claims(run: Run, params: EmergenceClaimsParams) -> Replicates:
    """Align the start, a tenth, and the end of a training to the other encoders' substrate."""
    steps = extracted_steps(run, params.encoder, params.domain)
    if SUBSTRATE not in target_names(run, params.encoder, params.panel):
        raise AnalysisError("A substrate to come close to needs two other encoders.")
    target, _ = target_features(
        run, params.encoder, SUBSTRATE, params.domain, "penultimate", COMPONENTS, params.panel
    )
    checkpoints = [
        run.representation(ref, params.domain).features for ref in steps_of(params.encoder, steps)
    ]
    seeds = run.untrained_seeds(params.encoder, params.domain)
    untrained = [
        run.representation(twin, params.domain).features
        for twin in twins_of([params.encoder], seeds)
    ]
    groups = run.groups(params.domain)
    cases = [
        _Case.of(metric, checkpoints, untrained, target, groups, params.seed)
        for metric in ESTIMATES.values()
    ]
    accuracy = _share(accuracies(run, params.encoder, steps), steps)

    def table(rows: Int[np.ndarray, " k"], draw: int = -1) -> Float[np.ndarray, "s q"]:
        return np.array([[*case.measured(rows, steps, draw), accuracy] for case in cases])

    every = np.arange(len(groups))
    fewest = len(np.unique(groups))
    size = sizes(run, params.domain)
    reason = too_few_groups(fewest, size.title, size.nouns.group)
    return Replicates(
        settings=tuple(f"{params.encoder}, {params.domain}, {e}" for e in ESTIMATES),
        quantities=QUANTITIES,
        whole=table(every),
        left_out=() if reason else (photographs_left_out(table, groups, blocks=BLOCKS),),
        draws=np.array([table(every, i) for i in range(len(seeds))]) if seeds else no_draws(),
        have={"encoders": len(run.panel), "draws": len(seeds)},
        unit=size.nouns.groups,
        group=size.nouns.group,
        units=fewest,
        counted=f"{size.title}: {size.caption}; {len(steps)} checkpoints of "
        f"{run.encoders[params.encoder].title}",
        reason=reason,
        missing={
            "untrained": NO_TWINS_ASKED,
            "accuracy share": NO_ACCURACY,
        },
    )


@dataclass(frozen=True, eq=False)
class _Case:
    """States of all features by one metric, and of the target in shuffled orders."""

    metric: str
    checkpoints: tuple[State, ...]
    untrained: tuple[State, ...]
    target: State
    groups: np.ndarray
    seed: int

    @classmethod
    def of(
        cls,
        metric: str,
        checkpoints: Sequence[np.ndarray],
        untrained: Sequence[np.ndarray],
        target: np.ndarray,
        groups: np.ndarray,
        seed: int,
    ) -> _Case:
        prepare = METRICS[metric].prepare
        return cls(
            metric,
            tuple(map(prepare, checkpoints)),
            tuple(map(prepare, untrained)),
            prepare(target),
            groups,
            seed,
        )

    def measured(self, rows: Int[np.ndarray, " k"], steps: Sequence[int], draw: int) -> list[float]:
        """Return the quantities on some rows; shuffled ones average a few permutations."""
        metric = METRICS[self.metric]
        target = metric.take_rows(self.target, rows)
        orders = row_orders(self.groups[rows], SHUFFLES, self.seed)
        along, shuffled = [], []
        for state in self.checkpoints:
            kept = metric.take_rows(state, rows)
            along.append(float(metric.compare(kept, target)))
            shuffled.append(float(np.mean(metric.compare_permuted(kept, target, orders))))
        drawn = self.untrained if draw < 0 else self.untrained[draw : draw + 1]
        twins = [float(metric.compare(metric.take_rows(s, rows), target)) for s in drawn]
        series = [np.array(along), np.array(shuffled)]
        points = [(one[0], at_share(one, steps), one[-1]) for one in series]
        untrained = float(np.mean(twins)) if twins else float("nan")
        return [*map(float, points[0]), *map(float, points[1]), untrained]


def at_share(values: Float[np.ndarray, " t"], steps: Sequence[int], share: float = SHARE) -> float:
    """Read a series after a share of the steps, linearly in the logarithm of the step plus 1."""
    scale = np.log1p(np.asarray(steps, dtype=np.float64))
    return float(np.interp(np.log1p(share * steps[-1]), scale, values))


def _share(accuracy: Float[np.ndarray, " t"], steps: Sequence[int]) -> float:
    """Return what share of its gain the accuracy has made after a tenth of the steps."""
    if not np.isfinite(accuracy).all() or not accuracy[-1] > accuracy[0]:
        return float("nan")
    return float((at_share(accuracy, steps) - accuracy[0]) / (accuracy[-1] - accuracy[0]))


def _inputs(run: Run, params: EmergenceClaimsParams) -> Inputs:
    encoder, domain = params.encoder, params.domain
    read: list[Encoder] = [encoder, *steps_of(encoder, run.checkpoints(encoder, domain))]
    if SUBSTRATE in target_names(run, encoder, params.panel):
        read += members(run, encoder, SUBSTRATE, params.panel)
    read += twins_of([encoder], run.untrained_seeds(encoder, domain))
    return tuple(dict.fromkeys(read)), (domain,)


CLAIMS_EMERGENCE = Analysis(
    key="claims.emergence",
    version=5,
    params=EmergenceClaimsParams,
    result=Replicates,
    inputs=_inputs,
    compute=compute_emergence_claims,
)
