"""The numbers behind the training figures, as tables."""

from __future__ import annotations

import numpy as np
import pandas as pd

from substrate.analyses.training.alignment import TrainingResult
from substrate.analyses.training.directions import TrainingDirectionsResult


def curve_table(found: TrainingResult) -> pd.DataFrame:
    """Return the chosen layer's numbers by step."""
    scores, ranks = found.scores, found.ranks
    return pd.DataFrame(
        {
            "step": found.steps, "accuracy": found.accuracy, "value": scores.values[:, 0],
            "low": scores.low[:, 0], "high": scores.high[:, 0], "chance": scores.null_mean[:, 0],
            "95 % level": scores.tau[:, 0], "p": scores.p[:, 0],
            "calibrated": scores.calibrated[:, 0], "effective rank": ranks.effective,
            "effective rank low": ranks.effective_low,
            "effective rank high": ranks.effective_high, "participation ratio": ranks.participation,
        }
    )  # fmt: skip


def layer_table(found: TrainingResult) -> pd.DataFrame:
    """Return every layer's score at every step."""
    i, j = (index.ravel() for index in np.indices(found.values.shape))
    return pd.DataFrame(
        {
            "layer": np.array(found.layers, dtype=object)[i], "step": found.steps[j],
            "value": found.values[i, j], "95 % level": found.levels[i, j],
        }
    )  # fmt: skip


def cosine_table(found: TrainingDirectionsResult) -> pd.DataFrame:
    """Return every cosine of every step."""
    t, i, j = (index.ravel() for index in np.indices(found.cosines.shape))
    return pd.DataFrame(
        {
            "step": found.steps[t], "direction": i + 1, "final direction": j + 1,
            "cosine": found.cosines[t, i, j], "reliability": found.reliability[t, i],
        }
    )  # fmt: skip


def overlap_table(found: TrainingDirectionsResult) -> pd.DataFrame:
    """Return the overlap of spans by step."""
    return pd.DataFrame({"step": found.steps, "overlap": found.overlap, "chance": found.chance})
