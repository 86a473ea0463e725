"""Students that agree by noise and sample size alone: numbers and lines for the command."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from substrate.numerics.estimates import Estimate
from substrate.numerics.metrics.spec import Metric
from substrate.numerics.theory.curves import SNRS, Curve, curves
from substrate.numerics.theory.linear_students import Students, StudentSetting, has_means

#: What is said of as many samples as inputs, or one off.
NO_MEANS = (
    "With as many samples as inputs, or one off, norms and errors have no mean: there is no closed "
    "form, and the error is that of these training sets alone."
)


def report(
    *,
    dimension: int,
    outputs: int,
    snrs: tuple[float, ...],
    ridge: float,
    metric: Metric | None,
    draws: int,
    seed: int,
) -> dict[str, Any]:
    """Return the curves of every signal-to-noise ratio, with everything that they rest on."""
    at = StudentSetting(samples=1, dimension=dimension, snr=1.0, outputs=outputs, ridge=ridge)
    simulated = curves(
        at,
        snrs=snrs or SNRS,
        draws=draws,
        seed=seed,
        metric=None if metric is None else lambda x, y: float(metric.score(x, y)),
    )
    return {
        "dimension": dimension,
        "outputs": outputs,
        "ridge": ridge,
        "metric": None if metric is None else metric.key,
        "training_sets": draws,
        "seed": seed,
        "curves": [_curve(curve) for curve in simulated],
    }


def _curve(curve: Curve) -> dict[str, Any]:
    points = zip(curve.samples, curve.students, curve.alignment, curve.error, strict=True)
    return {
        "snr": curve.snr,
        "points": [
            {
                "samples": int(n),
                **_measured(students),
                "expected_alignment": _finite(alignment) if np.isfinite(error) else None,
                "expected_error": _finite(error),
            }
            for n, students, alignment, error in points
        ],
    }


def _measured(students: Students) -> dict[str, Any]:
    estimates = {
        "alignment": students.alignment,
        "cosine": students.cosine,
        "error": students.error,
        "score": students.score,
    }
    return {key: _estimate(value) for key, value in estimates.items() if value is not None}


def _estimate(estimate: Estimate) -> dict[str, Any]:
    interval = None if estimate.low is None else [float(estimate.low), float(estimate.high)]
    fields = {"value": float(estimate.value), "interval": interval}
    return fields if interval else {**fields, "reason": estimate.reason}


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def lines(content: dict[str, Any]) -> Iterator[str]:
    """Yield the report as a table for each signal-to-noise ratio."""
    d, few = content["dimension"], ""
    yield (
        f"Two linear students of {d} inputs and {content['outputs']} outputs, of the same inputs "
        f"and labels of independent noise; {content['training_sets']} training sets at each point, "
        f"95 % intervals over them, seed {content['seed']}."
    )
    for curve in content["curves"]:
        yield ""
        yield f"Signal-to-noise ratio {curve['snr']:g}"
        last = f"  {content['metric']}" if content["metric"] else ""
        yield f"{'n/d':>6} {'n':>5}  {'cosine':<20} {'closed form':>11}  {'error':>6}{last}"
        for point in curve["points"]:
            closed, score = point["expected_alignment"], point.get("score")
            few = few or ("" if has_means(point["samples"], d) else NO_MEANS)
            yield (
                f"{point['samples'] / d:6.2f} {point['samples']:5d}  "
                f"{_text(point['cosine']):<20} {'' if closed is None else f'{closed:.2f}':>11}  "
                f"{point['error']['value']:6.2f}{f'  {_text(score)}' if score else ''}"
            )
    if few and not content["ridge"]:
        yield ""
        yield few


def _text(estimate: dict[str, Any]) -> str:
    value, interval = estimate["value"], estimate["interval"]
    if interval is None:
        return f"{value:.2f}"
    return f"{value:.2f} [{interval[0]:.2f}, {interval[1]:.2f}]"
