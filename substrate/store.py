"""The content-addressed store: atomic, checksummed entries of arrays, manifest and table."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from filelock import FileLock, Timeout
from platformdirs import user_cache_dir
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

FORMAT = 1
ARRAYS, TABLE, MANIFEST = "arrays.safetensors", "table.parquet", "manifest.json"

#: How long whoever waits for an entry sleeps before it asks whether to go on, in seconds.
WAIT_S = 0.25
#: What reading a damaged entry may raise.
DAMAGE = (OSError, ValueError, KeyError, TypeError, AttributeError, SafetensorError)


class StoreError(ValueError):
    """The store cannot be used; the message says which path and what to do."""


class CorruptEntryError(StoreError):
    """An entry whose files do not match the checksums in its manifest."""


def default_root() -> Path:
    """Return the store's directory: ``SUBSTRATE_STORE``, else the user's cache directory."""
    chosen = os.environ.get("SUBSTRATE_STORE")
    return Path(chosen).expanduser() if chosen else Path(user_cache_dir("substrate"))


def digest(description: Any) -> str:
    """Return the SHA-256 of a JSON-able description, independent of the order of its keys."""
    text = json.dumps(description, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_text(path: Path, text: str) -> None:
    """Replace a small text file atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@dataclass(frozen=True, eq=False)
class Entry:
    """One verified entry: its manifest, and its arrays and table read on demand."""

    path: Path
    manifest: Mapping[str, Any]

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the arrays."""
        return tuple(self.manifest["arrays"])

    def array(self, name: str) -> np.ndarray:
        """Return one array by name, read-only.

        Raises
        ------
        CorruptEntryError
            If the file has been damaged or removed since the entry was read.
        """
        try:
            with safe_open(self.path / ARRAYS, framework="numpy") as file:
                array: np.ndarray = file.get_tensor(name)
        except (OSError, SafetensorError) as error:
            raise self._damaged(error) from error
        array.flags.writeable = False
        return array

    def arrays(self) -> dict[str, np.ndarray]:
        """Return all arrays, read-only."""
        return {name: self.array(name) for name in self.names}

    def table(self) -> pd.DataFrame:
        """Return the entry's table; raises as `array` does."""
        try:
            return pd.read_parquet(self.path / TABLE)
        except (OSError, ValueError) as error:
            raise self._damaged(error) from error

    def _damaged(self, error: Exception) -> CorruptEntryError:
        return _corrupt(self.path.name, self.path.parents[2], error)


