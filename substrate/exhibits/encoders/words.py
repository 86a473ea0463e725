"""What comparisons of encoders say, as sentences that can be read aloud."""

from __future__ import annotations

import numpy as np

from substrate.analyses.encoders.disagreement import Disagreement
from substrate.analyses.encoders.flow import Flow
from substrate.analyses.encoders.pairs import EncoderPairs, KindDifference
from substrate.analyses.encoders.removal import Causal
from substrate.wording import between, number, percent, signed, with_interval


def pairs_sentence(result: EncoderPairs) -> str:
    """Say which kind of pairs is more alike, and by how much."""
    compared = [c for c in result.comparisons if c.key == "cka"]
    if not compared:
        return f"On {result.size.title}, there are too few kinds of encoders to compare."
    last = compared[-1]
    first, second = last.kinds
    value = last.difference.value
    word = "more" if value > 0 else "less"
    return (
        f"On {result.size.title}, {first} are {word} alike than {second} by "
        f"{number(abs(value))} in calibrated CKA ({last.name}: {_over_encoders(last)})."
    )


def continuing(result: Flow) -> float:
    """Return the median over steps of the largest correlations that join directions."""
    steps = range(len(result.correlations))
    return float(np.nanmedian([np.abs(result.correlations[s])[result.joined(s)] for s in steps]))


def _over_encoders(comparison: KindDifference) -> str:
    difference = comparison.difference
    if difference.low is None or difference.high is None:
        return difference.reason.removesuffix(".").lower()
    return f"{between(difference.low, difference.high)} over encoders"


def comparisons_sentence(result: EncoderPairs) -> str:
    """Say every difference between kinds of pairs in calibrated CKA."""
    compared = [c for c in result.comparisons if c.key == "cka"]
    if not compared:
        return "There are too few kinds of encoders to compare."
    differences = [f"{c.name} {signed(c.difference.value)} ({_over_encoders(c)})" for c in compared]
    return f"In calibrated CKA: {'; '.join(differences)}."


def map_sentence(result: EncoderPairs) -> str:
    """Say how much of the distances between encoders the map shows."""
    return (
        f"The map shows {percent(result.shown)} of the squared distances between "
        f"{len(result.names)} encoders on {result.size.title}."
    )


def flow_sentence(result: Flow, step: str) -> str:
    """Count directions that continue beyond chance, if there are photographs enough."""
    steps = range(len(result.correlations))
    if result.reason:
        largest = continuing(result)
        return (
            f"On {result.size.title}, within these {result.size.nouns.groups}, the largest "
            f"correlation of a direction with those of the next {step} is "
            f"{number(float(largest))} in the middle. {result.reason}"
        )
    over = [result.joined(s).any(axis=1).sum() for s in steps]
    return (
        f"On {result.size.title}, {int(np.mean(over))} of {result.shares.shape[1]} directions "
        f"continue from one {step} to the next beyond chance, on average (no interval: a count)."
    )


def disagreement_sentence(result: Disagreement, direction: int, titles: dict[str, str]) -> str:
    """Say how one direction (from 0) of the first encoder and its match correlate."""
    low, high = float(result.low[direction]), float(result.high[direction])
    bounds = between(low, high) if np.isfinite(low) else result.reason.removesuffix(".")
    first, second = (titles.get(name, name) for name in (result.first, result.second))
    return (
        f"On {result.size.title}, direction {direction + 1} of {first} and its match in "
        f"{second} correlate {number(float(result.correlations[direction]))} ({bounds}) on "
        f"{result.size.nouns.held_out}."
    )


def removal_sentence(result: Causal, direction: int, titles: dict[str, str]) -> str:
    """Say what both probes lose without one direction (from 0), beside random directions."""
    first, second = (titles.get(name, name) for name in (result.first, result.second))
    lost = [
        with_interval(
            float(result.change[side, direction]),
            float(result.low[side, direction]),
            float(result.high[side, direction]),
            lambda value: signed(value, 3),
        )
        for side in (0, 1)
    ]
    low, high = np.quantile(result.random, [0.025, 0.975])
    return (
        f"Without direction {direction + 1} the accuracy of a probe on {first} changes by "
        f"{lost[0]}, without its match that of one on {second} by {lost[1]}; random directions "
        f"change them by {signed(float(low), 3)} to {signed(float(high), 3)} (the middle 95 %)."
    )
