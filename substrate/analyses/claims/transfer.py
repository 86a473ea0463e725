"""Do transfer scores order encoders as probes do? Rank agreements without each encoder in turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from jaxtyping import Bool, Float, Int

from substrate.analyses.shared.refusals import refusals_said
from substrate.analyses.shared.replicates import (
    Replicates,
    encoders_left_out,
    no_draws,
)
from substrate.analyses.shared.samples import (
    recipes_of,
    twins,
)
from substrate.analyses.spec import Analysis, AnalysisError, obtain
from substrate.analyses.transfer.labels import (
    labelled,
)
from substrate.analyses.transfer.probe import (
    PROBE,
    ProbeParams,
    features,
)
from substrate.analyses.transfer.scores import (
    AGAINST,
    TRANSFER,
    TransferParams,
    TransferResult,
)
from substrate.numerics.nulls import MIN_ENCODERS
from substrate.numerics.transfer.battery import timed
from substrate.numerics.transfer.consensus import (
    COMPONENTS,
    principal_scores,
    score_against,
)
from substrate.numerics.transfer.ranking import (
    hybrid_ranking,
    kendall,
)
from substrate.runs import Run

SCORES = ("consensus", "logme", "size", "untrained")
SIZE, HYBRID = SCORES.index("size"), "hybrid"
QUANTITIES = (*SCORES, HYBRID, "seconds")
KEEP = 0.25
#: Encoders below which a rank correlation has no meaning.
MIN_RANKED = 3
#: Times that a score is taken; the quickest counts.
TIMES = 3


@dataclass(frozen=True)
class TransferClaimsParams:
    """The encoders, the labelled domains, the seeds of the untrained twins."""

    encoders: tuple[str, ...]
    domains: tuple[str, ...]
    seeds: tuple[int, ...] = ()
    seed: int = 0


@dataclass(frozen=True, eq=False)
class _Domain:
    """One domain: every encoder's scores, accuracies by probe, and logarithm of the seconds.

    ``there`` marks the encoders that have all scores but the twins'; the others take no part. The
    size counts only where it is known of any: features read from files have none.
    """

    scores: Float[np.ndarray, "e 3"]
    untrained: Float[np.ndarray, "m e"]
    accuracy: Float[np.ndarray, "2 e"]
    seconds: Float[np.ndarray, " e"]
    there: Bool[np.ndarray, " e"]
    without: str

    def row(self, against: int, kept: Int[np.ndarray, " k"], draw: int) -> list[float]:
        """Return the rank agreement of every score and of the hybrid, and the mean of seconds."""
        kept = kept[self.there[kept]]
        if len(kept) < MIN_RANKED:
            return [float("nan")] * len(QUANTITIES)
        accuracy, scores = self.accuracy[against][kept], self.scores[kept].T
        taus = [_tau(one, accuracy) for one in scores]
        drawn = self.untrained if draw < 0 else self.untrained[draw : draw + 1]
        twin = [_tau(one[kept], accuracy) for one in drawn]
        consensus, logme, _ = scores
        ranked, _ = hybrid_ranking(consensus, lambda i: float(logme[i]), keep=KEEP)
        untrained = float(np.mean(twin)) if twin else float("nan")
        return [*taus, untrained, _tau(ranked, accuracy), float(self.seconds[kept].mean())]


@refusals_said()
def compute_transfer_claims(run: Run, params: TransferClaimsParams) -> Replicates:
    """Average Kendall's tau of every score over domains, with encoders left out."""
    if not params.domains:
        raise AnalysisError("No domain of this study has labels of two classes to learn.")
    found = [
        obtain(TRANSFER, run, TransferParams(params.encoders, d, _first(params), params.seed))
        for d in params.domains
    ]
    known = [_domain(run, params, result) for result in found]
    every = np.arange(len(params.encoders))

    def table(kept: Int[np.ndarray, " k"], draw: int = -1) -> Float[np.ndarray, "s q"]:
        return np.array([
            np.mean([domain.row(against, kept, draw) for domain in known], axis=0)
            for against in range(len(AGAINST))
        ])  # fmt: skip

    taking = every[np.all([domain.there for domain in known], axis=0)]
    codes = np.array(recipes_of(run, params.encoders))
    recipes = [taking[codes[taking] == r].tolist() for r in dict.fromkeys(codes[taking].tolist())]
    reason = ""
    if len(recipes) < MIN_ENCODERS:
        reason = (
            f"{len(recipes)} encoders by recipe have all scores, and at least {MIN_ENCODERS} are "
            "needed."
        )
    without = "; ".join(d.without for d in known if d.without)
    return Replicates(
        settings=AGAINST,
        quantities=QUANTITIES,
        whole=table(every),
        left_out=() if reason else encoders_left_out(table, [recipes], len(every)),
        draws=np.array([table(every, i) for i in range(len(params.seeds))])
        if params.seeds else no_draws(),
        unit="encoders",
        units=len(recipes),
        have={
            "encoders": len(set(codes.tolist())), "labelled": len(params.domains),
            "draws": len(params.seeds),
        },
        counted=f"{len(taking)} encoders; "
        + "; ".join(f"{run.domains[r.domain].title}: {r.counted}" for r in found)
        + (f"; left out: {without}" if without else ""),
        reason=reason,
        missing={
            "untrained": "This study has no untrained twins; set untrained to 5 or more.",
            **_no_size(known),
            "": _why(known),
        },
    )  # fmt: skip


