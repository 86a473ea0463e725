"""Similarities of all pairs of encoders, and without each block of photographs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.encoders.neighbourhoods import (
    neighbours_of,
    neighbours_without,
    shared_counts,
)
from substrate.analyses.encoders.pairs import NEIGHBOURS, EncoderPairs
from substrate.analyses.shared.effort import chosen_rows, effort
from substrate.analyses.shared.grid import prepare
from substrate.analyses.shared.replicates import photographs_left_out
from substrate.analyses.shared.samples import features
from substrate.runs import Run

#: Blocks of photographs that are left out at most.
BLOCKS = 20
#: Neighbours that are looked for, so that those left out are made up for without a new search.
SPARE = 2 * max(NEIGHBOURS) + 50
KEYS = ("cka", *(f"knn{k}" for k in NEIGHBOURS))
SCALES = ("calibrated", "raw")
#: CKA on the publication's scale; the switch between calibrated and raw leaves it as it is.
CLIPPED = "clipped"
Pairs = Float[np.ndarray, "e e"]


def similarities_without(
    features: Sequence[Float[np.ndarray, "n _"]], groups: np.ndarray, seed: int
) -> Float[np.ndarray, "b s e e"]:
    """Return CKA and shared neighbours (`KEYS`), uncalibrated, without each block of photographs.

    The samples are those that `substrate.analyses.encoders.pairs` looks at; neighbours are those
    among the photographs that are left.
    """
    count = len(features)
    far, near = _cka_of(features, groups, seed), _overlaps_of(features, groups)

    def statistic(rows: Int[np.ndarray, " k"]) -> Float[np.ndarray, "s q"]:
        return np.array([far(rows), *near(rows)]).reshape(len(KEYS), -1)

    replicates = photographs_left_out(statistic, groups, blocks=BLOCKS)
    return replicates.reshape(len(replicates), len(KEYS), count, count)


def _cka_of(
    features: Sequence[Float[np.ndarray, "n _"]], groups: np.ndarray, seed: int
) -> Callable[[Int[np.ndarray, " k"]], Pairs]:
    chosen = chosen_rows(groups, effort("linear_cka", 0).samples, seed)
    kept = [x[chosen] for x in features]
    of_rows = prepare("linear_cka", kept, kept, groups[chosen]).of_rows()
    return lambda rows: of_rows(np.flatnonzero(np.isin(chosen, rows)))


def _overlaps_of(
    features: Sequence[Float[np.ndarray, "n _"]], groups: np.ndarray
) -> Callable[[Int[np.ndarray, " k"]], list[Pairs]]:
    many = min(SPARE, _others(groups))
    near = neighbours_of(features, groups, [many]).get(many, [])

    def overlaps(rows: Int[np.ndarray, " k"]) -> list[Pairs]:
        anew: dict[int, list[np.ndarray]] | None = None
        shared = []
        for k in NEIGHBOURS:
            if k > _others(groups[rows]):
                shared.append(_overlap([], len(features)))
                continue
            left = [neighbours_without(one, rows, k) for one in near]
            there = [one for one in left if one is not None]
            if len(there) < len(features):
                if anew is None:
                    anew = neighbours_of([x[rows] for x in features], groups[rows], NEIGHBOURS)
                there = anew.get(k, [])
            shared.append(_overlap(there, len(features)))
        return shared

    return overlaps


def _others(groups: np.ndarray) -> int:
    """Return how many samples of other photographs each sample has at least."""
    return len(groups) - int(np.unique(groups, return_counts=True)[1].max())


def _overlap(neighbours: Sequence[Int[np.ndarray, "n k"]], count: int) -> Pairs:
    if not neighbours:
        return np.full((count, count), np.nan)
    n, k = neighbours[0].shape
    return shared_counts(neighbours, np.arange(n)[None])[0] / (n * k)


@dataclass(frozen=True, eq=False)
class Chance:
    """What chance gives each pair of a panel: the mean of its null, and CKA's 95 % threshold.

    Both shrink with the number of samples as 1 / n, so without some of them they grow by `factor`,
    the samples in all over those that are left: replicates are compared with the chance of their
    own size.
    """

    means: Mapping[str, Pairs]
    threshold: Pairs

    @classmethod
    def of(cls, results: EncoderPairs, part: slice) -> Chance:
        """Read the null means off a panel's similarities before and after calibration."""
        means = {}
        for key, calibrated in results.similarities.items():
            c, s = calibrated[part, part], results.raw[key][part, part]
            means[key] = np.divide(s - c, 1 - c, out=np.zeros_like(s), where=np.abs(1 - c) > 0)
        return cls(means, results.thresholds[part, part])

    def calibrated(self, key: str, values: Pairs, factor: float) -> Pairs:
        """Bring chance to 0 and identity to 1."""
        mean = factor * self.means[key]
        return np.asarray((values - mean) / (1 - mean))

    def clipped(self, values: Pairs, factor: float) -> Pairs:
        """Return CKA on the published scale, (s - tau) / (1 - tau), 0 below it."""
        tau = factor * self.threshold
        return np.asarray(np.clip((values - tau) / (1 - tau), 0.0, 1.0))


