"""How many samples does it take? Procrustes-CKA and sharing on fewer samples per domain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.shared.samples import (
    Sizes,
    bases,
    explained,
    features,
    pairs,
    require,
    shuffled_between,
    side_by_side,
)
from substrate.analyses.shared.samples import sizes as sizes_of
from substrate.analyses.spec import Analysis, AnalysisError
from substrate.numerics.joined import Joined
from substrate.numerics.nulls import (
    MIN_GROUPS,
    group_members,
    row_orders,
)
from substrate.numerics.panel import (
    desynchronised,
    procrustes_cka_all,
)
from substrate.runs import Run

#: Random subsamples of each size, and the smallest size beside the K that it has to carry.
REPEATS, SMALLEST = 3, 16


@dataclass(frozen=True)
class NCurveParams:
    """The panel, the domains, K, and the seed of the subsamples."""

    encoders: tuple[str, ...]
    domains: tuple[str, ...]
    whitening: str = "z-score"
    components: int = 16
    seed: int = 0


@dataclass(frozen=True, eq=False)
class NCurve:
    """Median Procrustes-CKA over pairs of domains, by size and subsample.

    ``trained`` and ``shuffled`` are indexed by (biased, debiased), size and repeat. Subsamples
    take whole photographs where a domain has ten, tiles otherwise; the largest size is drawn once
    from the smallest domain's samples, so it has hardly any spread.
    """

    k: int
    sizes: tuple[int, ...]
    trained: Float[np.ndarray, "2 s r"]
    shuffled: Float[np.ndarray, "2 s r"]
    domains: tuple[Sizes, ...]

    @property
    def shuffled_name(self) -> str:
        """Name the panels whose encoders see the images in orders of their own."""
        return shuffled_between(self.domains)


@explained
def compute_n_curve(run: Run, params: NCurveParams) -> NCurve:
    """Draw subsamples of doubling size from every domain and compare them."""
    require(params.domains, 2, "domains")
    raw = [features(run, params.encoders, d) for d in params.domains]
    groups = [run.groups(d) for d in params.domains]
    sizes = doubling(params.components, min(len(g) for g in groups))
    widths = [x.shape[1] for x in raw[0]]
    trained, shuffled = np.empty((2, 2, len(sizes), REPEATS))
    for s, size in enumerate(sizes):
        for repeat in range(REPEATS):
            seed = 1000 * params.seed + 10 * s + repeat
            rows = [subsample(g, size, seed + 7 * i) for i, g in enumerate(groups)]
            xs = [
                side_by_side([x[kept] for x in blocks], params.whitening, g[kept])
                for blocks, g, kept in zip(raw, groups, rows, strict=True)
            ]
            apart = [
                desynchronised(x, widths, row_orders(g[kept], len(widths), seed))
                for x, g, kept in zip(xs, groups, rows, strict=True)
            ]
            trained[:, s, repeat] = _medians(xs, params.components)
            shuffled[:, s, repeat] = _medians(apart, params.components)
    domains = tuple(sizes_of(run, d) for d in params.domains)
    return NCurve(params.components, sizes, trained, shuffled, domains)


def doubling(k: int, most: int) -> tuple[int, ...]:
    """Return sizes from twice K, doubling, up to all samples of the smallest domain."""
    size = max(2 * k, SMALLEST)
    sizes: list[int] = []
    while size < most:
        sizes.append(size)
        size *= 2
    if most <= k:
        raise AnalysisError(f"The smallest domain has {most} samples: too few for K = {k}.")
    return (*sizes, most)


def subsample(groups: np.ndarray, size: int, seed: int) -> Int[np.ndarray, " s"]:
    """Draw rows: whole photographs in random order while there are ten, else single tiles."""
    rng = np.random.default_rng(seed)
    members = group_members(groups)
    if len(members) < MIN_GROUPS:
        return np.sort(rng.choice(len(groups), size, replace=False))
    rows = np.concatenate([members[i] for i in rng.permutation(len(members))])
    return np.sort(rows[:size])


def _medians(xs: Sequence[Float[np.ndarray, "_ D"] | Joined], k: int) -> Float[np.ndarray, " 2"]:
    vectors = [basis.vectors for basis in bases(xs, k)]
    scores = procrustes_cka_all(xs, vectors, (vectors[0].shape[1],))
    first, second = pairs(len(xs))
    return np.array([np.median(v[0, first, second]) for v in (scores.biased, scores.debiased)])


N_CURVE = Analysis(
    key="subspace.sample_size",
    version=4,
    params=NCurveParams,
    result=NCurve,
    inputs=lambda run, params: (params.encoders, params.domains),
    compute=compute_n_curve,
)