def _first(params: TransferClaimsParams) -> int:
    return params.seeds[0] if params.seeds else -1


def _domain(run: Run, params: TransferClaimsParams, result: TransferResult) -> _Domain:
    rows = result.rows
    scores = np.array([[row.scores.get(k, np.nan) for k in SCORES[:3]] for row in rows])
    accuracy = np.array([[float(row.reached(a).value) for row in rows] for a in AGAINST])
    sized = bool(np.isfinite(scores[:, SIZE]).any())
    needed = SCORES[:3] if sized else SCORES[:SIZE]
    there = np.isfinite(scores[:, : len(needed)]).all(axis=1) & np.isfinite(accuracy).all(axis=0)
    untrained = np.array([
        [obtain(PROBE, run, ProbeParams(e, result.domain, s, params.seed)).linear.value
         for e in params.encoders]
        for s in params.seeds
    ]).reshape(len(params.seeds), len(rows))  # fmt: skip
    title = run.domains[result.domain].title
    lacking = [
        f"{row.encoder} on {title} ({_lacks(row.missing, needed)})"
        for row, has in zip(rows, there, strict=True) if not has
    ]  # fmt: skip
    logme = np.array([row.seconds.get("logme", np.nan) for row in rows])
    seconds = np.log(logme / _consensus_seconds(run, params, result.domain))
    return _Domain(scores, untrained, accuracy, seconds, there, "; ".join(lacking))


def _lacks(missing: dict[str, str], needed: Sequence[str]) -> str:
    reasons = (missing[key] for key in needed if key in missing)
    return next(reasons, "a score is undefined").rstrip(".")


def _consensus_seconds(
    run: Run, params: TransferClaimsParams, domain: str
) -> Float[np.ndarray, " e"]:
    """Time what one encoder costs once the panel's scores are there, the quickest of a few."""
    rows = labelled(run, domain).rows
    groups = labelled(run, domain).groups
    blocks = [features(run, e, domain)[rows] for e in params.encoders]
    out = []
    for own, x in enumerate(blocks):
        others = [y for i, y in enumerate(blocks) if i != own]
        panel = principal_scores(others, COMPONENTS, groups, exactly=True)
        out.append(min(timed(partial(score_against, panel, x, groups))[1] for _ in range(TIMES)))
    return np.array(out)


def _no_size(known: Sequence[_Domain]) -> dict[str, str]:
    """Say so where the number of weights is known of no encoder."""
    if any(np.isfinite(domain.scores[:, SIZE]).any() for domain in known):
        return {}
    return {"size": "The number of weights of these encoders is not known."}


def _why(known: Sequence[_Domain]) -> str:
    """Say why a rank agreement has no value, as it is."""
    fewest = min(known, key=lambda domain: int(domain.there.sum()))
    if int(fewest.there.sum()) < MIN_RANKED:
        return f"Too few encoders have all scores: {fewest.without}."
    return "The scores or the accuracies of all encoders are equal."


def _tau(scores: Float[np.ndarray, " e"], accuracy: Float[np.ndarray, " e"]) -> float:
    both = np.array([scores, accuracy])
    if not np.isfinite(both).all() or (np.ptp(both, axis=1) == 0).any():
        return float("nan")
    return kendall(scores, accuracy)


def _inputs(_run: Run, params: TransferClaimsParams) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return params.encoders + twins(params.encoders, params.seeds), params.domains


CLAIMS_TRANSFER = Analysis(
    key="claims_transfer",
    version=5,
    params=TransferClaimsParams,
    result=Replicates,
    inputs=_inputs,
    compute=compute_transfer_claims,
    uses=(TRANSFER, PROBE),
)
