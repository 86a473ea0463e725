"""The claims about weights: S of pairs of networks, by what they differ in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float

from substrate.analyses.experiments.catalogue import read_results
from substrate.analyses.experiments.distill import MIN_SEEDS
from substrate.analyses.experiments.weights import (
    ALIGNMENT,
    CLASSES,
    INITIALISATION,
    LABELS,
    RANDOM_LABELS,
    UP_TO,
    WeightPoint,
    WeightsRepeat,
    measured_points,
    of_part,
)
from substrate.analyses.shared.replicates import Replicates
from substrate.claims.experiments import not_run
from substrate.wording import many

#: Quantities by the relation of their pairs; "early" is up to the fifth layer.
RELATIONS: Mapping[str, str] = {
    "initialisation": INITIALISATION,
    "classes": CLASSES,
    "labels": LABELS,
    "random labels": RANDOM_LABELS,
}
QUANTITIES = tuple(
    f"{name}{part}"
    for name in RELATIONS
    for part in ("", " shuffled", " early", " early shuffled", " planted")
)
UNTOLD = "In no layer of its pairs do learned eigenvalues stand out of the noise of both networks."


def weights(results: Path | None = None) -> Replicates | str:
    """Return the mean S over the layers in which both networks have something learned.

    Every pair of networks that differ in one thing is one case; fewer than five allow no verdict.
    """
    file = read_results("weights", results)
    if file is None:
        return not_run("weights")
    pairs = {
        name: [one for one in of_part(file.repeats, ALIGNMENT) if one.relation == relation]
        for name, relation in RELATIONS.items()
    }
    fewest = min(len(repeats) for repeats in pairs.values())
    reason = ""
    if fewest < MIN_SEEDS:
        reason = (
            f"{many(fewest, 'pair')} of seeds for the rarest comparison, and at least {MIN_SEEDS} "
            "are needed."
        )
    whole = _values(pairs)
    values = dict(zip(QUANTITIES, whole.tolist(), strict=True))
    return Replicates(
        settings=("as run",),
        quantities=QUANTITIES,
        whole=whole[None],
        left_out=()
        if reason
        else (np.array([_without(pairs, i) for i in range(fewest)])[:, None],),
        unit="seeds",
        units=fewest,
        counted=", ".join(
            f"{many(len(repeats), 'pair')} of {relation}"
            for relation, repeats in zip(RELATIONS.values(), pairs.values(), strict=True)
        ),
        reason=reason,
        missing={name: UNTOLD for name in RELATIONS if not np.isfinite(values[name])},
    )


def _without(pairs: Mapping[str, Sequence[WeightsRepeat]], left: int) -> Float[np.ndarray, " q"]:
    """Leave one pair of every relation out."""
    return _values(
        {name: [p for i, p in enumerate(repeats) if i != left] for name, repeats in pairs.items()}
    )


def _values(pairs: Mapping[str, Sequence[WeightsRepeat]]) -> Float[np.ndarray, " q"]:
    values: list[float] = []
    for repeats in pairs.values():
        points = [point for pair in repeats for point in measured_points(pair)]
        early = [point for point in points if point.x <= UP_TO]
        values += [
            _mean(points),
            _beside(points, "permuted"),
            _mean(early),
            _beside(early, "permuted"),
            _beside(points, "planted"),
        ]
    return np.array(values)


def _mean(points: Sequence[WeightPoint]) -> float:
    values = [one.value.value for one in points if one.value.value is not None]
    return float(np.mean(values)) if values else float("nan")


def _beside(points: Sequence[WeightPoint], name: str) -> float:
    means = [float(np.mean(one.beside[name])) for one in points if one.beside.get(name)]
    return float(np.mean(means)) if means else float("nan")
