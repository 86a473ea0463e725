"""How often is a held-out sample of the domains called none of these?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, Shaped

from substrate.analyses.detector.accuracy import DetectorParams, Pooled, pooled, stacked
from substrate.analyses.shared.image_statistics import (
    IMAGE_STATISTICS,
    ImageStatistics,
    ImageStatisticsParams,
)
from substrate.analyses.shared.refusals import refusals_said
from substrate.analyses.spec import Analysis, Inputs, obtain
from substrate.numerics import detector
from substrate.numerics.estimates import Estimate
from substrate.numerics.transfer.lowshot import balanced_share
from substrate.numerics.transfer.recognition import SUPPORT
from substrate.numerics.transfer.support.folds import group_folds, groups_per_class
from substrate.numerics.transfer.typicality import Typicality, fit_typicality
from substrate.runs import Run
from substrate.wording import Nouns

FOLDS = 5
#: Inverse penalty of the classifiers that are fitted anew, of those that a detector chooses from.
STRENGTH = 0.3


@dataclass(frozen=True, eq=False)
class SupportResult:
    """Share of held-out samples called none of these.

    ``refused`` is averaged over the domains, ``by_domain`` that of each. A domain of fewer than
    three photographs, of which none can be held out, is not among them.
    """

    refused: Estimate
    by_domain: dict[str, Estimate]
    counted: str
    seed: int
    nouns: Nouns


def statistics_of(run: Run, pool: Pooled, domains: tuple[str, ...]) -> Float[np.ndarray, "n f"]:
    """Return the battery of statistics of the samples of all domains together."""
    parts = []
    for domain, rows in zip(domains, pool.rows, strict=True):
        statistics: ImageStatistics = obtain(IMAGE_STATISTICS, run, ImageStatisticsParams(domain))
        parts.append(statistics.values[rows])
    return np.concatenate(parts)


def typicality(
    statistics: Float[np.ndarray, "n f"],
    domains: Shaped[np.ndarray, " n"],
    groups: Shaped[np.ndarray, " n"],
) -> Typicality:
    """Learn what the domains' samples look like, domains in the order of a detector's classes."""
    codes = np.unique(domains, return_inverse=True)[1]
    return fit_typicality(statistics, codes, groups, support=SUPPORT)


@refusals_said()
def _compute(run: Run, params: DetectorParams) -> SupportResult:
    pool = pooled(run, params.domains)
    features = stacked(run, params.encoders, params.domains, pool)
    statistics = statistics_of(run, pool, params.domains)
    have = groups_per_class(pool.domains, pool.groups)
    few = [name for name, m in have.items() if m < detector.MIN_PHOTOGRAPHS]
    rows = np.flatnonzero(~np.isin(pool.domains, few))
    codes = np.unique(pool.domains[rows], return_inverse=True)[1]
    folds = group_folds(codes, pool.groups[rows], FOLDS, seed=params.seed)
    refused = np.zeros(len(rows))
    for fold in np.unique(folds):
        train, test = rows[folds != fold], rows[folds == fold]
        refused[folds == fold] = _refused(params, pool, features, statistics, train, test)
    groups, kinds, unit = pool.groups[rows], pool.domains[rows], pool.nouns.groups
    by_domain = {}
    for domain in params.domains:
        if (own := kinds == domain).any():
            by_domain[domain] = _share(refused[own], groups[own], codes[own], unit)
    whole = _share(refused, groups, codes, unit)
    return SupportResult(whole, by_domain, pool.counted, params.seed, pool.nouns)


def _share(
    refused: Float[np.ndarray, " n"],
    groups: Shaped[np.ndarray, " n"],
    codes: Int[np.ndarray, " n"],
    unit: str,
) -> Estimate:
    """Return a share averaged over domains, without an interval below ten photographs of one."""
    inside = np.unique(codes, return_inverse=True)[1]
    return balanced_share(refused, inside, groups, unit, counted=unit)


def _refused(
    params: DetectorParams,
    pool: Pooled,
    features: list[np.ndarray],
    statistics: np.ndarray,
    train: Int[np.ndarray, " a"],
    test: Int[np.ndarray, " b"],
) -> Float[np.ndarray, " b"]:
    """Say of each held-out sample whether what was fitted on the others refuses it."""
    domains, groups = pool.domains[train], pool.groups[train]
    seen = domains != params.basis_without
    basis = detector.pooled_basis(
        [x[train][seen] for x in features], params.components, groups[seen]
    )
    fitted = detector.fit_detector(
        basis.scores([x[train] for x in features]),
        domains,
        groups,
        seed=params.seed,
        strengths=(STRENGTH,),
    )
    looks = typicality(statistics[train], domains, groups)
    scores = basis.scores([x[test] for x in features])
    return np.array(
        [
            float(
                (said := fitted.detect(score)).domain == detector.NONE
                or looks.outside(row, said.best)
            )
            for score, row in zip(scores, statistics[test], strict=True)
        ]
    )


def _inputs(_run: Run, params: DetectorParams) -> Inputs:
    return params.encoders, params.domains


DETECTOR_SUPPORT = Analysis(
    key="detector.support",
    version=3,
    params=DetectorParams,
    result=SupportResult,
    inputs=_inputs,
    compute=_compute,
    uses=(IMAGE_STATISTICS,),
)
