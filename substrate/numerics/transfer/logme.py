"""Maximum evidence of a Bayesian linear model of the labels, exact for any number of samples."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, Real, Shaped
from scipy import sparse

GRID = 96  # ratios tried before the best of each class is refined
NEWTON_STEPS = 60
STEP_TOLERANCE = 1e-7  # of log t; the evidence is flat there, so its error is of second order
RANK_TOLERANCE = 1e-12

PerClass = Float[np.ndarray, " c"]


@dataclass(frozen=True, eq=False)
class _Problem:
    """Every class's targets in the coordinates where the model is diagonal.

    With t the ratio of the weights' to the noise's precision, targets have covariance
    proportional to I + F F'/t: `energies` (c r) are the squared targets along the eigenvectors
    of F F' with eigenvalues `values`, and `outside` what lies off them.
    """

    n: int
    values: Float[np.ndarray, " r"]
    energies: Float[np.ndarray, "c r"]
    outside: PerClass

    def misfit(self, t: Float[np.ndarray, " c"]) -> PerClass:
        """Y' (I + F F'/t)^-1 y of each class at its own ratio."""
        kept = t[:, None] / (t[:, None] + self.values)
        return self.outside + np.einsum("cr,cr->c", self.energies, kept)

    def evidence(self, misfit: PerClass, volume: PerClass) -> PerClass:
        """Log evidence, the noise at its best; `volume` is the sum of log(1 + value / t)."""
        spread = np.log(2 * np.pi * misfit / self.n) + 1
        return np.asarray(-0.5 * (self.n * spread + volume))


def logme(features: Real[np.ndarray, "n d"], labels: Shaped[np.ndarray, " n"]) -> float:
    r"""Mean over classes of the maximum log evidence per sample of one-against-rest targets.

    .. math:: \max_{\alpha, \beta} \; \tfrac1n \log
        \mathcal{N}(y \mid 0, \; \beta^{-1} I + \alpha^{-1} F F^\top)

    You et al., ICML 2021. The maximum is found to rounding, not stopped after a few steps, and
    nothing is added to a denominator; with fewer samples than units the same formula holds.
    Higher is better; the value has no fixed range, and depends on how many classes there are.
    """
    f = np.asarray(features, dtype=np.float64)
    classes, codes = np.unique(np.asarray(labels), return_inverse=True)
    if f.ndim != 2 or codes.shape != (len(f),):
        raise ValueError(
            f"Features have shape {f.shape} and labels {codes.shape}, expected (samples, units) "
            "and (samples,)."
        )
    if len(classes) < 2:
        raise ValueError(f"All {len(f)} samples have the label {classes[0]}: there is no evidence.")
    largest = np.abs(f).max()
    if not np.isfinite(largest) or not largest > 0:
        raise ValueError("The features hold NaN or Inf, or are all zero.")
    problem = _problem(f, codes)
    return float(maximum_evidence(problem).mean() / problem.n)


def _problem(f: Float[np.ndarray, "n d"], codes: Int[np.ndarray, " n"]) -> _Problem:
    n, d = f.shape
    norms = np.bincount(codes).astype(np.float64)
    values, vectors = np.linalg.eigh(f.T @ f if d <= n else f @ f.T)
    kept = values > RANK_TOLERANCE * values[-1]
    values, vectors = values[kept], vectors[:, kept]
    if d <= n:
        energies = np.square(_class_sums(f, codes) @ vectors) / values
    else:
        energies = np.square(_class_sums(vectors, codes))
    if values.size == n:
        return _Problem(n, values, energies, np.zeros_like(norms))
    outside = norms - energies.sum(axis=1)
    if (outside <= 1e-10 * norms).any():
        raise ValueError(
            "The features determine a class's label exactly, so its evidence has no upper bound. "
            "Use more samples, or leave out a feature that repeats the label."
        )
    return _Problem(n, values, energies, outside)


def _class_sums(x: Float[np.ndarray, "n d"], codes: Int[np.ndarray, " n"]) -> np.ndarray:
    """Sum of the rows of each class: the product with its zeros and ones."""
    rows = len(x)
    member = sparse.csr_array((np.ones(rows), codes, np.arange(rows + 1)))
    return np.asarray(member.T @ x)


def maximum_evidence(problem: _Problem) -> PerClass:
    """Log evidence of each class at its best ratio, which may be 0 or infinite."""
    u = _best_of_grid(problem)
    u = _refined(problem, u)
    t = np.exp(u)
    volume = np.log1p(problem.values / t[:, None]).sum(axis=1)
    inner = problem.evidence(problem.misfit(t), volume)
    return np.max([inner, *_limits(problem)], axis=0)


def _grid(problem: _Problem) -> Float[np.ndarray, " g"]:
    low, high = np.log(problem.values[[0, -1]])
    return np.linspace(low - 12, high + np.log(problem.n) + 12, GRID)


def _best_of_grid(problem: _Problem) -> PerClass:
    grid = _grid(problem)
    ratio = problem.values[:, None] / np.exp(grid)
    misfits = problem.outside[:, None] + problem.energies @ (1 / (1 + ratio))
    volumes = np.log1p(ratio).sum(axis=0)
    return grid[np.argmin(problem.n * np.log(misfits) + volumes, axis=1)]


def _refined(problem: _Problem, u: PerClass) -> PerClass:
    """Newton steps on log t, kept inside the grid cells beside the best point."""
    step = np.diff(_grid(problem)[:2])[0]
    low, high = u - step, u + step
    for _ in range(NEWTON_STEPS):
        slope, curvature = _derivatives(problem, u)
        low, high = np.where(slope > 0, u, low), np.where(slope > 0, high, u)
        with np.errstate(divide="ignore", invalid="ignore"):
            proposal = u - slope / curvature
        inside = (curvature < 0) & (proposal > low) & (proposal < high)
        new = np.where(inside, proposal, (low + high) / 2)
        moved = np.abs(new - u).max()
        u = new
        if moved < STEP_TOLERANCE:
            break
    return u


def _derivatives(problem: _Problem, u: PerClass) -> tuple[PerClass, PerClass]:
    """First and second derivative of twice the log evidence by log t."""
    t = np.exp(u)[:, None]
    shrunk = problem.values / (t + problem.values)
    kept = 1 - shrunk
    q = problem.outside + np.einsum("cr,cr->c", problem.energies, kept)
    both = kept * shrunk
    first = np.einsum("cr,cr->c", problem.energies, both)
    second = np.einsum("cr,cr->c", problem.energies, both * (shrunk - kept))
    slope = shrunk.sum(axis=1) - problem.n * first / q
    curvature = -both.sum(axis=1) - problem.n * (second / q - np.square(first / q))
    return slope, curvature


def _limits(problem: _Problem) -> list[PerClass]:
    """Evidence of the ratio at infinity (no relation), and at 0 where that is finite."""
    nothing = problem.outside + problem.energies.sum(axis=1)
    limits = [problem.evidence(nothing, np.zeros_like(nothing))]
    if problem.values.size == problem.n:
        misfit = (problem.energies / problem.values).sum(axis=1)
        limits.append(problem.evidence(misfit, np.full(len(misfit), np.log(problem.values).sum())))
    return limits
