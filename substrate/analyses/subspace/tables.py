"""Comparisons of domains as data frames."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from substrate.analyses.shared.samples import pairs
from substrate.analyses.subspace.comparison import ControlledMatrix
from substrate.analyses.subspace.dimension_sweep import Sweep
from substrate.analyses.subspace.leave_out import LeaveOut
from substrate.analyses.subspace.sample_size import NCurve
from substrate.analyses.subspace.spans import Spans
from substrate.wording import MINUS


def pair_table(result: ControlledMatrix) -> pd.DataFrame:
    """Return every pair of domains with its value, interval and controls."""
    titles = [size.title for size in result.matrices.sizes]
    rows = []
    for i, j in zip(*pairs(len(titles)), strict=True):
        low, high = result.bounds(i, j) or (np.nan, np.nan)
        row = {
            "first": titles[i],
            "second": titles[j],
            "value": result.values[i, j],
            "low": low,
            "high": high,
        }
        for control in result.all_controls():
            if control.by_pair:
                repeats = control.values[int(result.debiased)][:, i, j]
                row[result.name(control.key).lower()] = float(np.median(repeats))
        rows.append(row)
    return pd.DataFrame(rows)


def control_table(result: ControlledMatrix) -> pd.DataFrame:
    """Return the median of every control, with its lowest and highest value.

    Last, where there are untrained twins, what training adds; ``low`` and ``high`` are 95 % bounds.
    """
    low, high = result.median_bounds or (np.nan, np.nan)
    trained = {
        "control": result.name("trained"),
        "median": result.median,
        "low": low,
        "high": high,
        "lowest": float(np.nanmin(result.values)),
        "highest": float(np.nanmax(result.values[pairs(len(result.values))])),
        "K": result.shown_k,
    }
    rows = [trained]
    for control in result.all_controls():
        values = control.flat(debiased=result.debiased)
        if np.isfinite(values).any():
            rows.append(
                {
                    "control": result.name(control.key),
                    "median": float(np.nanmedian(values)),
                    "lowest": float(np.nanmin(values)),
                    "highest": float(np.nanmax(values)),
                    "K": control.k,
                }
            )
    gain = result.difference
    if gain is not None and result.untrained is not None:
        rows.append(
            {
                "control": f"trained {MINUS} untrained",
                "median": gain.value,
                "low": gain.low,
                "high": gain.high,
                "K": result.untrained.control.k,
            }
        )
    return pd.DataFrame(rows)


def span_table(result: Spans, measure: int) -> pd.DataFrame:
    """Return every pair of domains with its value, interval and controls."""
    rows = []
    for i, j in zip(*pairs(len(result.sizes)), strict=True):
        untrained = np.median(result.untrained[measure, :, i, j]) if result.seeds else np.nan
        rows.append(
            {
                "first": result.sizes[i].title,
                "second": result.sizes[j].title,
                "value": result.values[measure, i, j],
                "low": result.intervals.low[measure, i, j],
                "high": result.intervals.high[measure, i, j],
                "untrained": untrained,
                result.shuffled_name.lower(): np.median(result.shuffled[measure, :, i, j]),
            }
        )
    return pd.DataFrame(rows)


def span_control_table(result: Spans, measure: int) -> pd.DataFrame:
    """Return every value of every control: of a domain, a seed or a draw."""
    rows = [
        {"control": name, "value": value}
        for name, values in result.controls(measure)
        for value in values
    ]
    return pd.DataFrame(rows)


def sweep_table(result: Sweep, *, debiased: bool) -> pd.DataFrame:
    """Return the medians between domains by K, with their interval and their nulls."""
    side = int(debiased)
    columns: dict[str, Any] = {
        "K": result.ks,
        "median": result.median[side],
        "low": result.low[side],
        "high": result.high[side],
        "random bases": result.expected,
    }
    for seed, values in zip(result.seeds, result.untrained[:, side], strict=True):
        columns[f"untrained {seed}"] = values
    return pd.DataFrame(columns)


def leave_out_table(result: LeaveOut) -> pd.DataFrame:
    """Return the whole panel, then the panel without each encoder and without each family."""
    rows = [
        {
            "left out": row.name,
            "biased": row.biased.value,
            "debiased": row.debiased.value,
            "shared": row.shared.value,
            "low": row.shared.low,
            "high": row.shared.high,
        }
        for row in result.rows
    ]
    return pd.DataFrame(rows)


def n_curve_table(result: NCurve) -> pd.DataFrame:
    """Return the medians between domains by the number of samples, trained and shuffled."""
    columns: dict[str, Any] = {"n": result.sizes}
    shuffled = result.shuffled_name.lower()
    for name, values in (("trained", result.trained), (shuffled, result.shuffled)):
        for side, estimate in enumerate(("biased", "debiased")):
            columns[f"{name} {estimate}"] = values[side].mean(axis=1)
    return pd.DataFrame(columns)
