"""What the card of one pair says, and what is said of a metric."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from substrate.analyses.layers.all_encoders import PairsResult, UntrainedPairsResult
from substrate.analyses.layers.tables import LayerPair, pair_of
from substrate.analyses.layers.two_encoders import LayersResult, UntrainedResult
from substrate.analyses.shared.grid_scores import Scores
from substrate.exhibits.exhibit import titles
from substrate.exhibits.layers.exhibits import both_titles
from substrate.numerics.estimates import Estimate
from substrate.numerics.metrics import METRICS
from substrate.runs import Run
from substrate.wording import between, many, number, probability, spread

Cell = tuple[int, int]


def metric_note(metric: str) -> str:
    """Say what a metric measures, its range and source, and when it misleads."""
    chosen = METRICS[metric]
    return (
        f"**{chosen.label}** · {chosen.definition} · {chosen.value_range} · {chosen.reference}. "
        f"{chosen.misleads}"
    )


def layers_heading(result: LayersResult, cell: Cell, run: Run) -> str:
    """Name a pair of layers: ``Alpha block.1 – Beta block.2``."""
    first, second = both_titles(result, run)
    a, b = result.first.layers[cell[0]], result.second.layers[cell[1]]
    return f"{first} {a} – {second} {b}"


def encoders_heading(result: PairsResult, cell: Cell, run: Run) -> str:
    """Name a pair of encoders: ``Alpha – Beta``."""
    return " – ".join(titles(run)[result.encoders[place]] for place in cell)


def no_value(scores: Scores) -> str:
    """Say why a pair has no value."""
    return scores.missing[0] if scores.missing else "This pair has no value."


def pair_lines(scores: Scores, cell: Cell) -> list[str]:
    """Return what a pair's value is set beside: interval, chance, the closest of all, p, n."""
    pair = pair_of(scores, *cell)
    return [_interval(pair.estimate), *_chance(scores, pair), f"n = {scores.counted}"]


def _interval(estimate: Estimate) -> str:
    if estimate.low is not None and estimate.high is not None:
        return between(estimate.low, estimate.high)
    without = f"no interval: it cannot be taken without some {estimate.unit}"
    return estimate.reason or without


def _chance(scores: Scores, pair: LayerPair) -> Iterator[str]:
    null = pair.estimate.null
    if null is not None and null.level is not None:
        reach = "at most" if scores.closer == "higher" else "at least"
        yield (
            f"chance {number(null.mean)} on average, {reach} {number(null.level)} in 95 % of "
            "permutations for this pair"
        )
    elif null is not None:
        yield f"{scores.shuffled} {number(null.mean)} on average"
    elif scores.null_reason:
        yield scores.null_reason
    if pair.tau_any is not None:
        yield f"95 % level of the closest of all pairs {number(pair.tau_any)}"
    if null is not None and null.p is not None:
        allowing = (
            "" if pair.p_any is None else f", {probability(pair.p_any)} allowing for all pairs"
        )
        yield f"{probability(null.p)} for this pair alone{allowing}"
    elif scores.within and not scores.null_reason:
        yield f"no p-value: {scores.photographs} {scores.nouns.group}s, and at least 10 are needed"


def untrained_lines(
    untrained: UntrainedResult | UntrainedPairsResult | None, cell: Cell
) -> list[str]:
    """Return what untrained twins give for a pair, where it is known."""
    if untrained is None:
        return []
    values = untrained.values[:, cell[0], cell[1]]
    if not np.isfinite(values).all():
        return []
    return [f"untrained twins ({many(len(untrained.seeds), 'seed')}) {spread(values)}"]


def side_lines(result: LayersResult, cell: Cell) -> list[str]:
    """Return depth, width and pooling of the two layers."""
    return [
        f"{side.layers[index]}: depth {number(side.depth[index])}, {side.width[index]} units, "
        f"pooling {side.pooling[index]}"
        for side, index in zip((result.first, result.second), cell, strict=True)
    ]
