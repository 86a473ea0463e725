"""Several tests at once: which of them stand, however many there are."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float


def holm_adjusted(p: Float[np.ndarray, " k"]) -> Float[np.ndarray, " k"]:
    r"""Return p-values of k tests that hold for all of them together, in the order given.

    .. math:: \tilde p_{(i)} = \max_{j \le i} \min(1, (k - j + 1) \, p_{(j)})

    In [0, 1]. Those at most .05 are rejected by Holm's step-down procedure at 5 %: whatever
    depends on what, a false one is among them in at most 5 % of cases. Holm, Scand. J. Statist. 6,
    1979.
    """
    order = np.argsort(p, kind="stable")
    left = len(p) - np.arange(len(p))
    out = np.empty(len(p))
    out[order] = np.maximum.accumulate(np.minimum(1.0, left * p[order]))
    return out
