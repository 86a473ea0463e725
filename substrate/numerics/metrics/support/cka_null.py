"""The permutation null of debiased CKA in closed form: exact moments, a fitted tail."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import stats

from substrate.numerics.metrics.cka import CkaState
from substrate.numerics.metrics.spec import UndefinedScoreError

MIN_SAMPLES = 6


@dataclass(frozen=True)
class GramShape:
    """What the third moment needs of a Gram matrix with zero diagonal and zero row sums.

    All are sums over ordered pairs or triples of different samples: squares, cubes, and products
    around triangles.
    """

    n: int
    squares: float
    cubes: float
    triangles: float


@dataclass(frozen=True)
class PermutationMoments:
    """Mean, standard deviation and skewness over all n! plain permutations, exactly."""

    mean: float
    standard_deviation: float
    skewness: float

    def threshold(self, level: float = 0.95) -> float:
        """Quantile of the Pearson type III distribution with these moments (approximate)."""
        return self.mean + self.standard_deviation * float(stats.pearson3.ppf(level, self.skewness))

    def p(self, observed: float) -> float:
        """Upper tail of that distribution (approximate)."""
        z = (observed - self.mean) / self.standard_deviation
        return float(stats.pearson3.sf(z, self.skewness))


def u_centred(state: CkaState) -> Float[np.ndarray, "n n"]:
    """Gram matrix with its diagonal at zero and its rows summing to zero (Székely & Rizzo 2014)."""
    n, norms = state.n, state.norms
    if n < MIN_SAMPLES:
        raise UndefinedScoreError(f"{n} samples: the third moment needs at least {MIN_SAMPLES}.")
    features = state.features
    gram = state.gram.copy() if features is None else features @ features.T  # type: ignore[union-attr]
    edge = ((norms - norms.sum() / (2 * (n - 1))) / (n - 2)).astype(gram.dtype)
    gram += edge
    gram += edge[:, None]
    np.fill_diagonal(gram, 0.0)
    return gram


def gram_shape(state: CkaState) -> GramShape:
    """Sum squares, cubes and triangles; once per representation."""
    a = u_centred(state)
    squared = a * a
    return GramShape(
        state.n,
        float(squared.sum(dtype=np.float64)),
        float(np.vdot(squared, a)),
        float(np.vdot(a @ a, a)),
    )


def permutation_moments(a: GramShape, b: GramShape) -> PermutationMoments:
    """Moments of debiased CKA when the samples of one side are permuted freely.

    The mean is 0 and the variance 2 / (n (n - 3)), whatever the features. The third moment sums
    over the eight ways in which three pairs of samples can overlap (Mantel, Cancer Res. 1967;
    Kazi-Aoual et al., Comput. Stat. Data Anal. 1995). Not for grouped samples: permute groups.
    """
    n = a.n
    deviation = np.sqrt(2 / (n * (n - 3)))
    third = sum(
        weight * first * second / _injections(n, vertices)
        for (weight, vertices, first), (_, _, second) in zip(
            _overlaps(a), _overlaps(b), strict=True
        )
    )
    third *= 8 / (a.squares * b.squares) ** 1.5
    return PermutationMoments(0.0, float(deviation), float(third / deviation**3))


def _overlaps(s: GramShape) -> list[tuple[float, int, float]]:
    """Weight, number of samples, and sum of the products of three pairs that overlap so."""
    c, t = s.cubes, s.triangles
    return [
        (1 / 2, 2, c),  # the same pair three times
        (3.0, 3, -c),  # one pair twice, the third shares a sample
        (3 / 4, 4, 2 * c),  # one pair twice, the third apart
        (1.0, 3, t),  # a triangle
        (1.0, 4, 2 * c),  # a star
        (3.0, 4, c - t),  # a path
        (3 / 2, 5, 2 * t - 4 * c),  # two that share a sample, one apart
        (1 / 8, 6, 16 * c - 8 * t),  # all apart
    ]


def _injections(n: int, k: int) -> float:
    return float(np.prod(np.arange(n, n - k, -1.0)))
