"""The numbers behind the figures of maps, as tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from substrate.analyses.maps.matrix import MapsMatrix
from substrate.analyses.maps.pair import CURVES, FIRST, SECOND, UNMAPPED, Classes, Maps
from substrate.analyses.maps.prepared import TOPS


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
        for top, found, chance in zip(TOPS, p.found, p.chance, strict=True):
            row |= {
                f"top {top}": found.value,
                f"top {top}, low": found.low,
                f"top {top}, high": found.high,
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
        }
        for i, j in np.ndindex(result.values.shape)
    ]
    rows += [{"source": s.source, "target": s.target, "R2": s.r2} for s in result.siblings]
    return pd.DataFrame(rows)
