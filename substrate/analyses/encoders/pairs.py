"""Do encoders of one paradigm agree more? Calibrated similarity of all pairs, far and near."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.encoders.neighbourhoods import (
    affordable,
    neighbour_overlap,
    neighbours_of,
)
from substrate.analyses.shared.effort import drawn_rows
from substrate.analyses.shared.grid_scores import score
from substrate.analyses.shared.order import alike_order
from substrate.analyses.shared.samples import Sizes, explained, features, recipes_of, require, sizes
from substrate.analyses.spec import Analysis
from substrate.encoder_ref import twins_of
from substrate.numerics.estimates import Estimate
from substrate.numerics.nulls import (
    encoder_jackknife,
    no_chance,
    row_orders,
)
from substrate.runs import Run
from substrate.wording import MINUS

#: Neighbours counted by the local similarities.
NEIGHBOURS = (10, 30, 100)
#: Of a larger domain neighbours are sought among so many samples drawn at random: the distances of
#: all of them take their square.
MOST = 4000
UNTRAINED = "untrained"
#: Objectives that tell images apart; the others reconstruct them or fit random labels.
DISCRIMINATIVE = ("supervised", "contrastive", "self-distilled")
RECONSTRUCTIVE = ("masked", "autoencoding")


@dataclass(frozen=True)
class EncoderPairsParams:
    """The encoders, one seed of their untrained twins (none if negative), and the domain."""

    encoders: tuple[str, ...]
    domain: str
    untrained: int = -1
    permutations: int = 200
    seed: int = 0


@dataclass(frozen=True)
class KindDifference:
    """A difference between two kinds of pairs of encoders, and the published ratio's analogue."""

    key: str
    label: str
    first: float
    second: float
    difference: Estimate

    @property
    def kinds(self) -> tuple[str, str]:
        """Return the two kinds of pairs that are compared."""
        first, _, second = self.label.partition(" less ")
        return first, second

    @property
    def name(self) -> str:
        """Name the difference: "discriminative pairs − mixed pairs"."""
        return f" {MINUS} ".join(self.kinds)

    @property
    def ratio(self) -> float | None:
        """Return the ratio, which says little where the denominator is near zero."""
        return self.first / self.second if self.second > 0 else None


@dataclass(frozen=True, eq=False)
class EncoderPairs:
    """Calibrated similarities of all pairs of encoders (untrained twins last) on one domain.

    ``size`` is that of the samples among which neighbours are sought, ``facts`` are those of CKA.
    ``similarities`` are "cka" and "knn10", "knn30", "knn100", each 0 for chance and 1 for
    identical; NaN is missing. ``clipped`` is CKA on the published scale, (s - tau) / (1 - tau)
    with each pair's own threshold (in ``thresholds``), 0 below it. ``order`` is a hierarchical
    ordering and ``positions`` a map in two dimensions, both of the angle arccos(CKA), a true
    metric; ``shown`` is the share of the squared distances that the map shows.
    """

    size: Sizes
    names: tuple[str, ...]
    paradigms: tuple[str, ...]
    similarities: dict[str, Float[np.ndarray, "e e"]]
    raw: dict[str, Float[np.ndarray, "e e"]]
    clipped: Float[np.ndarray, "e e"]
    thresholds: Float[np.ndarray, "e e"]
    taus: dict[str, float]
    low: Float[np.ndarray, "e e"]
    high: Float[np.ndarray, "e e"]
    order: Int[np.ndarray, " e"]
    positions: Float[np.ndarray, "e 2"]
    shown: float
    comparisons: tuple[KindDifference, ...]
    missing: tuple[str, ...]
    facts: str

    def groups(self) -> tuple[str, ...]:
        """Return the paradigms in order of appearance."""
        return tuple(dict.fromkeys(self.paradigms))


