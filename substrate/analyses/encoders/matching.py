"""Two encoders' directions on the fitted half of a domain, and which of them belong together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.shared.halves import Halves
from substrate.analyses.shared.samples import LAYER
from substrate.analyses.shared.units import Units
from substrate.numerics.spectra import correlation_table, principal_directions
from substrate.numerics.whitening import standardisation
from substrate.runs import Run


@dataclass(frozen=True, eq=False)
class MatchingSide:
    """One encoder's standardised halves and its directions, found on the fitted half."""

    fit: Float[np.ndarray, "f d"]
    test: Float[np.ndarray, "t d"]
    vectors: Float[np.ndarray, "d k"]
    units: Units


def side(run: Run, encoder: str, domain: str, halves: Halves, directions: int) -> MatchingSide:
    """Standardise with the statistics of the fitted half and find its leading directions."""
    x = run.representation(encoder, domain, LAYER).features
    learnt = standardisation(x[halves.fit], groups=halves.fit_groups)
    fit, test = learnt.apply(x[halves.fit]), learnt.apply(x[halves.test])
    k = min(directions, len(fit) - 1, x.shape[1] - learnt.left_out)
    return MatchingSide(
        fit, test, principal_directions(fit, k).vectors, Units(learnt.left_out, x.shape[1])
    )


def matches(
    a: MatchingSide, b: MatchingSide
) -> tuple[Int[np.ndarray, " k"], Float[np.ndarray, " k"]]:
    """Return each of a's directions' closest direction of b on the fitted half, and its sign."""
    correlations = correlation_table(a.fit @ a.vectors, b.fit @ b.vectors)
    match = np.nanargmax(np.abs(correlations), axis=1)
    return match, np.sign(correlations[np.arange(len(match)), match])
