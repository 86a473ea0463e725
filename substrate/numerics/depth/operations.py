"""What steps do to how samples relate, and whether two networks do it alike."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int, Real

from substrate.numerics.grouping import Groups, apart, group_codes
from substrate.numerics.metrics.support.features import double_centred

#: Changes of this size are rounding: the step does nothing.
NOTHING = 1e-9


def gram_changes(
    layers: Sequence[Real[np.ndarray, "n _"]], groups: Groups | None = None
) -> Float[np.ndarray, "s n n"]:
    r"""Return how each step from layer to layer changes the similarities of all samples.

    .. math:: C_l = \frac{K_{l+1}}{\|K_{l+1}\|} - \frac{K_l}{\|K_l\|}, \qquad K = H X X^T H

    Entries of samples of one group are 0 and have no part in the norms. For an update u of a
    residual stream z the Gram matrix changes by z u' + u z' + u u': all of the update that changes
    how samples relate, whatever the shapes of the two layers, their rotation and their scale.
    """
    between = apart(group_codes(groups), len(layers[0]))
    return np.diff([_unit(x, between) for x in layers], axis=0)


def _unit(x: Real[np.ndarray, "n _"], between: np.ndarray) -> Float[np.ndarray, "n n"]:
    wide = np.asarray(x, dtype=np.float64)
    gram = double_centred(wide @ wide.T) * between
    size = float(np.linalg.norm(gram))
    return np.asarray(gram / size) if size > 0 else gram


def change_cosines(
    first: Float[np.ndarray, "s n n"],
    second: Float[np.ndarray, "t n n"],
    rows: Int[np.ndarray, " n"] | None = None,
) -> Float[np.ndarray, "s t"]:
    """Return the cosine of every two changes, the second side's samples in another order.

    NaN for a step that changes nothing.
    """
    other = second if rows is None else second[:, rows[:, None], rows]
    a, b = first.reshape(len(first), -1), other.reshape(len(second), -1)
    sizes = np.linalg.norm(a, axis=1)[:, None] * np.linalg.norm(b, axis=1)
    nothing = (np.linalg.norm(a, axis=1)[:, None] <= NOTHING) | (
        np.linalg.norm(b, axis=1) <= NOTHING
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(nothing, np.nan, a @ b.T / sizes)
