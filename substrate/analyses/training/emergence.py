"""How far an alignment has come when accuracy is half way: positions, shares, by interpolation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int


@dataclass(frozen=True)
class HalfGain:
    """When accuracy had made half of its final gain.

    ``position`` counts checkpoints, with a fraction between two of them; ``step`` is read off a
    logarithmic axis between the two. None where it cannot be said, and ``reason`` says why.
    """

    position: float | None
    step: float | None
    accuracy: float | None
    reason: str = ""


def half_gain(steps: Int[np.ndarray, " t"], accuracy: Float[np.ndarray, " t"]) -> HalfGain:
    """Find where accuracy first crosses the middle between its first and its last value."""
    if not np.isfinite(accuracy).all() or len(accuracy) < 2:
        return HalfGain(None, None, None, "The accuracy was not measured at every checkpoint.")
    first, last = accuracy[0], accuracy[-1]
    if not last > first:
        return HalfGain(None, None, None, "The accuracy did not rise over the training.")
    middle = float(first + last) / 2
    after = int(np.argmax(accuracy >= middle))
    before = after - 1
    share = float((middle - accuracy[before]) / (accuracy[after] - accuracy[before]))
    # One is added so that step 0 has a logarithm.
    low, high = np.log(steps[before] + 1.0), np.log(steps[after] + 1.0)
    return HalfGain(before + share, float(np.exp(low + share * (high - low)) - 1), middle)


def value_at(values: Float[np.ndarray, " t"], position: float) -> float:
    """Read a series between two checkpoints, linearly in their order."""
    return float(np.interp(position, np.arange(len(values)), values))


def share_of_gain(values: Float[np.ndarray, " t"], position: float) -> float:
    """Return what share of its way from the first to the last value a series had made.

    1 where it had arrived, above 1 where it was beyond; NaN where first and last are equal.
    """
    gain = float(values[-1] - values[0])
    return (value_at(values, position) - float(values[0])) / gain if gain else float("nan")
