"""The tables of how evenly networks go from layer to layer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from substrate.analyses.layers.smoothness import Smoothness
from substrate.exhibits.exhibit import titles
from substrate.figures.layers.smoothness import AXES, mean_of
from substrate.numerics.depth.steps import SUMMARIES
from substrate.runs import Run


def table(result: Smoothness, run: Run) -> pd.DataFrame:
    """Return the four summaries of every encoder, and their means by kind and family.

    Intervals of encoders are over photographs, those of means over recipes.
    """
    rows = []
    for path in result.paths:
        for at, summary in enumerate(SUMMARIES):
            summaries, twins = path.summaries, path.twin_summaries[:, at]
            rows.append(
                {
                    "encoder": titles(run)[path.encoder],
                    "kind": path.kind,
                    "summary": AXES[summary],
                    "value": float(summaries.value[at]),
                    "low": np.nan if summaries.low is None else float(summaries.low[at]),
                    "high": np.nan if summaries.high is None else float(summaries.high[at]),
                    "untrained, mean": float(twins.mean()) if twins.size else np.nan,
                    "twins": len(twins),
                }
            )
    return pd.DataFrame([*rows, *_mean_rows(result)])


def _mean_rows(result: Smoothness) -> list[dict[str, Any]]:
    rows = []
    for one in result.means:
        for at, summary in enumerate(SUMMARIES):
            low, high = (
                np.nan if end is None else float(end[at])
                for end in (one.trained.low, one.trained.high)
            )
            rows.append(
                {
                    "encoder": mean_of(one),
                    "kind": "mean",
                    "summary": AXES[summary],
                    "value": float(one.trained.value[at]),
                    "low": low,
                    "high": high,
                    "untrained, mean": float(one.untrained[at]),
                }
            )
    return rows


def step_table(result: Smoothness, run: Run) -> pd.DataFrame:
    """Return every step with its interval, its twins' mean and whether width or pooling changes."""
    rows = []
    for path in result.paths:
        steps = path.steps
        for at, (before, after) in enumerate(zip(path.layers, path.layers[1:], strict=False)):
            twins = path.twin_steps[:, at]
            rows.append(
                {
                    "encoder": titles(run)[path.encoder],
                    "from": before,
                    "to": after,
                    "transition": bool(path.transition[at]),
                    "step": float(steps.value[at]),
                    "low": np.nan if steps.low is None else float(steps.low[at]),
                    "high": np.nan if steps.high is None else float(steps.high[at]),
                    "untrained, mean": float(twins.mean()) if twins.size else np.nan,
                }
            )
    return pd.DataFrame(rows)
