"""How far the encoders of each paradigm agree with all others, direction by direction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.shared.halves import JACKKNIFE_BLOCKS
from substrate.analyses.shared.samples import (
    explained,
    recipes_of,
)
from substrate.analyses.sharedness.leave_encoder_out import (
    SHAREDNESS,
    Sharedness,
    SharednessParams,
)
from substrate.analyses.spec import Analysis, obtain
from substrate.numerics.nulls import delete_group_jackknife
from substrate.numerics.panel import part_correlations
from substrate.numerics.scales import CORRELATION
from substrate.runs import Run


@dataclass(frozen=True, eq=False)
class Paradigms:
    """Mean leave-encoder-out correlation of each paradigm's encoders, with 95 % intervals.

    The intervals are over held-out photographs for these encoders; ``reason`` says why they are
    NaN where they are.
    """

    names: tuple[str, ...]
    counts: tuple[int, ...]
    values: Float[np.ndarray, "p k"]
    low: Float[np.ndarray, "p k"]
    high: Float[np.ndarray, "p k"]
    reason: str


@explained
def compute_paradigms(run: Run, params: SharednessParams) -> Paradigms:
    """Average the encoders' correlations by paradigm and jackknife the held-out photographs."""
    sharedness: Sharedness = obtain(SHAREDNESS, run, params)
    kinds = [run.encoders[encoder].paradigm for encoder in sharedness.encoders]
    names = tuple(dict.fromkeys(kinds))
    counts = tuple(kinds.count(name) for name in names)
    weights = (
        np.array([[kind == name for kind in kinds] for name in names]) / np.array(counts)[:, None]
    )
    parts, recipes = sharedness.parts.astype(np.float64), recipes_of(run, sharedness.encoders)

    def statistic(rows: Int[np.ndarray, " r"]) -> Float[np.ndarray, "p k"]:
        return weights @ part_correlations(parts[:, rows], recipes)

    groups = np.asarray(run.groups(params.domain))[sharedness.rows]
    interval = delete_group_jackknife(
        statistic,
        groups,
        unit=f"held-out {run.domains[params.domain].nouns.group}s",
        max_units=JACKKNIFE_BLOCKS,
        scale=CORRELATION,
    )
    low, high = interval.low, interval.high
    if low is None or high is None:
        low = high = np.full_like(interval.value, np.nan)
    return Paradigms(names, counts, interval.value, low, high, interval.reason)


PARADIGMS = Analysis(
    key="sharedness.by_paradigm",
    version=3,
    params=SharednessParams,
    result=Paradigms,
    inputs=lambda run, params: (params.encoders, (params.domain,)),
    compute=compute_paradigms,
    uses=(SHAREDNESS,),
)
