"""Are discriminative encoders more alike than reconstructive ones?

Without each encoder in turn, and without each block of photographs: both samples vary.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from substrate.analyses.claims.pair_replicates import (
    CLIPPED,
    SCALES,
    PairReplicates,
    Similarities,
)
from substrate.analyses.encoders.pairs import (
    DISCRIMINATIVE,
    ENCODER_PAIRS,
    NEIGHBOURS,
    RECONSTRUCTIVE,
    EncoderPairs,
    EncoderPairsParams,
    mean_of_pairs,
)
from substrate.analyses.shared.refusals import NO_TWINS_ASKED
from substrate.analyses.shared.replicates import (
    Replicates,
    encoders_left_out,
    no_draws,
    too_few_groups,
)
from substrate.analyses.shared.samples import recipes_of, require
from substrate.analyses.spec import Analysis, Inputs, obtain
from substrate.encoder_ref import twins_of
from substrate.numerics.nulls import (
    MIN_ENCODERS,
    MIN_GROUPS,
)
from substrate.runs import Run

SIMILARITIES = ("cka", *(f"knn{k}" for k in NEIGHBOURS))
#: Families that are left out: the papers' word for each, and the name that runs know it by.
FAMILIES = {"ResNet": "resnet", "ConvNeXt": "convnext", "ViT": "vit"}
KINDS = ("discriminative", "reconstructive")
WHERE = (*SIMILARITIES, CLIPPED, "other domains", *(f"no {family}" for family in FAMILIES))
QUANTITIES = tuple(
    f"{kind} {where}{twin}" for where in WHERE for kind in KINDS for twin in ("", " untrained")
)


@dataclass(frozen=True)
class PairClaimsParams:
    """The encoders, the seeds of their untrained twins, and the domains.

    The first domain is the one that the claims are about; the others are further settings.
    """

    encoders: tuple[str, ...]
    domains: tuple[str, ...]
    seeds: tuple[int, ...] = ()
    permutations: int = 200
    seed: int = 0

    def of_draws(self, domain: str) -> list[EncoderPairsParams]:
        """Return what the pairs of a domain come from: one of them for each draw of twins."""
        return [
            EncoderPairsParams(self.encoders, domain, seed, self.permutations, self.seed)
            for seed in self.seeds or (-1,)
        ]


@dataclass(frozen=True, eq=False)
class _Panel:
    """Which encoders are of which kind, and of which family."""

    kinds: tuple[Bool[np.ndarray, " e"], Bool[np.ndarray, " e"]]
    families: dict[str, Bool[np.ndarray, " e"]]

    def enough_without(self, family: str) -> bool:
        """Say whether a family is there and eight encoders of either kind are left without it."""
        gone = self.families[family]
        left = (self.kinds[0] | self.kinds[1]) & ~gone
        return bool(gone.any()) and int(left.sum()) >= MIN_ENCODERS

    def means(
        self, values: dict[str, np.ndarray], key: str, kept: Int[np.ndarray, " k"], gone: str = ""
    ) -> list[float]:
        """Return the mean over pairs of each kind, of the kept encoders."""
        if key not in values:
            return [float("nan")] * len(self.kinds)
        if gone:
            kept = kept[~self.families[gone][kept]]
        inner = values[key][np.ix_(kept, kept)]
        return [mean_of_pairs(inner, kind[kept], kind[kept]) for kind in self.kinds]


def compute_pair_claims(run: Run, params: PairClaimsParams) -> Replicates:
    """Average calibrated similarities over kinds of pairs.

    Each kind of encoder and the photographs of each domain are samples that vary on their own:
    their variances add up. What encoders and photographs do together is in both, which errs to the
    wide side.
    """
    require(params.encoders, 2, "encoders")
    require(params.domains, 1, "domains")
    paradigms = [run.encoders[e].paradigm for e in params.encoders]
    families = np.array([run.family(e) for e in params.encoders])
    panel = _Panel(
        (np.isin(paradigms, DISCRIMINATIVE), np.isin(paradigms, RECONSTRUCTIVE)),
        {word: families == name for word, name in FAMILIES.items()},
    )
    pairs = [[obtain(ENCODER_PAIRS, run, p) for p in params.of_draws(d)] for d in params.domains]
    count = len(params.encoders)
    by_scale = {s: [Similarities.of(p, count, s) for p in pairs] for s in SCALES}

    def table(
        kept: Int[np.ndarray, " k"],
        draw: int = -1,
        similarities: Mapping[str, Sequence[Similarities]] = by_scale,
    ) -> Float[np.ndarray, "s q"]:
        rows = [(own, scale) for own in range(len(pairs)) for scale in SCALES]
        return np.array([_row(panel, similarities[scale], own, kept, draw) for own, scale in rows])

    def without_photographs(own: int) -> Float[np.ndarray, "b s q"]:
        replicated = PairReplicates.of(
            run, params.encoders, params.domains[own], params.seeds, params.seed, pairs[own]
        )
        return np.array(
            [
                table(
                    every,
                    similarities={
                        s: [
                            *by_scale[s][:own],
                            replicated.without(block, s),
                            *by_scale[s][own + 1 :],
                        ]
                        for s in SCALES
                    },
                )
                for block in range(len(replicated.factors))
            ]
        )

    every = np.arange(count)
    recipes = np.array(recipes_of(run, params.encoders))
    members = [
        [np.flatnonzero(kind & (recipes == r)).tolist() for r in dict.fromkeys(recipes[kind])]
        for kind in panel.kinds
    ]
    units = sum(map(len, members))
    reason = _reason(units) or _few(run, params)
    size, nouns = pairs[0][0].size, run.nouns(params.domains)
    return Replicates(
        settings=tuple(s for _ in params.domains for s in SCALES),
        places=tuple(run.domains[d].title for d in params.domains for _ in SCALES),
        quantities=QUANTITIES,
        whole=table(every),
        left_out=()
        if reason
        else (
            *encoders_left_out(table, members, count),
            *(without_photographs(own) for own in range(len(pairs))),
        ),
        draws=np.array([table(every, i) for i in range(len(params.seeds))])
        if params.seeds
        else no_draws(),
        unit="encoders",
        group=nouns.group,
        units=units,
        have={
            "encoders": units,
            KINDS[0]: len(members[0]),
            KINDS[1]: len(members[1]),
            "domains": sum(run.domains[d].photographs >= MIN_GROUPS for d in params.domains),
            "draws": len(params.seeds),
        },
        counted=f"{len(members[0])} discriminative and {len(members[1])} reconstructive encoders; "
        f"{size.title}: {size.caption}",
        reason=reason,
        missing=_missing(params, panel, pairs[0][0], nouns.groups),
    )


def _row(
    panel: _Panel,
    similarities: Sequence[Similarities],
    own: int,
    kept: Int[np.ndarray, " k"],
    draw: int,
) -> list[float]:
    row: dict[str, float] = {}
    for twin in ("", " untrained"):
        values = [one.untrained(draw) if twin else one.trained for one in similarities]
        by_where = {key: panel.means(values[own], key, kept) for key in (*SIMILARITIES, CLIPPED)}
        elsewhere = [panel.means(v, "cka", kept) for i, v in enumerate(values) if i != own]
        if elsewhere:
            by_where["other domains"] = np.mean(elsewhere, axis=0).tolist()
        for family in FAMILIES:
            if panel.enough_without(family):
                by_where[f"no {family}"] = panel.means(values[own], "cka", kept, family)
        for where, means in by_where.items():
            for kind, mean in zip(KINDS, means, strict=True):
                row[f"{kind} {where}{twin}"] = mean
    return [row.get(q, float("nan")) for q in QUANTITIES]


def _reason(units: int) -> str:
    if units >= MIN_ENCODERS:
        return ""
    return (
        f"{units} discriminative and reconstructive encoders, and at least {MIN_ENCODERS} are "
        "needed."
    )


def _few(run: Run, params: PairClaimsParams) -> str:
    records = [run.domains[d] for d in params.domains]
    fewest = min(records, key=lambda record: record.photographs)
    return too_few_groups(fewest.photographs, fewest.title, fewest.nouns.group)


def _missing(
    params: PairClaimsParams, panel: _Panel, first: EncoderPairs, groups: str
) -> dict[str, str]:
    reasons = {}
    if len(params.domains) < 2:
        reasons["other domains"] = f"It needs another domain of ten {groups} or more."
    for name, kind, what in zip(KINDS, panel.kinds, (DISCRIMINATIVE, RECONSTRUCTIVE), strict=True):
        have = int(kind.sum())
        if have < 3:
            reasons[name] = (
                f"It needs three encoders of the kinds {', '.join(what)}; this study has "
                f"{have or 'none'}."
            )
    if not params.seeds:
        reasons["untrained"] = NO_TWINS_ASKED
    for family in FAMILIES:
        if not panel.families[family].any():
            reasons[f"no {family}"] = f"This study has no encoder of that family ({family})."
        elif not panel.enough_without(family):
            reasons[f"no {family}"] = (
                f"Fewer than {MIN_ENCODERS} discriminative and reconstructive encoders are left "
                f"without {family}."
            )
    for k in NEIGHBOURS:
        if f"knn{k}" not in first.similarities:
            reasons[f"knn{k}"] = (
                f"Some samples have fewer than {k} neighbours in other {groups}; take more samples."
            )
    return reasons


def _inputs(_run: Run, params: PairClaimsParams) -> Inputs:
    return params.encoders + twins_of(params.encoders, params.seeds), params.domains


CLAIMS_PAIRS = Analysis(
    key="claims.pairs",
    version=6,
    params=PairClaimsParams,
    result=Replicates,
    inputs=_inputs,
    compute=compute_pair_claims,
    uses=(ENCODER_PAIRS,),
)
