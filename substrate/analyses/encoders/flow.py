"""Where each direction goes: matches of directions across encoders, or across one's layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Bool, Float

from substrate.analyses.shared.halves import (
    Halves,
    halves_of,
)
from substrate.analyses.shared.samples import (
    LAYER,
    Sizes,
    explained,
    require,
    sizes,
)
from substrate.analyses.shared.units import (
    Units,
    units_of,
)
from substrate.analyses.spec import Analysis
from substrate.numerics.nulls import (
    no_chance,
    row_orders,
    threshold,
)
from substrate.numerics.panel import PanelError
from substrate.numerics.spectra import correlation_table, principal_directions
from substrate.numerics.whitening import standardisation
from substrate.runs import Run

PERMUTATIONS = 199


@dataclass(frozen=True)
class FlowParams:
    """Encoders side by side, or one encoder whose layers are followed, and how many directions."""

    encoders: tuple[str, ...]
    domain: str
    layers_of: str = ""
    directions: int = 8
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Flow:
    """Held-out score correlations between the directions of neighbouring steps.

    ``correlations[s]`` relates the directions of step s to those of step s + 1; ``taus[s]`` is
    what the largest of its cells stays below in 95 % of permutations of photographs; NaN where
    ``reason`` says why nothing may be compared with chance.
    ``shares`` are the directions' shares of their step's variance; ``units`` are those of all
    steps together.
    """

    size: Sizes
    n_test: int
    unit: str
    steps: tuple[str, ...]
    layers_of: str
    correlations: Float[np.ndarray, "s k k"]
    taus: Float[np.ndarray, " s"]
    shares: Float[np.ndarray, "t k"]
    seed: int
    units: Units
    reason: str = ""

    def joined(self, step: int) -> Bool[np.ndarray, "k k"]:
        """Mark the cells that continue: above chance, or each row's best where none is known."""
        size = np.nan_to_num(np.abs(self.correlations[step]))
        if not self.reason:
            return size > self.taus[step]
        return (size == size.max(axis=1, keepdims=True)) & (size > 0)


@explained
def compute_flow(run: Run, params: FlowParams) -> Flow:
    """Find each step's directions on half of the photographs and correlate scores on the others."""
    halves = halves_of(run, params.domain, params.seed)
    if params.layers_of:
        infos = run.encoders[params.layers_of].layers
        steps = tuple(info.name for info in infos if info.name != "logits")
        sources = [(params.layers_of, step) for step in steps]
    else:
        steps = params.encoders
        sources = [(encoder, LAYER) for encoder in steps]
    require(steps, 2, "layers" if params.layers_of else "encoders")
    raw = [run.representation(e, params.domain, layer).features for e, layer in sources]
    scored = [_scores(x, halves, params.directions) for x in raw]
    k = min(scores.shape[1] for scores, _ in scored)
    reason = no_chance(halves.test_groups, f"held-out {run.domains[params.domain].nouns.group}s")
    scores = [of_encoder[:, :k] for of_encoder, _ in scored]
    return Flow(
        size=sizes(run, params.domain),
        n_test=len(halves.test),
        unit=halves.unit,
        steps=steps,
        layers_of=params.layers_of,
        correlations=np.array([correlation_table(a, b) for a, b in pairwise(scores)]),
        taus=np.full(len(steps) - 1, np.nan)
        if reason
        else _taus(scores, halves.test_groups, params.seed),
        shares=np.array([share[:k] for _, share in scored]),
        seed=params.seed,
        units=units_of([x[halves.fit] for x in raw], halves.fit_groups),
        reason=reason,
    )


def _scores(
    x: np.ndarray, halves: Halves, most: int
) -> tuple[Float[np.ndarray, "t k"], Float[np.ndarray, " k"]]:
    learnt = standardisation(x[halves.fit], groups=halves.fit_groups)
    fit = learnt.apply(x[halves.fit])
    k = min(most, len(halves.fit) - 1, x.shape[1] - learnt.left_out)
    if k < 1:
        raise PanelError("A layer has no direction that varies over the fitted samples.")
    directions = principal_directions(fit, k)
    return learnt.apply(x[halves.test]) @ directions.vectors, directions.shares


def _taus(scores: Sequence[np.ndarray], groups: np.ndarray, seed: int) -> Float[np.ndarray, " s"]:
    orders = row_orders(groups, PERMUTATIONS, seed)
    taus = []
    for a, b in pairwise(scores):
        every = [slice(None), *orders]  # the observed among them
        largest = np.array([np.nanmax(np.abs(correlation_table(a[order], b))) for order in every])
        taus.append(threshold(largest))
    return np.array(taus)


FLOW = Analysis(
    key="encoders.flow",
    version=6,
    params=FlowParams,
    result=Flow,
    inputs=lambda run, params: (
        (params.layers_of,) if params.layers_of else params.encoders,
        (params.domain,),
    ),
    compute=compute_flow,
)
