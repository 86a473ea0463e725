"""What goes into the layers of two networks, turned onto each other on some photographs.

An alignment is fitted on half of the photographs and judged on the others; those of the null are
fitted to photographs that do not belong together, and one to half of the half alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from substrate.analyses.weights.alignable import FEWEST
from substrate.analyses.weights.aligned import SHUFFLES
from substrate.domains.spec import Domain
from substrate.encoders.spec import Encoder, EncoderError
from substrate.numerics.nulls import group_permutations
from substrate.numerics.weights.alignment import (
    InputSums,
    input_sums,
    joint_sum,
    turned_inputs,
)
from substrate.paired.passes import PairedPass, Place, paired_rows
from substrate.paired.weight_layers import WeightLayer, paired_layers, reading

#: Called with what is being read, and the share of the work that is done.
Said = Callable[[str, float], None]


def silent(_what: str, _share: float) -> None:
    """Say nothing."""


@dataclass(frozen=True, eq=False)
class Alignment:
    """The alignment of one layer's inputs, what judges it, those of the null, and that of half."""

    turned: Float[np.ndarray, "p q"]
    test: InputSums
    nulls: Sequence[Float[np.ndarray, "p q"]]
    halved: Float[np.ndarray, "p q"]


def aligned_inputs(
    first: Encoder, second: Encoder, domain: Domain, *, seed: int, said: Said = silent
) -> list[tuple[tuple[WeightLayer, WeightLayer], Alignment]]:
    """Align what the weights of every layer act on; return both networks' layers beside it.

    Raises
    ------
    EncoderError
        If the networks have no layers that see the same, or photographs are too few.
    """
    groups = domain.groups
    photographs = np.unique(groups)
    if len(photographs) < FEWEST:
        raise EncoderError(
            f"{domain.name} has {len(photographs)} {domain.nouns.groups}, and an alignment needs "
            f"{FEWEST}: half of them fit it and half judge it."
        )
    chosen = np.random.default_rng(seed).permutation(photographs)[: len(photographs) // 2]
    fitted = np.isin(groups, chosen)
    rows = [np.flatnonzero(fitted), np.flatnonzero(~fitted)]
    early = np.isin(groups[rows[0]], chosen[: len(chosen) // 2])
    pairs = paired_layers(first, second)
    sides = (
        reading(first, [one for one, _ in pairs]),
        reading(second, [other for _, other in pairs]),
    )
    places = list(dict.fromkeys(_place(pair) for pair in pairs))
    passes = SHUFFLES + 2
    done = 0

    def turned(sums: Mapping[Place, np.ndarray]) -> dict[Place, np.ndarray]:
        return {place: turned_inputs(one) for place, one in sums.items()}

    def count(images: int) -> None:
        nonlocal done
        done += images
        said(what, min(2 * done / (passes * len(groups)), 1.0))

    what = "Aligning what layers see"
    paired = PairedPass(*sides, places, domain, rows, progress=count)
    halves = [_summed(paired, one, one, joint_sum) for one in (rows[0][early], rows[0][~early])]
    halved = turned(halves[0])
    true = turned({place: one + halves[1][place] for place, one in halves[0].items()})
    what = "Judging alignments on other photographs"
    test = _summed(paired, rows[1], rows[1], input_sums)
    nulls = []
    for shuffle, order in enumerate(group_permutations(groups[rows[0]], SHUFFLES, seed)):
        what = f"Photographs shuffled, {shuffle + 1} of {SHUFFLES}"
        nulls.append(turned(_summed(paired, rows[0][order], rows[0], joint_sum)))
    alignments = {
        place: Alignment(true[place], test[place], [one[place] for one in nulls], halved[place])
        for place in places
    }
    return [(pair, alignments[_place(pair)]) for pair in pairs]


def _place(pair: tuple[WeightLayer, WeightLayer]) -> Place:
    return Place(*(one.read for one in pair))


def _summed(
    paired: PairedPass, first: np.ndarray, second: np.ndarray, of: Callable[..., Any]
) -> dict[Place, Any]:
    """Add up what the two networks' layers see of some images each, place by place."""
    sums: dict[Place, Any] = {}
    for batch in paired.batches(first, second):
        for place in paired.places:
            one = of(*paired_rows(*batch.of(place)))
            sums[place] = sums[place] + one if place in sums else one
    return sums
