r"""Families of maps from one representation to another, each with more freedom than the one before.

A map is judged by what it predicts of the other side, so each family gets one scale: with s a
number, P a permutation of units and Q a rotation,

.. math:: sP \subset sQ \subset \text{affine},

and what a richer family gains on rows that it has not seen says which freedom is needed. The
*substrate* map sees K numbers of either side only: a rotation (with one scale) between their K
leading principal scores.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from jaxtyping import Float, Int, Real, Shaped
from sklearn.model_selection import GroupKFold

from substrate.numerics.alignment import (
    AlignmentError,
    LinearMap,
    Reduced,
    permutation_map,
    polar_factor,
    reduced,
    require_pairs,
)

Family = Literal["substrate", "permutation", "orthogonal", "affine"]
#: From the least freedom to the most; the substrate map, limited to K directions, stands apart.
NESTED: tuple[Family, ...] = ("permutation", "orthogonal", "affine")
FAMILIES: tuple[Family, ...] = ("substrate", *NESTED)
#: Penalties that are tried, in units of the source's mean squared singular value.
PENALTIES: tuple[float, ...] = tuple(float(p) for p in np.geomspace(1e-4, 1e3, 15))
FOLDS = 5


@dataclass(frozen=True)
class Freedom:
    """What a family needs to be fitted: the ridge penalty of affine maps, K of the substrate's."""

    ridge: float = 0.0
    components: int = 16


@dataclass(frozen=True, eq=False)
class Pair:
    """Rows of two sides that belong together, each in the coordinates of its own span.

    Finding these coordinates is most of the work, so all families and both directions share them.
    """

    x: Real[np.ndarray, "n p"]
    y: Real[np.ndarray, "n q"]
    source: Reduced
    target: Reduced

    @classmethod
    def of(cls, x: Real[np.ndarray, "n p"], y: Real[np.ndarray, "n q"]) -> Pair:
        """Prepare rows that belong together; AlignmentError where they do not or nothing varies."""
        require_pairs(x, y)
        return cls(x, y, reduced(x), reduced(y))

    def shuffled(self, order: Int[np.ndarray, " n"]) -> Pair:
        """Return the pair with the target's rows in another order; rows may come twice."""
        y = self.y[order]
        whole = np.array_equal(np.sort(order), np.arange(len(order)))
        target = replace(self.target, scores=self.target.scores[order]) if whole else reduced(y)
        return Pair(self.x, y, self.source, target)


@dataclass(frozen=True, eq=False)
class SpanMap:
    """x -> (x - mean) V_a C V_b' + mean: a map between the spans of two sides, by its core C."""

    core: Float[np.ndarray, "r s"]
    source: Reduced
    target: Reduced

    @property
    def target_mean(self) -> Float[np.ndarray, " q"]:
        """Return the mean of the target's fit rows."""
        return self.target.mean

    def apply(self, x: Real[np.ndarray, "m p"]) -> Float[np.ndarray, "m q"]:
        """Carry rows of the source over to the target."""
        inside = (x - self.source.mean) @ self.source.vectors @ self.core
        return inside @ self.target.vectors.T + self.target.mean


def fitted_to(family: Family, pair: Pair, freedom: Freedom) -> SpanMap | LinearMap:
    """Fit a map of a family to rows that belong together.

    Units are taken as they come: standardise them first, with the statistics of the same rows.

    Raises
    ------
    AlignmentError
        If there is no such family, or K is below 1.
    """
    if family == "permutation":
        permuted = permutation_map(pair.x, pair.y)
        moved = (pair.x - permuted.source_mean) @ permuted.matrix
        return replace(
            permuted, matrix=_scale(moved, pair.y - permuted.target_mean) * permuted.matrix
        )
    if family not in FAMILIES:
        raise AlignmentError(
            f"There is no family of maps {family!r}; choose {', '.join(FAMILIES)}."
        )
    source, target = pair.source, pair.target
    cross = source.scores.T @ target.scores
    if family == "affine":
        squares = np.square(source.lengths)
        return SpanMap(cross / (squares + freedom.ridge * squares.mean())[:, None], source, target)
    core = polar_factor(cross)[0] if family == "orthogonal" else _leading(cross, freedom.components)
    return SpanMap(_scale(source.scores @ core, target.scores) * core, source, target)


