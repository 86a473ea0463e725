"""Encoders at work side by side: small networks leave most of a machine idle one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Event

import torch

#: More encoders side by side would wait for each other more than they would gain.
MOST = 4


@dataclass(frozen=True)
class EncoderPool:
    """A few threads that share torch's threads; ``stop`` is set when the work is given up."""

    workers: int = field(default_factory=lambda: min(MOST, torch.get_num_threads()))
    stop: Event = field(default_factory=Event)

    def within(self, free: int, need: int) -> EncoderPool:
        """Return the same pool with no more workers than half of the free memory can hold.

        ``need`` is what one worker takes, both in bytes. One works in any case.
        """
        return replace(self, workers=max(1, min(self.workers, free // (2 * max(need, 1)))))

    @contextmanager
    def working(self, tasks: Iterable[Callable[[], None]]) -> Iterator[Callable[[], bool]]:
        """Do the tasks, in order, while the body runs; leave when both are done.

        The body is given a function that says whether tasks are left.
        An error in a task or in the body stops both: what is not begun is left, what has begun is
        asked to stop by ``stop``, and the error is raised.
        """
        share = max(1, torch.get_num_threads() // self.workers)
        with ThreadPoolExecutor(
            self.workers, initializer=torch.set_num_threads, initargs=(share,)
        ) as pool:
            futures = [pool.submit(task) for task in tasks]
            try:
                yield lambda: not all(future.done() for future in futures)
                for future in as_completed(futures):
                    future.result()
            except BaseException:
                self.stop.set()
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def work(self, tasks: Iterable[Callable[[], None]]) -> None:
        """Do the tasks and wait for them."""
        with self.working(tasks):
            pass
