"""The numbers behind the figures of maps, as tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from substrate.analyses.maps.choice import CLASSIFIER_TITLES
from substrate.analyses.maps.consensus import Classifier, ConsensusResult
from substrate.analyses.maps.matrix import MapsMatrix
from substrate.analyses.maps.pair import CURVES, FIRST, SECOND, UNMAPPED, Classes, Maps
from substrate.analyses.maps.prepared import TOPS
from substrate.numerics.maps.ensemble import ALONE, AVERAGED, CONCATENATED, OWN_LABELS


def maps_table(result: Maps) -> pd.DataFrame:
    """Return a row per direction and family of maps."""
    rows = []
    leveled = any(p.r2.null is not None and p.r2.null.level is not None for p in result.predictions)
    for p in result.predictions:
        null = p.r2.null
        level = None if null is None else null.level
        row: dict[str, object] = {
            "source": p.source,
            "target": p.target,
            "map": p.family,
            "R2": p.r2.value,
            "low": p.r2.low,
            "high": p.r2.high,
            "permuted, mean": None if null is None else null.mean,
            **({"permuted, 95 % level": level} if leveled else {}),
            "p": None if null is None else null.p,
            "untrained source, mean": float(p.twins.mean()) if len(p.twins) else None,
            "trained less untrained": p.gain.value if len(p.twins) else None,
            "its low": p.gain.low,
            "its high": p.gain.high,
            "split-half ceiling": p.ceiling if np.isfinite(p.ceiling) else None,
        }
        for top, rate, chance in zip(TOPS, p.found, p.chance, strict=True):
            row |= {
                f"top {top}": rate.value,
                f"top {top}, low": rate.low,
                f"top {top}, high": rate.high,
                f"top {top}, guessing": chance,
            }
        rows.append(row)
    return pd.DataFrame(rows)


def units_table(result: Maps) -> pd.DataFrame:
    """Return R2 of every unit of either encoder, by the affine map from the other."""
    parts = [
        pd.DataFrame(
            {
                "source": result.encoders[side],
                "target": result.encoders[1 - side],
                "unit": np.arange(len(values)),
                "R2": values,
            }
        )
        for side, values in enumerate(result.by_unit)
    ]
    return pd.concat(parts, ignore_index=True)


def classes_table(classes: Classes, result: Maps) -> pd.DataFrame:
    """Return the equal error rate of every comparison, and its curve in one column each."""
    first = result.encoders[0]
    errors = {UNMAPPED: classes.unmapped, FIRST: classes.alone[0], SECOND: classes.alone[1]}
    errors |= {p.family: p.error for p in result.predictions if p.source == first and p.error}
    rows = [
        {"comparison": name, "equal error": e.value, "low": e.low, "high": e.high}
        for name in CURVES
        if (e := errors.get(name)) is not None
    ]
    return pd.DataFrame(rows)


def matrix_table(result: MapsMatrix) -> pd.DataFrame:
    """Return a row per cell of the matrix, and one per second seed."""
    rows: list[dict[str, Any]] = [
        {
            "source": result.encoders[i],
            "target": result.encoders[j],
            "R2": result.values[i, j],
            "low": result.low[i, j],
            "high": result.high[i, j],
            "untrained source, mean": result.untrained[i, j],
            "trained less untrained, low": result.gain_low[i, j],
            "trained less untrained, high": result.gain_high[i, j],
        }
        for i, j in np.ndindex(result.values.shape)
    ]
    rows += [{"source": s.source, "target": s.target, "R2": s.r2} for s in result.siblings]
    return pd.DataFrame(rows)


def consensus_table(result: ConsensusResult) -> pd.DataFrame:
    """Return a row per K and way to classify: each encoder alone, then ensembles, then untrained.

    "leave a side" counts the numbers of an image that leave each encoder's side: see `leaving`.
    """
    members = [
        (f"{name} alone", "trained", way, ALONE)
        for name, way in zip(result.encoders, result.members, strict=True)
    ]
    ways = [
        (CLASSIFIER_TITLES[way.name], kind, way, way.name)
        for kind, every in (("trained", result.classifiers), ("untrained", result.untrained))
        for way in every
    ]
    return pd.DataFrame(
        {
            "classifier": title,
            "members": kind,
            "K": k,
            **_classified(way, place),
            "numbers of an image that leave a side": leaving(result, name, k),
        }
        for title, kind, way, name in (*members, *ways)
        for place, k in enumerate(result.components)
    )


def _classified(way: Classifier, place: int) -> dict[str, Any]:
    """Return an accuracy, and how far the shared space is ahead, each with its interval."""
    accuracy = way.accuracy[place]
    row = {"accuracy": accuracy.value, "low": accuracy.low, "high": accuracy.high}
    ahead = way.ahead[place] if way.ahead else None
    if ahead is not None:
        row |= {"shared space ahead by": ahead.value, "its low": ahead.low, "its high": ahead.high}
    return row


def leaving(result: ConsensusResult, name: str, k: int) -> int:
    """Return how many numbers of an image leave each encoder's side, were all sides apart.

    None where every side decides alone, the classes' probabilities where these are averaged, all
    units of the widest side where features are concatenated, else K scores.
    """
    if name in (ALONE, OWN_LABELS):
        return 0
    if name == AVERAGED:
        return len(result.classes)
    return max(result.widths) if name == CONCATENATED else k
