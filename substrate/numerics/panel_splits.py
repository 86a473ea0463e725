r"""What a panel of encoders shares, averaged over several splits of the photographs.

One split says how two halves happened to fall. Here the leave-encoder-out correlation is measured
on several, and its error takes in everything that varies with the photographs: without each block
of them the directions are found anew in what is left of the fitted half, and tested on what is
left of the other. Each encoder keeps the scale of its units that the whole fitted half gave.

All of it runs on each encoder's Gram matrix of fitted rows and its products of held-out with
fitted rows, prepared once per split: leaving photographs out takes rows and columns out of both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float, Int

from substrate.numerics.intervals import (
    MIN_GROUPS,
    Groups,
    group_members,
)
from substrate.numerics.panel import (
    Blocks,
    LeaveEncoderOutNull,
    part_correlations,
)
from substrate.numerics.spectra import existing_eigenvectors


@dataclass(frozen=True, eq=False)
class Profile:
    """A panel's correlations and variance shares by split, replicate and direction.

    The first replicate is the whole sample, the others lack one block of photographs each.
    ``correlations`` are means over encoders; ``shares`` are each direction's share of the variance
    along all directions kept, so that they sum to one. Both are NaN along directions that a
    replicate does not have.
    """

    correlations: Float[np.ndarray, "s b k"]
    shares: Float[np.ndarray, "s b k"]

    def leading(self, k: int) -> Profile:
        """Keep the first k directions."""
        return Profile(self.correlations[..., :k], self.shares[..., :k])

    def weighted(self, shares: Float[np.ndarray, "s b k"] | None = None) -> np.ndarray:
        """Average over directions by their shares of variance, then over splits: by replicate.

        ``shares`` are those of another panel where two are to be compared direction by direction:
        by their own, panels would be weighed by different directions.
        """
        own = self.shares if shares is None else shares
        k = min(own.shape[2], self.correlations.shape[2])
        weights = np.where(np.isfinite(self.correlations[..., :k]), own[..., :k], 0.0)
        weights = np.nan_to_num(weights)
        total = np.nansum(weights * np.nan_to_num(self.correlations[..., :k]), axis=2)
        means: Float[np.ndarray, " b"] = (total / weights.sum(axis=2)).mean(axis=0)
        return means


def kept_rows(groups: Groups, blocks: int, seed: int = 0) -> list[Int[np.ndarray, " r"]]:
    """Return all rows, then those without each block of groups; all rows alone below ten groups.

    As in `substrate.numerics.intervals.group_jackknife`, more groups than ``blocks`` are dealt to
    that many.
    """
    members, every = group_members(groups), np.arange(len(groups))
    if len(members) < MIN_GROUPS:
        return [every]
    if len(members) > blocks:
        order = np.random.default_rng(seed).permutation(len(members))
        members = [
            np.concatenate([members[g] for g in block]) for block in np.array_split(order, blocks)
        ]
    return [every, *(np.setdiff1d(every, rows) for rows in members)]


def profile(
    prepared: Sequence[SplitPanel],
    kept: Sequence[Int[np.ndarray, " _"]],
    k: int,
    encoders: Sequence[int] | None = None,
) -> Profile:
    """Measure a panel on every split, with every one of these sets of rows.

    Parameters
    ----------
    prepared
        One per split.
    kept
        Row numbers of the domain, one array per replicate.
    k
        Directions at most.
    encoders
        The positions of the encoders that make the panel; all by default.
    """
    shape = (len(prepared), len(kept), k)
    correlations, shares = np.full(shape, np.nan), np.full(shape, np.nan)
    for s, panel in enumerate(prepared):
        for b, rows in enumerate(kept):
            without, variances = panel.without(rows, k, encoders)
            correlations[s, b, : len(without)] = without
            shares[s, b, : len(without)] = variances / variances.sum()
    width = max(int(np.isfinite(correlations).any(axis=(0, 1)).sum()), 1)
    return Profile(correlations[..., :width], shares[..., :width])


@dataclass(frozen=True, eq=False)
class SplitPanel:
    """A panel on one split of a domain's rows, prepared for leaving some of them out.

    Encoders of one of the ``recipes`` are copies, and none of each other's others.
    """

    fit: Int[np.ndarray, " f"]
    test: Int[np.ndarray, " t"]
    grams: Float[np.ndarray, "e f f"]
    crosses: Float[np.ndarray, "e t f"]
    recipes: tuple[str, ...] | None = None
    _added: dict[tuple[int, ...], Float[np.ndarray, "f f"]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        fit: Int[np.ndarray, " f"],
        test: Int[np.ndarray, " t"],
        fit_blocks: Blocks,
        test_blocks: Blocks,
        recipes: Sequence[str] | None = None,
    ) -> SplitPanel:
        """Prepare from the rows' numbers and each encoder's standardised rows."""
        prepared = LeaveEncoderOutNull.of(fit_blocks, test_blocks)
        names = None if recipes is None else tuple(recipes)
        return cls(fit, test, prepared.grams, prepared.crosses, names)

    def without(
        self, kept: Int[np.ndarray, " r"], k: int, encoders: Sequence[int] | None = None
    ) -> tuple[Float[np.ndarray, " q"], Float[np.ndarray, " q"]]:
        """Find and test the panel's directions in the kept rows.

        Returns
        -------
        tuple
            The mean over encoders of each direction's leave-encoder-out correlation, and the
            variance of the fitted rows along it; fewer than k where the rows have fewer.
        """
        chosen = range(len(self.grams)) if encoders is None else encoders
        fitted = np.flatnonzero(np.isin(self.fit, kept))
        tested = np.flatnonzero(np.isin(self.test, kept))
        here = np.ix_(fitted, fitted)
        total = _centred(self._gram(tuple(chosen))[here])
        variances, left = existing_eigenvectors(total, min(k, len(fitted) - 1))
        # A left vector sums to zero, so that centring the fitted rows changes no product with it.
        # Zeros for the rows left out cost less than copies of the products without them.
        spread = np.zeros((len(self.fit), left.shape[1]))
        spread[fitted] = left
        parts = np.array([(self.crosses[e] @ spread)[tested] for e in chosen])
        recipes = None if self.recipes is None else [self.recipes[e] for e in chosen]
        return part_correlations(parts, recipes).mean(axis=0), variances / (len(fitted) - 1)

    def _gram(self, encoders: tuple[int, ...]) -> Float[np.ndarray, "f f"]:
        """Return the Gram matrix of a panel, added up once for all sets of rows."""
        if encoders not in self._added:
            self._added.clear()
            self._added[encoders] = np.sum([self.grams[e] for e in encoders], axis=0)
        return self._added[encoders]


def _centred(gram: Float[np.ndarray, "f f"]) -> Float[np.ndarray, "f f"]:
    """Return the Gram matrix of the rows less their mean."""
    rows = gram.mean(axis=0)
    return gram - rows - rows[:, None] + rows.mean()