def mean_of_pairs(values: Float[np.ndarray, "e e"], first: np.ndarray, second: np.ndarray) -> float:
    """Return the mean over pairs of different encoders, one of each kind."""
    chosen = np.outer(first, second) & ~np.eye(len(values), dtype=bool) & np.isfinite(values)
    return float(values[chosen].mean()) if chosen.any() else float("nan")


@explained
def compute_pairs(run: Run, params: EncoderPairsParams) -> EncoderPairs:
    """Score all pairs by CKA and by shared neighbours, each beside its permuted null.

    CKA is of at most so many samples as `grid_scores.score` draws, neighbours are of `MOST`.
    """
    require(params.encoders, 2, "encoders")
    names, paradigms = list(params.encoders), [run.encoders[e].paradigm for e in params.encoders]
    raw = features(run, params.encoders, params.domain)
    if params.untrained >= 0:
        raw += features(run, params.encoders, params.domain, untrained=params.untrained)
        names += [f"{e} untrained" for e in params.encoders]
        paradigms += [UNTRAINED] * len(params.encoders)
    groups, nouns = run.groups(params.domain), run.domains[params.domain].nouns
    cka = score(
        "linear_cka",
        raw,
        raw,
        groups,
        permutations=params.permutations,
        seed=params.seed,
        nouns=nouns,
    )
    similarities, raws = {"cka": cka.calibrated}, {"cka": cka.values}
    taus, missing = {"cka": cka.tau_any if cka.tau_any is not None else np.nan}, [*cka.missing]
    rows = drawn_rows(len(groups), MOST, params.seed)
    groups = groups[rows]
    neighbours = neighbours_of([x[rows] for x in raw], groups, NEIGHBOURS)
    for k in NEIGHBOURS:
        if k not in neighbours:
            missing.append(f"Some samples have fewer than {k} neighbours in other {nouns.groups}.")
            continue
        permutations = affordable(len(groups), k, len(names))
        local = neighbour_overlap(neighbours[k], row_orders(groups, permutations, params.seed))
        key = f"knn{k}"
        raws[key], similarities[key] = local.values, local.calibrated
        taus[key] = np.nan if no_chance(groups) else local.tau
    for values in similarities.values():
        np.fill_diagonal(values, 1.0)
    angle = np.arccos(np.clip(cka.values, -1.0, 1.0))
    positions, shown = classical_scaling(angle)
    return EncoderPairs(
        size=sizes(run, params.domain, rows),
        names=tuple(names),
        paradigms=tuple(paradigms),
        similarities=similarities,
        raw=raws,
        clipped=_clipped(cka.values, cka.tau),
        thresholds=cka.tau,
        taus=taus,
        low=cka.low,
        high=cka.high,
        order=alike_order(angle),
        positions=positions,
        shown=shown,
        comparisons=tuple(
            neighbours
            for key, values in similarities.items()
            for neighbours in _comparisons(key, values, paradigms, recipes_of(run, params.encoders))
        ),
        missing=tuple(missing),
        facts=cka.facts,
    )


def classical_scaling(distances: Float[np.ndarray, "e e"]) -> tuple[np.ndarray, float]:
    """Place points in the plane so that distances are kept best (Torgerson's scaling).

    Returns the positions and the share of the (positive) squared variation that they show. A point
    without distances (a constant network) has no place: NaN.
    """
    placed = np.isfinite(distances).sum(axis=1) > 1
    if not placed.all():
        positions = np.full((len(distances), 2), np.nan)
        positions[placed], shown = classical_scaling(distances[np.ix_(placed, placed)])
        return positions, shown
    squares = -0.5 * distances**2
    centred = squares - squares.mean(axis=0) - squares.mean(axis=1)[:, None] + squares.mean()
    values, vectors = np.linalg.eigh(centred)
    leading = np.maximum(values[::-1][:2], 0.0)
    positions = np.zeros((len(distances), 2))
    positions[:, : len(leading)] = vectors[:, ::-1][:, :2] * np.sqrt(leading)
    positive = values[values > 0].sum()
    return positions, float(leading.sum() / positive) if positive > 0 else 1.0


