"""Are discriminative encoders more alike than reconstructive ones? Without each encoder in turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from substrate.analyses.encoder_pairs import (
    DISCRIMINATIVE,
    ENCODER_PAIRS,
    NEIGHBOURS,
    RECONSTRUCTIVE,
    EncoderPairs,
    EncoderPairsParams,
    mean_of_pairs,
)
from substrate.analyses.replicates import Replicates, encoders_left_out
from substrate.analyses.spec import Analysis, obtain
from substrate.analyses.subspace_inputs import recipes_of, require, twins
from substrate.nulls import MIN_ENCODERS
from substrate.runs import Run

SIMILARITIES = ("cka", *(f"knn{k}" for k in NEIGHBOURS))
#: Families that are left out: the papers' word for each, and the name that runs know it by.
FAMILIES = {"ResNet": "resnet", "ConvNeXt": "convnext", "ViT": "vit"}
KINDS = ("discriminative", "reconstructive")
SCALES = ("calibrated", "raw")
WHERE = (*SIMILARITIES, "other domains", *(f"no {family}" for family in FAMILIES))
QUANTITIES = tuple(
    f"{kind} {where}{twin}" for where in WHERE for kind in KINDS for twin in ("", " untrained")
)


@dataclass(frozen=True)
class PairClaimsParams:
    """The encoders, one seed of their untrained twins (none if negative), and the domains.

    The first domain is the one that the claims are about; the others are further settings.
    """

    encoders: tuple[str, ...]
    domains: tuple[str, ...]
    untrained: int = -1
    permutations: int = 200
    seed: int = 0


@dataclass(frozen=True, eq=False)
class _Similarities:
    """One domain's similarities on one scale, of trained encoders and of their twins."""

    trained: dict[str, Float[np.ndarray, "e e"]]
    untrained: dict[str, Float[np.ndarray, "e e"]]

    @classmethod
    def of(cls, found: EncoderPairs, count: int, scale: str) -> _Similarities:
        values = found.similarities if scale == SCALES[0] else found.raw
        twin = {k: v[count:, count:] for k, v in values.items() if len(v) > count}
        return cls({k: v[:count, :count] for k, v in values.items()}, twin)


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
    """Average calibrated similarities over kinds of pairs, with encoders left out."""
    require(params.encoders, 2, "encoders")
    require(params.domains, 1, "domains")
    paradigms = [run.encoders[e].paradigm for e in params.encoders]
    families = np.array([run.family(e) for e in params.encoders])
    panel = _Panel(
        (np.isin(paradigms, DISCRIMINATIVE), np.isin(paradigms, RECONSTRUCTIVE)),
        {word: families == name for word, name in FAMILIES.items()},
    )
    pairs = [
        obtain(ENCODER_PAIRS, run, EncoderPairsParams(
            params.encoders, domain, params.untrained, params.permutations, params.seed
        ))
        for domain in params.domains
    ]  # fmt: skip
    count = len(params.encoders)
    each = {s: [_Similarities.of(p, count, s) for p in pairs] for s in SCALES}

    def table(kept: Int[np.ndarray, " k"]) -> Float[np.ndarray, "s q"]:
        return np.array([
            _row(panel, each[scale], own, kept)
            for own in range(len(pairs))
            for scale in SCALES
        ])  # fmt: skip

    recipes = np.array(recipes_of(run, params.encoders))
    members = [
        [np.flatnonzero(kind & (recipes == r)).tolist() for r in dict.fromkeys(recipes[kind])]
        for kind in panel.kinds
    ]
    units = sum(map(len, members))
    reason = _reason(units)
    return Replicates(
        settings=tuple(f"{d}, {s}" for d in params.domains for s in SCALES),
        quantities=QUANTITIES,
        whole=table(np.arange(count)),
        left_out=() if reason else encoders_left_out(table, members, count),
        unit="encoders",
        units=units,
        counted=f"{len(members[0])} discriminative and {len(members[1])} reconstructive encoders; "
        f"{pairs[0].size.title}: {pairs[0].size.caption}",
        reason=reason,
        missing=_missing(params, panel, pairs[0]),
    )  # fmt: skip


def _row(
    panel: _Panel, each: Sequence[_Similarities], own: int, kept: Int[np.ndarray, " k"]
) -> list[float]:
    found: dict[str, float] = {}
    for twin in ("", " untrained"):
        values = [one.untrained if twin else one.trained for one in each]
        by_where = {key: panel.means(values[own], key, kept) for key in SIMILARITIES}
        elsewhere = [panel.means(v, "cka", kept) for i, v in enumerate(values) if i != own]
        if elsewhere:
            by_where["other domains"] = np.mean(elsewhere, axis=0).tolist()
        for family in FAMILIES:
            if panel.enough_without(family):
                by_where[f"no {family}"] = panel.means(values[own], "cka", kept, family)
        for where, means in by_where.items():
            for kind, mean in zip(KINDS, means, strict=True):
                found[f"{kind} {where}{twin}"] = mean
    return [found.get(q, float("nan")) for q in QUANTITIES]


def _reason(units: int) -> str:
    if units >= MIN_ENCODERS:
        return ""
    return (
        f"{units} discriminative and reconstructive encoders, and at least {MIN_ENCODERS} are "
        "needed."
    )


def _missing(params: PairClaimsParams, panel: _Panel, first: EncoderPairs) -> dict[str, str]:
    reasons = {}
    if len(params.domains) < 2:
        reasons["other domains"] = "It needs another domain of ten photographs or more."
    for name, kind, what in zip(KINDS, panel.kinds, (DISCRIMINATIVE, RECONSTRUCTIVE), strict=True):
        have = int(kind.sum())
        if have < 3:
            reasons[name] = (
                f"It needs three encoders of the kinds {', '.join(what)}; this study has "
                f"{have or 'none'}."
            )
    if params.untrained < 0:
        reasons["untrained"] = "This study has no untrained twins; set untrained to 1 or more."
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
                f"Some samples have fewer than {k} neighbours in other photographs; take more "
                "samples."
            )
    return reasons


def _inputs(_run: Run, params: PairClaimsParams) -> tuple[tuple[str, ...], tuple[str, ...]]:
    extra = twins(params.encoders, (params.untrained,)) if params.untrained >= 0 else ()
    return params.encoders + extra, params.domains


CLAIMS_PAIRS = Analysis(
    key="claims_pairs",
    version=2,
    params=PairClaimsParams,
    result=Replicates,
    inputs=_inputs,
    compute=compute_pair_claims,
    uses=(ENCODER_PAIRS,),
)
