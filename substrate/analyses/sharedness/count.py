"""How many directions do encoders share, and how many do their untrained twins?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.shared.halves import MOST_SAMPLES
from substrate.analyses.shared.samples import (
    explained,
    features,
    one_of_each,
    require,
    require_whitening,
)
from substrate.analyses.sharedness.untrained import UntrainedSharednessParams
from substrate.analyses.spec import Analysis
from substrate.encoder_ref import twins_of
from substrate.numerics.shared_directions import (
    SharedDirections,
    reduced,
    shared_directions,
)
from substrate.numerics.whitening import standardisation
from substrate.runs import Run


@dataclass(frozen=True, eq=False)
class SharedCounts:
    """The stepwise count of a panel and of each untrained panel.

    ``untrained`` are -1 where ``trained.reason`` says why there is no count.
    """

    domain: str
    seeds: tuple[int, ...]
    trained: SharedDirections
    untrained: Int[np.ndarray, " s"]

    @property
    def counted(self) -> bool:
        """Say whether there are photographs enough for a count."""
        return self.trained.count is not None


@explained
def compute_shared_counts(run: Run, params: UntrainedSharednessParams) -> SharedCounts:
    """Reduce every encoder to its leading K scores and count what they share, step by step.

    One encoder of each recipe takes part: copies share what they share with nobody else.
    """
    require(params.encoders, 2, "encoders")
    encoders = one_of_each(run, params.encoders)
    groups, nouns = run.groups(params.domain), run.domains[params.domain].nouns
    rows = np.arange(len(groups))
    if len(rows) > MOST_SAMPLES:
        rows = np.random.default_rng(params.seed).choice(len(rows), MOST_SAMPLES, replace=False)
        rows.sort()

    def count(untrained: int | None) -> SharedDirections:
        raw = features(run, encoders, params.domain, untrained=untrained)
        blocks = _scaled([x[rows] for x in raw], params.whitening, groups[rows])
        scores = reduced(blocks, params.components)
        return shared_directions(scores, groups[rows], seed=params.seed, unit=nouns.groups)

    untrained = [count(seed).count for seed in params.seeds]
    return SharedCounts(
        params.domain,
        params.seeds,
        count(None),
        np.array([-1 if n is None else n for n in untrained], dtype=np.int64),
    )


def _scaled(
    raw: Sequence[np.ndarray], whitening: str, groups: np.ndarray
) -> list[Float[np.ndarray, "n d"]]:
    """Standardise with all rows: this looks at one encoder at a time, and so at no agreement."""
    return [standardisation(x, require_whitening(whitening), groups=groups).apply(x) for x in raw]


SHARED_COUNTS = Analysis(
    key="sharedness.count",
    version=5,
    params=UntrainedSharednessParams,
    result=SharedCounts,
    inputs=lambda run, params: (
        params.encoders + twins_of(params.encoders, params.seeds),
        (params.domain,),
    ),
    compute=compute_shared_counts,
)
