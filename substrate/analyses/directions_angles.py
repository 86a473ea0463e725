"""How much two leading subspaces share, whatever the order of their directions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.directions_basis import (
    BASIS,
    Basis,
    BasisParams,
    held_out_scores,
)
from substrate.analyses.directions_kinds import twins
from substrate.analyses.directions_panel import Facts, facts_of, jackknifed, permutations_of
from substrate.analyses.spec import Analysis, AnalysisError, obtain
from substrate.nulls import LEVEL
from substrate.runs import Run
from substrate.scales import SHARE
from substrate.spectra import centred


@dataclass(frozen=True)
class AnglesParams:
    """Two layers, the samples they share, and how many leading directions span each subspace."""

    encoder_a: str
    layer_a: str
    encoder_b: str
    layer_b: str
    domain: str
    components: int = 16
    scaling: str = "none"
    permutations: int = 200
    seed: int = 0

    def side(self, first: bool) -> BasisParams:
        """Return the directions of one side."""
        encoder, layer = (self.encoder_a, self.layer_a) if first else (self.encoder_b, self.layer_b)
        return BasisParams(encoder, layer, self.domain, scaling=self.scaling, seed=self.seed)


@dataclass(frozen=True, eq=False)
class Angles:
    """Cosines of the principal angles between two subspaces, falling, beside their null.

    ``null_low``, ``null_middle`` and ``null_high`` are the 5, 50 and 95 % quantiles of each rank
    under the null; None, with a reason, where there is none. ``untrained`` holds the cosines of
    the untrained twins, a row per seed.
    """

    name_a: str
    name_b: str
    cosines: Float[np.ndarray, " k"]
    low: Float[np.ndarray, " k"] | None
    high: Float[np.ndarray, " k"] | None
    interval_reason: str
    null_low: Float[np.ndarray, " k"] | None
    null_middle: Float[np.ndarray, " k"] | None
    null_high: Float[np.ndarray, " k"] | None
    null_reason: str
    null_kind: str
    untrained: Float[np.ndarray, "s k"]
    facts: Facts

    @property
    def above(self) -> int:
        """Return how many leading cosines in a row exceed the null's 95 % quantile."""
        if self.null_high is None:
            return 0
        over = self.cosines > self.null_high
        return len(over) if over.all() else int(over.argmin())


def principal_cosines(
    x: Float[np.ndarray, "n a"], y: Float[np.ndarray, "n b"]
) -> Float[np.ndarray, " k"]:
    """Return the cosines of the principal angles between the spans of two sets of scores.

    They are the canonical correlations, from 1 (a shared direction) down to 0. With n not much
    larger than a + b, chance alone makes them large.
    """
    return np.linalg.svd(_span(x).T @ _span(y), compute_uv=False)


def _span(x: Float[np.ndarray, "n a"]) -> Float[np.ndarray, "n a"]:
    return np.linalg.qr(centred(x))[0]


def null_cosines(
    x: Float[np.ndarray, "n a"], y: Float[np.ndarray, "n b"], orders: Int[np.ndarray, "c n"]
) -> Float[np.ndarray, "c k"]:
    """Return the cosines with the rows of y in each of the orders."""
    one, other = _span(x), _span(y)
    products = np.array([one.T @ other[order] for order in orders])
    return np.linalg.svd(products, compute_uv=False)


def null_band(
    null: Float[np.ndarray, "c k"],
) -> tuple[np.ndarray | None, np.ndarray | None, np.ndarray | None]:
    """Return the low, middle and high quantile of each rank, or nothing without a null."""
    if not len(null):
        return None, None, None
    low, middle, high = np.quantile(null, (1 - LEVEL, 0.5, LEVEL), axis=0)
    return low, middle, high


def _inputs(run: Run, params: AnglesParams) -> tuple[tuple[str, ...], tuple[str, ...]]:
    names = tuple(dict.fromkeys((params.encoder_a, params.encoder_b)))
    seeds = twins(run, names, params.domain)
    return (*names, *(f"{name}~{s}" for name in names for s in seeds)), (params.domain,)


def compare_subspaces(run: Run, params: AnglesParams) -> Angles:
    """Compare the held-out scores on the leading directions of two layers."""
    a, b = (obtain(BASIS, run, params.side(first)) for first in (True, False))
    samples = run.samples(params.domain)
    groups = samples["group"].to_numpy(dtype=str)[a.test]
    x, y = (basis.scores[basis.test, : params.components] for basis in (a, b))
    require_room(len(a.test), x.shape[1] + y.shape[1])
    orders, reason = permutations_of(groups, params.permutations, params.seed)
    band = null_band(null_cosines(x, y, orders) if len(orders) else np.empty((0, 0)))
    ends = jackknifed(
        lambda kept: principal_cosines(x[kept], y[kept]), groups, params.seed, scale=SHARE
    )
    return Angles(
        f"{a.encoder}/{a.layer}",
        f"{b.encoder}/{b.layer}",
        principal_cosines(x, y),
        ends.low,
        ends.high,
        ends.reason,
        *band,
        null_reason=reason,
        null_kind="test photographs permuted",
        untrained=_untrained(run, params, a),
        facts=facts_of(a, samples, params.permutations),
    )


def require_room(n: int, directions: int) -> None:
    """Refuse subspaces that fill the samples: they intersect whatever the encoders are."""
    if n - 1 <= directions:
        raise AnalysisError(
            f"Principal angles between subspaces of {directions} directions in all need more than "
            f"{directions + 1} test samples; there are {n}. Choose a smaller K."
        )


def _untrained(run: Run, params: AnglesParams, a: Basis) -> np.ndarray:
    rows = []
    for seed in twins(run, (params.encoder_a, params.encoder_b), params.domain):
        pair = replace(
            params, encoder_a=f"{params.encoder_a}~{seed}", encoder_b=f"{params.encoder_b}~{seed}"
        )
        x, y = (
            held_out_scores(run, pair.side(first), a, params.components) for first in (True, False)
        )
        rows.append(principal_cosines(x, y))
    return stacked(rows)


def stacked(rows: Sequence[np.ndarray]) -> Float[np.ndarray, "s k"]:
    """Return rows of perhaps unequal length as one array, as long as the shortest."""
    shortest = min((len(row) for row in rows), default=0)
    return np.array([row[:shortest] for row in rows]).reshape(len(rows), shortest)


ANGLES = Analysis(
    "directions.angles", 3, AnglesParams, Angles, _inputs, compare_subspaces, uses=(BASIS,)
)
