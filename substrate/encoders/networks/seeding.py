"""Initial weights from a seed, whatever other threads build at the same time."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import torch

_ONE_AT_A_TIME = Lock()  # torch's random state belongs to the process


@contextmanager
def drawn_with(seed: int | None) -> Iterator[None]:
    """Draw from this seed (None: from entropy) inside, and leave the global state as it was."""
    with _ONE_AT_A_TIME, torch.random.fork_rng(devices=[]):
        if seed is None:
            torch.seed()
        else:
            torch.manual_seed(seed)
        yield
