"""With few labels, do substrate scores serve a domain's own classes better than full features?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.claims.detector import balanced
from substrate.analyses.shared.labels import (
    Labelled,
    labelled,
)
from substrate.analyses.shared.refusals import NO_TWINS_ASKED, few_to_hold_out, refusals_said
from substrate.analyses.shared.replicates import (
    Replicates,
    each_left_out,
    no_draws,
    too_few_groups,
)
from substrate.analyses.shared.samples import features, require
from substrate.analyses.spec import Analysis, Inputs
from substrate.encoder_ref import twins_of
from substrate.numerics.transfer.consensus import principal_scores
from substrate.numerics.transfer.lowshot import (
    Decisions,
    low_shot_decisions,
)
from substrate.numerics.transfer.spec import TransferError
from substrate.numerics.transfer.support.folds import groups_per_class
from substrate.runs import Run

BLOCKS, COMPONENTS = 20, 16
SHOTS = (50, 200, 500)
KINDS = ("substrate", "full")
TAUGHT = tuple(
    f"{what}{twin} {shot}" for shot in SHOTS for twin in ("", " untrained") for what in KINDS
)


@dataclass(frozen=True)
class LowShotClaimsParams:
    """The panel, the seeds of its untrained twins, and the domains with labels."""

    encoders: tuple[str, ...]
    domains: tuple[str, ...]
    seeds: tuple[int, ...] = ()
    seed: int = 0


@refusals_said()
def compute_low_shot_claims(run: Run, params: LowShotClaimsParams) -> Replicates:
    """Compare the panel's scores with one encoder's features, domain by domain.

    The encoder is the one that cross-validation among a draw's labels does best with. The classes
    are each domain's own; values are means over the domains that have labels enough.
    """
    require(params.domains, 1, "domains with labels")
    samples = {d: labelled(run, d, most=None) for d in params.domains}
    by_domain = {d: _decisions(run, params, d, samples[d]) for d in params.domains}
    whole = {d: _values(by_domain[d]) for d in params.domains}
    able = [d for d in params.domains if by_domain[d] is not None]

    def without(own: int, rows: Int[np.ndarray, " k"]) -> Float[np.ndarray, "s q"]:
        return _over({**whole, able[own]: _values(by_domain[able[own]], rows)})

    fewest = {d: min(groups_per_class(samples[d].labels, samples[d].groups).values()) for d in able}
    nouns = run.nouns(params.domains)
    few = (too_few_groups(fewest[d], f"A class of {d}", samples[d].nouns.group) for d in able)
    reason = next(filter(None, few), "")
    within = [d for d in able if samples[d].within]
    if within and not reason:
        reason = few_to_hold_out(within[0], samples[within[0]].nouns.groups)
    groups = [decisions.groups for d in able if (decisions := by_domain[d]) is not None]
    return Replicates(
        settings=(f"K = {COMPONENTS}, z-score",),
        quantities=TAUGHT,
        whole=_over(whole),
        left_out=() if reason or not able else each_left_out(without, groups, blocks=BLOCKS),
        draws=np.array(
            [
                _over({d: _values(by_domain[d], None, s) for d in params.domains})
                for s in params.seeds
            ]
        )
        if params.seeds
        else no_draws(),
        unit=nouns.groups,
        group=nouns.group,
        units=min(fewest.values(), default=0),
        have={
            "labelled": len(params.domains),
            "encoders": len(params.encoders),
            "draws": len(params.seeds),
        },
        counted="; ".join(
            f"{run.domains[d].title}: {samples[d].counted}, {len(samples[d].classes)} classes"
            for d in params.domains
        ),
        reason=reason,
        missing=_missing(samples),
    )


def _decisions(
    run: Run, params: LowShotClaimsParams, domain: str, samples: Labelled
) -> Decisions | None:
    """Decide every sample with few labels, or None where no class has labels enough."""

    def panel(twin: int | None) -> list[np.ndarray]:
        return [x[samples.rows] for x in features(run, params.encoders, domain, untrained=twin)]

    spaces, best_of = {}, {}
    for twin, mark in ((None, ""), *((s, f" untrained {s}") for s in params.seeds)):
        full = panel(twin)
        spaces[f"substrate{mark}"] = principal_scores(
            full, COMPONENTS, samples.groups, exactly=False
        )
        named = {f"full{mark}/{e}": x for e, x in zip(params.encoders, full, strict=True)}
        spaces |= named
        best_of[f"full{mark}"] = tuple(named)
    if _most(samples) < min(SHOTS):
        return None
    try:
        return low_shot_decisions(
            spaces,
            samples.labels,
            samples.groups,
            seed=params.seed,
            shots=SHOTS,
            best_of=best_of,
        )
    except TransferError:  # a fold leaves a class with fewer labels than the smallest number
        return None


def _most(samples: Labelled) -> int:
    """Return how many labels of every class may be learnt from: about half of the rarest one."""
    return int(np.unique(samples.labels, return_counts=True)[1].min()) // 2


def _values(
    decisions: Decisions | None, rows: Int[np.ndarray, " k"] | None = None, draw: int | None = None
) -> dict[str, float]:
    """Return balanced accuracies by kind and number of labels; draws are averaged."""
    if decisions is None:
        return {}
    kept = np.arange(len(decisions.codes)) if rows is None else rows
    out: dict[str, list[float]] = {}
    for space, rights in decisions.rights.items():
        kind, *of = space.split(" ")
        if "/" in space or (of and draw is not None and int(of[1]) != draw):
            continue  # an encoder of its own, or another draw
        for shot, right in zip(decisions.shots, rights, strict=True):
            key = f"{kind}{' untrained' if of else ''} {shot}"
            out.setdefault(key, []).append(balanced(right[kept], decisions.codes[kept]))
    return {key: float(np.mean(values)) for key, values in out.items()}


def _over(curves: Mapping[str, Mapping[str, float]]) -> Float[np.ndarray, "1 q"]:
    """Average over the domains that have labels enough."""
    columns = [[v[q] for v in curves.values() if q in v] for q in TAUGHT]
    return np.array([[float(np.mean(c)) if c else np.nan for c in columns]])


def _missing(samples: Mapping[str, Labelled]) -> dict[str, str]:
    most = max(_most(k) for k in samples.values())
    reasons = {
        f" {shot}": f"{shot} labels of each class are needed to learn from; the labelled domains "
        f"of this study give at most about {most}."
        for shot in reversed(SHOTS)  # 50 is part of the word 500
    }
    return reasons | {"untrained": NO_TWINS_ASKED}


def _inputs(_run: Run, params: LowShotClaimsParams) -> Inputs:
    return params.encoders + twins_of(params.encoders, params.seeds), params.domains


CLAIMS_LOW_SHOT = Analysis(
    key="claims.low_shot",
    version=6,
    params=LowShotClaimsParams,
    result=Replicates,
    inputs=_inputs,
    compute=compute_low_shot_claims,
)
