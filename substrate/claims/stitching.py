"""The claims about stitched networks: stored cuts of pairs that differ by their seed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from jaxtyping import Float
from scipy import stats

from substrate.analyses.experiments.catalogue import read_results
from substrate.analyses.experiments.file import FiledEstimate
from substrate.analyses.experiments.stitching import StitchRepeat
from substrate.analyses.shared.replicates import Replicates
from substrate.claims.experiments import BLOCKS, not_run

QUANTITIES = ("stitched", "loss", "untrained", "original")
#: What the name of a second seed's network ends in.
SEED = "_seed"


def stitching(results: Path | None = None) -> Replicates | str:
    """Return accuracies of networks of two seeds stitched at each cut, and of untrained twins.

    Each varies on its own, which makes the interval of a lead wide; the loss is paired by image.
    """
    file = read_results("stitching", results)
    if file is None:
        return not_run("stitching")
    cuts = [cut for cut in file.repeats if _recipe(cut.first) == _recipe(cut.second)]
    if not cuts:
        return "No pair of its results differs by the seed alone."
    names = tuple(f"{cut.pair}, {cut.cut}" for cut in cuts)
    whole = np.array([_values(cut) for cut in cuts])
    df = min(BLOCKS, *(cut.tested for cut in cuts)) - 1
    draws = min(len(cut.untrained) for cut in cuts)
    drawn = np.repeat(whole[None], draws, axis=0)
    for at, cut in enumerate(cuts):
        drawn[:, at, QUANTITIES.index("untrained")] = cut.untrained[:draws]
    return Replicates(
        settings=names,
        places=names,
        place="cuts",
        deciding=tuple(range(len(cuts))),
        quantities=QUANTITIES,
        whole=whole,
        left_out=_left_out(whole, np.array([_errors(cut, df) for cut in cuts]), df),
        draws=drawn,
        unit="images",
        group="image",
        units=min(cut.tested for cut in cuts),
        have={"draws": draws},
        counted=f"{len(cuts)} cuts; {cuts[0].tested:,} test images",
        reason="",
        missing={} if draws else {"untrained": "No untrained twin was stitched."},
    )


def _recipe(name: str) -> str:
    return name.partition(SEED)[0]


def _values(cut: StitchRepeat) -> list[float]:
    values = [
        np.nan if e.value is None else e.value for e in (cut.stitched, cut.drop, cut.original)
    ]
    untrained = float(np.mean(cut.untrained)) if cut.untrained else np.nan
    return [values[0], values[1], untrained, values[2]]


def _errors(cut: StitchRepeat, df: int) -> list[float]:
    reach = float(stats.t.ppf(0.975, df))

    def error(estimate: FiledEstimate) -> float:
        bounded = estimate.low is not None and estimate.high is not None
        return (estimate.high - estimate.low) / (2 * reach) if bounded else 0.0

    p = float(np.mean(cut.untrained)) if cut.untrained else 0.0
    return [error(cut.stitched), error(cut.drop), float(np.sqrt(p * (1 - p) / cut.tested)), 0.0]


def _left_out(
    whole: Float[np.ndarray, "s q"], errors: Float[np.ndarray, "s q"], df: int
) -> tuple[Float[np.ndarray, "m s q"], ...]:
    """Stand in for left-out images, one sample for each quantity that varies on its own."""
    offsets = np.linspace(-1.0, 1.0, df + 1)
    unit = np.sqrt(df / (df + 1) * np.square(offsets).sum())
    strata = []
    for index in range(whole.shape[1]):
        stratum = np.repeat(whole[None], df + 1, axis=0)
        stratum[:, :, index] += errors[:, index] * offsets[:, None] / unit
        strata.append(stratum)
    return tuple(strata)
