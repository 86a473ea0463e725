"""Do domains span the same subspace? Grassmann similarity and rotation disparity of two bases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.shared.samples import (
    Sizes,
    bases,
    explained,
    features,
    median_of,
    pairs,
    require,
    shuffled_between,
    side_by_side,
    sizes,
)
from substrate.analyses.spec import Analysis
from substrate.analyses.subspace.controls import (
    half_panels,
    shuffled_panels,
)
from substrate.analyses.subspace.intervals import (
    JACKKNIFE_BLOCKS,
    MatrixIntervals,
    combined,
    too_large,
    why_not,
    without,
)
from substrate.analyses.subspace.untrained import untrained_panels
from substrate.encoder_ref import twins_of
from substrate.numerics.intervals import (
    MIN_GROUPS,
    Jackknife,
    group_jackknife,
)
from substrate.numerics.joined import Joined
from substrate.numerics.nulls import random_basis
from substrate.numerics.scales import (
    SHARE,
    Scale,
)
from substrate.numerics.spectra import directions_of_centred
from substrate.runs import Run

#: The two measures, in the order in which every array here holds them.
MEASURES = ("Grassmann similarity", "rotation disparity")
RANDOM_BASES = 10


#: The scales of Grassmann similarity and rotation disparity.
SCALES = (SHARE, Scale("logit", 0.0, 2.0))


@dataclass(frozen=True)
class SpansParams:
    """The panel, the domains, K, the untrained twins' seeds, and the seed of what is drawn."""

    encoders: tuple[str, ...]
    domains: tuple[str, ...]
    seeds: tuple[int, ...]
    whitening: str = "z-score"
    components: int = 16
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Spans:
    """Both measures between all domains; the first axis of every array is the measure.

    Grassmann similarity is the mean squared cosine of the K principal angles of two bases, in
    [0, 1]; rotation disparity 2 (1 - mean cosine), in [0, 2]. Both compare loadings on features,
    so they need the same features in both domains and see none of the samples. ``random`` are
    draws of random bases of the same D features, whose Grassmann similarity is ``k / width`` in
    the mean; ``halves`` are two halves of each domain, NaN for a single photograph.
    """

    encoders: tuple[str, ...]
    sizes: tuple[Sizes, ...]
    whitening: str
    k: int
    width: int
    seeds: tuple[int, ...]
    values: Float[np.ndarray, "2 a a"]
    intervals: MatrixIntervals
    untrained: Float[np.ndarray, "2 s a a"]
    shuffled: Float[np.ndarray, "2 r a a"]
    random: Float[np.ndarray, "2 d"]
    halves: Float[np.ndarray, "2 a"]

    @property
    def shuffled_name(self) -> str:
        """Name the control whose encoders see the images in orders of their own."""
        return shuffled_between(self.sizes)

    def median(self, measure: int) -> float:
        """Return the median over all pairs of domains."""
        return median_of(self.values[measure][pairs(len(self.sizes))])

    def bounds(self, measure: int) -> tuple[float, float] | None:
        """Return the interval of the median, if there is one."""
        low, high = self.intervals.median_low[measure], self.intervals.median_high[measure]
        return (float(low), float(high)) if np.isfinite(low) else None

    def controls(self, measure: int) -> Iterator[tuple[str, Float[np.ndarray, " v"]]]:
        """Yield each control's name with its values: medians over pairs, domains or draws."""
        at = pairs(len(self.sizes))
        yield "Two halves of a domain", self.halves[measure]
        if self.seeds:
            yield "Untrained panels", np.array([median_of(m[at]) for m in self.untrained[measure]])
        yield (
            self.shuffled_name,
            np.array([median_of(m[at]) for m in self.shuffled[measure]]),
        )
        yield "Random bases", self.random[measure]


@explained
def compute_spans(run: Run, params: SpansParams) -> Spans:
    """Find each domain's basis and compare all pairs, then the same for every control."""
    require(params.encoders, 1, "encoders")
    require(params.domains, 2, "domains")
    raw = [features(run, params.encoders, d) for d in params.domains]
    xs = [
        side_by_side(of_domain, params.whitening, run.groups(d))
        for of_domain, d in zip(raw, params.domains, strict=True)
    ]
    directions = bases(xs, params.components)
    k, widths = len(directions[0].variances), [x.shape[1] for x in raw[0]]
    return Spans(
        encoders=params.encoders,
        sizes=tuple(sizes(run, d) for d in params.domains),
        whitening=params.whitening,
        k=k,
        width=sum(widths),
        seeds=params.seeds,
        values=spans([basis.vectors for basis in directions]),
        intervals=_intervals(run, raw, params, k),
        untrained=_repeats(untrained_panels(run, params), k, len(xs)),
        shuffled=_repeats(shuffled_panels(run, xs, widths, params), k, len(xs)),
        random=_random(sum(widths), k, params.seed),
        halves=_halves(run, raw, params),
    )


