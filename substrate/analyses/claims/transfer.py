"""Do transfer scores order encoders as probes do?

Rank agreements without each encoder in turn, and from halves of the photographs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.claims.transfer_replicates import (
    MIN_RANKED,
    QUANTITIES,
    SCORES,
    SIZE,
    DomainHalves,
    RankedDomain,
    too_few_of,
)
from substrate.analyses.shared.refusals import NO_CLASSES, NO_TWINS_ASKED, refusals_said
from substrate.analyses.shared.replicates import (
    Replicates,
    as_left_out,
    encoders_left_out,
    no_draws,
)
from substrate.analyses.shared.samples import recipes_of
from substrate.analyses.spec import Analysis, AnalysisError, Inputs, obtain
from substrate.analyses.transfer.probe import (
    PROBE,
    ProbeParams,
)
from substrate.analyses.transfer.scores import (
    AGAINST,
    ONE_MORE,
    TRANSFER,
    TransferParams,
    TransferResult,
)
from substrate.encoder_ref import twins_of
from substrate.numerics.nulls import MIN_ENCODERS
from substrate.runs import Run


@dataclass(frozen=True)
class TransferClaimsParams:
    """The encoders, the labelled domains, the seeds of the untrained twins."""

    encoders: tuple[str, ...]
    domains: tuple[str, ...]
    seeds: tuple[int, ...] = ()
    seed: int = 0


@refusals_said()
def compute_transfer_claims(run: Run, params: TransferClaimsParams) -> Replicates:
    """Average Kendall's tau of every score over domains.

    Encoders and the photographs of each domain are samples that vary on their own: their variances
    add up. A rank moves in steps, so photographs are left out by halves.
    """
    if not params.domains:
        raise AnalysisError(NO_CLASSES)
    results = [
        obtain(TRANSFER, run, TransferParams(params.encoders, d, _first(params), params.seed))
        for d in params.domains
    ]
    ranked = [_domain(run, params, result) for result in results]
    every = np.arange(len(params.encoders))

    def table(
        kept: Int[np.ndarray, " k"], draw: int = -1, domains: Sequence[RankedDomain] = ranked
    ) -> Float[np.ndarray, "s q"]:
        return np.array(
            [
                np.mean([domain.row(against, kept, draw) for domain in domains], axis=0)
                for against in range(len(AGAINST))
            ]
        )

    def from_halves(own: int) -> Float[np.ndarray, "h s q"]:
        halves = DomainHalves.of(
            run, params.encoders, params.domains[own], params.seeds, params.seed, ranked[own]
        )
        results = [
            table(every, domains=[*ranked[:own], halves.half(at), *ranked[own + 1 :]])
            for at in range(len(halves.scores))
        ]
        return as_left_out(np.array(results), table(every))

    taking = every[np.all([domain.there for domain in ranked], axis=0)]
    codes = np.array(recipes_of(run, params.encoders))
    recipes = [taking[codes[taking] == r].tolist() for r in dict.fromkeys(codes[taking].tolist())]
    reason = ""
    if len(recipes) < MIN_ENCODERS:
        reason = (
            f"{len(recipes)} encoders by recipe have all scores, and at least {MIN_ENCODERS} are "
            "needed."
        )
    reason = reason or next((few for d in params.domains if (few := too_few_of(run, d))), "")
    without = "; ".join(d.without for d in ranked if d.without)
    return Replicates(
        settings=AGAINST,
        quantities=QUANTITIES,
        whole=table(every),
        left_out=()
        if reason
        else (
            *encoders_left_out(table, [recipes], len(every)),
            *(from_halves(own) for own in range(len(ranked))),
        ),
        draws=np.array([table(every, i) for i in range(len(params.seeds))])
        if params.seeds
        else no_draws(),
        unit="encoders",
        group=run.nouns(params.domains).group,
        units=len(recipes),
        have={
            "encoders": len(set(codes.tolist())),
            "labelled": len(params.domains),
            "draws": len(params.seeds),
        },
        counted=f"{len(taking)} encoders; "
        + "; ".join(f"{run.domains[r.domain].title}: {r.counted}" for r in results)
        + (f"; left out: {without}" if without else ""),
        reason=reason,
        missing={
            "untrained": NO_TWINS_ASKED,
            **_no_size(ranked),
            "": _why(ranked),
        },
    )


def _first(params: TransferClaimsParams) -> int:
    return params.seeds[0] if params.seeds else -1


def _domain(run: Run, params: TransferClaimsParams, result: TransferResult) -> RankedDomain:
    rows = result.rows
    scores = np.array([[row.scores.get(k, np.nan) for k in SCORES[:3]] for row in rows])
    accuracy = np.array([[float(row.reached(a).value) for row in rows] for a in AGAINST])
    sized = bool(np.isfinite(scores[:, SIZE]).any())
    needed = SCORES[:3] if sized else SCORES[:SIZE]
    there = np.isfinite(scores[:, : len(needed)]).all(axis=1) & np.isfinite(accuracy).all(axis=0)
    untrained = np.array(
        [
            [
                obtain(PROBE, run, ProbeParams(e, result.domain, s, params.seed)).linear.value
                for e in params.encoders
            ]
            for s in params.seeds
        ]
    ).reshape(len(params.seeds), len(rows))
    title = run.domains[result.domain].title
    lacking = [
        f"{row.encoder} on {title} ({_lacks(row.missing, needed)})"
        for row, has in zip(rows, there, strict=True)
        if not has
    ]
    logme = np.array([row.seconds.get("logme", np.nan) for row in rows])
    consensus = np.array([row.seconds.get(ONE_MORE, np.nan) for row in rows])
    seconds = np.log(logme / consensus)
    return RankedDomain(scores, untrained, accuracy, seconds, there, "; ".join(lacking))


def _lacks(missing: dict[str, str], needed: Sequence[str]) -> str:
    reasons = (missing[key] for key in needed if key in missing)
    return next(reasons, "a score is undefined").rstrip(".")


def _no_size(ranked: Sequence[RankedDomain]) -> dict[str, str]:
    """Say so where the number of weights is known of no encoder."""
    if any(np.isfinite(domain.scores[:, SIZE]).any() for domain in ranked):
        return {}
    return {"size": "The number of weights of these encoders is not known."}


def _why(ranked: Sequence[RankedDomain]) -> str:
    """Say why a rank agreement has no value, as it is."""
    fewest = min(ranked, key=lambda domain: int(domain.there.sum()))
    if int(fewest.there.sum()) < MIN_RANKED:
        return f"Too few encoders have all scores: {fewest.without}."
    return "The scores or the accuracies of all encoders are equal."


def _inputs(_run: Run, params: TransferClaimsParams) -> Inputs:
    return params.encoders + twins_of(params.encoders, params.seeds), params.domains


CLAIMS_TRANSFER = Analysis(
    key="claims.transfer",
    version=8,
    params=TransferClaimsParams,
    result=Replicates,
    inputs=_inputs,
    compute=compute_transfer_claims,
    uses=(TRANSFER, PROBE),
)
