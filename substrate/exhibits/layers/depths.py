"""Which depths of two encoders are told apart, by intervals that cover all pairs at once."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

from substrate.analyses.layers.two_encoders import LayersResult
from substrate.wording import number


def gains(result: LayersResult, near: int, far: int) -> tuple[float, float]:
    """Return the interval of how much closer one layer is than another at equal depth."""
    low, high = _bounds(result)
    return float(low[near] - high[far]), float(high[near] - low[far])


def _bounds(result: LayersResult) -> tuple[Float[np.ndarray, " a"], Float[np.ndarray, " a"]]:
    """Return the ends of how close layers of equal depth are, more being closer."""
    scores, rows = result.scores, np.arange(len(result.equal))
    sign = 1.0 if scores.closer == "higher" else -1.0
    ends = np.array([sign * x[rows, result.equal] for x in (scores.low_any, scores.high_any)])
    return ends.min(axis=0), ends.max(axis=0)


def further(result: LayersResult, near: int) -> Bool[np.ndarray, " a"]:
    """Say at which layers two encoders are told to be further apart than at ``near``."""
    low, high = _bounds(result)
    return low[near] - high > 0


def first_apart(result: LayersResult, near: int) -> tuple[str, int] | None:
    """Return from which layer on, or up to which, all are told to be further apart.

    None where no layer is, or where some of those between are not.
    """
    apart = np.flatnonzero(further(result, near))
    along = result.scores.values[np.arange(len(result.equal)), result.equal]
    finite = np.flatnonzero(np.isfinite(along))
    if not apart.size or result.scores.within:
        return None
    if apart.tolist() == finite[-len(apart) :].tolist():
        return "from", int(apart[0])
    if apart.tolist() == finite[: len(apart)].tolist():
        return "up to", int(apart[-1])
    return None


def not_told(result: LayersResult, near: int, far: int) -> str:
    """Say how many depths cannot be told from the furthest one, and between which they lie."""
    if result.scores.within or near == far:
        return ""
    low, high = _bounds(result)
    compared = np.isfinite(low) & np.isfinite(high) & result.first.moves
    compared[result.first.source[far]] = False
    if not compared.any() or not np.isfinite(low[far] + high[far]):
        return ""
    unclear = np.flatnonzero(compared & ~(low - high[far] > 0))
    if not unclear.size:
        others = "the other depth" if compared.sum() == 1 else f"all other {compared.sum()} depths"
        return f"The furthest is told apart from {others}."
    first, last = (number(float(result.first.depth[i])) for i in (unclear[0], unclear[-1]))
    where = f"at {first}" if first == last else f"between {first} and {last}"
    return (
        f"The furthest is not told apart from {len(unclear)} of the other {int(compared.sum())} "
        f"depths, {where}."
    )
