"""Which images stand under the chart of a disagreement, and under which words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

#: Images of a selection at most, and at each end where nothing is selected.
SELECTED, AT_AN_END = 30, 10


def ends(
    residuals: Float[np.ndarray, " t"], selected: Sequence[int]
) -> list[tuple[str, Int[np.ndarray, " i"]]]:
    """Return the selected samples in the order of their residuals, else those at both ends."""
    inside = [i for i in selected if i < len(residuals)]
    if inside:
        by_residual = sorted(inside, key=lambda i: residuals[i])[:SELECTED]
        return [("Selected, by residual", np.array(by_residual))]
    order = np.argsort(residuals)
    return [
        ("Higher in B than A predicts", order[::-1][:AT_AN_END]),
        ("Lower", order[:AT_AN_END]),
    ]
