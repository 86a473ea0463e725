"""What encoders share, as data frames."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float

from substrate.analyses.shared.samples import shuffled_between
from substrate.analyses.sharedness.by_paradigm import Paradigms
from substrate.analyses.sharedness.by_setting import Settings
from substrate.analyses.sharedness.leave_encoder_out import Sharedness
from substrate.analyses.sharedness.responses import Responses
from substrate.analyses.sharedness.untrained import UntrainedSharedness


def direction_table(result: Sharedness, untrained: UntrainedSharedness | None) -> pd.DataFrame:
    """Return every direction with its correlations and what they stand beside."""
    shuffled = result.held_out.shuffled.lower() if result.held_out.kept_together else "shuffled"
    columns: dict[str, np.ndarray] = {
        "direction": np.arange(1, result.k + 1),
        "mean": result.mean,
        "low": result.mean_low,
        "high": result.mean_high,
        shuffled: result.shuffled.mean(axis=(0, 1)),
        "ceiling": _column_median(result.ceiling),
        "reliability": result.reliability,
        "variance": result.variance_shares,
    }
    if untrained is not None:
        means = np.full((len(untrained.seeds), result.k), np.nan)
        width = min(result.k, untrained.correlations.shape[2])
        means[:, :width] = untrained.correlations.mean(axis=1)[:, :width]
        columns |= {
            f"untrained {seed}": mean for seed, mean in zip(untrained.seeds, means, strict=True)
        }
    columns |= {encoder: result.correlations[e] for e, encoder in enumerate(result.encoders)}
    return pd.DataFrame(columns)


def _column_median(values: Float[np.ndarray, "e k"]) -> Float[np.ndarray, " k"]:
    return np.array(
        [np.median(c[np.isfinite(c)]) if np.isfinite(c).any() else np.nan for c in values.T]
    )


def domain_table(
    results: Sequence[Sharedness], untrained: Sequence[UntrainedSharedness | None]
) -> pd.DataFrame:
    """Return every domain's summary beside its nulls."""
    shuffled = shuffled_between([result.held_out for result in results]).lower()
    rows = []
    for result, twins in zip(results, untrained, strict=True):
        row = {
            "domain": result.size.title,
            "samples": result.size.caption,
            "unit": ("within " if result.within else "") + result.size.nouns.group,
            "trained": result.summary.value,
            "low": result.summary.low,
            "high": result.summary.high,
            "interval": result.summary.reason or f"95 %, {result.size.nouns.held_out}",
            shuffled: float(result.shuffled_summaries.mean()),
        }
        if twins is not None:
            row |= {
                f"untrained {seed}": value
                for seed, value in zip(twins.seeds, twins.summaries, strict=True)
            }
        rows.append(row)
    return pd.DataFrame(rows)


def settings_table(result: Settings) -> pd.DataFrame:
    """Return every setting of the switches with the effect of training under it."""
    return pd.DataFrame(
        {
            "whitening": result.whitening,
            "K": result.k,
            "split": result.split,
            "trained": result.trained,
            "effect": result.effect,
            "low": result.low,
            "high": result.high,
        }
    )


def paradigm_table(result: Paradigms) -> pd.DataFrame:
    """Return each paradigm's mean correlation by direction, with its interval."""
    rows = [
        {
            "paradigm": name,
            "encoders": count,
            "direction": k + 1,
            "correlation": result.values[p, k],
            "low": result.low[p, k],
            "high": result.high[p, k],
        }
        for p, (name, count) in enumerate(zip(result.names, result.counts, strict=True))
        for k in range(result.values.shape[1])
    ]
    return pd.DataFrame(rows)


def owner_table(result: Sharedness) -> pd.DataFrame:
    """Return each encoder's share of each direction's loadings."""
    return pd.DataFrame(result.loading_shares, index=list(result.encoders)).reset_index()


def response_table(result: Responses) -> pd.DataFrame:
    """Return each direction's correlations with the image statistics."""
    table = pd.DataFrame(result.correlations, columns=list(result.names))
    table.insert(0, "direction", np.arange(1, result.k + 1))
    return table
