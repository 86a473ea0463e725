"""The directions of two encoders on one domain, cell by cell, by the cosine that is asked for."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int

from substrate.analyses.directions.basis import (
    BASIS,
    Basis,
    all_scores,
    representation,
)
from substrate.analyses.directions.cell_estimates import (
    CellEstimates,
    estimate_cells,
    jackknifed,
    permutations_of,
)
from substrate.analyses.directions.cosine_panel import (
    CosinePanel,
    correlations,
    facts_of,
    unit_columns,
)
from substrate.analyses.directions.kinds import (
    KINDS,
    NO_COMMON_COORDINATES,
    RAW,
    SCORE,
    PairParams,
    inputs,
    shared_coordinates,
    twin_seeds,
)
from substrate.analyses.directions.mapped_cosines import mapped_panel
from substrate.analyses.spec import Analysis, AnalysisError, obtain
from substrate.representation import require_same_samples
from substrate.runs import Run
from substrate.wording import Nouns


def compare_directions(run: Run, params: PairParams) -> CosinePanel:
    """Compare the leading directions of two layers."""
    if params.kind not in KINDS:
        raise AnalysisError(f"Cosine {params.kind!r} is unknown; choose {', '.join(KINDS)}.")
    if params.kind == RAW and not shared_coordinates(params):
        raise AnalysisError(NO_COMMON_COORDINATES)
    a, b = (obtain(BASIS, run, side) for side in params.sides)
    require_same_samples(representation(run, params.a), representation(run, params.b))
    if params.kind == SCORE:
        return score_panel(run, params, a, b)
    return mapped_panel(run, params, a, b)


def score_panel(run: Run, params: PairParams, a: Basis, b: Basis) -> CosinePanel:
    """Correlate held-out scores on directions that the fit rows gave."""
    samples, nouns = run.samples(params.a.domain), run.domains[params.a.domain].nouns
    k = params.components
    x, y = a.scores[:, :k], b.scores[:, :k]
    largest, with_partners = _untrained(run, params, a)
    estimates = estimate_correlations(
        x[a.test],
        y[a.test],
        samples["group"].to_numpy(dtype=str)[a.test],
        params.permutations,
        params.seed,
        nouns,
    )
    return CosinePanel(
        kind=params.kind,
        name_a=f"{a.encoder}/{a.layer}",
        name_b=f"{b.encoder}/{b.layer}",
        estimates=estimates,
        partner=partners(correlations(x[a.fit], y[a.fit])),
        reliability_a=a.reliability[:k],
        reliability_b=b.reliability[:k],
        norms_a=None,
        norms_b=None,
        dimension=None,
        typical=None,
        untrained=largest,
        null_kind=f"test {nouns.groups} permuted",
        interval_kind=f"test {nouns.groups} left out in turn; the directions stay as fitted",
        facts=facts_of(a, samples, params.permutations),
        untrained_partners=with_partners,
    )


def estimate_correlations(
    x: np.ndarray, y: np.ndarray, groups: np.ndarray, count: int, seed: int, nouns: Nouns
) -> CellEstimates:
    """Judge the correlations of two sets of scores of the same samples."""
    rows, reason = permutations_of(groups, count, seed, nouns)
    one, other = unit_columns(x), unit_columns(y)
    null = np.array([one.T @ other[order] for order in rows])
    return estimate_cells(
        one.T @ other,
        null,
        len(np.unique(groups)),
        null_reason=reason,
        interval=jackknifed(
            lambda kept: correlations(x[kept], y[kept]), groups, seed, unit=nouns.groups
        ),
        unit=nouns.groups,
    )


def partners(cells: np.ndarray) -> Int[np.ndarray, " a"]:
    """Return for each row the column of largest absolute value; -1 where there is none."""
    finite = np.isfinite(cells)
    best = np.where(finite, np.abs(cells), -1.0).argmax(axis=1)
    return np.where(finite.any(axis=1), best, -1)


def _untrained(run: Run, params: PairParams, a: Basis) -> tuple[np.ndarray, np.ndarray]:
    """Return what untrained twins of the two encoders give, by seed.

    That is the largest absolute cell, and each direction's with the partner that fit rows picked.
    """
    largest, with_partners, k = [], [], params.components
    rows = a.scores[:, :k].shape[1]
    for seed in twin_seeds(run, params):
        x, y = (all_scores(run, side, a, k) for side in params.untrained(seed).sides)
        cells = np.abs(correlations(x[a.test], y[a.test]))
        picked = partners(correlations(x[a.fit], y[a.fit]))
        row, both = np.full(rows, np.nan), min(rows, len(picked))
        row[:both] = cells[np.arange(both), picked[:both]]
        largest.append(np.nanmax(cells))
        with_partners.append(row)
    return np.array(largest), np.array(with_partners).reshape(len(largest), rows)


PAIR = Analysis(
    key="directions.two_encoders",
    version=6,
    params=PairParams,
    result=CosinePanel,
    inputs=inputs,
    compute=compare_directions,
    uses=(BASIS,),
)