def _leading(cross: Float[np.ndarray, "r s"], components: int) -> Float[np.ndarray, "r s"]:
    """Rotate the K leading principal scores onto the other side's, the rest to nothing."""
    if components < 1:
        raise AlignmentError(f"K is {components}; give at least 1.")
    k = min(components, *cross.shape)
    core = np.zeros(cross.shape)
    core[:k, :k], _ = polar_factor(cross[:k, :k])
    return core


def _scale(moved: Float[np.ndarray, "n q"], target: Float[np.ndarray, "n q"]) -> float:
    r"""Return the one scale that fits best, s = <M, Y> / \|M\|^2 of centred rows, at least 0."""
    length = float(np.square(moved).sum())
    return max(float((moved * target).sum()) / length, 0.0) if length > 0 else 0.0


@dataclass(frozen=True, eq=False)
class _Fold:
    """What a fold keeps of the source: squared lengths, fit scores, held-out coordinates."""

    fit: Int[np.ndarray, " f"]
    held: Int[np.ndarray, " h"]
    squares: Float[np.ndarray, " r"]
    scores: Float[np.ndarray, "f r"]
    coordinates: Float[np.ndarray, "h r"]

    def left(self, y: Real[np.ndarray, "n q"], penalties: Sequence[float]) -> np.ndarray:
        """Return the squared error on the held rows for each penalty, without predicting each."""
        mean = y[self.fit].mean(axis=0, dtype=np.float64)
        cross, target = self.scores.T @ (y[self.fit] - mean), y[self.held] - mean
        hit = ((self.coordinates.T @ target) * cross).sum(axis=1)
        square = (self.coordinates.T @ self.coordinates) * (cross @ cross.T)
        total = float(np.square(target).sum())
        weights = [1 / (self.squares + penalty * self.squares.mean()) for penalty in penalties]
        return np.array([total - 2 * float(w @ hit) + float(w @ square @ w) for w in weights])


@dataclass(frozen=True, eq=False)
class Penalties:
    """The source's part in choosing a ridge penalty, for any target on the same rows."""

    folds: tuple[_Fold, ...]
    tried: tuple[float, ...] = PENALTIES

    @classmethod
    def of(
        cls,
        x: Real[np.ndarray, "n p"],
        groups: Shaped[np.ndarray, " n"],
        *,
        folds: int = FOLDS,
    ) -> Penalties:
        """Divide the rows in folds of whole groups (scikit-learn's `GroupKFold`).

        Raises
        ------
        AlignmentError
            If there are fewer than two groups, or a fold's source has no variance.
        """
        count = len(np.unique(groups))
        if count < 2:
            raise AlignmentError("The ridge penalty is chosen across groups: give two at least.")
        parts = []
        for fit, held in GroupKFold(min(folds, count)).split(x, groups=groups):
            a = reduced(x[fit])
            coordinates = (x[held] - a.mean) @ a.vectors
            parts.append(_Fold(fit, held, np.square(a.lengths), a.scores, coordinates))
        return cls(tuple(parts))

    def best(self, y: Real[np.ndarray, "n q"]) -> float:
        """Return the penalty whose maps leave least of y on the groups of the other folds.

        All inside the fit rows: the rows that a map is judged on take no part.
        """
        left = np.sum([fold.left(y, self.tried) for fold in self.folds], axis=0)
        return self.tried[int(np.argmin(left))]


def reliability(first: Float[np.ndarray, "n q"], second: Float[np.ndarray, "n q"]) -> float:
    r"""Return what predictions of two halves of the fit rows leave room for, a ceiling of R2.

    .. math:: r_{SB} = \frac{2r}{1 + r}, \quad
        r = \frac{\langle \hat Y_1, \hat Y_2 \rangle}{\|\hat Y_1\| \|\hat Y_2\|}

    the Spearman-Brown correction of the correlation of the two halves' predictions (deviations
    from the fitted mean) on the same unseen rows. A prediction cannot correlate with its target
    more than with itself were it made again: R2 <= corr(Y, \hat Y)^2 <= r_SB, on average over
    draws of the fit rows. 0 where a half predicts nothing.
    """
    lengths = float(np.linalg.norm(first) * np.linalg.norm(second))
    r = float((first * second).sum()) / lengths if lengths > 0 else 0.0
    return 2 * r / (1 + r) if r > 0 else 0.0
