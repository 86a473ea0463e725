"""How sure a share of right decisions is, where samples of one photograph hang together."""

from dataclasses import replace

import numpy as np
from jaxtyping import Int, Shaped

from substrate.numerics.estimates import LEVEL, WILSON, Estimate, too_few

#: Groups with an error that weigh as much as the belief that a group is one decision.
PRIOR = 2


def proportion(
    right: Shaped[np.ndarray, " n"],
    groups: Shaped[np.ndarray, " n"],
    *,
    classes: Int[np.ndarray, " n"] | None = None,
    unit: str = "groups",
    level: float = LEVEL,
) -> Estimate:
    r"""Share of right decisions, in [0, 1], with Wilson's interval on the effective sample size.

    Parameters
    ----------
    right
        Whether each sample was decided rightly, or how often of several times, in [0, 1].
    classes
        Given, the share is averaged over classes: each counts alike.

    Notes
    -----
    The variance V of the share between groups (linearised) says how many independent decisions the
    samples are worth, p (1 - p) / V. It knows nothing where hardly a group has an error (or a hit):
    with g such groups the worth is the mean of that and of the number of groups, weighted g to 2.
    All decisions right then count as one a group, and not as certainty. The interval has t
    quantiles with one less degrees of freedom than groups. Wilson, J. Am. Stat. Assoc. 1927;
    Korn & Graubard, Surv. Methodol. 1998.
    """
    hits = np.asarray(right, dtype=np.float64)
    own = np.zeros(len(hits), dtype=np.int64) if classes is None else classes
    counts = np.bincount(own)
    weights = 1 / counts[own] / np.count_nonzero(counts)
    of_class = np.bincount(own, hits) / np.maximum(counts, 1)
    value = float(of_class[counts > 0].mean())
    codes = np.unique(np.asarray(groups), return_inverse=True)[1]
    m = int(codes.max()) + 1
    if m < 2:
        reason = too_few(m, unit, 2, "interval")
        return Estimate(value, reason=reason, unit=unit, n_units=m)
    residual = np.bincount(codes, weights * (hits - of_class[own]))
    error = float(np.sqrt(m / (m - 1) * np.square(residual).sum()))
    seen = min(len(set(codes[hits < 1])), len(set(codes[hits > 0])))
    most = float(len(hits))
    own_worth = min(most, value * (1 - value) / error**2) if error > 0 else most
    worth = (seen * own_worth + PRIOR * m) / (seen + PRIOR)
    plain = Estimate(value, standard_error=error, df=float(m - 1), unit=unit, n_units=m)
    return replace(plain, scale=WILSON, spread=worth, spread_df=float(m - 1)).at_level(level)
