"""How far a run is: weighted steps, an estimate of what is left, and the request to stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from substrate import jobs
from substrate.store import Store


class CancelledError(Exception):
    """The run was asked to stop."""


@dataclass(eq=False)
class Progress:
    """Writes a job's status: at every change, at most ten times a second, and as a heartbeat.

    Steps are declared before work starts with a weight (expected seconds, roughly); the estimate
    scales what is left by how long what is done took.
    """

    store: Store
    job: str
    listener: Callable[[jobs.Status], None] = lambda _status: None
    _status: jobs.Status = field(init=False)
    _weights: dict[str, float] = field(default_factory=dict)
    _shares: dict[str, float] = field(default_factory=dict)
    _skipped: float = 0.0
    _last: float = 0.0
    _begun: float = field(default_factory=time.monotonic)
    _stop: threading.Event = field(default_factory=threading.Event)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        """Take over the job's status and start the heartbeat."""
        pid, started = jobs.this_process()
        status = jobs.read_status(self.store, self.job) or jobs.Status(self.job, self.job)
        self._status = replace(
            status,
            state="running",
            pid=pid,
            process_started=started,
            started=time.time(),
            message="",
            finished=None,
        )
        threading.Thread(target=self._beat, daemon=True).start()
        self._write()

    def declare(self, weights: dict[str, float]) -> None:
        """Add steps that are going to be done, each with its weight."""
        with self._lock:
            self._weights.update(weights)
            for name in weights:
                self._shares.setdefault(name, 0.0)

    def phase(self, text: str, *, run_id: str | None = None) -> None:
        """Say what is being done."""
        self.check()
        with self._lock:
            self._status = replace(
                self._status, phase=text, run_id=self._status.run_id if run_id is None else run_id
            )
        self._write()

    def step(self, name: str, share: float, *, skipped: bool = False) -> None:
        """Say what share of a step is done; a step found in the store is skipped."""
        self.check()
        with self._lock:
            if skipped:
                self._skipped += self._weights.get(name, 0.0)
            self._shares[name] = share
        if share >= 1 or time.monotonic() - self._last > 0.1:
            self._write()

    def check(self) -> None:
        """Raise if the run was asked to stop."""
        if jobs.cancel_asked(self.store, self.job):
            raise CancelledError

    def close(self, state: str, message: str = "") -> None:
        """Write the last status."""
        self._stop.set()
        with self._lock:
            self._status = replace(
                self._status,
                state=state,
                message=message,
                finished=time.time(),
                estimate_s=None,
                phase="Done" if state == "done" else self._status.phase,
            )
            self._write()

    def _beat(self) -> None:
        while not self._stop.wait(jobs.HEARTBEAT_S):
            self._write()

    def _write(self) -> None:
        with self._lock:
            total = sum(self._weights.values()) or 1.0
            done = sum(self._weights[name] * self._shares[name] for name in self._weights)
            elapsed = time.monotonic() - self._begun
            worked = done - self._skipped
            left = elapsed / worked * (total - done) if worked > 0 and done < total else None
            self._status = replace(
                self._status,
                done=done,
                total=total,
                heartbeat=time.time(),
                estimate_s=left if self._status.live else None,
                steps=tuple((n, self._shares[n], self._weights[n]) for n in self._weights),
            )
            self._last = time.monotonic()
            jobs.write_status(self.store, self._status)
            self.listener(self._status)
