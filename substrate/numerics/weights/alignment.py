r"""Two networks' inputs of one layer, turned onto each other, and the weights compared through it.

.. math:: E[\varphi'(x) \, \varphi(x)^\top] = U S V^\top, \qquad A = U V^\top

brings the first network's inputs :math:`\varphi` nearest to the second's :math:`\varphi'`, over
images and positions, uncentred. A neuron w of the first network stands for A w in the second. Guth
& Ménard, arXiv:2409.19460, section 2. A is fitted on some photographs and judged on others.

Of n samples A carries at most n directions, and what the samples do not show of d inputs is mapped
to nothing. How much of the weights is lost by that is told by the weights themselves, seen through
A and back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, Real

from substrate.numerics.alignment import polar_factor

#: Singular values of the sum of x x' below this share of the largest are rounding. Inputs are
#: single precision: along a direction in which neither network's inputs deviate by a millionth of
#: their largest deviation, they are noise of about 1e-7 each, and their product lies near 1e-14.
ROUNDING = 1e-12
#: How near to 1 the cosine of two channels over samples, or of two neurons' weights, lies where one
#: is the other times a number: within sixteen roundings of half precision, 2^-11 each. A network
#: of eight layers that was stored so has channels within five.
COPIED = (16 * 2**-11) ** 2 / 2


@dataclass(frozen=True, eq=False)
class InputSums:
    """Sums of x x', x y' and y² over samples of a layer's inputs in the first and the second."""

    own: Float[np.ndarray, "p p"]
    joint: Float[np.ndarray, "p q"]
    squares: Float[np.ndarray, " q"]

    @property
    def total(self) -> float:
        """Return the sum of |y|²."""
        return float(self.squares.sum())

    def __add__(self, other: InputSums) -> InputSums:
        """Add the sums of other samples."""
        return InputSums(
            self.own + other.own, self.joint + other.joint, self.squares + other.squares
        )


def joint_sum(x: Real[np.ndarray, "n p"], y: Real[np.ndarray, "n q"]) -> Float[np.ndarray, "p q"]:
    """Return the sum of x y' in float64, what an alignment is fitted to.

    In single precision the products' own rounding, 1e-8 of the largest, would look like directions.
    """
    joint: Float[np.ndarray, "p q"] = x.astype(np.float64).T @ y.astype(np.float64)
    return joint


def input_sums(x: Real[np.ndarray, "n p"], y: Real[np.ndarray, "n q"]) -> InputSums:
    """Return what an alignment is judged by, in float64."""
    a, b = x.astype(np.float64), y.astype(np.float64)
    return InputSums(a.T @ a, a.T @ b, np.square(b).sum(axis=0))


def same_layer(
    test: InputSums, weights: Sequence[Float[np.ndarray, "n p"] | Float[np.ndarray, "m q"]]
) -> bool:
    """Say whether both networks' inputs are the same channels, in another order or scaled.

    And whether what the ``weights`` make of them is too. So it is in a copy of a network whose
    hidden channels have another order, or whose neurons are scaled and what reads them undoes it.
    Channels that no sample moves have no part in it.
    """
    matched = _matched_channels(test)
    return matched is not None and _same_neurons(
        weights[0][:, matched[0]], weights[1][:, matched[1]] * matched[2]
    )


def _matched_channels(
    test: InputSums,
) -> tuple[Int[np.ndarray, " k"], Int[np.ndarray, " k"], Float[np.ndarray, " k"]] | None:
    """Return channels of the first, those of the second that are them, and how many times them."""
    first, second = (np.diag(test.own), test.squares)
    rows, columns = (one > ROUNDING * one.max(initial=0.0) for one in (first, second))
    if not rows.any() or rows.sum() != columns.sum():
        return None
    lengths = np.sqrt(np.outer(first[rows], second[columns]))
    cosines = np.abs(test.joint[np.ix_(rows, columns)]) / lengths
    best = cosines.argmax(axis=1)
    same = cosines[np.arange(len(cosines)), best] > 1 - COPIED
    if not same.all() or len(np.unique(best)) < len(best):
        return None
    own, others = np.flatnonzero(rows), np.flatnonzero(columns)[best]
    return own, others, test.joint[own, others] / first[own]


