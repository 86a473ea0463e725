"""Few to one: how many units of A does a unit of B need? Lasso paths from moments alone.

Li et al., "Convergent Learning" (ICLR 2016), section 4, fitted there by gradient descent; here by
least angle regression (Efron, Hastie, Johnstone, Tibshirani, 2004), scikit-learn's, on covariances.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import scipy.linalg
from jaxtyping import Float, Int
from scipy import stats
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import lars_path_gram

from substrate.numerics.estimates import LEVEL
from substrate.numerics.units.blocks import JointCovariance, PairedBlocks, UnitsError, parts
from substrate.numerics.units.scaled import ScaledBlocks, errors, scaled_blocks, total

#: Penalties for z-scored units, strongest first: at 1 nothing is left of any path.
PENALTIES: Float[np.ndarray, " 16"] = np.logspace(0, -3, 16)
#: A weight below this share of its unit's largest counts as zero after the refit.
TRIVIAL = 1e-6
#: Blocks of photographs to fit on, to choose a penalty on, and to judge on.
SHARES = (2, 1, 1)


@dataclass(frozen=True, eq=False)
class SparsePaths:
    """Sparse predictions of every unit of B from the units of A, penalty by penalty.

    All of z-scored units, dead ones left out; L penalties, q units of B, p units of A.

    Attributes
    ----------
    a, b
        Numbers of the living units.
    weights
        Least-squares weights of the units that the penalty left in, refitted without it.
    shrunken_r2, r2
        Held-out R² of the penalised weights and of the refitted ones, on the photographs that
        judge; a constant (the mean of the photographs fitted on) has 0, worse predictions less.
    count
        Units of A with a weight.
    chosen
        Index of the penalty chosen for each unit of B on photographs of their own; L where no
        prediction beats a constant there. Empty (c = 0) before they are chosen, else c = q.
    held_errors, held_constants
        Squared errors of the refitted weights and of a constant, summed over each of the m blocks
        that judge.
    """

    penalties: Float[np.ndarray, " L"]
    a: Int[np.ndarray, " p"]
    b: Int[np.ndarray, " q"]
    weights: Float[np.ndarray, "L q p"]
    shrunken_r2: Float[np.ndarray, "L q"]
    r2: Float[np.ndarray, "L q"]
    count: Int[np.ndarray, "L q"]
    chosen: Int[np.ndarray, " c"]
    held_errors: Float[np.ndarray, "m L q"]
    held_constants: Float[np.ndarray, "m q"]

    @property
    def chosen_weights(self) -> Float[np.ndarray, "q p"]:
        """Weights at the chosen penalty, zeros where a constant predicts as well."""
        padded = np.concatenate([self.weights, np.zeros_like(self.weights[:1])])
        return padded[self.chosen, np.arange(len(self.b))]

    @property
    def chosen_r2(self) -> Float[np.ndarray, " q"]:
        """Held-out R² at the chosen penalty; 0 where a constant predicts as well."""
        padded = np.concatenate([self.r2, np.zeros_like(self.r2[:1])])
        return padded[self.chosen, np.arange(len(self.b))]

    @property
    def chosen_count(self) -> Int[np.ndarray, " q"]:
        """Units of A in each chosen prediction."""
        padded = np.concatenate([self.count, np.zeros_like(self.count[:1])])
        return padded[self.chosen, np.arange(len(self.b))]

    @property
    def half_unexplained(self) -> Float[np.ndarray, " L"]:
        """Half the unexplained variance of the penalised weights, over units: the paper's loss."""
        return (1 - self.shrunken_r2).mean(axis=1) / 2


def sparse_paths(
    blocks: PairedBlocks, penalties: Float[np.ndarray, " L"] = PENALTIES
) -> SparsePaths:
    r"""Predict each unit of B from few units of A, and judge on photographs not used before.

    .. math:: \min_w \tfrac12 w^\top C_{aa} w - w^\top c_{ab} + \lambda |w|_1

    on half of the blocks, of z-scored units; the units left in by each penalty are refitted by
    least squares. On a quarter of the blocks the smallest set is chosen whose error is not
    significantly above that of the best (one-sided 95 %, over blocks), and none at all where no
    set's error lies significantly below a constant's. The last quarter judges.

    Raises
    ------
    UnitsError
        If there are fewer than 8 blocks of photographs (two to choose on), or no unit lives on a
        side.
    """
    if len(blocks.blocks) < 8:
        raise UnitsError(
            f"{len(blocks.blocks)} blocks of photographs, and at least 8 are needed to fit, choose "
            "and judge a sparse prediction. Use more photographs, or narrower layers."
        )
    return paths_of(scaled_blocks(blocks, *parts(len(blocks.blocks), SHARES)), penalties)


