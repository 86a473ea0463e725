"""Each direction of one side against each of the other: values, their null, their interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from substrate.analyses.directions.basis import Basis
from substrate.analyses.directions.cell_estimates import CellEstimates, Cells
from substrate.analyses.shared.units import Units
from substrate.domains.splits import WITHIN
from substrate.numerics.spectra import (
    centred,
)
from substrate.wording import Nouns, samples_of


@dataclass(frozen=True)
class Facts:
    """What a picture rests on: how many samples of how many photographs, and the switches.

    ``units`` are the first encoder's, and how many of them took part.
    """

    domain: str
    n: int
    photographs: int
    n_fit: int
    n_test: int
    test_photographs: int
    unit: str
    scaling: str
    units: Units
    permutations: int
    seed: int
    nouns: Nouns

    @property
    def scaled(self) -> str:
        """Say how units were brought to scale, and how many of A's took part if not all did."""
        return f"{self.scaling}, {self.units.text}" if self.units.left_out else self.scaling

    @property
    def samples(self) -> str:
        """Say how many samples there are of how many photographs."""
        within = f", within {self.nouns.group}" if self.unit == WITHIN else ""
        return samples_of(self.n, self.photographs, self.nouns) + within


def facts_of(basis: Basis, samples: pd.DataFrame, permutations: int) -> Facts:
    """Return the facts of a domain divided as the basis was."""
    groups = samples["group"].to_numpy(dtype=str)
    return Facts(
        domain=basis.domain,
        n=len(groups),
        photographs=basis.photographs,
        n_fit=len(basis.fit),
        n_test=len(basis.test),
        test_photographs=len(np.unique(groups[basis.test])),
        unit=basis.unit,
        scaling=basis.scaling,
        units=basis.units,
        permutations=permutations,
        seed=basis.seed,
        nouns=basis.nouns,
    )


@dataclass(frozen=True, eq=False)
class CosinePanel:
    """Directions of one side (rows) against directions of the other (columns).

    ``partner`` is, for each row, the column that the fit rows alone pick, so that its value on the
    test rows is not flattered by the choice; -1 where the kind of cosine offers no such choice.
    ``norms_a`` and ``norms_b`` are the lengths that are left of each direction by the map.
    ``typical`` is the standard deviation of one cell between random directions of ``dimension``
    coordinates, ``untrained`` the largest absolute cell between each pair of untrained twins, and
    ``untrained_partners`` how each of their directions correlates with the partner that the fit
    rows picked (absolute values, by seed and direction), where the kind offers such a choice.
    """

    kind: str
    name_a: str
    name_b: str
    estimates: CellEstimates
    partner: Int[np.ndarray, " a"]
    reliability_a: Float[np.ndarray, " a"]
    reliability_b: Float[np.ndarray, " b"]
    norms_a: Float[np.ndarray, " a"] | None
    norms_b: Float[np.ndarray, " b"] | None
    dimension: int | None
    typical: float | None
    untrained: Float[np.ndarray, " s"]
    null_kind: str
    interval_kind: str
    facts: Facts
    untrained_partners: Float[np.ndarray, "s a"] | None = None

    @property
    def above_twins(self) -> np.ndarray:
        """Tell which cells exceed both chance and the largest cell of all untrained twins."""
        if not len(self.untrained):
            return np.zeros(self.values.shape, dtype=bool)
        return self.estimates.above & (np.abs(self.values) > float(self.untrained.max()))

    @property
    def values(self) -> Cells:
        """Return the cells."""
        return self.estimates.values


def correlations(x: Float[np.ndarray, "n a"], y: Float[np.ndarray, "n b"]) -> Cells:
    """Return the Pearson correlation of every column of x with every column of y."""
    return unit_columns(x).T @ unit_columns(y)


def unit_columns(x: Float[np.ndarray, "n a"]) -> Float[np.ndarray, "n a"]:
    """Return centred columns of length one; NaN where a column does not vary."""
    x = centred(x)
    norms = np.linalg.norm(x, axis=0)
    return np.divide(x, norms, out=np.full_like(x, np.nan), where=norms > 0)