def _same_neurons(first: Float[np.ndarray, "n k"], second: Float[np.ndarray, "m k"]) -> bool:
    """Say whether every neuron of either has one in the other whose weights are its own, scaled."""
    lengths = [np.linalg.norm(one, axis=1, keepdims=True) for one in (first, second)]
    nonzero = [(length > 0)[:, 0] for length in lengths]
    if first.shape != second.shape or nonzero[0].sum() != nonzero[1].sum():
        return False
    if not nonzero[0].any():
        return True
    one, other = (
        w[there] / length[there]
        for w, there, length in zip((first, second), nonzero, lengths, strict=True)
    )
    cosines = np.abs(one @ other.T)
    return bool(min(cosines.max(axis=0).min(), cosines.max(axis=1).min()) > 1 - COPIED)


def turned_inputs(joint: Float[np.ndarray, "p q"]) -> Float[np.ndarray, "p q"]:
    """Return A' : columns carry directions of the second network's inputs to the first's."""
    return polar_factor(joint, tolerance=ROUNDING)[0]


def seen_inputs(turned: Float[np.ndarray, "p q"]) -> int:
    """Return how many directions of the inputs an alignment carries: its rank."""
    return round(float(np.vdot(turned, turned)))


def alignment_error(turned: Float[np.ndarray, "p q"], test: InputSums) -> float:
    """Return E |A x - x'|² / E |x'|²: 0 for a perfect alignment, near 1 and above for none."""
    moved = float(np.vdot(turned, test.own @ turned))
    shared = float(np.vdot(turned, test.joint))
    return (moved - 2 * shared + test.total) / test.total


@dataclass(frozen=True, eq=False)
class Crossing:
    """How two networks align at a layer, and the leading eigenvectors of its weights through it.

    Attributes
    ----------
    error, error_permuted
        Of the alignment on photographs that it was not fitted to; and of alignments that were
        fitted to photographs that do not belong together, on the same photographs as they are.
    aligned
        Cosines of the first network's eigenvectors (rows) with the second's through the alignment.
    plain
        As if both had the same inputs; no values where their numbers of inputs differ.
    permuted
        Through alignments fitted to photographs that do not belong together.
    halved
        Through the alignment fitted to half of those photographs.
    seen
        How many directions of the inputs the alignment carries, of the smaller number of inputs.
    own
        Cosines of each network's eigenvectors with themselves, carried over and back: the identity
        where the alignment carries all that they lie in.
    copied
        Whether both networks' inputs are the same channels, and their weights (`same_layer`).
    """

    error: float
    error_permuted: Float[np.ndarray, " t"]
    aligned: Float[np.ndarray, "r s"]
    plain: Float[np.ndarray, "r2 s2"]
    permuted: Float[np.ndarray, "t r s"]
    halved: Float[np.ndarray, "r s"]
    seen: int
    own: tuple[Float[np.ndarray, "r r"], Float[np.ndarray, "s s"]]
    copied: bool


def crossing(
    first: Float[np.ndarray, "p r"],
    second: Float[np.ndarray, "q s"],
    turned: Float[np.ndarray, "p q"],
    test: InputSums,
    nulls: Sequence[Float[np.ndarray, "p q"]],
    halved: Float[np.ndarray, "p q"],
    weights: Sequence[Float[np.ndarray, "n p"] | Float[np.ndarray, "m q"]],
) -> Crossing:
    """Carry eigenvectors over, through the alignment and through those of the null.

    ``halved`` is the alignment fitted to half of the photographs, ``weights`` what the eigenvectors
    are of.

    Where one network has more inputs, the other's go into as many directions of them.
    """
    same = len(first) == len(second)
    shape = (len(nulls), first.shape[1], second.shape[1])
    over, back = turned.T @ first, turned @ second
    return Crossing(
        alignment_error(turned, test),
        np.array([alignment_error(one, test) for one in nulls]),
        first.T @ turned @ second,
        first.T @ second if same else np.empty((0, 0)),
        np.array([first.T @ one @ second for one in nulls]).reshape(shape),
        first.T @ halved @ second,
        seen_inputs(turned),
        (over.T @ over, back.T @ back),
        same_layer(test, weights),
    )
