"""Random bases of the panel's features: what Procrustes-CKA they give, whole and in replicates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

from substrate.analyses.shared.samples import pairs
from substrate.analyses.subspace.intervals import Compared
from substrate.numerics.nulls import (
    random_basis,
    threshold,
)
from substrate.numerics.panel import cka_by_dimension

#: Draws of a pair of random bases for each domain: fewer than 20 have no 95 % level.
DRAWS = 20


@dataclass(frozen=True, eq=False)
class RandomBases:
    """Fixed random orthonormal bases, and what they give on the whole sample of each domain."""

    ks: tuple[int, ...]
    bases: tuple[tuple[Float[np.ndarray, "D k"], Float[np.ndarray, "D k"]], ...]
    scores: dict[int, Float[np.ndarray, "r 2 c"]] = field(default_factory=dict)

    @classmethod
    def of(cls, state: Compared, wanted: Sequence[int], seed: int) -> RandomBases:
        """Draw the bases for the dimensions that the panel has, and score the whole sample."""
        width = state.xs[0].shape[1]
        ks = tuple(sorted(k for k in wanted if k in state.ks and k <= width))
        rng = np.random.default_rng(seed)
        drawn = tuple(
            (random_basis(width, max(ks), rng), random_basis(width, max(ks), rng))
            for _ in range(DRAWS if ks else 0)
        )
        bases = cls(ks, drawn)
        if ks:
            bases.scores.update({id(x): bases._scored(x) for x in state.xs})
        return bases

    def _scored(self, x: Float[np.ndarray, "n D"]) -> Float[np.ndarray, "r 2 c"]:
        return np.array([cka_by_dimension(x @ a, x @ b, self.ks) for a, b in self.bases])

    def cells(self, xs: Sequence[Float[np.ndarray, "_ D"]]) -> Float[np.ndarray, "r p 2 c"]:
        """Return each draw's value of every pair of domains: the mean of its two domains'."""
        scores = np.array(
            [self.scores[id(x)] if id(x) in self.scores else self._scored(x) for x in xs]
        )
        first, second = pairs(len(xs))
        return np.swapaxes((scores[first] + scores[second]) / 2, 0, 1)


def summary(cells: Float[np.ndarray, "r p"]) -> tuple[float, float]:
    """Return the mean over draws of the median over pairs, and the medians' 95 % level."""
    medians = np.median(cells, axis=1)
    return float(medians.mean()), threshold(medians)