def paths_of(scaled: ScaledBlocks, penalties: Float[np.ndarray, " L"] = PENALTIES) -> SparsePaths:
    """Return the paths of z-scored units or axes: fitted, chosen and judged on parts of their own.

    Where there is one part beside the photographs fitted on, it judges, and nothing is chosen.
    """
    *choosing, judging = scaled.parts
    shrunken = _paths(scaled.fit, penalties)
    weights = _refitted(scaled.fit, shrunken)
    count = np.count_nonzero(weights, axis=2)
    rows = np.array(scaled.rows[-1])[:, None]
    held = total(judging, scaled.rows[-1])
    constant = np.diagonal(held.bb)
    return SparsePaths(
        penalties=penalties,
        a=scaled.a,
        b=scaled.b,
        weights=weights,
        shrunken_r2=1 - errors(held, shrunken) / constant,
        r2=1 - errors(held, weights) / constant,
        count=count,
        chosen=_chosen_on(choosing[0], weights, count) if choosing else np.zeros(0, dtype=int),
        held_errors=rows[:, :, None] * np.array([errors(one, weights) for one in judging]),
        held_constants=rows * np.array([np.diagonal(one.bb) for one in judging]),
    )


def _chosen_on(
    choosing: tuple[JointCovariance, ...],
    weights: Float[np.ndarray, "L q p"],
    count: Int[np.ndarray, "L q"],
) -> Int[np.ndarray, " q"]:
    constants = np.array([np.diagonal(one.bb) for one in choosing])
    return _chosen(np.array([errors(one, weights) for one in choosing]), constants, count)


def _paths(c: JointCovariance, penalties: Float[np.ndarray, " L"]) -> Float[np.ndarray, "L q p"]:
    """Return the penalised weights at each penalty; between its knots a path is a straight line."""
    p, q = c.ab.shape
    out = np.empty((len(penalties), q, p))
    with warnings.catch_warnings():
        # Of units that say the same one enters, and the path ends where nothing is left to gain.
        warnings.simplefilter("ignore", ConvergenceWarning)
        for unit in range(q):
            knots, _, weights = lars_path_gram(
                c.ab[:, unit].copy(),
                c.aa,
                n_samples=1,
                method="lasso",
                alpha_min=penalties.min(),
            )
            out[:, unit] = _between(penalties, knots, weights)
    return out


def _between(
    penalties: Float[np.ndarray, " L"],
    knots: Float[np.ndarray, " k"],
    weights: Float[np.ndarray, "p k"],
) -> Float[np.ndarray, "L p"]:
    """Return the weights at each penalty, zeros above the first knot."""
    later = np.clip(np.searchsorted(-knots, -penalties), 1, max(len(knots) - 1, 1))
    if len(knots) < 2:
        return np.zeros((len(penalties), len(weights)))
    span = knots[later - 1] - knots[later]
    share = (knots[later - 1] - penalties) / np.where(span > 0, span, 1.0)
    share = np.clip(share, 0.0, 1.0)
    return np.asarray((weights[:, later - 1] * (1 - share) + weights[:, later] * share).T)


def _refitted(
    c: JointCovariance, shrunken: Float[np.ndarray, "L q p"]
) -> Float[np.ndarray, "L q p"]:
    """Return least-squares weights of the units that each penalty left in."""
    out = np.zeros_like(shrunken)
    largest = np.abs(shrunken).max(axis=2, initial=0.0)
    for level, unit in np.ndindex(shrunken.shape[:2]):
        inside = np.flatnonzero(np.abs(shrunken[level, unit]) > TRIVIAL * largest[level, unit])
        if inside.size:
            solved = scipy.linalg.lstsq(c.aa[np.ix_(inside, inside)], c.ab[inside, unit])[0]
            out[level, unit, inside] = solved
    return out


def _chosen(
    squared: Float[np.ndarray, "m L q"],
    constants: Float[np.ndarray, "m q"],
    count: Int[np.ndarray, "L q"],
) -> Int[np.ndarray, " q"]:
    """Return the smallest set that is not significantly worse than the best, L for the empty one.

    A constant is one of the candidates. Errors are paired over the m blocks, and divided by the
    constant's in each: a unit that is active in few photographs would else rest on one of them.
    """
    m = len(squared)
    every = np.concatenate([squared, constants[:, None]], axis=1)
    own = constants[:, None]
    every = np.divide(
        every, own, out=np.ones_like(every), where=np.broadcast_to(own > 0, every.shape)
    )
    counts = np.concatenate([count, np.zeros_like(count[:1])])
    best = every.mean(axis=0).argmin(axis=0)
    gap = every - np.take_along_axis(every, np.broadcast_to(best, (m, 1, best.size)), axis=1)
    error = gap.std(axis=0, ddof=1) / np.sqrt(m)
    worse = gap.mean(axis=0) > stats.t.ppf(LEVEL, m - 1) * error
    size = np.where(worse, counts.max() + 1, counts)
    # Of sets of one size the one of the smaller error; the gap breaks ties without changing sizes.
    within = gap.mean(axis=0) / (1 + gap.mean(axis=0).max(axis=0))
    return np.asarray((size + 0.5 * within).argmin(axis=0))
