"""Does it hang on one encoder, or on one family? Everything again without each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Int

from substrate.analyses.shared.halves import Splits
from substrate.analyses.shared.samples import (
    bases,
    explained,
    features,
    pairs,
    recipes_of,
    require,
    side_by_side,
)
from substrate.analyses.spec import Analysis
from substrate.analyses.subspace.intervals import (
    jackknifed,
    medians_of,
    why_not,
)
from substrate.numerics.estimates import Estimate
from substrate.numerics.nulls import encoder_jackknife
from substrate.numerics.panel import procrustes_cka_all
from substrate.numerics.scales import CORRELATION
from substrate.runs import Run
from substrate.wording import family_title

#: Blocks of photographs left out for each interval: every row of the chart needs its own.
BLOCKS = 10


@dataclass(frozen=True)
class LeaveOutParams:
    """The panel, the domains, the domain of what encoders share, K and the seed of its split."""

    encoders: tuple[str, ...]
    domains: tuple[str, ...]
    domain: str
    whitening: str = "z-score"
    components: int = 16
    seed: int = 0


@dataclass(frozen=True)
class LeftOut:
    """The panel without some encoders: medians between domains, and what the others share."""

    label: str
    kind: str
    encoders: tuple[str, ...]
    biased: Estimate
    debiased: Estimate
    shared: Estimate

    @property
    def gone(self) -> str:
        """Say what is left out: "encoder ViT" or "family ResNet"; "" for the whole panel."""
        if not self.encoders:
            return ""
        label = self.label.removeprefix("no ")
        return f"{self.kind} {family_title(label) if self.kind == 'family' else label}"

    @property
    def name(self) -> str:
        """Name the row: "whole panel", "without encoder ViT", "without family ResNet"."""
        return f"without {self.gone}" if self.encoders else self.label


@dataclass(frozen=True, eq=False)
class LeaveOut:
    """The whole panel first, then without each encoder (its copies with it), then without families.

    ``over_encoders`` is the jackknife over recipes of the biased median: how much a panel of other
    encoders of this kind might differ.
    """

    domain: str
    k: int
    rows: tuple[LeftOut, ...]
    over_encoders: Estimate


@explained
def compute_leave_out(run: Run, params: LeaveOutParams) -> LeaveOut:
    """Leave out every recipe, copies together, and every family that has more than one."""
    require(params.domains, 2, "domains")
    require(params.encoders, 3, "encoders")
    raw = [features(run, params.encoders, d) for d in params.domains]
    groups, nouns = [run.groups(d) for d in params.domains], run.nouns(params.domains)
    counts = [len(np.unique(g)) for g in groups]
    blank = Estimate(None, reason=why_not(counts, nouns), unit=nouns.groups, n_units=min(counts))
    splits = Splits.of(run, params.domain, params.seed, blocks=BLOCKS)
    own = features(run, params.encoders, params.domain)
    k = min(params.components, min(len(g) for g in groups) // 2 - 1)
    rows, recipes = [], recipes_of(run, params.encoders)
    for label, kind, gone in left_out(run, params.encoders):
        kept = [i for i, name in enumerate(params.encoders) if name not in gone]
        chosen = [[blocks[i] for i in kept] for blocks in raw]
        biased, debiased = _medians(chosen, groups, params.whitening, k, blank)
        shared = _shared(
            [own[i] for i in kept], splits, params.whitening, k, [recipes[i] for i in kept]
        )
        rows.append(LeftOut(label, kind, gone, biased, debiased, shared))
    over = _over_encoders(rows, params.encoders, recipes)
    return LeaveOut(params.domain, k, tuple(rows), over)


def left_out(run: Run, encoders: Sequence[str]) -> list[tuple[str, str, tuple[str, ...]]]:
    """Name what is left out: nothing, each recipe, each family of several that leaves two others.

    An encoder goes together with its copies: what hangs on it would hang on them.
    """
    families: dict[str, list[str]] = {}
    recipes: dict[str, list[str]] = {}
    for name in encoders:
        families.setdefault(run.family(name), []).append(name)
        recipes.setdefault(run.recipe(name), []).append(name)
    single = [
        (
            f"no {run.encoders[members[0]].title}{' or copy' * (len(members) > 1)}",
            "encoder",
            tuple(members),
        )
        for members in recipes.values()
        if len(members) < len(encoders)
    ]
    several = [
        (f"no {family}", "family", tuple(members))
        for family, members in families.items()
        if len({run.recipe(name) for name in members}) > 1 and len(members) <= len(encoders) - 2
    ]
    return [("whole panel", "none", ()), *single, *several]


def _medians(
    raw: Sequence[Sequence[np.ndarray]],
    groups: Sequence[np.ndarray],
    whitening: str,
    k: int,
    blank: Estimate,
) -> list[Estimate]:
    """Return the biased and the debiased median; ``blank`` says why there is no interval, if so."""
    if not blank.reason:
        jackknives = jackknifed(raw, groups, whitening, (k,), blocks=BLOCKS, unit=blank.unit)
        medians = medians_of(jackknives)
        return [
            replace(blank, value=value, low=low, high=high)
            for value, low, high in zip(*(m[:, 0].tolist() for m in medians), strict=True)
        ]
    xs = [side_by_side(blocks, whitening, own) for blocks, own in zip(raw, groups, strict=True)]
    vectors = [basis.vectors for basis in bases(xs, k)]
    scores = procrustes_cka_all(xs, vectors, (vectors[0].shape[1],))
    first, second = pairs(len(xs))
    return [
        replace(blank, value=float(np.median(values[0, first, second])))
        for values in (scores.biased, scores.debiased)
    ]


def _shared(
    raw: Sequence[np.ndarray], splits: Splits, whitening: str, k: int, recipes: Sequence[str]
) -> Estimate:
    (profile,) = splits.profiles(raw, whitening, k, recipes=recipes)
    return splits.jackknife(profile.weighted()).interval(CORRELATION)


def _over_encoders(
    rows: Sequence[LeftOut], encoders: Sequence[str], recipes: Sequence[str]
) -> Estimate:
    """Read the jackknife over recipes off the rows: leaving one out is what it asks for."""
    without = {frozenset(row.encoders): row.biased.value for row in rows if row.kind != "family"}

    def statistic(kept: Int[np.ndarray, " e"]) -> float:
        return without[frozenset(encoders) - {encoders[i] for i in kept.tolist()}]

    return encoder_jackknife(statistic, len(encoders), recipes=recipes)


LEAVE_OUT = Analysis(
    key="subspace.leave_out",
    version=6,
    params=LeaveOutParams,
    result=LeaveOut,
    inputs=lambda run, params: (params.encoders, params.domains),
    compute=compute_leave_out,
)
