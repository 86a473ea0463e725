"""The numbers of one pair out of a grid, as plain values and as a table of all pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from substrate.analyses.layers.meeting import LayerSide
from substrate.analyses.shared.grid_scores import Scores
from substrate.analyses.shared.tables import null_columns
from substrate.numerics.estimates import Estimate, Null


@dataclass(frozen=True, kw_only=True)
class LayerPair:
    """One pair: its value with interval and null, and what allows for having looked at all pairs.

    ``tau_any`` is the 95 % level of the closest of all pairs, ``p_any`` the p-value against it;
    None where there is no such number.
    """

    estimate: Estimate
    tau_any: float | None
    p_any: float | None
    calibrated: float | None


def pair_of(scores: Scores, i: int, j: int) -> LayerPair:
    """Return the numbers of row i and column j."""
    names = ("values", "low", "high", "null_mean", "tau", "p", "p_any", "calibrated")
    at = {name: _known(getattr(scores, name)[i, j]) for name in names}
    mean = at["null_mean"]
    estimate = Estimate(
        at["values"],
        low=at["low"],
        high=at["high"],
        reason=scores.interval_reason,
        unit=f"{scores.nouns.group}s",
        n_units=scores.photographs,
        null=None if mean is None else Null(mean=mean, level=at["tau"], p=at["p"]),
    )
    return LayerPair(
        estimate=estimate,
        tau_any=scores.tau_any,
        p_any=at["p_any"],
        calibrated=at["calibrated"],
    )


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def layer_table(scores: Scores, first: LayerSide, second: LayerSide) -> pd.DataFrame:
    """Return all layer pairs with their numbers, one per line."""
    i, j = (index.ravel() for index in np.indices(scores.values.shape))
    other = second.encoder if second.encoder != first.encoder else f"{second.encoder} again"
    return pd.DataFrame(
        {
            f"layer of {first.encoder}": np.array(first.layers, dtype=object)[i],
            f"layer of {other}": np.array(second.layers, dtype=object)[j],
            **_numbers(scores, i, j),
        }
    )


def encoder_table(scores: Scores, encoders: tuple[str, ...]) -> pd.DataFrame:
    """Return every two encoders with their numbers, each two once."""
    i, j = np.triu_indices(len(encoders), 1)
    names = np.array(encoders, dtype=object)
    return pd.DataFrame({"encoder": names[i], "other encoder": names[j], **_numbers(scores, i, j)})


def _numbers(scores: Scores, i: np.ndarray, j: np.ndarray) -> dict[str, np.ndarray]:
    columns = {
        "value": scores.values,
        "low": scores.low,
        "high": scores.high,
        **null_columns(scores),
        "calibrated": scores.calibrated,
    }
    return {name: column[i, j] for name, column in columns.items()}
