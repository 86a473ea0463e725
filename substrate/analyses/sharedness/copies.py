"""Encoders of a panel that are copies of each other, although the study does not say so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from jaxtyping import Float

from substrate.analyses.shared.effort import drawn_rows
from substrate.analyses.shared.samples import features
from substrate.analyses.spec import Analysis
from substrate.numerics.metrics import METRICS
from substrate.numerics.metrics.spec import UndefinedScoreError
from substrate.numerics.whitening import WhiteningError, standardisation
from substrate.runs import Run
from substrate.wording import number

#: Debiased CKA on every domain from which two encoders count as one, and the largest that two
#: seeds of one bundled recipe reach on a bundled domain (the ViT, on textures).
ALIKE, TWO_SEEDS = 0.99, 0.95
#: What z-scores of features that are alike as they are must reach; a turned copy has .97.
NOT_ONE_UNIT = 0.9
#: Samples of a domain that are compared at most, drawn at random.
SAMPLES = 512
#: With fewer samples even debiased values of different encoders come near 1.
FEWEST = 16
SAME_WEIGHTS, SAME_FEATURES = "weights", "features"


@dataclass(frozen=True)
class CopiesParams:
    """The panel, the domains on all of which copies agree, and the seed of the samples."""

    encoders: tuple[str, ...]
    domains: tuple[str, ...]
    seed: int = 0


@dataclass(frozen=True)
class CopyPair:
    """Two encoders of different recipes that are one, and what of them is the same.

    ``similarity`` is the smallest debiased CKA over the domains.
    """

    first: str
    second: str
    same: str
    similarity: float


@dataclass(frozen=True)
class Copies:
    """The undeclared copies of a panel."""

    pairs: tuple[CopyPair, ...]


def compute_copies(run: Run, params: CopiesParams) -> Copies:
    """Compare every two encoders of different recipes by their weights and by their features.

    Features count as the same from a debiased linear CKA of `ALIKE` on every domain: of the
    features as they are, which finds copies that are turned, permuted or scaled as a whole, or of
    their z-scores, which finds those whose units are scaled one by one. One unit far louder than
    all others can make features as they are alike on its own, so their z-scores must then reach
    `NOT_ONE_UNIT`. A copy that is turned and then scaled unit by unit is not found. See
    `substrate.numerics.metrics.cka.debiased_cka` for the source.
    """
    pairs = [
        (i, j)
        for i, j in combinations(range(len(params.encoders)), 2)
        if run.recipe(params.encoders[i]) != run.recipe(params.encoders[j])
    ]
    alike = _least_similarity(run, params) if pairs else np.empty((0, 0))
    copies = []
    for i, j in pairs:
        first, second = params.encoders[i], params.encoders[j]
        digests = {run.encoders[name].weights_digest for name in (first, second)}
        same = SAME_WEIGHTS if len(digests) == 1 and "" not in digests else SAME_FEATURES
        if same == SAME_WEIGHTS or alike[i, j] >= ALIKE:
            copies.append(CopyPair(first, second, same, float(alike[i, j])))
    return Copies(tuple(copies))


def _least_similarity(run: Run, params: CopiesParams) -> Float[np.ndarray, "e e"]:
    """Return each pair's smallest similarity over the domains of enough samples."""
    least = np.full((len(params.encoders),) * 2, np.nan)
    for domain in params.domains:
        groups = run.groups(domain)
        rows = drawn_rows(len(groups), SAMPLES, params.seed)
        if len(rows) >= FEWEST:
            xs = [x[rows].astype(np.float64) for x in features(run, params.encoders, domain)]
            z_scores = [_z_scored(x, groups[rows]) for x in xs]
            raw, scaled = _similarity(xs), _similarity(z_scores)
            loud = (raw >= ALIKE) & (scaled < NOT_ONE_UNIT)
            here = np.fmax(np.where(loud, scaled, raw), scaled)
            least = np.fmin(least, here)
    return least


def _z_scored(x: Float[np.ndarray, "n p"], groups: np.ndarray) -> Float[np.ndarray, "n q"]:
    try:
        return np.asarray(standardisation(x, "z-score", groups=groups).apply(x))
    except WhiteningError:
        return x


def _similarity(xs: list[Float[np.ndarray, "n _"]]) -> Float[np.ndarray, "e e"]:
    """Return debiased CKA of every two, NaN where it is not defined."""
    metric = METRICS["debiased_cka"]
    states = []
    for x in xs:
        try:
            states.append(metric.prepare(x))
        except UndefinedScoreError:
            states.append(None)
    values = np.full((len(xs), len(xs)), np.nan)
    for i, j in combinations(range(len(xs)), 2):
        if states[i] is not None and states[j] is not None:
            try:
                values[i, j] = values[j, i] = metric.compare(states[i], states[j])
            except UndefinedScoreError:
                continue
    return values


COPIES = Analysis(
    key="sharedness.copies",
    version=2,
    params=CopiesParams,
    result=Copies,
    inputs=lambda run, params: (params.encoders, params.domains),
    compute=compute_copies,
)


def copies_sentence(copies: Copies, titles: Mapping[str, str]) -> str:
    """Name the undeclared copies, with what to do about them; nothing where there are none."""
    if not copies.pairs:
        return ""
    named = [f"{titles[p.first]} and {titles[p.second]} {_same(p)}" for p in copies.pairs]
    return (
        f"{'; '.join(named)}: copies agree whatever they learnt, so the panel seems to share more. "
        "Give copies one `recipe` in the study, and one of them takes part."
    )


def _same(pair: CopyPair) -> str:
    if pair.same == SAME_WEIGHTS:
        return "have the same weights"
    return (
        f"have the same features (debiased CKA of {number(pair.similarity)} or more on every "
        f"domain, where two seeds of one bundled recipe reach {number(TWO_SEEDS)} at most)"
    )
