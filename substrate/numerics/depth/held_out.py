"""How much of some targets features tell of groups never seen: ridge, held out fold by fold."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, Real, Shaped

from substrate.numerics.whitening import standardisation

PENALTIES = np.logspace(-6, 2, 17)  # times the largest squared singular value
#: What a degree of freedom costs.
DEAR = 1.4
#: Squared singular values below this share of the largest are rounding.
LEAST_SQUARE = 1e-12
Columns = Sequence[Sequence[int]]


@dataclass(frozen=True, eq=False)
class HeldOutPredictions:
    """What was predicted of each sample by a fit that saw none of its group.

    `base` is the mean of the training part, which a prediction is measured against.
    """

    target: Float[np.ndarray, "n q"]
    predicted: Float[np.ndarray, "n q"]
    base: Float[np.ndarray, "n q"]

    @property
    def errors(self) -> Float[np.ndarray, "n q"]:
        """Squared errors of the predictions."""
        return np.asarray(np.square(self.target - self.predicted))

    @property
    def spreads(self) -> Float[np.ndarray, "n q"]:
        """Squared errors of the training mean."""
        return np.asarray(np.square(self.target - self.base))


def held_out_ridge(
    x: Real[np.ndarray, "n p"],
    y: Real[np.ndarray, "n q"],
    groups: Shaped[np.ndarray, " n"],
    fold: Int[np.ndarray, " n"],
    together: Columns,
) -> HeldOutPredictions:
    """Predict every column of y from x by ridge, one fold after the other held out.

    Features are standardised by the training part alone, and there too the penalty is chosen, by
    generalised cross-validation, once for the columns of y that stand `together`.

    Raises
    ------
    ValueError
        If a group lies in two folds: what is predicted of one part was then seen in the other.
    """
    named = np.unique(groups, return_inverse=True)[1]
    if len(set(zip(named.tolist(), fold.tolist(), strict=True))) > int(named.max()) + 1:
        raise ValueError("A group lies in two folds; deal whole groups, or predictions leak.")
    target = np.asarray(y, dtype=np.float64)
    predicted, base = np.empty_like(target), np.empty_like(target)
    for held in np.unique(fold):
        train, test = np.flatnonzero(fold != held), np.flatnonzero(fold == held)
        scaled = standardisation(x[train], groups=groups[train]).apply(x)
        mean = target[train].mean(axis=0)
        base[test] = mean
        centre = scaled[train].mean(axis=0)
        u, s, new = _decomposed(scaled[train] - centre, scaled[test] - centre)
        for columns in map(np.asarray, together):
            inner = target[np.ix_(train, columns)] - mean[columns]
            weights = _ridge_weights(u, s, _equal_spread(inner)) if s.size else u.T @ inner
            spread = np.sqrt(np.square(inner).sum(axis=0))
            predicted[np.ix_(test, columns)] = mean[columns] + new @ weights * spread
    return HeldOutPredictions(target, predicted, base)


def _decomposed(
    train: Float[np.ndarray, "a p"], test: Float[np.ndarray, "b p"]
) -> tuple[Float[np.ndarray, "a r"], Float[np.ndarray, " r"], Float[np.ndarray, "b r"]]:
    """Return left directions and singular values of one part, and the other part's scores.

    From the products of the shorter side, which is several times as fast; what they lose is far
    below the smallest penalty.
    """
    if len(train) <= train.shape[1]:
        squares, u = np.linalg.eigh(train @ train.T)
        kept = squares > LEAST_SQUARE * squares[-1]
        s, u = np.sqrt(squares[kept])[::-1], u[:, kept][:, ::-1]
        return u, s, test @ (train.T @ u) / s
    squares, v = np.linalg.eigh(train.T @ train)
    kept = squares > LEAST_SQUARE * squares[-1]
    s, v = np.sqrt(squares[kept])[::-1], v[:, kept][:, ::-1]
    return train @ v / s, s, test @ v


def _equal_spread(y: Float[np.ndarray, "a q"]) -> Float[np.ndarray, "a q"]:
    """Bring columns to length one, so that they choose a penalty alike; constants stay 0."""
    length = np.sqrt(np.square(y).sum(axis=0))
    return np.divide(y, length, out=np.zeros_like(y), where=length > 0)


def _ridge_weights(
    u: Float[np.ndarray, "a r"], s: Float[np.ndarray, " r"], y: Float[np.ndarray, "a q"]
) -> Float[np.ndarray, "r q"]:
    """Return the weights of the penalty of least generalised cross-validation error.

    Closed form from one decomposition: Golub, Heath & Wahba, Technometrics 1979. Degrees of freedom
    count `DEAR` each (Kim & Gu, J. R. Stat. Soc. B 2004): where there are about as many samples as
    features, the plain criterion now and then takes a fit through every sample.
    """
    n, rank = u.shape
    squares, inner = s**2, u.T @ y
    shrinkage = squares / (squares + PENALTIES[:, None] * squares[0])
    energy = np.einsum("rq,rq->r", inner, inner)
    outside = max(float(np.vdot(y, y)) - float(energy.sum()), 0.0) if rank < n - 1 else 0.0
    residual = (1 - shrinkage) ** 2 @ energy + outside
    freedom = n - 1 - DEAR * shrinkage.sum(axis=1)
    loss = np.full(len(PENALTIES), np.inf)
    np.divide(residual, freedom**2, out=loss, where=freedom > 0)
    best = shrinkage[int(np.argmin(loss))] if np.isfinite(loss).any() else shrinkage[-1]
    return np.asarray((best / s)[:, None] * inner)


def r_squared(
    errors: Float[np.ndarray, "n q"], spreads: Float[np.ndarray, "n q"]
) -> Float[np.ndarray, " q"]:
    r"""Share of each column's spread about the training mean that was predicted.

    .. math:: R^2 = 1 - \sum (y - \hat y)^2 / \sum (y - \bar y_\text{train})^2

    At most 1, and below 0 where the mean predicts better; 0 for a column without spread.
    """
    error, spread = errors.sum(axis=0), spreads.sum(axis=0)
    share = np.divide(error, spread, out=np.ones_like(error), where=spread > 0)
    return np.asarray(1.0 - share)
