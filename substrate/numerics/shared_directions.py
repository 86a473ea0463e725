r"""How many directions do several encoders share? Counted one at a time, by permutation.

Each encoder is reduced to its leading principal scores U_i, brought to equal variance, and the
generalised canonical correlation of the panel (MAXVAR: Kettenring, Biometrika 58, 1971) looks for
the one direction per encoder that they have most in common,

.. math:: \lambda = \max_{w_1 \dots w_m} \; \Bigl\| \sum_i U_i w_i \Bigr\|^2, \quad
    \sum_i \|w_i\|^2 = 1,

from 1 (nothing) to m (one direction in all of them). It is set beside the same search in data whose
photographs are shuffled between encoders, the fit made anew each time. If it stands out, the found
variate is taken out of every encoder, and the search begins again in what is left: each step is
compared with a null in which the directions before it are gone, not with one in which nothing is
shared (Winkler, Renaud, Smith & Nichols, NeuroImage 220, 2020). The first step that does not stand
out ends the count, so that the chance of any false one in a panel that shares nothing is the level
of one test. Weak directions are missed: the count says *at least*.

Directions are confirmed on photographs that took no part in finding them: each fold of photographs
is scored on variates fitted to the other folds, and a direction whose held-out correlation is not
positive ends the count as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
import scipy.linalg
from jaxtyping import Float

from substrate.numerics.nulls import (
    MIN_GROUPS,
    group_members,
    group_permutations,
    too_few,
)
from substrate.numerics.panel import (
    Blocks,
    part_correlations,
)
from substrate.numerics.spectra import (
    centred,
    existing_eigenvectors,
)

SHUFFLES, FOLDS = 199, 5
#: Samples per reduced direction: with fewer, any two subspaces have directions in common.
SAMPLES_PER_DIRECTION = 5
ALPHA, ROUNDING = 0.05, 1e-9

Scores = Sequence[Float[np.ndarray, "n r"]]


@dataclass(frozen=True, eq=False)
class SharedDirections:
    """The number of shared directions, step by step.

    Attributes
    ----------
    count
        Directions that stand out from shuffled photographs and are confirmed on held-out ones;
        ``None`` where ``reason`` says why none is given.
    searched
        How many directions were looked at in the smallest encoder: the count cannot exceed it.
    p
        One per step taken, each at least as large as those before it. The last one may be a lower
        bound: shuffling stops when it cannot fall below the level any more.
    held_out
        Correlation of each encoder's variate with the sum of the others', mean over encoders, on
        photographs left out when it was found, for each step that stood out.
    """

    count: int | None
    searched: int
    p: Float[np.ndarray, " s"]
    held_out: Float[np.ndarray, " c"]
    reason: str = ""


def reduced(blocks: Blocks, components: int) -> list[Float[np.ndarray, "n r"]]:
    """Return each encoder's leading principal scores, orthonormal, as many as samples allow."""
    scores = []
    for x in blocks:
        z = centred(x)
        n, p = z.shape
        r = max(1, min(components, n // SAMPLES_PER_DIRECTION))
        if p <= n:
            values, axes = existing_eigenvectors(z.T @ z, min(r, p))
            scores.append(z @ axes / np.sqrt(values))
        else:
            scores.append(existing_eigenvectors(z @ z.T, r)[1])
    return scores


def shared_directions(
    scores: Scores,
    groups: np.ndarray,
    *,
    shuffles: int = SHUFFLES,
    seed: int = 0,
    unit: str = "groups",
) -> SharedDirections:
    """Count the directions that encoders share, from their `reduced` scores of the same samples.

    Parameters
    ----------
    scores
        One array (samples, directions) per encoder, at least two.
    groups
        The photograph of each sample: photographs are shuffled whole, and folds hold whole ones.
    shuffles
        Draws of the null at each step.
    seed
        Fixes the shuffles and the folds.
    unit
        What the groups are called.
    """
    searched = min(u.shape[1] for u in scores)
    photographs = len(group_members(groups))
    if photographs < MIN_GROUPS:
        reason = too_few(photographs, unit, MIN_GROUPS, "count")
        return SharedDirections(None, searched, np.empty(0), np.empty(0), reason)
    left: list[np.ndarray] = [_orthonormal(u) for u in scores]
    p: list[float] = []
    for step in range(searched):
        p.append(_p_value(left, groups, shuffles, seed=1000 * seed + step))
        if p[-1] > ALPHA:
            break
        left = _without(left, _weights(left))
    stood_out = int(np.count_nonzero(np.array(p) <= ALPHA))
    held_out = held_out_correlations(scores, groups, stood_out, seed)
    confirmed = int(np.cumprod(held_out > 0).sum())
    return SharedDirections(confirmed, searched, np.maximum.accumulate(p), held_out)


def held_out_correlations(
    scores: Scores, groups: np.ndarray, count: int, seed: int
) -> Float[np.ndarray, " c"]:
    """Correlate the encoders along the leading variates, on photographs that did not fit them."""
    members = group_members(groups)
    order = np.random.default_rng(seed).permutation(len(members))
    correlations = np.empty((FOLDS, count))
    for fold, out in zip(correlations, np.array_split(order, FOLDS), strict=True):
        tested = np.concatenate([members[g] for g in out])
        fitted = np.setdiff1d(np.arange(len(groups)), tested)
        weights = _leading_weights([u[fitted] for u in scores], count)
        parts = np.array([u[tested] @ w for u, w in zip(scores, weights, strict=True)])
        fold[:] = part_correlations(parts).mean(axis=0)
    means: Float[np.ndarray, " c"] = correlations.mean(axis=0)
    return means


def _leading_weights(scores: Scores, count: int) -> list[Float[np.ndarray, "r c"]]:
    """Return what turns each encoder's scores into its variates, found one after another."""
    triangles = [np.linalg.qr(centred(u)) for u in scores]
    left = [q for q, _ in triangles]
    bases = [np.eye(q.shape[1]) for q in left]
    columns: list[list[np.ndarray]] = [[] for _ in left]
    for _ in range(count):
        weights = _weights(left)
        for column, basis, w in zip(columns, bases, weights, strict=True):
            column.append(basis @ w)
        complements = [_complement(w) for w in weights]
        bases = [b @ c for b, c in zip(bases, complements, strict=True)]
        left = [q @ c for q, c in zip(left, complements, strict=True)]
    return [
        scipy.linalg.solve_triangular(r, np.array(column).reshape(-1, len(r)).T)
        for (_, r), column in zip(triangles, columns, strict=True)
    ]


def _p_value(left: Scores, groups: np.ndarray, shuffles: int, seed: int) -> float:
    """Set the leading value beside shuffled ones, until it cannot be small any more."""
    observed, as_high = _largest(_products(left)), 0
    orders = group_permutations(groups, shuffles * len(left), seed)
    uneven = len({len(rows) for rows in group_members(groups)}) > 1
    for draw, shuffled in enumerate(orders.reshape(shuffles, len(left), -1)):
        moved = [u[order] for u, order in zip(left, shuffled, strict=True)]
        products = _rescaled(moved) if uneven else _products(moved)
        as_high += _largest(products) >= observed
        if 1 + as_high > ALPHA * (1 + shuffles):
            return (1 + as_high) / (2 + draw)
    return (1 + as_high) / (1 + shuffles)


def _products(scores: Scores) -> Float[np.ndarray, "m m"]:
    side = np.hstack(scores)
    return np.asarray(side.T @ side)


def _rescaled(scores: Scores) -> Float[np.ndarray, "m m"]:
    """Return the products of scores of which rows were left out or repeated, whitened again."""
    side = np.hstack(scores)
    products = side.T @ side - len(side) * np.outer(side.mean(axis=0), side.mean(axis=0))
    edges = np.cumsum([0, *(u.shape[1] for u in scores)])
    for start, stop in pairwise(edges):
        own = np.s_[start:stop]
        block = products[own, own]
        # Repeated rows may leave fewer distinct ones than directions.
        block = block + ROUNDING * np.trace(block) * np.eye(len(block))
        triangle = np.linalg.cholesky(block)
        solve = partial(scipy.linalg.solve_triangular, triangle, lower=True)
        products[own] = solve(products[own])
        products[:, own] = solve(products[:, own].T).T
    return products


def _largest(products: Float[np.ndarray, "m m"]) -> float:
    last = len(products) - 1
    try:
        value = scipy.linalg.eigh(products, subset_by_index=(last, last), eigvals_only=True)
    except np.linalg.LinAlgError:  # equal eigenvalues, as with copies: see `leading_eigenpairs`
        value = ()
    return float(value[0] if len(value) else np.linalg.eigvalsh(products)[-1])


def _weights(scores: Scores) -> list[Float[np.ndarray, " r"]]:
    """Return the leading direction in each encoder's own scores."""
    vector = existing_eigenvectors(_products(scores), 1)[1][:, 0]
    return np.split(vector, np.cumsum([u.shape[1] for u in scores])[:-1])


def _without(scores: Scores, weights: Sequence[Float[np.ndarray, " r"]]) -> list[np.ndarray]:
    return [u @ _complement(w) for u, w in zip(scores, weights, strict=True)]


def _complement(vector: Float[np.ndarray, " r"]) -> Float[np.ndarray, "r r-1"]:
    """Return an orthonormal basis of what is orthogonal to a vector."""
    return np.linalg.qr(vector[:, None], mode="complete")[0][:, 1:]


def _orthonormal(u: Float[np.ndarray, "n r"]) -> Float[np.ndarray, "n r"]:
    return np.linalg.qr(centred(u))[0]
