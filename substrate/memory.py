"""Memory that a computation has freed, given back to the system."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache


def give_back() -> None:
    """Return freed memory to the system, where the C library can (glibc).

    Arrays below 32 MB are cut from the heap, which shrinks only from its end: the largest analyses
    of 20,000 samples left 430 MB of it behind, beside which the next ones had to fit.
    """
    _trim()(0)


@cache
def _trim() -> Callable[[int], int]:
    try:
        trim: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):  # another C library
        return lambda _kept: 0
    return trim
