"""The numbers behind the training figures, as tables."""

from __future__ import annotations

import numpy as np
import pandas as pd

from substrate.analyses.shared.tables import null_columns
from substrate.analyses.training.alignment import TrainingResult
from substrate.analyses.training.directions import TrainingDirectionsResult


def curve_table(result: TrainingResult) -> pd.DataFrame:
    """Return the chosen layer's numbers by step."""
    scores, ranks = result.scores, result.ranks
    beside = {name: values[:, 0] for name, values in null_columns(scores).items()}
    beside.pop("p, all pairs", None)
    return pd.DataFrame(
        {
            "step": result.steps,
            "accuracy": result.accuracy,
            "value": scores.values[:, 0],
            "low": scores.low[:, 0],
            "high": scores.high[:, 0],
            **beside,
            "calibrated": scores.calibrated[:, 0],
            "effective rank": ranks.effective,
            "effective rank low": ranks.effective_low,
            "effective rank high": ranks.effective_high,
            "participation ratio": ranks.participation,
        }
    )


def layer_table(result: TrainingResult) -> pd.DataFrame:
    """Return every layer's score at every step."""
    i, j = (index.ravel() for index in np.indices(result.values.shape))
    levels = {} if result.scores.within else {"95 % level": result.levels[i, j]}
    return pd.DataFrame(
        {
            "layer": np.array(result.layers, dtype=object)[i],
            "step": result.steps[j],
            "value": result.values[i, j],
            **levels,
        }
    )


def cosine_table(result: TrainingDirectionsResult) -> pd.DataFrame:
    """Return every cosine of every step."""
    t, i, j = (index.ravel() for index in np.indices(result.cosines.shape))
    return pd.DataFrame(
        {
            "step": result.steps[t],
            "direction": i + 1,
            "final direction": j + 1,
            "cosine": result.cosines[t, i, j],
            "reliability": result.reliability[t, i],
        }
    )


def overlap_table(result: TrainingDirectionsResult) -> pd.DataFrame:
    """Return the overlap of spans by step."""
    columns = {"step": result.steps, "overlap": result.overlap, "random spans": result.chance}
    return pd.DataFrame(columns)
