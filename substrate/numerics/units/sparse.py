"""Few to one: how many units of A does a unit of B need? Lasso paths from moments alone.

Li et al., "Convergent Learning" (ICLR 2016), section 4, fitted there by gradient descent; here by
scikit-learn's coordinate descent (Friedman, Hastie, Tibshirani, 2010) on the covariances.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.linalg
from jaxtyping import Float, Int
from scipy import stats
from sklearn.linear_model import enet_path

from substrate.numerics.estimates import LEVEL
from substrate.numerics.units.blocks import JointCovariance, PairedBlocks, UnitsError, parts

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
        prediction beats a constant there.
    """

    penalties: Float[np.ndarray, " L"]
    a: Int[np.ndarray, " p"]
    b: Int[np.ndarray, " q"]
    weights: Float[np.ndarray, "L q p"]
    shrunken_r2: Float[np.ndarray, "L q"]
    r2: Float[np.ndarray, "L q"]
    count: Int[np.ndarray, "L q"]
    chosen: Int[np.ndarray, " q"]

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
    fit, choose, judge = parts(len(blocks.blocks), SHARES)
    whole = blocks.covariance(fit)
    a, b = (np.flatnonzero(one) for one in whole.living)
    if not a.size or not b.size:
        raise UnitsError("All units of one side are constant on these images: choose other layers.")
    fitted = whole.standardised().taken(a, b)
    means = blocks.means(fit)
    scales = _scales(fitted=whole, a=a, b=b)
    shrunken = _paths(fitted, penalties)
    weights = _refitted(fitted, shrunken)
    count = np.count_nonzero(weights, axis=2)
    choosing = [blocks.about(means, [block]).taken(a, b) for block in choose]
    errors = np.array([_errors(one, scales, weights) for one in choosing])
    constants = np.array([np.diagonal(one.bb) * scales[1] ** 2 for one in choosing])
    held = blocks.about(means, judge).taken(a, b)
    constant = np.diagonal(held.bb) * scales[1] ** 2
    return SparsePaths(
        penalties=penalties,
        a=a,
        b=b,
        weights=weights,
        shrunken_r2=1 - _errors(held, scales, shrunken) / constant,
        r2=1 - _errors(held, scales, weights) / constant,
        count=count,
        chosen=_chosen(errors, constants, count),
    )


def _scales(
    fitted: JointCovariance, a: Int[np.ndarray, " p"], b: Int[np.ndarray, " q"]
) -> tuple[Float[np.ndarray, " p"], Float[np.ndarray, " q"]]:
    return 1 / np.sqrt(np.diagonal(fitted.aa)[a]), 1 / np.sqrt(np.diagonal(fitted.bb)[b])


def _paths(c: JointCovariance, penalties: Float[np.ndarray, " L"]) -> Float[np.ndarray, "L q p"]:
    """Return the penalised weights; a triangular root of the covariance stands for the rows."""
    p, q = c.ab.shape
    values, vectors = scipy.linalg.eigh(c.aa)
    kept = values > values[-1] * 1e-10
    root = (vectors[:, kept] * np.sqrt(values[kept])).T  # root' root = C_aa
    targets = (vectors[:, kept] / np.sqrt(values[kept])).T @ c.ab  # root' targets = C_ab
    rows = len(root)
    out = np.empty((len(penalties), q, p))
    x, gram = np.asfortranarray(root * np.sqrt(rows)), np.ascontiguousarray(c.aa * rows)
    for unit in range(q):
        _, path, _ = enet_path(
            x,
            targets[:, unit] * np.sqrt(rows),
            l1_ratio=1.0,
            alphas=penalties,
            precompute=gram,
            Xy=c.ab[:, unit] * rows,
            check_input=False,
        )
        out[:, unit] = path.T
    return out


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


def _errors(
    held: JointCovariance, scales: Sequence[np.ndarray], weights: Float[np.ndarray, "L q p"]
) -> Float[np.ndarray, "L q"]:
    """Return mean squared errors from second moments about the means fitted on."""
    a, b = scales
    aa, ab = held.aa * a[:, None] * a, held.ab * a[:, None] * b
    own = np.diagonal(held.bb) * b**2
    return own - 2 * np.einsum("lqp,pq->lq", weights, ab) + ((weights @ aa) * weights).sum(axis=2)


def _chosen(
    errors: Float[np.ndarray, "m L q"],
    constants: Float[np.ndarray, "m q"],
    count: Int[np.ndarray, "L q"],
) -> Int[np.ndarray, " q"]:
    """Return the smallest set that is not significantly worse than the best, L for the empty one.

    A constant is one of the candidates. Errors are paired over the m blocks, and divided by the
    constant's in each: a unit that is active in few photographs would else rest on one of them.
    """
    m = len(errors)
    every = np.concatenate([errors, constants[:, None]], axis=1)
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
