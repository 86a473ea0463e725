"""Maps that carry one representation onto another: rotations, permutations, a consensus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.linalg
from jaxtyping import Float, Int, Real
from scipy.optimize import linear_sum_assignment

from substrate.numerics.spectra import centred

#: Singular values below this share of the largest are rounding: no direction is mapped by them.
RANK_TOLERANCE = 1e-10


class AlignmentError(ValueError):
    """Features that no map can be fitted to; the message says what arrived."""


@dataclass(frozen=True, eq=False)
class LinearMap:
    """x -> (x - source_mean) @ matrix + target_mean; ``rank`` is that of the matrix."""

    matrix: Float[np.ndarray, "p q"]
    source_mean: Float[np.ndarray, " p"]
    target_mean: Float[np.ndarray, " q"]
    rank: int

    def apply(self, x: Real[np.ndarray, "n p"]) -> Float[np.ndarray, "n q"]:
        """Carry rows of the source over to the target."""
        return (x - self.source_mean) @ self.matrix + self.target_mean


@dataclass(frozen=True, eq=False)
class Reduced:
    """Centred features in the coordinates of their own span: x - mean = scores @ vectors.T.

    ``scores`` has orthogonal columns of falling length, ``vectors`` orthonormal ones. Every
    product with another representation is then at most (n - 1) x (n - 1), however wide the units.
    """

    scores: Float[np.ndarray, "n r"]
    vectors: Float[np.ndarray, "p r"]
    mean: Float[np.ndarray, " p"]

    @property
    def lengths(self) -> Float[np.ndarray, " r"]:
        """Return the lengths of the score columns: the singular values."""
        return np.linalg.norm(self.scores, axis=0)


def reduced(x: Real[np.ndarray, "n p"]) -> Reduced:
    """Return centred features in the coordinates of their own span."""
    u, s, vt = scipy.linalg.svd(centred(x), full_matrices=False)
    rank = int(np.count_nonzero(s > RANK_TOLERANCE * s[0])) if s.size else 0
    if not rank:
        raise AlignmentError(
            f"Features of shape {x.shape} have no variance: nothing to align. Leave this layer out."
        )
    return Reduced(u[:, :rank] * s[:rank], vt[:rank].T, x.mean(axis=0, dtype=np.float64))


def polar_factor(
    cross: Float[np.ndarray, "p q"],
    rank: int | None = None,
    *,
    tolerance: float = RANK_TOLERANCE,
) -> tuple[Float[np.ndarray, "p q"], int]:
    """Return P_r R_r' of the cross-product P S R', and r; the r used drops singular values of 0.

    Those up to ``tolerance`` of the largest count as 0.

    For a full square matrix this is the nearest orthogonal one; otherwise a partial isometry:
    what lies outside the r leading pairs of directions is mapped to nothing.
    """
    p, s, rt = scipy.linalg.svd(cross, full_matrices=False)
    full = int(np.count_nonzero(s > tolerance * s[0])) if s.size else 0
    used = full if rank is None else min(full, rank)
    return p[:, :used] @ rt[:used], used


def whitened_scores(side: Reduced, components: int) -> Float[np.ndarray, "n r"]:
    """Return the leading components of equal length: the left singular vectors."""
    return side.scores[:, :components] / side.lengths[:components]


def permutation_map(x: Real[np.ndarray, "n p"], y: Real[np.ndarray, "n q"]) -> LinearMap:
    """Return the one-to-one matching of units with the largest sum of signed correlations.

    The side with fewer units that vary is matched completely; the others take no part, so that no
    unit is predicted from one that is silent. Units are not rescaled, only renamed. Li et al., ICLR
    2016.
    """
    source, target = matched_units(x, y)
    matrix = np.zeros((x.shape[1], y.shape[1]))
    matrix[source, target] = 1.0
    means = (x.mean(axis=0, dtype=np.float64), y.mean(axis=0, dtype=np.float64))
    return LinearMap(matrix, *means, rank=len(source))


def matched_units(
    x: Real[np.ndarray, "n p"], y: Real[np.ndarray, "n q"]
) -> tuple[Int[np.ndarray, " m"], Int[np.ndarray, " m"]]:
    """Return the matched units of x and of y, in the order of x; those without variance in none."""
    require_pairs(x, y)
    a, b = _unit(x), _unit(y)
    rows, columns = (np.flatnonzero(side.any(axis=0)) for side in (a, b))
    source, target = linear_sum_assignment(a[:, rows].T @ b[:, columns], maximize=True)
    return rows[source], columns[target]


#: Rounds of a consensus after which the lowest of several starts is gone on with.
TRIED = 20


@dataclass(frozen=True, eq=False)
class Consensus:
    """Several representations turned into one space, and their mean there.

    ``unexplained`` falls with each round: the share of the total variance of the turned copies
    that their mean leaves out.
    """

    mean: Float[np.ndarray, "n k"]
    maps: tuple[LinearMap, ...]
    unexplained: tuple[float, ...]


def consensus(
    features: Sequence[Real[np.ndarray, "n _"]], *, rounds: int = 100, tolerance: float = 1e-9
) -> Consensus:
    """Align many representations to their common mean (generalised Procrustes), all of size one.

    Each is centred, brought to unit length, padded with zeros to the widest, and turned by
    `polar_factor` towards the mean of the others and itself, until the unexplained share falls by
    less than ``tolerance``. Gower, Psychometrika 1975. The search may end where no turn helps
    though others lie lower: it begins towards the leading principal scores of all side by side and
    towards each representation itself, and goes on from the lowest after `TRIED` rounds. No
    rotation or sign of one of them changes where it ends. The mean is determined up to a rotation.
    """
    if len(features) < 2:
        raise AlignmentError(f"A consensus of {len(features)} representation: give at least two.")
    for other in features[1:]:
        require_pairs(features[0], other)
    sides = [reduced(x) for x in features]
    width = max(x.shape[1] for x in features)
    cores = [side.scores / np.linalg.norm(side.scores) for side in sides]
    starts = [_together(cores, width), *(_widened(core, width) for core in cores)]
    tried = [_turned(cores, start, min(TRIED, rounds), tolerance) for start in starts]
    mean, turns, history = min(tried, key=lambda turned: turned[2][-1])
    if len(history) < rounds:
        mean, turns, more = _turned(cores, mean, rounds - len(history), tolerance)
        history += more
    maps = tuple(_consensus_map(s, t) for s, t in zip(sides, turns, strict=True))
    return Consensus(mean, maps, tuple(history))


def _turned(
    cores: Sequence[Float[np.ndarray, "n _"]],
    start: Float[np.ndarray, "n k"],
    rounds: int,
    tolerance: float,
) -> tuple[Float[np.ndarray, "n k"], list[np.ndarray], list[float]]:
    """Turn to a start, then to the mean, round by round; return mean, turns, unexplained shares."""
    turns = [_isometry(core, start) for core in cores]
    history: list[float] = []
    while True:
        mean = np.mean([c @ t for c, t in zip(cores, turns, strict=True)], axis=0)
        history.append(1 - float(np.square(mean).sum()))
        still = len(history) > 1 and history[-2] - history[-1] < tolerance
        if still or len(history) == rounds:
            return mean, turns, history
        turns = [_isometry(core, mean) for core in cores]


def _widened(core: Float[np.ndarray, "n r"], width: int) -> Float[np.ndarray, "n k"]:
    return np.pad(core, ((0, 0), (0, width - core.shape[1])))


def _together(cores: Sequence[Float[np.ndarray, "n _"]], width: int) -> Float[np.ndarray, "n k"]:
    """Return the leading principal scores of centred representations side by side."""
    u, s, _ = scipy.linalg.svd(np.hstack(cores), full_matrices=False)
    kept = min(width, len(s))
    start = np.zeros((len(u), width))
    start[:, :kept] = u[:, :kept] * s[:kept]
    return start


def _isometry(core: Float[np.ndarray, "n r"], mean: Float[np.ndarray, "n k"]) -> np.ndarray:
    """Turn without losing length, also where the cross-product has no full rank."""
    p, _, rt = scipy.linalg.svd(core.T @ mean, full_matrices=False)
    return p @ rt


def _consensus_map(side: Reduced, turn: Float[np.ndarray, "r k"]) -> LinearMap:
    matrix = side.vectors @ turn / np.linalg.norm(side.scores)
    return LinearMap(matrix, side.mean, np.zeros(turn.shape[1]), side.vectors.shape[1])


def _unit(x: Real[np.ndarray, "n p"]) -> Float[np.ndarray, "n p"]:
    x = centred(x)
    norms = np.linalg.norm(x, axis=0)
    return np.divide(x, norms, out=np.zeros_like(x), where=norms > 0)


def require_pairs(x: np.ndarray, y: np.ndarray) -> None:
    """Refuse sides whose rows do not pair, or fewer than two of them."""
    if x.ndim != 2 or y.ndim != 2 or len(x) != len(y) or len(x) < 2:
        raise AlignmentError(
            f"Shapes {x.shape} and {y.shape} do not pair row by row; give the same two or more "
            "samples on both sides."
        )
