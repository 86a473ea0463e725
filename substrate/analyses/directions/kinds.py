"""What is compared with what, and by which kind of cosine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

from substrate.analyses.directions.basis import (
    FIT,
    TEST,
    BasisParams,
)
from substrate.analyses.spec import Inputs
from substrate.encoder_ref import twins_of
from substrate.runs import Run

SCORE, MAPPED, WHITENED, RAW = KINDS = (
    "score correlation",
    "mapped cosine",
    "whitened map",
    "raw cosine",
)
NO_COMMON_COORDINATES = (
    "Undefined: the two encoders have no common coordinates. A raw cosine exists only between "
    "directions of one encoder (see the view of one encoder on two domains) or between "
    "checkpoints of one training. Choose the score correlation, which needs no coordinates, or a "
    "mapped cosine."
)


#: Whichever comparison is asked for its twins.
Compared = TypeVar("Compared", bound="SubspacesParams")


@dataclass(frozen=True)
class SubspacesParams:
    """Two sets of directions, how many of each, and how many permutations the null has."""

    a: BasisParams
    b: BasisParams
    components: int = 16
    permutations: int = 200

    @property
    def seed(self) -> int:
        """Return the seed of the null: that of the directions."""
        return self.a.seed

    @property
    def sides(self) -> tuple[BasisParams, BasisParams]:
        """Return the directions of both sides that are compared."""
        return self.a, self.b

    @property
    def domains(self) -> tuple[str, ...]:
        """Return the domains whose samples take part."""
        return tuple(dict.fromkeys((self.a.domain, self.b.domain)))

    def untrained(self: Compared, seed: int) -> Compared:
        """Return the same comparison of the untrained twins of a seed."""
        return replace(self, a=self.a.untrained(seed), b=self.b.untrained(seed))


@dataclass(frozen=True)
class PairParams(SubspacesParams):
    """Two layers, the samples they share, and which kind of cosine; its kind decides the parts."""

    kind: str = SCORE

    @property
    def sides(self) -> tuple[BasisParams, BasisParams]:
        """Return the directions that the cells are about: of the rows that the kind asks for."""
        first, second = {SCORE: (FIT, FIT), RAW: (FIT, TEST)}.get(self.kind, (TEST, TEST))
        return replace(self.a, part=first), replace(self.b, part=second)


def shared_coordinates(params: PairParams) -> bool:
    """Tell whether a raw cosine means anything: both sides are one layer of one encoder."""
    return (params.a.encoder, params.a.layer) == (params.b.encoder, params.b.layer)


def twin_seeds(run: Run, params: SubspacesParams) -> tuple[int, ...]:
    """Return the seeds for which both sides have an untrained twin."""
    seeds = [set(run.untrained_seeds(side.encoder, side.domain)) for side in params.sides]
    return tuple(sorted(set.intersection(*seeds)))


def inputs(run: Run, params: SubspacesParams) -> Inputs:
    """Return both encoders and their untrained twins, and the domains."""
    names = tuple(dict.fromkeys((params.a.encoder, params.b.encoder)))
    return (*names, *twins_of(names, twin_seeds(run, params))), params.domains
