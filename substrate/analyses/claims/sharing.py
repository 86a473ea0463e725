"""Do encoders share directions? What the Subspace page measures, as quantities of claims."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from substrate.analyses.shared.refusals import NO_TWINS_ASKED
from substrate.analyses.shared.replicates import (
    Replicates,
    too_few_groups,
)
from substrate.analyses.shared.samples import explained, require, sizes
from substrate.analyses.sharedness.copies import COPIES, CopiesParams, copies_sentence
from substrate.analyses.sharedness.leave_encoder_out import SHAREDNESS
from substrate.analyses.sharedness.untrained import (
    UNTRAINED_SHAREDNESS,
    UntrainedSharednessParams,
)
from substrate.analyses.spec import Analysis, AnalysisError, Inputs, obtain
from substrate.encoder_ref import twins_of
from substrate.numerics.panel_splits import Profile
from substrate.runs import Run

KINDS = ("trained", "untrained", "shuffled")


@dataclass(frozen=True)
class SharingClaimsParams:
    """The panel, its untrained twins, and the domains, each of which is looked at alone."""

    encoders: tuple[str, ...]
    domains: tuple[str, ...]
    seeds: tuple[int, ...]
    whitening: str = "z-score"
    seed: int = 0
    components: int = 16


@explained
def compute_sharing_claims(run: Run, params: SharingClaimsParams) -> Replicates:
    """Hold the panel's shared structure, as the Subspace page has it, against its controls.

    The mean over encoders and directions of the leave-encoder-out correlation, weighted by the
    variance along each direction and averaged over several splits; both halves lose photographs.
    """
    require(params.encoders, 2, "encoders")
    copies = obtain(COPIES, run, CopiesParams(params.encoders, params.domains, params.seed))
    if copies.pairs:
        titles = {name: run.encoders[name].title for name in params.encoders}
        raise AnalysisError(copies_sentence(copies, titles))
    by_domain = [_replicated(run, params, domain) for domain in params.domains]
    fewest = min(replicated.photographs for replicated in by_domain)
    nouns = run.nouns(params.domains)
    reason = too_few_groups(fewest, "One of the domains", nouns.group)
    whole = np.array([replicated.values[0] for replicated in by_domain])
    draws = np.repeat(whole[None], len(params.seeds), axis=0)
    for own, replicated in enumerate(by_domain):
        draws[:, own, KINDS.index("untrained")] = replicated.draws
    return Replicates(
        settings=(f"K = {params.components}, {params.whitening}",) * len(by_domain),
        places=tuple(run.domains[d].title for d in params.domains),
        deciding=tuple(range(len(by_domain))),
        quantities=KINDS,
        whole=whole,
        left_out=()
        if reason
        else tuple(_stratum(whole, own, f) for own, f in enumerate(by_domain)),
        draws=draws,
        unit=nouns.groups,
        group=nouns.group,
        units=fewest,
        have={
            "domains": len(by_domain) if not reason else 0,
            "encoders": len(params.encoders),
            "draws": len(params.seeds),
        },
        counted="; ".join(
            f"{run.domains[d].title}: {sizes(run, d).caption}" for d in params.domains
        ),
        reason=reason,
        missing=_missing(params, by_domain),
    )


@dataclass(frozen=True, eq=False)
class _Replicated:
    """One domain: the quantities of the whole sample and without each block, and each draw's."""

    values: Float[np.ndarray, "b q"]
    draws: Float[np.ndarray, " m"]
    photographs: int
    no_chance: str


def _replicated(run: Run, params: SharingClaimsParams, domain: str) -> _Replicated:
    """Read what the Subspace page shows; the shuffled encoders count with their mean.

    They are missing where fewer than ten photographs are held out: these are not shuffled whole.
    """
    asked = UntrainedSharednessParams(
        params.encoders, domain, params.seeds, params.whitening, params.components, params.seed
    )
    panel = obtain(SHAREDNESS, run, asked.trained())
    trained = Profile(panel.split_correlations, panel.split_shares).weighted()
    twins_of = np.full((0, len(trained)), np.nan)
    if params.seeds:
        twins_of = obtain(UNTRAINED_SHAREDNESS, run, asked).replicates
    untrained = twins_of.mean(axis=0) if params.seeds else np.full(len(trained), np.nan)
    by_chance = np.nan if panel.no_chance else float(panel.shuffled_summaries.mean())
    shuffled = np.full(len(trained), by_chance)
    return _Replicated(
        np.column_stack([trained, untrained, shuffled]),
        twins_of[:, 0],
        run.domains[domain].photographs,
        panel.no_chance,
    )


def _stratum(
    whole: Float[np.ndarray, "d q"], own: int, replicated: _Replicated
) -> Float[np.ndarray, "b d q"]:
    """Return every domain's quantities while one of them loses photographs."""
    out = np.repeat(whole[None], len(replicated.values) - 1, axis=0)
    out[:, own] = replicated.values[1:]
    return out


def _missing(params: SharingClaimsParams, by_domain: list[_Replicated]) -> dict[str, str]:
    missing = {}
    if not params.seeds:
        missing["untrained"] = NO_TWINS_ASKED
    reason = next((domain.no_chance for domain in by_domain if domain.no_chance), "")
    return {**missing, "shuffled": reason} if reason else missing


def _inputs(_run: Run, params: SharingClaimsParams) -> Inputs:
    return params.encoders + twins_of(params.encoders, params.seeds), params.domains


CLAIMS_SHARING = Analysis(
    key="claims.sharing",
    version=8,
    params=SharingClaimsParams,
    result=Replicates,
    inputs=_inputs,
    compute=compute_sharing_claims,
    uses=(COPIES, SHAREDNESS, UNTRAINED_SHAREDNESS),
)
