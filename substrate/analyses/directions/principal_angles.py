"""How much two leading subspaces share, whatever the order of their directions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.directions.basis import (
    BASIS,
    Basis,
    held_out_scores,
)
from substrate.analyses.directions.cell_estimates import jackknifed, null_kind, permutations_of
from substrate.analyses.directions.cosine_panel import Facts, facts_of
from substrate.analyses.directions.kinds import SubspacesParams, inputs, twin_seeds
from substrate.analyses.spec import Analysis, AnalysisError, obtain
from substrate.numerics.nulls import (
    LEVEL,
    MIN_GROUPS,
    too_few,
)
from substrate.numerics.scales import SHARE
from substrate.numerics.spectra import centred
from substrate.runs import Run


@dataclass(frozen=True, eq=False)
class Angles:
    """Cosines of the principal angles between two subspaces, falling, beside their null.

    ``null_low``, ``null_middle`` and ``null_high`` are quantiles (5, 50 and 95 %) of a null that
    goes step by step: at rank k, the largest cosine of what is left of both subspaces without
    their first k - 1 pairs, test photographs permuted. None, with a reason, where there is none.
    ``p`` is each rank's p-value, at least as large as those before it; None below ten photographs,
    where no comparison with chance is made. ``untrained`` holds the cosines of the untrained
    twins, a row per seed.
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
    p: Float[np.ndarray, " k"] | None
    null_reason: str
    null_kind: str
    untrained: Float[np.ndarray, "s k"]
    facts: Facts

    @property
    def above(self) -> int | None:
        """Return how many cosines, one after another, stand out; None without a comparison."""
        return None if self.p is None else int(np.count_nonzero(self.p <= 1 - LEVEL))


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


def null_products(
    x: Float[np.ndarray, "n a"], y: Float[np.ndarray, "n b"], orders: Int[np.ndarray, "c n"]
) -> Float[np.ndarray, "c a b"]:
    """Return the products of both orthonormal bases, the rows of y in each of the orders."""
    one, other = _span(x), _span(y)
    products = [one.T @ _moved(other, order) for order in orders]
    return np.array(products).reshape(len(orders), one.shape[1], other.shape[1])


def _moved(basis: Float[np.ndarray, "n b"], order: Int[np.ndarray, " n"]) -> np.ndarray:
    """Reorder rows; orthonormal again where groups of unequal size leave some out."""
    moved = basis[order]
    return moved if np.bincount(order).max() == 1 else _span(moved)


def stepwise_null(
    cells: Float[np.ndarray, "a b"], null: Float[np.ndarray, "c a b"]
) -> Float[np.ndarray, "c k"]:
    """Return the largest cosine by chance at each rank, the pairs before it taken out.

    Setting the k-th cosine beside the k-th of permuted samples compares it with subspaces that
    share nothing at all, and so counts directions that the first ones only push up (Winkler,
    Renaud, Smith & Nichols, NeuroImage 220, 2020). In the coordinates of the observed pairs, what
    is left without the first k - 1 is the block of products from row and column k on.

    Parameters
    ----------
    cells
        Products of two orthonormal bases; their singular values are the cosines.
    null
        The same products of permuted samples, one for each draw.
    """
    left, _, right = np.linalg.svd(cells)
    turned = left.T @ null @ right.T
    ranks = range(min(cells.shape))
    blocks = [np.linalg.svd(turned[:, k:, k:], compute_uv=False)[:, 0] for k in ranks]
    return np.array(blocks).T


@dataclass(frozen=True, eq=False)
class Steps:
    """The stepwise null's quantiles by rank, and each rank's p-value; see `Angles`."""

    low: Float[np.ndarray, " k"] | None
    middle: Float[np.ndarray, " k"] | None
    high: Float[np.ndarray, " k"] | None
    p: Float[np.ndarray, " k"] | None
    reason: str

    @classmethod
    def of(
        cls,
        cells: Float[np.ndarray, "a b"],
        null: Float[np.ndarray, "c a b"],
        photographs: int,
        reason: str,
        unit: str = "groups",
    ) -> Steps:
        """Set the singular values of cells beside those of permuted samples."""
        if not len(null):
            return cls(None, None, None, None, reason)
        draws = stepwise_null(cells, null)
        low, middle, high = np.quantile(draws, (1 - LEVEL, 0.5, LEVEL), axis=0)
        if photographs < MIN_GROUPS:
            why = too_few(photographs, unit, MIN_GROUPS, "comparison with chance")
            return cls(low, middle, high, None, why)
        cosines = np.linalg.svd(cells, compute_uv=False)
        p = (1 + (draws >= cosines).sum(axis=0)) / (1 + len(draws))
        return cls(low, middle, high, np.maximum.accumulate(p), reason)


def compare_subspaces(run: Run, params: SubspacesParams) -> Angles:
    """Compare the held-out scores on the leading directions of two layers."""
    a, b = (obtain(BASIS, run, side) for side in params.sides)
    samples = run.samples(params.a.domain)
    groups = samples["group"].to_numpy(dtype=str)[a.test]
    x, y = (basis.scores[basis.test, : params.components] for basis in (a, b))
    require_room(len(a.test), x.shape[1] + y.shape[1])
    nouns = run.domains[params.a.domain].nouns
    orders, reason = permutations_of(groups, params.permutations, params.seed, nouns)
    steps = Steps.of(
        _span(x).T @ _span(y),
        null_products(x, y, orders),
        len(np.unique(groups)),
        reason,
        nouns.groups,
    )
    ends = jackknifed(
        lambda kept: principal_cosines(x[kept], y[kept]),
        groups,
        params.seed,
        scale=SHARE,
        unit=nouns.groups,
    )
    return Angles(
        f"{a.encoder}/{a.layer}",
        f"{b.encoder}/{b.layer}",
        principal_cosines(x, y),
        ends.low,
        ends.high,
        ends.reason,
        steps.low,
        steps.middle,
        steps.high,
        steps.p,
        null_reason=steps.reason,
        null_kind=null_kind(groups, nouns),
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


def _untrained(run: Run, params: SubspacesParams, a: Basis) -> np.ndarray:
    rows = []
    for seed in twin_seeds(run, params):
        sides = params.untrained(seed).sides
        x, y = (held_out_scores(run, side, a, params.components) for side in sides)
        rows.append(principal_cosines(x, y))
    return stacked(rows)


def stacked(rows: Sequence[np.ndarray]) -> Float[np.ndarray, "s k"]:
    """Return rows of perhaps unequal length as one array, as long as the shortest."""
    shortest = min((len(row) for row in rows), default=0)
    return np.array([row[:shortest] for row in rows]).reshape(len(rows), shortest)


ANGLES = Analysis(
    key="directions.principal_angles",
    version=4,
    params=SubspacesParams,
    result=Angles,
    inputs=inputs,
    compute=compare_subspaces,
    uses=(BASIS,),
)
