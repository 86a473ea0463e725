"""The minimum of the penalised softmax loss, along rising strengths, in coordinates of its own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.optimize import minimize

#: Largest slope of the loss that still counts as the minimum, in the scaled coordinates.
FINE = 1e-3
#: Enough to compare strengths by their decisions.
COARSE = 3e-2
MOST_STEPS = 2000

Solution = tuple[Float[np.ndarray, "c d"], Float[np.ndarray, " c"]]


@dataclass(frozen=True, eq=False)
class _Coordinates:
    """Centred samples along the eigenvectors of their second moment.

    There the loss is curved about alike in all directions once each is divided by the square root
    of its curvature, so that a few dozen steps suffice however steep the spectrum is.
    """

    mean: Float[np.ndarray, " d"]
    axes: Float[np.ndarray, "d r"]
    projected: Float[np.ndarray, "n r"]
    squares: Float[np.ndarray, " r"]


def coefficients_along(
    x: Float[np.ndarray, "n d"],
    codes: Int[np.ndarray, " n"],
    classes: int,
    strengths: Sequence[float],
    slope: float = FINE,
) -> Iterator[Solution]:
    r"""Yield coefficients and intercepts for each of the rising `strengths`.

    .. math:: \min_{W, b} \sum_i -\log softmax(W x_i + b)_{y_i} + \|W\|^2 / (2 C)

    by L-BFGS from the solution of the strength before. Every class must have a sample.
    """
    coordinates = _coordinates(x)
    wanted = np.zeros((len(x), classes))
    wanted[np.arange(len(x)), codes] = 1.0
    weights = np.zeros((coordinates.axes.shape[1] + 1, classes))
    for strength in strengths:
        weights = _minimum(coordinates, wanted, strength, weights, slope)
        coefficients = (coordinates.axes @ weights[:-1]).T
        yield coefficients, weights[-1] - coefficients @ coordinates.mean


def _coordinates(x: Float[np.ndarray, "n d"]) -> _Coordinates:
    mean = x.mean(axis=0)
    centred = x - mean
    if x.shape[1] <= x.shape[0]:
        axes = np.linalg.eigh(centred.T @ centred).eigenvectors
        return _Coordinates(mean, axes, centred @ axes, np.square(centred @ axes).sum(axis=0))
    _, singular, rows = np.linalg.svd(centred, full_matrices=False)
    return _Coordinates(mean, rows.T, centred @ rows.T, singular**2)


def _minimum(
    coordinates: _Coordinates,
    wanted: Float[np.ndarray, "n c"],
    strength: float,
    start: Float[np.ndarray, "r1 c"],
    slope: float,
) -> Float[np.ndarray, "r1 c"]:
    n, classes = wanted.shape
    stiffness = np.sqrt(np.append(coordinates.squares / classes + 1 / strength, n / classes))
    x = np.hstack([coordinates.projected, np.ones((n, 1))]) / stiffness
    penalty = np.append(1 / (strength * np.square(stiffness[:-1])), 0.0)[:, None]

    def loss(flat: Float[np.ndarray, " v"]) -> tuple[float, Float[np.ndarray, " v"]]:
        v = flat.reshape(-1, classes)
        logits = x @ v
        logits -= logits.max(axis=1, keepdims=True)
        shares = np.exp(logits)
        totals = shares.sum(axis=1, keepdims=True)
        pulled = penalty * v
        value = np.log(totals).sum() - np.vdot(logits, wanted) + 0.5 * np.vdot(pulled, v)
        gradient = x.T @ (shares / totals - wanted) + pulled
        return float(value), gradient.ravel()

    minimum = minimize(
        loss,
        (start * stiffness[:, None]).ravel(),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": MOST_STEPS, "maxfun": MOST_STEPS, "gtol": slope, "ftol": 0.0},
    )
    return np.asarray(minimum.x.reshape(-1, classes) / stiffness[:, None])
