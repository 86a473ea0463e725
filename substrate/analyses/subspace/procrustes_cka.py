"""Do encoders see domains along the same directions? Procrustes-CKA for every K."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from substrate.analyses.shared.samples import (
    Sizes,
    bases,
    explained,
    features,
    median_of,
    pairs,
    require,
    require_whitening,
    side_by_side,
    sizes,
)
from substrate.analyses.shared.units import (
    Units,
    units_of,
)
from substrate.analyses.spec import Analysis, AnalysisError
from substrate.numerics.panel import (
    procrustes_cka_all,
    random_basis_expectation,
)
from substrate.runs import Run


@dataclass(frozen=True)
class MatrixParams:
    """Which encoders make the panel, between which domains, and how they are brought to scale."""

    encoders: tuple[str, ...]
    domains: tuple[str, ...]
    whitening: str = "z-score"


@dataclass(frozen=True, eq=False)
class Matrices:
    """Procrustes-CKA between domains for every K from 2 to the largest that all domains have.

    ``biased`` and ``debiased`` are indexed by K, then by domain twice; NaN is missing.
    ``participation_ratios`` are those of each domain's panel, for the law of random bases;
    ``units`` say how many of the panel's units took part in each domain.
    """

    encoders: tuple[str, ...]
    sizes: tuple[Sizes, ...]
    whitening: str
    ks: tuple[int, ...]
    biased: Float[np.ndarray, "c a a"]
    debiased: Float[np.ndarray, "c a a"]
    participation_ratios: Float[np.ndarray, " a"]
    units: tuple[Units, ...]

    def nearest(self, k: int) -> int:
        """Return the K asked for, or the largest that the samples allow."""
        return min(k, self.ks[-1])

    def at(self, k: int, *, debiased: bool) -> Float[np.ndarray, "a a"]:
        """Return the matrix for one K."""
        values = self.debiased if debiased else self.biased
        return values[self.ks.index(self.nearest(k))]

    def median(self, k: int, *, debiased: bool) -> float:
        """Return the median over all pairs of domains."""
        return median_of(self.at(k, debiased=debiased)[pairs(len(self.sizes))])

    def chance(self, k: int) -> Float[np.ndarray, "a a"]:
        """Return what random bases of dimension K are expected to give: K / (K + PR)."""
        expectations = [random_basis_expectation(k, ratio) for ratio in self.participation_ratios]
        return (np.array(expectations)[:, None] + np.array(expectations)) / 2


def dimensions(available: int) -> tuple[int, ...]:
    """Return every K that can be shown."""
    if available < 2:
        raise AnalysisError(
            "These samples hold fewer than two directions; take more samples per domain."
        )
    return tuple(range(2, available + 1))


@explained
def compute_matrix(run: Run, params: MatrixParams) -> Matrices:
    """Decompose each domain's panel once and compare all pairs for every K."""
    require(params.encoders, 1, "encoders")
    require(params.domains, 2, "domains")
    raw = [features(run, params.encoders, d) for d in params.domains]
    groups = [run.groups(d) for d in params.domains]
    xs = [side_by_side(x, params.whitening, g) for x, g in zip(raw, groups, strict=True)]
    directions = bases(xs)
    ks = dimensions(len(directions[0].variances))
    scores = procrustes_cka_all(xs, [basis.vectors for basis in directions], ks)
    return Matrices(
        encoders=params.encoders,
        sizes=tuple(sizes(run, d) for d in params.domains),
        whitening=params.whitening,
        ks=ks,
        biased=scores.biased,
        debiased=scores.debiased,
        participation_ratios=np.array([basis.participation_ratio for basis in directions]),
        units=tuple(
            units_of(x, g, require_whitening(params.whitening))
            for x, g in zip(raw, groups, strict=True)
        ),
    )


MATRIX = Analysis(
    key="subspace.procrustes_cka",
    version=3,
    params=MatrixParams,
    result=Matrices,
    inputs=lambda run, params: (params.encoders, params.domains),
    compute=compute_matrix,
)
