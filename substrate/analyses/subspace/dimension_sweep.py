"""How Procrustes-CKA between domains and what encoders share change with the dimension K."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from substrate.analyses.shared.halves import halves_of
from substrate.analyses.shared.samples import (
    bases,
    explained,
    features,
    pairs,
    recipes_of,
    require,
    side_by_side,
)
from substrate.analyses.spec import Analysis, obtain
from substrate.analyses.subspace.intervals import (
    jackknifed,
    medians_of,
    why_not,
)
from substrate.analyses.subspace.procrustes_cka import (
    MATRIX,
    MatrixParams,
)
from substrate.encoder_ref import twins_of
from substrate.numerics.joined import joined
from substrate.numerics.panel import (
    panel_parts,
    procrustes_cka_all,
)
from substrate.numerics.spectra import existing_directions
from substrate.runs import Run
from substrate.wording import Nouns

#: The dimensions of the sweep, as far as the samples allow.
KS = (2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)


@dataclass(frozen=True)
class DimensionSweepParams:
    """The panel and its untrained twins, the domains, and the domain of what encoders share."""

    encoders: tuple[str, ...]
    domains: tuple[str, ...]
    domain: str
    seeds: tuple[int, ...]
    whitening: str = "z-score"
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Sweep:
    """Medians over pairs of domains by (biased, debiased) and K, and leave-encoder-out by K.

    ``low`` and ``high`` bound the trained medians, NaN where ``reason`` says why; ``untrained``
    are those of each seed, ``expected`` the law of random bases. ``shared`` and
    ``shared_untrained`` are the summaries of the leave-encoder-out correlation on one domain.
    """

    ks: tuple[int, ...]
    median: Float[np.ndarray, "2 c"]
    low: Float[np.ndarray, "2 c"]
    high: Float[np.ndarray, "2 c"]
    reason: str
    seeds: tuple[int, ...]
    untrained: Float[np.ndarray, "s 2 c"]
    expected: Float[np.ndarray, " c"]
    domain: str
    shared_ks: tuple[int, ...]
    shared: Float[np.ndarray, " d"]
    shared_untrained: Float[np.ndarray, "s d"]
    nouns: Nouns


@explained
def compute_sweep(run: Run, params: DimensionSweepParams) -> Sweep:
    """Read the panel's medians off its matrices; decompose the untrained panels for every K."""
    require(params.domains, 2, "domains")
    matrices = obtain(MATRIX, run, MatrixParams(params.encoders, params.domains, params.whitening))
    ks = [k for k in KS if k <= matrices.ks[-1]]
    untrained = [_untrained(run, params, seed, ks) for seed in params.seeds]
    median = np.array([[matrices.median(k, debiased=d) for k in ks] for d in (False, True)])
    low, high, reason = _intervals(run, params, ks)
    shared_ks, shared, shared_untrained = _shared(run, params)
    return Sweep(
        ks=tuple(ks),
        median=median,
        low=low,
        high=high,
        reason=reason,
        seeds=params.seeds,
        untrained=np.array(untrained).reshape(len(params.seeds), 2, len(ks)),
        expected=np.array([np.median(matrices.chance(k)[pairs(len(matrices.sizes))]) for k in ks]),
        domain=params.domain,
        shared_ks=shared_ks,
        shared=shared,
        shared_untrained=shared_untrained,
        nouns=run.nouns(params.domains),
    )


def _untrained(
    run: Run, params: DimensionSweepParams, seed: int, ks: Sequence[int]
) -> Float[np.ndarray, "2 c"]:
    xs = [
        side_by_side(
            features(run, params.encoders, d, untrained=seed), params.whitening, run.groups(d)
        )
        for d in params.domains
    ]
    vectors = [basis.vectors for basis in bases(xs)]
    possible = [k for k in ks if k <= vectors[0].shape[1]]
    scores = procrustes_cka_all(xs, vectors, possible)
    first, second = pairs(len(xs))
    out = np.full((2, len(ks)), np.nan)
    for row, values in enumerate((scores.biased, scores.debiased)):
        out[row, : len(possible)] = np.median(values[:, first, second], axis=1)
    return out


def _intervals(
    run: Run, params: DimensionSweepParams, ks: Sequence[int]
) -> tuple[np.ndarray, np.ndarray, str]:
    groups, nouns = [run.groups(d) for d in params.domains], run.nouns(params.domains)
    missing = np.full((2, len(ks)), np.nan)
    reason = why_not([len(np.unique(g)) for g in groups], nouns)
    smallest = min(len(g) for g in groups)
    possible = [k for k in ks if k <= 0.9 * smallest - 2]
    if reason or not possible:
        return missing, missing, reason or "No interval: too few samples for any K."
    raw = [features(run, params.encoders, d) for d in params.domains]
    jackknives = jackknifed(raw, groups, params.whitening, possible, unit=nouns.groups)
    _, low, high = medians_of(jackknives)
    padded = [missing.copy(), missing.copy()]
    for into, bound in zip(padded, (low, high), strict=True):
        into[:, : len(possible)] = bound
    return padded[0], padded[1], ""


def _shared(
    run: Run, params: DimensionSweepParams
) -> tuple[tuple[int, ...], Float[np.ndarray, " d"], Float[np.ndarray, "s d"]]:
    """Leave-encoder-out summaries for every K, from one basis per panel."""
    if len(params.encoders) < 2:
        return (), np.empty(0), np.empty((len(params.seeds), 0))
    halves = halves_of(run, params.domain, params.seed)
    recipes = recipes_of(run, params.encoders)
    correlations = []
    for seed in (None, *params.seeds):
        raw = features(run, params.encoders, params.domain, untrained=seed)
        fit, test = halves.blocks(raw, params.whitening)
        basis = existing_directions(joined(fit), min(max(KS), len(halves.fit) - 1))
        correlations.append(panel_parts(basis, test, recipes).correlations)
    ks = tuple(k for k in KS if k <= min(c.shape[1] for c in correlations))
    values = np.array([[np.median(c[:, :k], axis=1).mean() for k in ks] for c in correlations])
    return ks, values[0], values[1:]


SWEEP = Analysis(
    key="subspace.dimension_sweep",
    version=5,
    params=DimensionSweepParams,
    result=Sweep,
    inputs=lambda run, params: (
        params.encoders + twins_of(params.encoders, params.seeds),
        params.domains,
    ),
    compute=compute_sweep,
    uses=(MATRIX,),
)
