"""The numbers behind the experiments' figures, as tables."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from substrate.analyses.experiments.distill import (
    ARMS,
    DistillRepeat,
    DistillSummary,
)
from substrate.analyses.experiments.emergence import EmergenceSummary
from substrate.analyses.experiments.modality import ModalitySummary


def distill_table(found: DistillSummary) -> pd.DataFrame:
    """Return every arm beside cross-entropy and beside shuffled scores; differences in points."""
    return pd.DataFrame(
        {
            "share of the labels": d.fraction, "images": d.images, "arm": ARMS[d.arm],
            "seeds": d.seeds, "accuracy": d.accuracy, "CKA with the substrate": d.alignment,
            "against cross-entropy": _points(d.difference), "low": _points(d.low),
            "high": _points(d.high), "against shuffled": _points(d.beyond_null),
            "shuffled low": _points(d.null_low), "shuffled high": _points(d.null_high),
        }
        for d in found.differences
    )  # fmt: skip


def _points(value: float | None) -> float | None:
    return None if value is None else round(100 * value, 3)


def repeats_table(repeats: Sequence[DistillRepeat]) -> pd.DataFrame:
    """Return every student."""
    return pd.DataFrame(r.model_dump() for r in repeats)


def modality_table(found: ModalitySummary) -> pd.DataFrame:
    """Return every set of features beside the texts."""
    return pd.DataFrame(r.model_dump(exclude={"scope", "kind"}) for r in found.rows)


def shares_table(found: EmergenceSummary) -> pd.DataFrame:
    """Return share and change of every training on every domain."""
    return pd.DataFrame(
        {
            "training": r.title, "domain": r.domain_title, "photographs": r.photographs,
            "share": r.share.value, "share low": r.share.low, "share high": r.share.high,
            "change": r.gain.value, "change low": r.gain.low, "change high": r.gain.high,
            "half of the gain in accuracy at step": r.half_step,
            "why no interval": r.share.reason or r.half_reason,
        }
        for r in found.every
    )  # fmt: skip


def curves_table(found: EmergenceSummary) -> pd.DataFrame:
    """Return every step of every training on one domain."""
    names = ("accuracy", "values", "low", "high", "null_mean", "tau", "p", "calibrated",
             "effective_rank", "participation_ratio")  # fmt: skip
    return pd.concat(
        [
            pd.DataFrame({"training": r.title, "step": r.steps}
                         | {name: list(getattr(r, name)) for name in names})
            for r in found.here
        ],
        ignore_index=True,
    )  # fmt: skip
