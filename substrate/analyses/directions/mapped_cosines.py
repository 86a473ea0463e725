"""Cosines between eigenvectors: mapped by a rotation, by a whitened rotation, or as they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.optimize import linear_sum_assignment

from substrate.analyses.directions.basis import (
    Basis,
    BasisParams,
    leading,
    representation,
    scaled,
)
from substrate.analyses.directions.cell_estimates import (
    Ends,
    estimate_cells,
    jackknifed,
    permutations_of,
)
from substrate.analyses.directions.cosine_panel import CosinePanel, facts_of
from substrate.analyses.directions.kinds import (
    MAPPED,
    RAW,
    WHITENED,
    PairParams,
    twin_seeds,
)
from substrate.analyses.spec import AnalysisError
from substrate.numerics.alignment import (
    AlignmentError,
    Reduced,
    polar_factor,
    reduced,
    whitened_scores,
)
from substrate.numerics.nulls import (
    MIN_GROUPS,
    random_basis,
    too_few,
)
from substrate.numerics.spectra import principal_directions
from substrate.numerics.whitening import SAMPLES_PER_COMPONENT
from substrate.runs import Run

#: Directions as columns; the two sides have their own widths and counts.
Vectors = Float[np.ndarray, "_ _"]
Rows = Int[np.ndarray, " r"]
#: Features and the group of each row.
Side = tuple[np.ndarray, np.ndarray]
#: Both ends of an interval, or the reason why there is none.
#: What chance means for each kind, in words.
NULLS = {
    MAPPED: "fit {} permuted, the map refitted each time",
    WHITENED: "fit {} permuted, the map refitted each time",
    RAW: "directions turned at random among the coordinates that vary",
}
#: What is left out for the interval of each kind, in words.
INTERVALS = {
    **dict.fromkeys(
        (MAPPED, WHITENED), "fit {} left out in turn, the map refitted, directions held"
    ),
    RAW: "{} left out in turn, directions refitted and matched to themselves",
}


@dataclass(frozen=True, eq=False)
class Crossed:
    """What a map is fitted from (scores of either side), and the directions in its coordinates."""

    first: Float[np.ndarray, "n a"]
    second: Float[np.ndarray, "n b"]
    left: Float[np.ndarray, "a i"]
    right: Float[np.ndarray, "b j"]

    def fitted(self, order: Rows | None = None) -> tuple[np.ndarray, int]:
        """Return the map in these coordinates and its rank, the second side's rows reordered."""
        second = self.second if order is None else self.second[order]
        return polar_factor(self.first.T @ second)

    def cells(self, order: Rows | None = None) -> Float[np.ndarray, "i j"]:
        """Return the cosine of every left direction with every mapped right direction."""
        return self.left.T @ self.fitted(order)[0] @ self.right


def crossed(kind: str, x: np.ndarray, y: np.ndarray, v: Vectors, w: Vectors) -> Crossed:
    """Bring the fit rows of both sides, and the directions, into the coordinates of the map.

    A whitened direction is divided by the length of its whole score, so that, as with the plain
    map, what the kept components leave out of it is lost and not made up for.
    """
    try:
        a, b = reduced(x), reduced(y)
    except AlignmentError as error:
        raise AnalysisError(str(error)) from error
    if kind == MAPPED:
        return Crossed(a.scores, b.scores, a.vectors.T @ v, b.vectors.T @ w)
    r = kept_components(len(x), a, b)
    return Crossed(
        whitened_scores(a, r), whitened_scores(b, r), _whitened(a, v, r), _whitened(b, w, r)
    )


