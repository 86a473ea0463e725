"""What a killed writer leaves in a store, and its removal by the next run."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from filelock import FileLock, Timeout

from substrate.store import Store

#: Age in seconds from which no writer can still be at work: an entry is written in seconds.
OLD_S = 3600.0
#: Where unfinished work lies: patterns below the store's directory.
SCRATCH = (
    "objects/*/.new-*",
    "objects/*/.old-*",
    "jobs/*/.*.json.*",
    "jobs/*/.*.yaml.*",
    "jobs/*/.cancel.*",
    "runs/.*.json.*",
    "notes/.*.txt.*",
)


def sweep(store: Store, *, older_than: float = OLD_S) -> list[Path]:
    """Remove scratch folders and files of that age in seconds, and locks that nobody holds.

    Returns what was removed. What cannot be removed is left for the next run.
    """
    limit = time.time() - older_than
    removed = []
    for pattern in SCRATCH:
        for path in store.root.glob(pattern):
            if _latest(path) < limit:
                _remove(path)
                removed.append(path)
    for path in store.root.glob("computing/*"):
        if _latest(path) < limit and _let_go(path):
            removed.append(path)
    return removed


def _latest(path: Path) -> float:
    """Return when anything in a path last changed; a path that is gone counts as new."""
    try:
        return max(p.lstat().st_mtime for p in (path, *path.rglob("*")))
    except OSError:
        return float("inf")


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _let_go(path: Path) -> bool:
    """Remove the file of a lock that a dead process left; say whether it was free."""
    try:
        with FileLock(path, timeout=0):
            path.unlink(missing_ok=True)
    except (Timeout, OSError):
        return False
    return True
