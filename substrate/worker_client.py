"""The server's side of the resident worker: one process for forward passes and long sums."""

from __future__ import annotations

import multiprocessing
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any


@contextmanager
def _without_main() -> Iterator[None]:
    """Hide the main module: a spawned process would run the server's script as its own main."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


@dataclass(eq=False)
class Resident:
    """A process pool of one, started on first use, replaced when it dies, asked once per question.

    Torch is imported in the worker only. Two askers of the same question share one future.
    """

    _pool: ProcessPoolExecutor | None = None
    _asked: dict[str, Future[Any]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, question: str, function: Callable[..., Any], *args: Any) -> Future[Any]:
        """Submit ``function(*args)`` under a name, unless that question is already under way."""
        with self._lock:
            running = self._asked.get(question)
            if running is not None and not running.done():
                return running
            future = self._submit(function, args)
            self._asked[question] = future
            return future

    def _submit(self, function: Callable[..., Any], args: tuple[Any, ...]) -> Future[Any]:
        for _ in range(2):
            if self._pool is None:
                context = multiprocessing.get_context("spawn")
                self._pool = ProcessPoolExecutor(max_workers=1, mp_context=context)
            try:
                with _without_main():
                    return self._pool.submit(function, *args)
            except BrokenExecutor:
                self._pool = None
        raise RuntimeError("The worker process could not be started. Restart the server.")

    def recycle(self) -> None:
        """Forget a pool whose process died, so that the next question starts a new one."""
        with self._lock:
            if self._pool is not None:
                self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None
            self._asked.clear()
