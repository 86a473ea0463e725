"""Comparisons of encoders as data frames."""

from __future__ import annotations

import numpy as np
import pandas as pd

from substrate.analyses.encoders.disagreement import Disagreement
from substrate.analyses.encoders.flow import Flow
from substrate.analyses.encoders.pairs import EncoderPairs
from substrate.analyses.encoders.removal import Causal


def similarity_table(result: EncoderPairs, key: str) -> pd.DataFrame:
    """Return one calibrated similarity of all pairs of encoders."""
    table = pd.DataFrame(result.similarities[key], columns=list(result.names))
    table.insert(0, "encoder", result.names)
    return table


def comparison_table(result: EncoderPairs) -> pd.DataFrame:
    """Return the differences between kinds of pairs, with the published ratio's form."""
    rows = [
        {
            "similarity": c.key,
            "comparison": c.name,
            "first": c.first,
            "second": c.second,
            "difference": c.difference.value,
            "low": c.difference.low,
            "high": c.difference.high,
            "ratio (the paper's form)": c.ratio,
            "reason": c.difference.reason,
        }
        for c in result.comparisons
    ]
    return pd.DataFrame(rows)


def position_table(result: EncoderPairs) -> pd.DataFrame:
    """Return each encoder's place on the map."""
    return pd.DataFrame(result.positions, columns=["x", "y"]).assign(
        encoder=result.names, paradigm=result.paradigms
    )


def flow_table(result: Flow) -> pd.DataFrame:
    """Return every correlation of a direction with those of the next step, beside its chance."""
    chance = {} if result.reason else {s: {"chance": tau} for s, tau in enumerate(result.taus)}
    rows = [
        {
            "from": result.steps[s],
            "direction": i + 1,
            "to": result.steps[s + 1],
            "match": j + 1,
            "correlation": result.correlations[s, i, j],
        }
        | chance.get(s, {})
        for s, i, j in np.argwhere(np.isfinite(result.correlations))
    ]
    return pd.DataFrame(rows)


def score_table(result: Disagreement, direction: int) -> pd.DataFrame:
    """Return each held-out sample's score along a direction (from 0) and along its match."""
    return pd.DataFrame(
        {
            "row": result.rows,
            "first": result.first_scores[:, direction],
            "second": result.second_scores[:, direction],
            "residual": result.residuals(direction),
        }
    )


def removal_table(result: Causal) -> pd.DataFrame:
    """Return what the probes of both encoders lose without each direction."""
    return pd.DataFrame(
        {
            "direction": np.arange(1, len(result.match) + 1),
            "match": result.match + 1,
            "first": result.change[0],
            "second": result.change[1],
        }
    )
