"""Error bars that end at an interval's bounds, and are absent where there is none."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite

End = float | None


def whiskers(
    ends: Iterable[tuple[End, End, End]], colour: str, *, scale: float = 1.0, width: int = 4
) -> dict[str, object] | None:
    """Return error bars for (value, low, high); where an end is None or NaN there is no whisker.

    A whisker of length zero would say that the value is certain. None where no point has one.
    """
    reach = [_reach(*end, scale) for end in ends]
    if all(up is None for _, up in reach):
        return None
    return {
        "type": "data",
        "symmetric": False,
        "array": [up for _, up in reach],
        "arrayminus": [down for down, _ in reach],
        "thickness": 1.5,
        "width": width,
        "color": colour,
    }


def _reach(value: End, low: End, high: End, scale: float) -> tuple[End, End]:
    if value is None or low is None or high is None or not isfinite(high - low):
        return None, None
    return scale * (value - low), scale * (high - value)
