r"""Linear students that share more, or less, than the inputs and the teacher.

**Shared misfit.** What the teacher says of an input beyond a linear function of it is noise, too,
of variance :math:`\tau^2` for each output, and the same for both students of one training set. With
own noise of variance :math:`\sigma^2` and the squared length 1 of the linear part

.. math:: a = \frac{k + \tau^2 T}{k + (\tau^2 + \sigma^2) T}, \qquad k = \min(1, n / d), \quad
    T = E \operatorname{tr}(X^T X)^+

**Samples of their own.** Students of disjoint samples share the teacher alone. Where n < d each
keeps the part of it that lies in the span of its own inputs, a random subspace: of squared length
n / d, of which n / d lies in the other's, so that

.. math:: a = \frac{k^2}{k + (\tau^2 + \sigma^2) T}
"""

from __future__ import annotations

from substrate.numerics.theory.linear_students import (
    StudentSetting,
    TheoryError,
    expected_alignment,
)


def expected_with_misfit(setting: StudentSetting, misfit: float) -> float:
    """Return the alignment of two students that share a misfit of this variance.

    The signal has a squared length of 1. At the threshold noise is all there is, and what of it is
    shared remains.
    """
    if misfit < 0:
        raise TheoryError(f"The misfit's variance is {misfit}; give 0 or more.")
    own = 1 / setting.snr
    alone = expected_alignment(
        StudentSetting(
            samples=setting.samples,
            dimension=setting.dimension,
            snr=1 / (own + misfit),
            outputs=setting.outputs,
        )
    )
    return alone + (1 - alone) * misfit / (own + misfit)


def expected_apart(setting: StudentSetting) -> float:
    """Return the alignment of two students of disjoint samples, 0 for n within 1 of d."""
    kept = min(1.0, setting.samples / setting.dimension)
    return kept * expected_alignment(setting)
