"""The numbers behind the experiments' figures, as tables."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from substrate.analyses.experiments.distill import (
    ARMS,
    DistillRepeat,
    DistillSummary,
)
from substrate.analyses.experiments.emergence import EmergenceSummary
from substrate.analyses.experiments.modality import ModalitySummary
from substrate.analyses.experiments.panel import PanelSummary
from substrate.analyses.experiments.stitching import StitchSummary
from substrate.numerics.estimates import Estimate


def distill_table(summary: DistillSummary) -> pd.DataFrame:
    """Return every arm beside cross-entropy and beside shuffled scores; differences in points."""
    return pd.DataFrame(
        {
            "share of the labels": d.fraction,
            "images": d.images,
            "arm": ARMS[d.arm],
            "seeds": d.seeds,
            "accuracy": d.accuracy,
            "CKA with the substrate": d.alignment,
            **_points(d.difference, ("against cross-entropy", "low", "high")),
            **_points(d.beyond_null, ("against shuffled", "shuffled low", "shuffled high")),
        }
        for d in summary.differences
    )


def _points(estimate: Estimate | None, names: tuple[str, str, str]) -> dict[str, float | None]:
    """Return a difference and the ends of its interval in percentage points, under these names."""
    values = (None,) * 3 if estimate is None else (estimate.value, estimate.low, estimate.high)
    rounded = (None if value is None else round(100 * value, 3) for value in values)
    return dict(zip(names, rounded, strict=True))


def repeats_table(repeats: Sequence[DistillRepeat]) -> pd.DataFrame:
    """Return every student."""
    return pd.DataFrame(r.model_dump() for r in repeats)


def modality_table(summary: ModalitySummary) -> pd.DataFrame:
    """Return every set of features beside the texts."""
    return pd.DataFrame(r.model_dump(exclude={"scope", "kind"}) for r in summary.rows)


def shares_table(summary: EmergenceSummary) -> pd.DataFrame:
    """Return share and change of every training on every domain."""
    return pd.DataFrame(
        {
            "training": r.title,
            "domain": r.domain_title,
            "photographs": r.photographs,
            "share": r.share.value,
            "share low": r.share.low,
            "share high": r.share.high,
            "change": r.gain.value,
            "change low": r.gain.low,
            "change high": r.gain.high,
            "half of the gain in accuracy at step": r.half_step,
            "why no interval": r.share.reason or r.half_reason,
        }
        for r in summary.every
    )


def curves_table(summary: EmergenceSummary) -> pd.DataFrame:
    """Return every step of every training on one domain."""
    names: tuple[str, ...] = (
        "accuracy",
        "values",
        "low",
        "high",
        "null_mean",
        "tau",
        "p",
        "calibrated",
        "effective_rank",
        "participation_ratio",
    )
    if all(r.within for r in summary.here):
        names = tuple(name for name in names if name not in ("null_mean", "tau", "p"))
    return pd.concat(
        [
            pd.DataFrame(
                {"training": r.title, "step": r.steps}
                | {name: list(getattr(r, name)) for name in names}
            )
            for r in summary.here
        ],
        ignore_index=True,
    )


def panel_table(summary: PanelSummary) -> pd.DataFrame:
    """Return every domain with its values, intervals and counts."""
    return pd.DataFrame(
        [
            {
                "domain": r.title,
                "photographs": r.photographs,
                "tiles": r.tiles,
                "trained": r.trained.value,
                "low": r.trained.low,
                "high": r.trained.high,
                "untrained": r.untrained_mean,
                "untrained_lowest": min(r.untrained),
                "untrained_highest": max(r.untrained),
                "difference": r.difference.value,
                "difference_low": r.difference.low,
                "difference_high": r.difference.high,
                "untrained_panels_that_reach_it": r.exceeded,
                "shuffled": float(np.mean(r.shuffled)),
                "reason": r.difference.reason,
            }
            for r in summary.rows
        ]
    )


def pairs_table(summary: PanelSummary) -> pd.DataFrame:
    """Return every pair of encoders on every domain."""
    return pd.DataFrame(
        [
            {
                "domain": r.title,
                "first": p.first,
                "second": p.second,
                "same_recipe": p.same_recipe,
                "value": p.estimate.value,
                "low": p.estimate.low,
                "high": p.estimate.high,
                "reason": p.estimate.reason,
            }
            for r in summary.rows
            for p in r.pairs
        ]
    )


def stitching_table(summary: StitchSummary) -> pd.DataFrame:
    """Return every cut of every pair; drops and gains in percentage points."""
    return pd.DataFrame(
        {
            "lower network": r.first_title,
            "upper network": r.second_title,
            "lower stage": r.first_layer,
            "upper stage": r.second_layer,
            "grid": r.grid,
            "accuracy": r.stitched.value,
            "low": r.stitched.low,
            "high": r.stitched.high,
            "by least squares": r.fitted.value,
            "upper network as it is": r.original.value,
            **_points(r.drop, ("less the upper network", "its low", "its high")),
            "R2": r.r2.value,
            "R2 low": r.r2.low,
            "R2 high": r.r2.high,
            "untrained, mean": float(np.mean(r.untrained)) if r.untrained else None,
            "untrained R2, mean": float(np.mean(r.untrained_r2)) if r.untrained else None,
            **_points(r.gain if r.untrained else None, ("less untrained", "gain low", "gain high")),
        }
        for r in summary.rows
    )
