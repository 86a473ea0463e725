r"""Two networks' inputs of one layer, turned onto each other, and the weights compared through it.

.. math:: E[\varphi'(x) \, \varphi(x)^\top] = U S V^\top, \qquad A = U V^\top

brings the first network's inputs :math:`\varphi` nearest to the second's :math:`\varphi'`, over
images and positions, uncentred. A neuron w of the first network stands for A w in the second. Guth
& Ménard, arXiv:2409.19460, section 2. A is fitted on some photographs and judged on others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from substrate.numerics.alignment import polar_factor
from substrate.numerics.moments import Moments
from substrate.numerics.weights.similarity import Similarity, comparison
from substrate.numerics.weights.spectrum import WeightSpectrum


@dataclass(frozen=True, eq=False)
class InputMoments:
    """Mean outer products of the inputs of a layer: of the first network, joint, of the second."""

    aa: Float[np.ndarray, "p p"]
    ab: Float[np.ndarray, "p q"]
    bb: Float[np.ndarray, "q q"]


def input_moments(moments: Moments) -> InputMoments:
    """Return the uncentred moments of two blocks, a and b."""
    p = moments.widths["a"]
    joint = moments.second_moment
    return InputMoments(joint[:p, :p], joint[:p, p:], joint[p:, p:])


def turned_inputs(fit: InputMoments) -> Float[np.ndarray, "p q"]:
    """Return A' : columns carry directions of the second network's inputs to the first's."""
    return polar_factor(fit.ab)[0]


def alignment_error(turned: Float[np.ndarray, "p q"], test: InputMoments) -> float:
    """Return E |A x - x'|² / E |x'|²: 0 for a perfect alignment, near 1 and above for none."""
    moved = np.einsum("pq,pr,rq->", turned, test.aa, turned, optimize=True)
    shared = float(np.vdot(turned, test.ab))
    total = float(np.trace(test.bb))
    return float((moved - 2 * shared + total) / total)


@dataclass(frozen=True, eq=False)
class AlignedLayer:
    """One layer's weights in two networks, through the alignment of what they see.

    Attributes
    ----------
    error, error_permuted
        Of the alignment on photographs that it was not fitted to; and of alignments that were
        fitted to photographs that do not belong together, on the same photographs as they are.
    similarity
        S of the learned covariances through the alignment (`Comparison.through`).
    unaligned
        S as if both had the same inputs.
    permuted
        S through alignments fitted to photographs that do not belong together.
    """

    error: float
    error_permuted: Float[np.ndarray, " t"]
    similarity: Similarity
    unaligned: float
    permuted: Float[np.ndarray, " t"]


def aligned_layer(
    first: WeightSpectrum,
    second: WeightSpectrum,
    fit: InputMoments,
    test: InputMoments,
    permuted: Sequence[InputMoments],
    *,
    seed: int,
    draws: int,
) -> AlignedLayer:
    """Compare a layer's weights through the alignment of its inputs, beside refitted nulls."""
    turned = turned_inputs(fit)
    nulls = [turned_inputs(one) for one in permuted]
    compared = comparison(first, second, seed=seed, draws=draws)
    return AlignedLayer(
        alignment_error(turned, test),
        np.array([alignment_error(one, test) for one in nulls]),
        compared.through(turned),
        compared.through().value,
        np.array([compared.through(one).value for one in nulls]),
    )
