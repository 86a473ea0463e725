"""With few labels, do substrate scores serve better than an encoder's full features?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from substrate.analyses.shared.labels import (
    labelled,
)
from substrate.analyses.shared.refusals import refusals_said
from substrate.analyses.shared.units import (
    Units,
    units_of,
)
from substrate.analyses.spec import Analysis, Inputs
from substrate.analyses.transfer.probe import features
from substrate.analyses.transfer.scores import transfer_params
from substrate.encoder_ref import twins_of
from substrate.numerics.estimates import Estimate
from substrate.numerics.transfer.consensus import principal_scores
from substrate.numerics.transfer.lowshot import low_shot
from substrate.runs import Run
from substrate.wording import Nouns

SUBSTRATE, UNTRAINED = "substrate scores", "untrained twins' scores"
REPEATS = 3


@dataclass(frozen=True)
class LowShotParams:
    """Which encoders on which domain, against K scores of them all; ``twin`` -1 for no twins."""

    encoders: tuple[str, ...]
    domain: str
    components: int
    twin: int
    seed: int


@dataclass(frozen=True, eq=False)
class Space:
    """One feature space: balanced accuracy for each number of labels, and less the substrate's."""

    name: str
    width: int
    accuracies: tuple[Estimate, ...]
    differences: tuple[Estimate, ...]


@dataclass(frozen=True, eq=False)
class LowShotResult:
    """The substrate's scores first, then each encoder's full features, then untrained scores."""

    domain: str
    shots: tuple[int, ...]
    spaces: tuple[Space, ...]
    classes: tuple[str, ...]
    repeats: int
    counted: str
    unit: str
    within: bool
    components: int
    seed: int
    units: Units
    nouns: Nouns

    @property
    def chance(self) -> float:
        """Balanced accuracy of guessing."""
        return 1 / len(self.classes)

    @property
    def facts(self) -> str:
        """What the numbers rest on, for captions."""
        return (
            f"{self.counted}, {len(self.classes)} classes · K = {self.components} of "
            f"{self.units.text}, z-scored · "
            f"2 folds over {self.unit}, {self.repeats} draws of labels each, seed {self.seed}"
        )

    def space(self, name: str) -> Space:
        """Return one feature space by name."""
        return next(space for space in self.spaces if space.name == name)


@refusals_said()
def _compute(run: Run, params: LowShotParams) -> LowShotResult:
    samples = labelled(run, params.domain, most=None)

    def panel(twin: int) -> list[np.ndarray]:
        return [features(run, e, params.domain, twin)[samples.rows] for e in params.encoders]

    full = panel(-1)
    spaces = {SUBSTRATE: principal_scores(full, params.components, samples.groups, exactly=False)}
    spaces |= dict(zip(params.encoders, full, strict=True))
    if params.twin >= 0:
        spaces[UNTRAINED] = principal_scores(
            panel(params.twin), params.components, samples.groups, exactly=False
        )
    curves = low_shot(
        spaces,
        samples.labels,
        samples.groups,
        seed=params.seed,
        repeats=REPEATS,
        unit=samples.nouns.groups,
    )
    return LowShotResult(
        params.domain,
        curves.shots,
        tuple(
            Space(name, x.shape[1], curves.accuracies[name], curves.differences.get(name, ()))
            for name, x in spaces.items()
        ),
        samples.classes,
        REPEATS,
        samples.counted,
        samples.unit,
        samples.within,
        params.components,
        params.seed,
        units_of(full, samples.groups),
        samples.nouns,
    )


def _inputs(_run: Run, params: LowShotParams) -> Inputs:
    seeds = () if params.twin < 0 else (params.twin,)
    return (*params.encoders, *twins_of(params.encoders, seeds)), (params.domain,)


LOW_SHOT = Analysis(
    key="transfer.low_shot",
    version=6,
    params=LowShotParams,
    result=LowShotResult,
    inputs=_inputs,
    compute=_compute,
)


def low_shot_params(
    run: Run,
    domain: str,
    components: int | None = None,
    encoders: tuple[str, ...] | None = None,
) -> LowShotParams:
    """Return a labelled domain, with the run's panel and the study's K unless others are given."""
    like = transfer_params(run, domain, encoders)
    k = int(run.study["components"]) if components is None else components
    return LowShotParams(like.encoders, domain, k, like.twin, like.seed)