def spans(vectors: Sequence[Float[np.ndarray, "D k"]]) -> Float[np.ndarray, "2 a a"]:
    """Return Grassmann similarity and rotation disparity of every two orthonormal bases."""
    count, k = len(vectors), vectors[0].shape[1]
    together = np.hstack(vectors)
    products = (together.T @ together).reshape(count, k, count, k).transpose(0, 2, 1, 3)
    cosines = np.linalg.svd(products, compute_uv=False)
    return np.array([np.square(cosines).mean(axis=2), 2 * (1 - cosines.mean(axis=2))])


def _repeats(
    panels: Iterable[Sequence[np.ndarray | Joined]], components: int, count: int
) -> Float[np.ndarray, "2 r a a"]:
    """Compare the domains of each panel; an empty array where there is none."""
    values = [spans([b.vectors for b in bases(xs, components)]) for xs in panels]
    return np.array(values).swapaxes(0, 1) if values else np.empty((2, 0, count, count))


def _random(width: int, k: int, seed: int) -> Float[np.ndarray, "2 r"]:
    rng = np.random.default_rng(seed)
    drawn = [
        spans([random_basis(width, k, rng), random_basis(width, k, rng)])[:, 0, 1]
        for _ in range(RANDOM_BASES)
    ]
    return np.array(drawn).T


def _halves(
    run: Run, raw: Sequence[Sequence[np.ndarray]], params: SpansParams
) -> Float[np.ndarray, "2 a"]:
    values = np.full((2, len(params.domains)), np.nan)
    for index, xs in half_panels(run, raw, params):
        directions = bases(xs, params.components)
        values[:, index] = spans([basis.vectors for basis in directions])[:, 0, 1]
    return values


def _intervals(
    run: Run, raw: Sequence[Sequence[np.ndarray]], params: SpansParams, k: int
) -> MatrixIntervals:
    """Leave out blocks of photographs of one domain after the other, as for Procrustes-CKA."""
    groups, nouns = [run.groups(d) for d in params.domains], run.nouns(params.domains)
    counts = [len(np.unique(g)) for g in groups]
    rich = np.flatnonzero(np.array(counts) >= MIN_GROUPS)
    if len(rich) < 2 or k > (1 - 1 / JACKKNIFE_BLOCKS) * min(map(len, groups)) - 2:
        return without(len(groups), k, why_not(counts, nouns) or too_large(k, nouns))
    blocks = [raw[i] for i in rich.tolist()]
    vectors = [
        directions_of_centred(side_by_side(of_domain, params.whitening, groups[at]), k).vectors
        for of_domain, at in zip(blocks, rich.tolist(), strict=True)
    ]
    jackknives = [
        _domain_interval(vectors, own, blocks[own], (groups[at], params.whitening, nouns.groups))
        for own, at in enumerate(rich.tolist())
    ]
    return combined(jackknives, rich, len(groups), k, why_not(counts, nouns), SCALES)


def _domain_interval(
    vectors: Sequence[Float[np.ndarray, "D k"]],
    own: int,
    blocks: Sequence[np.ndarray],
    by: tuple[np.ndarray, str, str],
) -> Jackknife:
    """Jackknife one domain's row of both matrices, and the medians in which it takes part."""
    groups, whitening, unit = by

    def statistic(rows: Int[np.ndarray, " n"]) -> Float[np.ndarray, "2 1 _"]:
        x = side_by_side([block[rows] for block in blocks], whitening, groups[rows])
        changed = list(vectors)
        changed[own] = directions_of_centred(x, vectors[own].shape[1]).vectors
        matrices = spans(changed)
        first, second = pairs(len(changed))
        medians = np.median(matrices[:, first, second], axis=1)
        return np.concatenate([matrices[:, own], medians[:, None]], axis=1)[:, None]

    return group_jackknife(statistic, groups, unit=unit, max_units=JACKKNIFE_BLOCKS)


SPANS = Analysis(
    key="subspace.spans",
    version=5,
    params=SpansParams,
    result=Spans,
    inputs=lambda run, params: (
        (*params.encoders, *twins_of(params.encoders, params.seeds)),
        params.domains,
    ),
    compute=compute_spans,
)