def kept_components(n: int, a: Reduced, b: Reduced) -> int:
    """Return how many components are whitened: a fifth of the samples, where there are as many."""
    r = min(n // SAMPLES_PER_COMPONENT, a.vectors.shape[1], b.vectors.shape[1])
    if not r:
        raise AnalysisError(f"A whitened map needs at least 5 samples to fit on; there are {n}.")
    return r


def _whitened(side: Reduced, v: Vectors, r: int) -> np.ndarray:
    coordinates = side.lengths[:, None] * (side.vectors.T @ v)
    return coordinates[:r] / np.linalg.norm(coordinates, axis=0)


def mapped_panel(run: Run, params: PairParams, a: Basis, b: Basis) -> CosinePanel:
    """Compare directions of the test rows through a map fitted on the others, or as they are."""
    samples, nouns = run.samples(params.a.domain), run.domains[params.a.domain].nouns
    groups = samples["group"].to_numpy(dtype=str)
    x, y = (_features(run, side, a.fit) for side in params.sides)
    v, w = (basis.vectors[:, : params.components] for basis in (a, b))
    observed = _observed(params.kind, x[a.fit], y[a.fit], v, w)
    rows, reason = permutations_of(groups[a.fit], params.permutations, params.seed, nouns)
    null = observed.null(rows, params)
    estimates = estimate_cells(
        observed.cells,
        null,
        len(np.unique(groups if params.kind == RAW else groups[a.fit])),
        null_reason=reason,
        interval=_interval(params.kind, groups, (x, y), (v, w), a, params.seed, nouns.groups),
        unit=nouns.groups,
    )
    return CosinePanel(
        kind=params.kind,
        name_a=f"{a.encoder}/{a.layer}",
        name_b=f"{b.encoder}/{b.layer}",
        estimates=estimates,
        partner=np.full(v.shape[1], -1),
        reliability_a=a.reliability[: v.shape[1]],
        reliability_b=b.reliability[: w.shape[1]],
        norms_a=observed.norms_a,
        norms_b=observed.norms_b,
        dimension=observed.dimension,
        typical=None if params.kind == MAPPED else 1 / np.sqrt(observed.dimension),
        untrained=_untrained(run, params, a),
        null_kind=NULLS[params.kind].format(nouns.groups),
        interval_kind=INTERVALS[params.kind].format(nouns.groups),
        facts=facts_of(a, samples, params.permutations),
    )


@dataclass(frozen=True, eq=False)
class Observed:
    """Cells, what the map leaves of each direction, and how to draw chance cells."""

    cells: Float[np.ndarray, "a b"]
    norms_a: Float[np.ndarray, " a"] | None
    norms_b: Float[np.ndarray, " b"] | None
    dimension: int
    crossed: Crossed | None

    def null(self, orders: Int[np.ndarray, "c n"], params: PairParams) -> np.ndarray:
        """Return chance cells: the map refitted, or directions turned at random."""
        if self.crossed is not None:
            return np.array([self.crossed.cells(order) for order in orders])
        return random_cells(self.dimension, self.cells.shape, params.permutations, params.seed)


def random_cells(d: int, shape: tuple[int, int], count: int, seed: int) -> np.ndarray:
    """Return cosines between fixed orthonormal directions and random ones in d coordinates."""
    rng = np.random.default_rng(seed)
    return np.array([random_basis(d, shape[1], rng)[: shape[0]] for _ in range(count)])


def _observed(kind: str, x: np.ndarray, y: np.ndarray, v: Vectors, w: Vectors) -> Observed:
    if kind == RAW:
        varying = int(np.count_nonzero(x.std(axis=0) > 0))
        return Observed(v.T @ w, None, None, varying, None)
    both = crossed(kind, x, y, v, w)
    core, rank = both.fitted()
    return Observed(
        cells=both.left.T @ core @ both.right,
        norms_a=np.linalg.norm(core.T @ both.left, axis=0),
        norms_b=np.linalg.norm(core @ both.right, axis=0),
        dimension=rank if kind == WHITENED else min(x.shape[1], y.shape[1]),
        crossed=both,
    )


def _features(run: Run, side: BasisParams, fit: Rows) -> np.ndarray:
    return scaled(representation(run, side), fit, side.scaling, run.groups(side.domain))[0]


def _interval(
    kind: str,
    groups: np.ndarray,
    features: tuple[np.ndarray, np.ndarray],
    directions: tuple[Vectors, Vectors],
    a: Basis,
    seed: int,
    unit: str,
) -> Ends:
    x, y = features
    if kind != RAW:
        x, y = x[a.fit], y[a.fit]
        return jackknifed(
            lambda kept: crossed(kind, x[kept], y[kept], *directions).cells(),
            groups[a.fit],
            seed,
            unit=unit,
        )
    halves = (x[a.fit], groups[a.fit]), (y[a.test], groups[a.test])
    return raw_intervals(*halves, directions, seed, unit)[0]


def raw_intervals(
    first: Side,
    second: Side,
    directions: tuple[Vectors, Vectors],
    seed: int,
    unit: str = "groups",
) -> tuple[Ends, Ends]:
    """Return the intervals of all cells, and of the cosines of the principal angles.

    Groups of either side are left out in turn; the directions are found again without each.
    """
    (x, groups_x), (y, groups_y) = first, second
    n, shape = len(x), (directions[0].shape[1], directions[1].shape[1])
    fewest = min(len(np.unique(groups)) for groups in (groups_x, groups_y))
    if fewest < MIN_GROUPS:
        why = too_few(fewest, f"{unit} on one side", MIN_GROUPS, "interval")
        return Ends(None, None, why), Ends(None, None, why)

    def statistic(kept: Rows) -> np.ndarray:
        v = refound(x[kept[kept < n]], directions[0])
        cells = v.T @ refound(y[kept[kept >= n] - n], directions[1])
        return np.append(cells.ravel(), np.linalg.svd(cells, compute_uv=False))

    sides = [np.char.add(mark, g.astype(str)) for mark, g in (("1/", groups_x), ("2/", groups_y))]
    ends = jackknifed(statistic, np.concatenate(sides), seed, unit=unit)
    cut, count = shape[0] * shape[1], min(shape)
    return ends.cut(slice(None, cut), shape), ends.cut(slice(cut, None), (count,))


def refound(x: Float[np.ndarray, "n p"], vectors_before: Vectors) -> Vectors:
    """Find the directions again in other rows, each with the place and sign of a known one."""
    vectors = principal_directions(x, vectors_before.shape[1]).vectors
    overlap = vectors_before.T @ vectors
    _, place = linear_sum_assignment(np.abs(overlap), maximize=True)
    signs = np.where(overlap[np.arange(len(place)), place] < 0, -1.0, 1.0)
    return vectors[:, place] * signs


def _untrained(run: Run, params: PairParams, a: Basis) -> np.ndarray:
    """Return the largest absolute cell between untrained twins of the two encoders, by seed."""
    largest = []
    for seed in twin_seeds(run, params):
        sides = params.untrained(seed).sides
        x, y = (_features(run, side, a.fit) for side in sides)
        part = a.fit if params.kind == RAW else a.test
        k = params.components
        v = leading(x[part], k, str(sides[0].ref)).vectors
        w = leading(y[a.test], k, str(sides[1].ref)).vectors
        largest.append(np.abs(_observed(params.kind, x[a.fit], y[a.fit], v, w).cells).max())
    return np.array(largest)
