"""How every score orders encoders over all labelled domains together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.shared.samples import recipes_of
from substrate.analyses.spec import Analysis, AnalysisError, Inputs, obtain
from substrate.analyses.transfer.scores import (
    AGAINST,
    HYBRID,
    TRANSFER,
    EncoderRow,
    TransferParams,
    TransferResult,
    hybrid_of,
    transfer_params,
)
from substrate.encoder_ref import twins_of
from substrate.numerics.estimates import Estimate
from substrate.numerics.nulls import encoder_jackknife
from substrate.numerics.scales import CORRELATION
from substrate.numerics.transfer import TRANSFER_SCORES
from substrate.numerics.transfer.ranking import kendall
from substrate.numerics.transfer.spec import TransferError
from substrate.runs import Run

KEYS = (*TRANSFER_SCORES, HYBRID)
#: Published: rank correlation of alignment with linear-probe accuracy, 11 encoders x 4 targets.
PUBLISHED_TAU = -0.08


@dataclass(frozen=True)
class TransferDomainsParams:
    """Which encoders on which labelled domains."""

    encoders: tuple[str, ...]
    domains: tuple[str, ...]
    twins: tuple[int, ...]
    seed: int

    def one(self, domain: str) -> TransferParams:
        """Return the parameters of one domain."""
        twin = self.twins[self.domains.index(domain)]
        return TransferParams(self.encoders, domain, twin, self.seed)


@dataclass(frozen=True, eq=False)
class DomainsResult:
    """Kendall's tau of every score on every domain, and its mean over domains.

    ``taus[against]`` has scores down and domains across, NaN where a score has no rank
    correlation; ``means[against]`` are over the domains where it has one, and ``reasons`` say
    what is missing.
    """

    scores: tuple[str, ...]
    domains: tuple[str, ...]
    taus: dict[str, Float[np.ndarray, "s d"]]
    means: dict[str, tuple[Estimate | None, ...]]
    encoders: int
    seed: int


def _compute(run: Run, params: TransferDomainsParams) -> DomainsResult:
    if len(params.domains) < 2:
        raise AnalysisError("A mean over domains needs two labelled domains at least.")
    results = [obtain(TRANSFER, run, params.one(domain)) for domain in params.domains]
    return DomainsResult(
        KEYS,
        params.domains,
        {against: _taus(results, against) for against in AGAINST},
        {
            against: tuple(
                _mean(results, key, against, recipes_of(run, params.encoders)) for key in KEYS
            )
            for against in AGAINST
        },
        len(params.encoders),
        params.seed,
    )


def _taus(results: list[TransferResult], against: str) -> Float[np.ndarray, "s d"]:
    return np.array(
        [
            [
                np.nan if a.kendall is None else a.kendall.value
                for a in (result.agreement(key, against) for result in results)
            ]
            for key in KEYS
        ]
    )


def _mean(
    results: list[TransferResult], key: str, against: str, recipes: Sequence[str]
) -> Estimate | None:
    """Average tau over domains; the interval leaves out a recipe on all domains at once."""
    tables = [
        (values, np.array([row.reached(against).value for row in rows]))
        for rows, values in ((r.rows, _values(r.rows, key)) for r in results)
    ]
    able = np.all([np.isfinite(values) for values, _ in tables], axis=0)
    rows = np.flatnonzero(able)

    def statistic(kept: Int[np.ndarray, " k"]) -> float:
        return float(np.mean([kendall(v[rows[kept]], r[rows[kept]]) for v, r in tables]))

    try:
        return encoder_jackknife(
            statistic,
            len(rows),
            recipes=np.array(recipes)[rows].tolist(),
            scale=CORRELATION,
        )
    except TransferError:
        return None


def _values(rows: tuple[EncoderRow, ...], key: str) -> Float[np.ndarray, " e"]:
    named = {row.encoder: row.scores[key] for row in rows if key in row.scores}
    if key == HYBRID:
        _, named = hybrid_of(rows)
    return np.array([named.get(row.encoder, np.nan) for row in rows])


def _inputs(_run: Run, params: TransferDomainsParams) -> Inputs:
    seeds = sorted({twin for twin in params.twins if twin >= 0})
    return (*params.encoders, *twins_of(params.encoders, seeds)), params.domains


TRANSFER_DOMAINS = Analysis(
    key="transfer.all_domains",
    version=3,
    params=TransferDomainsParams,
    result=DomainsResult,
    inputs=_inputs,
    compute=_compute,
    uses=(TRANSFER,),
)


def domains_params(
    run: Run, domains: tuple[str, ...], encoders: tuple[str, ...] | None = None
) -> TransferDomainsParams:
    """Return the run's panel, or other encoders, on the given labelled domains."""
    encoders = run.panel if encoders is None else encoders
    twins = tuple(transfer_params(run, domain, encoders).twin for domain in domains)
    return TransferDomainsParams(encoders, domains, twins, int(run.study["seed"]))
