"""Independent pieces of work on all cores: one piece per core, with one BLAS thread each.

Small decompositions gain little from several BLAS threads, and lose where the cores are busy with
other things; whole pairs side by side gain in both cases.
"""

import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import TypeVar

from threadpoolctl import ThreadpoolController

Item = TypeVar("Item")
Result = TypeVar("Result")

#: What `cores` was before BLAS was held to one thread, inside `one_blas_thread`.
_ALLOWED: ContextVar[int] = ContextVar("allowed")
_BUSY = threading.Lock()  # the number of BLAS threads belongs to the process: one pool at a time


def cores() -> int:
    """As many pieces at a time as BLAS may use threads: OPENBLAS_NUM_THREADS bounds both."""
    libraries = _libraries().lib_controllers
    now = max((library.num_threads for library in libraries), default=1)
    return _ALLOWED.get(now)


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Hold BLAS to one thread; what `parallel_map` is given still runs on as many cores."""
    token = _ALLOWED.set(cores())
    try:
        with _libraries().limit(limits=1):
            yield
    finally:
        _ALLOWED.reset(token)


def _libraries() -> ThreadpoolController:
    """Return the BLAS libraries of this process, those that a later import loaded included."""
    return _loaded(len(sys.modules))


@lru_cache(maxsize=1)
def _loaded(modules: int) -> ThreadpoolController:
    """Look for libraries once for as many modules: a look costs milliseconds, and imports load."""
    del modules
    return ThreadpoolController().select(user_api="blas")


def parallel_map(function: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """Apply a function to every item, in order; work within work runs where it is.

    The items must not depend on each other, and the function must do its work in NumPy, which lets
    go of the interpreter while it multiplies and decomposes.
    """
    items = list(items)
    if len(items) < 2 or not _BUSY.acquire(blocking=False):
        return [function(item) for item in items]
    try:
        count = min(cores(), len(items))
        if count < 2:
            return [function(item) for item in items]
        with _libraries().limit(limits=1), ThreadPoolExecutor(count) as pool:
            return list(pool.map(function, items))
    finally:
        _BUSY.release()
