"""One encoder on two domains: its own units are common coordinates, so raw cosines exist."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from substrate.analyses.directions.basis import (
    BASIS,
    Basis,
    BasisParams,
    leading,
    representation,
)
from substrate.analyses.directions.cell_estimates import CellEstimates, Ends, estimate_cells
from substrate.analyses.directions.cosine_panel import CosinePanel, Facts
from substrate.analyses.directions.kinds import RAW, SubspacesParams, inputs, twin_seeds
from substrate.analyses.directions.mapped_cosines import (
    INTERVALS,
    NULLS,
    random_cells,
    raw_intervals,
)
from substrate.analyses.directions.principal_angles import (
    Angles,
    Steps,
    stacked,
)
from substrate.analyses.spec import Analysis, AnalysisError, obtain
from substrate.domains.splits import PHOTOGRAPH, WITHIN
from substrate.runs import Run
from substrate.wording import Nouns, common_nouns


@dataclass(frozen=True, eq=False)
class Domains:
    """Raw cosines of the directions of two domains, the angles of their spans, and all scores.

    ``scores_a`` are the scores of all samples, those of domain A first, on the directions of A;
    ``scores_b`` those of the same samples on the directions of B.
    """

    panel: CosinePanel
    angles: Angles
    scores_a: Float[np.ndarray, "n a"]
    scores_b: Float[np.ndarray, "n b"]
    from_a: int


def compare_domains(run: Run, params: SubspacesParams) -> Domains:
    """Compare one layer's directions on two domains in its own coordinates."""
    if params.a.domain == params.b.domain:
        raise AnalysisError("Choose two different domains: a domain's cosines with itself are 1.")
    a, b = (obtain(BASIS, run, side) for side in params.sides)
    k = params.components
    v, w = a.vectors[:, :k], b.vectors[:, :k]
    x, y = (_features(run, side) for side in params.sides)
    unit, fewest = _nouns(a, b).groups, min(a.photographs, b.photographs)
    cells, cosines = raw_intervals(
        (x, run.groups(params.a.domain)),
        (y, run.groups(params.b.domain)),
        (v, w),
        params.seed,
        unit,
    )
    varying = int(np.count_nonzero((np.ptp(x, axis=0) > 0) | (np.ptp(y, axis=0) > 0)))
    null = random_cells(varying, (v.shape[1], w.shape[1]), params.permutations, params.seed)
    twins = [_twin_cells(run, params, seed) for seed in twin_seeds(run, params)]
    panel = _panel(
        a,
        b,
        params,
        estimate_cells(v.T @ w, null, fewest, interval=cells, unit=unit),
        twins,
        varying,
    )
    return Domains(
        panel,
        _angles(panel, null, fewest, twins, cosines),
        np.vstack([a.scores[:, :k], (y - a.mean) @ v]),
        np.vstack([(x - b.mean) @ w, b.scores[:, :k]]),
        len(x),
    )


def _panel(
    a: Basis,
    b: Basis,
    params: SubspacesParams,
    estimates: CellEstimates,
    twins: list[np.ndarray],
    varying: int,
) -> CosinePanel:
    rows, columns = estimates.values.shape
    return CosinePanel(
        kind=RAW,
        name_a=f"{a.encoder}/{a.layer} on {a.domain}",
        name_b=f"{b.encoder}/{b.layer} on {b.domain}",
        estimates=estimates,
        partner=np.full(rows, -1),
        reliability_a=a.reliability[:rows],
        reliability_b=b.reliability[:columns],
        norms_a=None,
        norms_b=None,
        dimension=varying,
        typical=float(1 / np.sqrt(varying)),
        untrained=np.array([np.abs(cells).max() for cells in twins]),
        null_kind=NULLS[RAW].format(_nouns(a, b).groups),
        interval_kind=INTERVALS[RAW].format(_nouns(a, b).groups),
        facts=_facts(a, b, params),
    )


def _angles(
    panel: CosinePanel,
    null: np.ndarray,
    photographs: int,
    twins: list[np.ndarray],
    interval: Ends,
) -> Angles:
    steps = Steps.of(panel.values, null, photographs, "", panel.facts.nouns.groups)
    return Angles(
        panel.name_a,
        panel.name_b,
        np.linalg.svd(panel.values, compute_uv=False),
        interval.low,
        interval.high,
        interval.reason,
        steps.low,
        steps.middle,
        steps.high,
        steps.p,
        null_reason=steps.reason,
        null_kind=panel.null_kind,
        untrained=stacked([np.linalg.svd(cells, compute_uv=False) for cells in twins]),
        facts=panel.facts,
    )


def _features(run: Run, side: BasisParams) -> Float[np.ndarray, "n p"]:
    return np.asarray(representation(run, side).features, dtype=np.float64)


def _twin_cells(run: Run, params: SubspacesParams, seed: int) -> Float[np.ndarray, "a b"]:
    """Return the panel of an untrained twin: its directions on the one and the other domain."""
    first, second = (
        leading(_features(run, side), params.components, str(side.ref)).vectors
        for side in params.untrained(seed).sides
    )
    return first.T @ second


def _nouns(a: Basis, b: Basis) -> Nouns:
    return common_nouns((a.nouns, b.nouns))


def _facts(a: Basis, b: Basis, params: SubspacesParams) -> Facts:
    n, photographs = len(a.scores) + len(b.scores), a.photographs + b.photographs
    return Facts(
        domain=f"{a.domain} and {b.domain}",
        n=n,
        photographs=photographs,
        n_fit=n,
        n_test=n,
        test_photographs=photographs,
        unit=WITHIN if WITHIN in (a.unit, b.unit) else PHOTOGRAPH,
        scaling="none",
        units=a.units,
        permutations=params.permutations,
        seed=params.seed,
        nouns=_nouns(a, b),
    )


DOMAINS = Analysis(
    key="directions.two_domains",
    version=5,
    params=SubspacesParams,
    result=Domains,
    inputs=inputs,
    compute=compare_domains,
    uses=(BASIS,),
)