@dataclass(frozen=True, eq=False)
class Similarities:
    """One domain's similarities on one scale, of trained encoders and of each draw of twins."""

    trained: dict[str, Float[np.ndarray, "e e"]]
    draws: tuple[dict[str, Float[np.ndarray, "e e"]], ...]

    @classmethod
    def of(cls, results: Sequence[EncoderPairs], count: int, scale: str) -> Similarities:
        """Read them off the pairs of each draw; the trained encoders come first."""
        parts = [
            {**(f.similarities if scale == SCALES[0] else f.raw), CLIPPED: f.clipped}
            for f in results
        ]
        trained = {k: v[:count, :count] for k, v in parts[0].items()}
        twins = [
            {k: v[count:, count:] for k, v in one.items()}
            for one in parts
            if len(one[CLIPPED]) > count
        ]
        return cls(trained, tuple(twins))

    def untrained(self, draw: int) -> dict[str, Float[np.ndarray, "e e"]]:
        """Return the mean over draws of the twins, or one draw; empty without any."""
        if not self.draws:
            return {}
        if draw >= 0:
            return self.draws[draw]
        keys = set.intersection(*(set(d) for d in self.draws))
        return {k: np.mean([d[k] for d in self.draws], axis=0) for k in keys}


@dataclass(frozen=True, eq=False)
class PairReplicates:
    """One domain's similarities without each block of photographs, not calibrated yet.

    The trained panel first, then each draw of its twins; beside each what chance gives it.
    ``factors`` say how much larger chance is without each block.
    """

    values: tuple[Float[np.ndarray, "b s e e"], ...]
    chances: tuple[Chance, ...]
    factors: tuple[float, ...]

    @classmethod
    def of(
        cls,
        run: Run,
        encoders: tuple[str, ...],
        domain: str,
        seeds: tuple[int, ...],
        seed: int,
        results: Sequence[EncoderPairs],
    ) -> PairReplicates:
        """Work them out; ``found`` are the pairs of the whole domain, one for each draw."""
        groups, count = run.groups(domain), len(encoders)
        draws = (None, *seeds)
        values = tuple(
            similarities_without(features(run, encoders, domain, untrained=draw), groups, seed)
            for draw in draws
        )
        chances = (
            Chance.of(results[0], slice(count)),
            *(Chance.of(one, slice(count, None)) for one in results[: len(seeds)]),
        )
        sizes_left = photographs_left_out(
            lambda rows: np.array([[len(rows)]]), groups, blocks=BLOCKS
        )
        return cls(values, chances, tuple((len(groups) / sizes_left[:, 0, 0]).tolist()))

    def without(self, block: int, scale: str) -> Similarities:
        """Return the similarities without one block, on a scale."""
        trained, *draws = (
            self._scaled(v[block], c, self.factors[block], scale)
            for v, c in zip(self.values, self.chances, strict=True)
        )
        return Similarities(trained, tuple(draws))

    def _scaled(
        self, values: Float[np.ndarray, "s e e"], chance: Chance, factor: float, scale: str
    ) -> dict[str, Float[np.ndarray, "e e"]]:
        raw = {key: v for key, v in zip(KEYS, values, strict=True) if key in chance.means}
        on_scale = (
            {key: chance.calibrated(key, v, factor) for key, v in raw.items()}
            if scale == SCALES[0]
            else raw
        )
        return {**on_scale, CLIPPED: chance.clipped(raw["cka"], factor)}