@dataclass(eq=False)
class Store:
    """A directory of entries, each under the digest of what determines its content.

    An entry appears in one rename, so a reader or a killed writer never leaves half of one. Where
    one is there already its files are replaced one by one, the manifest last: a reader finds all of
    them at any time, and one that meets two versions looks again under the lock. Each process
    verifies an entry's checksums when it first reads it, and again if its files change.
    """

    #: Whether entries can be added: not to those that are shipped.
    writable: ClassVar[bool] = True

    root: Path
    _verified: dict[str, tuple[tuple[int, int], ...]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        """Make the directory, or say why it cannot be used."""
        try:
            (self.root / "objects").mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"The store {self.root} cannot be used ({error.strerror}). "
                "Choose another directory with --store or SUBSTRATE_STORE."
            ) from error

    def path(self, key: str) -> Path:
        """Return where an entry lives."""
        return self.root / "objects" / key[:2] / key

    def put(
        self,
        key: str,
        *,
        arrays: Mapping[str, np.ndarray],
        meta: Mapping[str, Any],
        table: pd.DataFrame | None = None,
    ) -> Entry:
        """Write an entry atomically and return what was written; an existing one is replaced."""
        home = self.path(key)
        try:
            home.parent.mkdir(parents=True, exist_ok=True)
            scratch = Path(tempfile.mkdtemp(dir=home.parent, prefix=".new-"))
        except OSError as error:
            raise StoreError(f"Cannot write to the store {self.root}: {_said(error)}.") from error
        try:
            manifest = self._fill(scratch, key, arrays, meta, table)
            with self._lock(key):
                self._verified.pop(key, None)
                if _regular(home):
                    _replace(scratch, home, manifest)
                else:
                    self._discard(key)
                    scratch.rename(home)
        except OSError as error:
            raise StoreError(
                f"Cannot write to the store {self.root}: {_said(error)}. Free some space or "
                "choose another directory with --store or SUBSTRATE_STORE."
            ) from error
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        return Entry(home, manifest)

    @staticmethod
    def _fill(
        scratch: Path,
        key: str,
        arrays: Mapping[str, np.ndarray],
        meta: Mapping[str, Any],
        table: pd.DataFrame | None,
    ) -> dict[str, Any]:
        """Write an entry's files and return its manifest, as it will be read back."""
        files = []
        if arrays:
            save_file({k: np.ascontiguousarray(v) for k, v in arrays.items()}, scratch / ARRAYS)
            files.append(ARRAYS)
        if table is not None:
            table.to_parquet(scratch / TABLE)
            files.append(TABLE)
        manifest = {
            "format": FORMAT,
            "key": key,
            "arrays": sorted(arrays),
            "files": {name: file_digest(scratch / name) for name in files},
            "meta": dict(meta),
        }
        manifest["seal"] = digest(manifest)
        text = json.dumps(manifest, indent=1)
        (scratch / MANIFEST).write_text(text, encoding="utf-8")
        read: dict[str, Any] = json.loads(text)
        return read

    def __contains__(self, key: str) -> bool:
        """Say whether an entry exists (its checksums are verified by `get`)."""
        return (self.path(key) / MANIFEST).exists()

    def get(self, key: str) -> Entry | None:
        """Return a verified entry, or None where there is none.

        Raises
        ------
        CorruptEntryError
            If a file is missing, truncated or altered.
        """
        if key not in self:
            return None
        try:
            return self._entry(key)
        except CorruptEntryError:  # it may be in the middle of being replaced
            with self._locked(key):
                return self._entry(key) if key in self else None

    def _entry(self, key: str) -> Entry:
        home = self.path(key)
        try:
            manifest = json.loads((home / MANIFEST).read_text(encoding="utf-8"))
            stamps = tuple(_stamp(home / name) for name in (MANIFEST, *manifest["files"]))
            if self._verified.get(key) != stamps:
                _verify(home, key, manifest)
                self._verified[key] = stamps
        except DAMAGE as error:
            raise _corrupt(key, self.root, error) from error
        return Entry(home, manifest)

    def remove(self, key: str) -> None:
        """Remove an entry if it exists."""
        with self._locked(key):
            self._discard(key)

    def remove_damaged(self, key: str) -> None:
        """Remove an entry unless it is whole: another process may have written it again."""
        with self._locked(key):
            try:
                if key in self:
                    self._entry(key)
                    return
            except CorruptEntryError:
                pass
            self._discard(key)

    @contextmanager
    def computing(self, key: str, *, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Let one process and thread at a time compute an entry; look for the entry inside.

        Whoever comes second waits until the first has written it or has died, and calls ``waiting``
        several times a second: what that raises ends the wait.
        """
        lock = FileLock(self.root / "computing" / key)
        while not self._acquired(lock):
            waiting()
        try:
            yield
        finally:  # unlinked while it is held: who waits looks whether the file is gone
            Path(lock.lock_file).unlink(missing_ok=True)
            lock.release()

    def _acquired(self, lock: FileLock) -> bool:
        try:
            Path(lock.lock_file).parent.mkdir(parents=True, exist_ok=True)
            lock.acquire(timeout=WAIT_S)
        except Timeout:
            return False
        except OSError as error:
            raise StoreError(f"Cannot write to the store {self.root}: {_said(error)}.") from error
        return True

    @contextmanager
    def _locked(self, key: str) -> Iterator[None]:
        """Hold the lock of an entry's shard, or say why it cannot be had."""
        try:
            with self._lock(key):
                yield
        except OSError as error:
            raise StoreError(f"Cannot write to the store {self.root}: {_said(error)}.") from error

    def _lock(self, key: str) -> FileLock:
        """Return the lock under which the entries of one shard are replaced."""
        shard = self.path(key).parent
        shard.mkdir(parents=True, exist_ok=True)
        return FileLock(shard / ".lock", timeout=60)

    def _discard(self, key: str) -> None:
        """Take an entry away in one rename."""
        home = self.path(key)
        self._verified.pop(key, None)
        if home.exists():
            doomed = Path(tempfile.mkdtemp(dir=home.parent, prefix=".old-"))
            home.rename(doomed / key)
            shutil.rmtree(doomed, ignore_errors=True)


def _regular(home: Path) -> bool:
    """Say whether a path is a directory of plain files, as an entry is."""
    return home.is_dir() and all(path.is_file() for path in home.iterdir())


def _replace(scratch: Path, home: Path, manifest: Mapping[str, Any]) -> None:
    """Replace the files of an entry, so that none is missing at any time."""
    for name in (*manifest["files"], MANIFEST):
        (scratch / name).replace(home / name)
    for path in home.iterdir():
        if path.name not in (*manifest["files"], MANIFEST):
            path.unlink(missing_ok=True)


def _corrupt(key: str, root: Path, error: Exception) -> CorruptEntryError:
    return CorruptEntryError(
        f"Store entry {key[:12]} in {root} is damaged ({error}); it is ignored and computed again."
    )


def _said(error: OSError) -> str:
    return error.strerror or str(error)


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _verify(home: Path, key: str, manifest: dict[str, Any]) -> None:
    unsealed = {name: value for name, value in manifest.items() if name != "seal"}
    if manifest.get("seal") != digest(unsealed) or manifest["key"] != key:
        raise ValueError("its manifest was altered")
    if manifest["format"] != FORMAT:
        raise ValueError(f"it has format {manifest['format']}, this version reads {FORMAT}")
    for name, expected in manifest["files"].items():
        if file_digest(home / name) != expected:
            raise ValueError(f"{name} does not match its checksum")
