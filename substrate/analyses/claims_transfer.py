"""Do transfer scores order encoders as probes do? Rank agreements without each encoder in turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.replicates import Replicates, encoders_left_out
from substrate.analyses.spec import Analysis, AnalysisError, obtain
from substrate.analyses.subspace_inputs import recipes_of, twins
from substrate.analyses.transfer import AGAINST, TRANSFER, TransferParams, TransferResult
from substrate.nulls import MIN_ENCODERS
from substrate.runs import Run
from substrate.transfer.ranking import hybrid_ranking, kendall

SCORES = ("consensus", "logme", "size", "untrained")
HYBRID = "hybrid"
QUANTITIES = (*SCORES, HYBRID, "seconds")
KEEP = 0.25


@dataclass(frozen=True)
class TransferClaimsParams:
    """The encoders, the labelled domains, the seed of the untrained twins (-1 for none)."""

    encoders: tuple[str, ...]
    domains: tuple[str, ...]
    twin: int = -1
    seed: int = 0


def compute_transfer_claims(run: Run, params: TransferClaimsParams) -> Replicates:
    """Average Kendall's tau of every score over domains, with encoders left out."""
    if not params.domains:
        raise AnalysisError("No domain of this study has labels of two classes to learn.")
    found: list[TransferResult] = [
        obtain(TRANSFER, run, TransferParams(params.encoders, d, params.twin, params.seed))
        for d in params.domains
    ]
    count = len(params.encoders)
    tables = [[_columns(result, against) for result in found] for against in AGAINST]

    def table(kept: Int[np.ndarray, " k"]) -> Float[np.ndarray, "s q"]:
        return np.array([_row([columns[kept] for columns in each]) for each in tables])

    codes = np.array(recipes_of(run, params.encoders))
    recipes = [np.flatnonzero(codes == recipe).tolist() for recipe in dict.fromkeys(codes)]
    reason = ""
    if len(recipes) < MIN_ENCODERS:
        reason = f"{len(recipes)} encoders by recipe, and at least {MIN_ENCODERS} are needed."
    return Replicates(
        settings=AGAINST,
        quantities=QUANTITIES,
        whole=table(np.arange(count)),
        left_out=() if reason else encoders_left_out(table, [recipes], count),
        unit="encoders",
        units=len(recipes),
        counted=f"{count} encoders; "
        + "; ".join(f"{run.domains[r.domain].title}: {r.counted}" for r in found),
        reason=reason,
        missing={
            "untrained": "This study has no untrained twins; set untrained to 1 or more.",
            "": "The scores or the accuracies of all encoders are equal.",
        },
    )


def _columns(result: TransferResult, against: str) -> Float[np.ndarray, "e c"]:
    """Return every encoder's scores, its seconds for LogME over the consensus, its accuracy."""
    rows = []
    for row in result.rows:
        scores = [row.scores.get(key, np.nan) for key in SCORES]
        pair = row.seconds.get("logme", np.nan), row.seconds.get("consensus", np.nan)
        seconds = np.log(pair[0] / pair[1]) if min(pair) > 0 else np.nan
        rows.append([*scores, seconds, float(row.reached(against).value)])
    return np.array(rows, dtype=np.float64)


def _row(domains: Sequence[Float[np.ndarray, "e c"]]) -> list[float]:
    each = [[*_taus(columns), float(np.mean(columns[:, len(SCORES)]))] for columns in domains]
    return [float(v) for v in np.mean(each, axis=0)]


def _taus(columns: Float[np.ndarray, "e c"]) -> list[float]:
    accuracy = columns[:, -1]
    taus = [_tau(columns[:, i], accuracy) for i in range(len(SCORES))]
    consensus, logme = columns[:, 0], columns[:, 1]
    if not np.isfinite([*consensus, *logme]).all():
        return [*taus, float("nan")]
    ranked, _ = hybrid_ranking(consensus, lambda i: float(logme[i]), keep=KEEP)
    return [*taus, _tau(ranked, accuracy)]


def _tau(scores: Float[np.ndarray, " e"], accuracy: Float[np.ndarray, " e"]) -> float:
    both = np.array([scores, accuracy])
    if not np.isfinite(both).all() or (np.ptp(both, axis=1) == 0).any():
        return float("nan")
    return kendall(scores, accuracy)


def _inputs(_run: Run, params: TransferClaimsParams) -> tuple[tuple[str, ...], tuple[str, ...]]:
    extra = () if params.twin < 0 else twins(params.encoders, (params.twin,))
    return params.encoders + extra, params.domains


CLAIMS_TRANSFER = Analysis(
    key="claims_transfer",
    version=2,
    params=TransferClaimsParams,
    result=Replicates,
    inputs=_inputs,
    compute=compute_transfer_claims,
    uses=(TRANSFER,),
)
