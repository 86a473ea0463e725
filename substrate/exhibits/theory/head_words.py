"""What heads on real features say, in sentences."""

from __future__ import annotations

import numpy as np
import pandas as pd

from substrate.analyses.theory.features import HeadCurve, HeadsResult
from substrate.exhibits.theory.parting_words import measured_context, measured_verdict, separated
from substrate.exhibits.verdict import Verdict
from substrate.figures.theory.heads import curve_name
from substrate.numerics.theory.parting import Parting, parting
from substrate.wording import number, percent, with_interval


def parted(curve: HeadCurve) -> Parting:
    """Compare every number of images with every other."""
    return parting(_values(curve.alignment), _values(curve.error))


def _values(estimates: tuple[object, ...]) -> np.ndarray:
    return np.array([np.nan if one.value is None else one.value for one in estimates])  # type: ignore[attr-defined]


def middle(result: HeadsResult) -> HeadCurve:
    """Return the curve that the opening is about: half of the labels drawn anew."""
    return result.curves[1]


def verdict(result: HeadsResult) -> Verdict | None:
    """Say in how many pairs of sizes the more alike heads are the worse ones."""
    curve = middle(result)
    counted = separated(curve.alignment, curve.error)
    return None if counted is None else measured_verdict(parted(curve), counted)


def sentence(result: HeadsResult, encoder: str, domain: str) -> str:
    """Say where heads agree least, and how far the theory is from what is measured."""
    curve = middle(result)
    values = _values(curve.alignment)
    least = int(np.nanargmin(values))
    low = curve.alignment[least]
    expected = np.interp(curve.samples, curve.drawn, curve.theory)
    away = float(np.nanmedian(np.abs(values - expected)))
    within = f"Within these {result.unit}, two" if low.low is None else "Two"
    return (
        f"{within} linear heads on the features of {encoder} for {domain}, of whose labels half "
        f"were drawn anew for each, agree least with {curve.samples[least]} images: "
        f"{with_interval(low.value, low.low, low.high)}. The theory lies {number(away)} from what "
        "is measured, at the median."
    )


def context(result: HeadsResult) -> str:
    """Say what is learned, what the theory takes for granted, and what has no interval."""
    first, curve = result.curves[0].alignment[0], middle(result)
    counted = separated(curve.alignment, curve.error)
    pairs = "" if counted is None else f" {measured_context(parted(curve), counted)}"
    reason = f" {first.reason}" if first.low is None else ""
    return (
        f"The {result.axes} leading principal axes of the features explain "
        f"{percent(result.explained)} of the variance of {len(result.classes)} classes. The theory "
        "is that of Gaussian features with this signal; what classes are beyond a linear function "
        "of the features is noise that both heads share. Points are measured on held-out "
        f"{result.unit}.{reason}{pairs}"
    )


READ = (
    "Above, the cosine of the two heads' outputs on held-out images: points as measured, lines as "
    "the theory expects. Both heads learn the same images with labels that were drawn anew for "
    "each, or images of their own with true labels. Below, the share of wrong classes; the dotted "
    "line is guessing. At the dashed line a head can just fit all of its labels."
)


def table(result: HeadsResult) -> pd.DataFrame:
    """Return every point with the theory beside it."""
    rows = [
        {
            "heads": curve_name(curve),
            "snr": curve.snr,
            "images": int(n),
            "alignment": alike.value,
            "low": alike.low,
            "high": alike.high,
            "theory": float(np.interp(n, curve.drawn, curve.theory)),
            "error": wrong.value,
            "error_low": wrong.low,
            "error_high": wrong.high,
        }
        for curve in result.curves
        for n, alike, wrong in zip(curve.samples, curve.alignment, curve.error, strict=True)
    ]
    return pd.DataFrame(rows)
