"""What is compared with what, and by which kind of cosine."""

from __future__ import annotations

from dataclasses import dataclass

from substrate.analyses.directions.basis import (
    FIT,
    TEST,
    BasisParams,
)
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


@dataclass(frozen=True)
class PairParams:
    """Two layers, the samples they share, how many directions, and which kind of cosine."""

    encoder_a: str
    layer_a: str
    encoder_b: str
    layer_b: str
    domain: str
    components: int = 16
    kind: str = SCORE
    scaling: str = "none"
    permutations: int = 200
    seed: int = 0

    def side(self, first: bool) -> BasisParams:
        """Return the directions of one side that the cells are about."""
        encoder, layer = (self.encoder_a, self.layer_a) if first else (self.encoder_b, self.layer_b)
        found_in = {SCORE: FIT, RAW: FIT if first else TEST}.get(self.kind, TEST)
        return BasisParams(encoder, layer, self.domain, found_in, self.scaling, self.seed)


def shared_coordinates(params: PairParams) -> bool:
    """Tell whether a raw cosine means anything: both sides are one layer of one encoder."""
    return (params.encoder_a, params.layer_a) == (params.encoder_b, params.layer_b)


def twins(run: Run, encoders: tuple[str, ...], domain: str) -> tuple[int, ...]:
    """Return the seeds for which all of the encoders have an untrained twin."""
    seeds = [set(run.untrained_seeds(encoder, domain)) for encoder in encoders]
    return tuple(sorted(set.intersection(*seeds)))