def _clipped(
    values: Float[np.ndarray, "e e"], tau: Float[np.ndarray, "e e"]
) -> Float[np.ndarray, "e e"]:
    """Return CKA above each pair's threshold, clipped to [0, 1] (Groeger et al. 2026)."""
    out = np.clip((values - tau) / (1 - tau), 0.0, 1.0)
    np.fill_diagonal(out, 1.0)
    return out


def _comparisons(
    key: str, values: Float[np.ndarray, "e e"], paradigms: Sequence[str], recipes: Sequence[str]
) -> list[KindDifference]:
    """Compare kinds of pairs; a kind without a pair is left out."""
    kinds = np.array(paradigms)
    trained = kinds != UNTRAINED
    good, poor = np.isin(kinds, DISCRIMINATIVE), np.isin(kinds, RECONSTRUCTIVE)
    asked = [
        ("discriminative pairs less reconstructive pairs", (good, good), (poor, poor)),
        ("discriminative pairs less mixed pairs", (good, good), (good, poor)),
    ]
    differences = []
    for label, first, second in asked:
        one, other = (mean_of_pairs(values, *masks) for masks in (first, second))
        if np.isfinite(one) and np.isfinite(other):
            difference = _difference(values, first, second, kinds, recipes)
            differences.append(KindDifference(key, label, one, other, difference))
    if (~trained).any():
        differences.append(_trained_less_untrained(key, values, recipes))
    return differences


def _trained_less_untrained(
    key: str, values: Float[np.ndarray, "e e"], recipes: Sequence[str]
) -> KindDifference:
    """Leave out each recipe together with its twins: they share their architecture."""
    count = len(recipes)
    every = np.ones(count, dtype=bool)
    blocks = values[:count, :count], values[count:, count:]

    def statistic(kept: Int[np.ndarray, " m"]) -> float:
        means = [mean_of_pairs(b[np.ix_(kept, kept)], every[kept], every[kept]) for b in blocks]
        return means[0] - means[1]

    interval = encoder_jackknife(statistic, count, recipes=recipes)
    first, second = (mean_of_pairs(block, every, every) for block in blocks)
    label = "trained pairs less untrained pairs"
    return KindDifference(key, label, first, second, interval)


def _difference(
    values: Float[np.ndarray, "e e"],
    first: tuple[np.ndarray, np.ndarray],
    second: tuple[np.ndarray, np.ndarray],
    kinds: np.ndarray,
    recipes: Sequence[str],
) -> Estimate:
    """Jackknife the recipes that take part, those of each paradigm as a sample of their own."""
    taking = np.flatnonzero(first[0] | first[1] | second[0] | second[1])

    def statistic(kept: Int[np.ndarray, " m"]) -> float:
        rows = taking[kept]
        inner = values[np.ix_(rows, rows)]
        means = [mean_of_pairs(inner, m[0][rows], m[1][rows]) for m in (first, second)]
        return means[0] - means[1]

    side = np.where(second[0] & ~first[0], "second", "first")[taking]
    of_taking = [recipes[i] for i in taking.tolist()]  # twins, which come last, take no part
    interval = encoder_jackknife(statistic, len(taking), recipes=of_taking, strata=side)
    if interval.low is not None and not np.isfinite(interval.low):
        reason = "No interval: without one encoder a kind has no pair left."
        return interval.without_bounds(reason)
    return interval


ENCODER_PAIRS = Analysis(
    key="encoders.pairs",
    version=8,
    params=EncoderPairsParams,
    result=EncoderPairs,
    inputs=lambda run, params: (
        params.encoders
        + (twins_of(params.encoders, (params.untrained,)) if params.untrained >= 0 else ()),
        (params.domain,),
    ),
    compute=compute_pairs,
)
