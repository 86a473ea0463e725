"""What a hostile file may not bring about: a request, a process, a write elsewhere, a hang."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: Of computing, and of waiting as well: on a busy machine a case waits for its turn.
COMPUTING, IN_ALL = 10, 60
REQUESTS = {
    "socket.connect",
    "socket.getaddrinfo",
    "socket.gethostbyname",
    "socket.sendto",
    "urllib.Request",
    "http.client.connect",
}
PROCESSES = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork"}
CHANGES = {
    "os.mkdir": 0,
    "os.rename": 1,
    "os.remove": 0,
    "os.rmdir": 0,
    "os.symlink": 1,
    "os.link": 1,
    "os.truncate": 0,
    "os.chmod": 0,
}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Hang(BaseException):
    """A case took longer than it may; no handler of the program catches this."""


class Watch:
    """Hears every audited event while it is on; CPython offers no way to take a hook off again."""

    def __init__(self) -> None:
        self.inside: Path | None = None
        self.heard: list[str] = []
        sys.addaudithook(self._hear)

    def _hear(self, event: str, args: tuple) -> None:
        if self.inside is None:
            return
        if event in REQUESTS or event in PROCESSES:
            self.heard.append(f"{event}{args[:2]}")
        elif event == "open" and isinstance(args[0], str | bytes | os.PathLike):
            mode, flags = args[1] or "", args[2] or 0
            writes = any(c in str(mode) for c in "wax+") or flags & _WRITING
            if writes and not self._allowed(args[0]):
                self.heard.append(f"open{args}")
        elif event in CHANGES and not self._allowed(args[CHANGES[event]]):
            self.heard.append(f"{event}{args}")

    def _allowed(self, path: object) -> bool:
        if not isinstance(path, str | bytes | os.PathLike):
            return True  # a descriptor that was opened, and heard, before
        name = os.path.abspath(os.fsdecode(path))  # noqa: PTH100 - no Path: it may itself be odd
        known = (str(self.inside), "/dev/null", "/dev/tty")
        return name.startswith(known) or "__pycache__" in name


_watch = Watch()


@contextmanager
def guarded(store: Path) -> Iterator[None]:
    """Fail if what runs inside asks, starts or writes what it may not, or does not end."""

    def too_long(number: int, _frame: object) -> None:
        what, seconds = (
            ("waiting", IN_ALL) if number == signal.SIGALRM else ("computing", COMPUTING)
        )
        raise Hang(f"still {what} after {seconds} s")

    limits = (
        (signal.SIGPROF, signal.ITIMER_PROF, COMPUTING),
        (signal.SIGALRM, signal.ITIMER_REAL, IN_ALL),
    )
    earlier = [signal.signal(number, too_long) for number, _, _ in limits]
    for _, timer, seconds in limits:
        signal.setitimer(timer, seconds)
    _watch.inside, _watch.heard = store, []
    try:
        yield
    finally:
        _watch.inside = None
        for (number, timer, _), handler in zip(limits, earlier, strict=True):
            signal.setitimer(timer, 0)
            signal.signal(number, handler)
    assert not _watch.heard, _watch.heard[:3]
