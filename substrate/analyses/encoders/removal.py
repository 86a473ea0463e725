"""What a shared direction does: probe accuracy with it and without it, in both encoders."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.encoders.matching import (
    MatchingSide,
    matches,
    side,
)
from substrate.analyses.shared.halves import (
    JACKKNIFE_BLOCKS,
    Halves,
    halves_of,
)
from substrate.analyses.shared.samples import (
    Sizes,
    explained,
    sizes,
)
from substrate.analyses.shared.units import Units
from substrate.analyses.spec import Analysis, AnalysisError
from substrate.numerics.nulls import delete_group_jackknife
from substrate.runs import Run
from substrate.wording import Nouns

#: Random directions within the leading ones whose removal is the null.
RANDOM_DIRECTIONS = 20
#: Ridge penalty of the probe, as a share of the mean squared length of a feature.
PENALTY = 0.1


@dataclass(frozen=True)
class CausalParams:
    """Two encoders, the domain whose labels are probed, and how many directions are removed."""

    first: str
    second: str
    domain: str
    directions: int = 16
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Causal:
    """Accuracy of a linear probe on held-out photographs, and its change without a direction.

    Row 0 of ``change`` belongs to the first encoder without its direction k, row 1 to the second
    without the match of k. ``random`` holds the changes when a random direction within the
    leading ones is removed. ``low`` and ``high`` are NaN where ``reason`` says why.
    """

    first: str
    second: str
    size: Sizes
    unit: str
    n_test: int
    classes: int
    match: Int[np.ndarray, " k"]
    accuracy: Float[np.ndarray, " 2"]
    change: Float[np.ndarray, "2 k"]
    low: Float[np.ndarray, "2 k"]
    high: Float[np.ndarray, "2 k"]
    random: Float[np.ndarray, "2 r"]
    reason: str
    units: tuple[Units, Units]


@explained
def compute_causal(run: Run, params: CausalParams) -> Causal:
    """Train a ridge probe on the fitted half with and without each direction; test it."""
    halves = halves_of(run, params.domain, params.seed)
    codes = _codes(run, params.domain, halves)
    a, b = (
        side(run, encoder, params.domain, halves, params.directions)
        for encoder in (params.first, params.second)
    )
    match, _ = matches(a, b)
    rng, nouns = np.random.default_rng(params.seed), run.domains[params.domain].nouns
    removed = [
        _removed(matched, vectors, codes, halves, nouns, rng)
        for matched, vectors in ((a, a.vectors), (b, b.vectors[:, match]))
    ]
    accuracy, change, low, high, random, reasons = zip(*removed, strict=True)
    return Causal(
        first=params.first,
        second=params.second,
        size=sizes(run, params.domain),
        unit=halves.unit,
        n_test=len(halves.test),
        classes=int(codes.max()) + 1,
        match=match,
        accuracy=np.array(accuracy),
        change=np.array(change),
        low=np.array(low),
        high=np.array(high),
        random=np.array(random),
        reason=reasons[0],
        units=(a.units, b.units),
    )


def _codes(run: Run, domain: str, halves: Halves) -> Int[np.ndarray, " n"]:
    labels = run.samples(domain)["label"].to_numpy(dtype=str)
    names, codes = np.unique(labels, return_inverse=True)
    shared = set(codes[halves.fit].tolist()) & set(codes[halves.test].tolist())
    if len(names) < 2 or len(shared) < 2:
        raise AnalysisError(
            f"{run.domains[domain].title} has no labels that both halves of its "
            f"{run.domains[domain].nouns.groups} contain, so there is nothing to probe. Choose a "
            "domain with classes."
        )
    return codes


def _removed(
    matched: MatchingSide,
    vectors: Float[np.ndarray, "d k"],
    codes: Int[np.ndarray, " n"],
    halves: Halves,
    nouns: Nouns,
    rng: np.random.Generator,
) -> tuple[float, np.ndarray, np.ndarray, np.ndarray, np.ndarray, str]:
    """Return the accuracy, its changes with their intervals, and those of random directions."""
    right = probe(matched.fit, matched.test, codes, halves)
    lost = np.array([_without(matched, vector, codes, halves) - right for vector in vectors.T])

    def statistic(rows: Int[np.ndarray, " r"]) -> Float[np.ndarray, " k"]:
        return np.asarray(lost[:, rows].mean(axis=1))

    interval = delete_group_jackknife(
        statistic, halves.test_groups, unit=f"held-out {nouns.groups}", max_units=JACKKNIFE_BLOCKS
    )
    missing = np.full(len(lost), np.nan)
    low, high = (missing if b is None else b for b in (interval.low, interval.high))
    drawn = matched.vectors @ rng.normal(size=(matched.vectors.shape[1], RANDOM_DIRECTIONS))
    drawn = drawn / np.linalg.norm(drawn, axis=0)
    random = [
        float((_without(matched, vector, codes, halves) - right).mean()) for vector in drawn.T
    ]
    return float(right.mean()), interval.value, low, high, np.array(random), interval.reason


def _without(
    matched: MatchingSide,
    vector: Float[np.ndarray, " d"],
    codes: Int[np.ndarray, " n"],
    halves: Halves,
) -> Float[np.ndarray, " t"]:
    """Take one direction out of both halves and probe again."""
    fit, test = (x - np.outer(x @ vector, vector) for x in (matched.fit, matched.test))
    return probe(fit, test, codes, halves)


def probe(
    fit: Float[np.ndarray, "f d"],
    test: Float[np.ndarray, "t d"],
    codes: Int[np.ndarray, " n"],
    halves: Halves,
) -> Float[np.ndarray, " t"]:
    """Mark which held-out samples a ridge classifier gets right."""
    answers = np.eye(int(codes.max()) + 1)[codes[halves.fit]]
    mean = answers.mean(axis=0)
    penalty = PENALTY * np.square(fit).sum() / fit.shape[1]
    if fit.shape[1] <= len(fit):
        gram = fit.T @ fit + penalty * np.eye(fit.shape[1])
        weights = np.linalg.solve(gram, fit.T @ (answers - mean))
    else:
        gram = fit @ fit.T + penalty * np.eye(len(fit))
        weights = fit.T @ np.linalg.solve(gram, answers - mean)
    chosen = (test @ weights + mean).argmax(axis=1)
    return (chosen == codes[halves.test]).astype(np.float64)


CAUSAL = Analysis(
    key="encoders.removal",
    version=5,
    params=CausalParams,
    result=Causal,
    inputs=lambda run, params: ((params.first, params.second), (params.domain,)),
    compute=compute_causal,
)
