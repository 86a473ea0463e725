"""How far untrained encoders share directions: the null that training is held against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.sharedness_halves import (
    JACKKNIFE_BLOCKS,
    Estimate,
    Halves,
    halves_of,
    summarised,
)
from substrate.analyses.spec import Analysis
from substrate.analyses.subspace_inputs import explained, features, require, twins
from substrate.nulls import delete_group_jackknife
from substrate.panel import panel_parts, part_correlations
from substrate.runs import Run
from substrate.spectra import existing_directions


@dataclass(frozen=True)
class UntrainedSharednessParams:
    """The same split and panel, with untrained twins of these seeds beside it."""

    encoders: tuple[str, ...]
    domain: str
    seeds: tuple[int, ...]
    whitening: str = "z-score"
    components: int = 16
    seed: int = 0


@dataclass(frozen=True, eq=False)
class UntrainedSharedness:
    """Leave-encoder-out correlations of panels of untrained twins, by seed.

    ``difference`` is the trained panel's summary less the mean of the untrained panels',
    its interval over the held-out photographs that all of them saw.
    """

    encoders: tuple[str, ...]
    domain: str
    seeds: tuple[int, ...]
    correlations: Float[np.ndarray, "s e k"]
    summaries: Float[np.ndarray, " s"]
    difference: Estimate


@explained
def compute_untrained_sharedness(
    run: Run, params: UntrainedSharednessParams
) -> UntrainedSharedness:
    """Do for each panel of untrained twins what `compute_sharedness` does for the panel."""
    require(params.encoders, 2, "encoders")
    halves = halves_of(run, params.domain, params.seed)
    panels = [features(run, params.encoders, params.domain)] + [
        features(run, params.encoders, params.domain, untrained=seed) for seed in params.seeds
    ]
    parts = []
    for raw in panels:
        fit, test = halves.blocks(raw, params.whitening)
        parts.append(
            panel_parts(existing_directions(np.hstack(fit), params.components), test).parts
        )
    k = min(part.shape[2] for part in parts[1:])
    correlations = np.array([part_correlations(part[:, :, :k]) for part in parts[1:]])
    return UntrainedSharedness(
        encoders=params.encoders,
        domain=params.domain,
        seeds=params.seeds,
        correlations=correlations,
        summaries=summarised(correlations),
        difference=_difference(parts, halves),
    )


def _difference(parts: Sequence[np.ndarray], halves: Halves) -> Estimate:
    def statistic(rows: Int[np.ndarray, " r"]) -> float:
        each = [float(summarised(part_correlations(part[:, rows]))) for part in parts]
        return each[0] - float(np.mean(each[1:]))

    interval = delete_group_jackknife(
        statistic, halves.test_groups, unit="held-out photographs", max_units=JACKKNIFE_BLOCKS
    )
    return Estimate.of(interval, float(interval.value))


UNTRAINED_SHAREDNESS = Analysis(
    key="sharedness_untrained",
    version=2,
    params=UntrainedSharednessParams,
    result=UntrainedSharedness,
    inputs=lambda run, params: (
        params.encoders + twins(params.encoders, params.seeds),
        (params.domain,),
    ),
    compute=compute_untrained_sharedness,
)
