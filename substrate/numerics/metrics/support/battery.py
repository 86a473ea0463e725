"""Every metric for one pair of representations, with nulls where they are asked for."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from jaxtyping import Real, Shaped

from substrate.numerics import nulls
from substrate.numerics.metrics import METRICS
from substrate.numerics.metrics.spec import (
    Metric,
    UndefinedScoreError,
)
from substrate.numerics.metrics.support.features import require_same_samples


def score_all(
    x: Real[np.ndarray, "n p"],
    y: Real[np.ndarray, "n q"],
    keys: Iterable[str] = (),
    *,
    null: int = 0,
    groups: Shaped[np.ndarray, " n"] | None = None,
    seed: int = 0,
    parameters: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """Score a pair by the metrics named (all, if none is).

    `groups` are what null permutations keep together, and what is left out, or held out whole, by
    metrics that look at neighbours and pairs of samples or predict (mutual k-NN, RSA, ...).

    Returns
    -------
    dict
        Under each metric's key its score: a number, a nested list for a matrix, or
        ``{"x_to_y": ..., "y_to_x": ...}`` where the two directions differ; `None` where the metric
        is undefined for these features. Beside them ``samples``, ``widths``, ``parameters`` of each
        metric, ``undefined`` (key to reason) and, with ``null`` > 0, ``null``: for each key the
        permutations, mean, 95 % threshold ``tau``, ``p`` and ``calibrated`` score. Fewer than ten
        groups have no null, and ``no_null`` says so.
    """
    x, y = np.asarray(x), np.asarray(y)
    chosen = _chosen(list(keys))
    if x.ndim == 2 and y.ndim == 2:
        require_same_samples(x, y)
    units = np.arange(len(x)) if groups is None else np.asarray(groups)
    few = nulls.no_chance(units, "samples" if groups is None else "groups") if null else ""
    out: dict[str, Any] = {}
    undefined: dict[str, str] = {}
    beside: dict[str, Any] = {}
    used = {m.key: {**m.parameters, **(parameters or {}).get(m.key, {})} for m in chosen}
    left_out = [key for key, own in used.items() if own.get("groups", ...) is None]
    left_out = left_out if groups is not None else []
    for metric in chosen:
        try:
            options = used[metric.key] | ({"groups": groups} if metric.key in left_out else {})
            a, b = (metric.prepare(side, **options) for side in (x, y))
            out[metric.key] = _directions(metric, a, b)
        except UndefinedScoreError as reason:
            out[metric.key], undefined[metric.key] = None, str(reason)
            continue
        if null and not few:
            beside[metric.key] = _null(metric, a, b, units, null, seed)
    out |= {"samples": len(x), "widths": [x.shape[1], y.shape[1]]}
    for key in left_out:
        used[key]["groups"] = f"{len(np.unique(np.asarray(groups)))} groups"
    out |= {"parameters": used, "undefined": undefined}
    if few:
        return out | {"no_null": few}
    return out | ({"null": beside} if null else {})


def _chosen(keys: list[str]) -> list[Metric]:
    unknown = [key for key in keys if key not in METRICS]
    if unknown:
        raise KeyError(f"No metric is called {unknown[0]!r}. There are: {', '.join(METRICS)}.")
    return [METRICS[key] for key in keys or METRICS]


def _directions(metric: Metric, a: Any, b: Any) -> Any:
    if metric.output == "matrix":
        return metric.compare(a, b).tolist()
    if metric.symmetric:
        return float(metric.compare(a, b))
    return {"x_to_y": float(metric.compare(a, b)), "y_to_x": float(metric.compare(b, a))}


def _null(
    metric: Metric, a: Any, b: Any, groups: Shaped[np.ndarray, " n"], count: int, seed: int
) -> dict[str, Any]:
    if metric.output == "matrix" or not metric.needs_pairing:
        why = "its result is a matrix" if metric.needs_pairing else "it ignores which row is which"
        return {"reason": f"{metric.key} has no permutation null here: {why}."}
    if metric.symmetric:
        return _calibrated(metric, a, b, groups, count, seed)
    return {
        "x_to_y": _calibrated(metric, a, b, groups, count, seed),
        "y_to_x": _calibrated(metric, b, a, groups, count, seed),
    }


def _calibrated(
    metric: Metric, a: Any, b: Any, groups: Shaped[np.ndarray, " n"], count: int, seed: int
) -> dict[str, Any]:
    result = nulls.calibrate_pair(metric, a, b, groups, count, seed)
    values: dict[str, Any] = {
        "permutations": count,
        "groups": result.n_groups,
        "mean": result.mean_null,
        "tau": result.tau,
        "p": result.p,
        "calibrated": result.calibrated,
    }
    return values | ({"reason": result.reason} if result.reason else {})
