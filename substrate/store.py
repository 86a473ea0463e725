"""The content-addressed store: atomic, checksummed entries of arrays, manifest and table."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from filelock import FileLock
from platformdirs import user_cache_dir
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

FORMAT = 1
ARRAYS, TABLE, MANIFEST = "arrays.safetensors", "table.parquet", "manifest.json"


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
        """Return one array by name, read-only."""
        with safe_open(self.path / ARRAYS, framework="numpy") as file:
            array = file.get_tensor(name)
        array.flags.writeable = False
        return array

    def arrays(self) -> dict[str, np.ndarray]:
        """Return all arrays, read-only."""
        return {name: self.array(name) for name in self.names}

    def table(self) -> pd.DataFrame:
        """Return the entry's table."""
        return pd.read_parquet(self.path / TABLE)


@dataclass(eq=False)
class Store:
    """A directory of entries, each under the digest of what determines its content.

    An entry appears in one rename, so a reader or a killed writer never leaves half of one. Each
    process verifies an entry's checksums when it first reads it, and again if its files change.
    """

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
        """Write an entry atomically and return it; an existing entry is replaced."""
        home = self.path(key)
        home.parent.mkdir(parents=True, exist_ok=True)
        try:
            scratch = Path(tempfile.mkdtemp(dir=home.parent, prefix=".new-"))
        except OSError as error:
            raise StoreError(f"Cannot write to the store {self.root}: {error.strerror}.") from error
        try:
            self._fill(scratch, key, arrays, meta, table)
            with self._lock(key):
                self._discard(key)
                scratch.rename(home)
        except OSError as error:
            raise StoreError(
                f"Cannot write to the store {self.root}: {error.strerror}. Free some space or "
                "choose another directory with --store or SUBSTRATE_STORE."
            ) from error
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        return self._entry(key)

    @staticmethod
    def _fill(
        scratch: Path,
        key: str,
        arrays: Mapping[str, np.ndarray],
        meta: Mapping[str, Any],
        table: pd.DataFrame | None,
    ) -> None:
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
        (scratch / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")

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
            with self._lock(key):
                return self._entry(key) if key in self else None

    def _entry(self, key: str) -> Entry:
        home = self.path(key)
        try:
            manifest = json.loads((home / MANIFEST).read_text(encoding="utf-8"))
            stamps = tuple(_stamp(home / name) for name in (MANIFEST, *manifest["files"]))
            if self._verified.get(key) != stamps:
                _verify(home, key, manifest)
                self._verified[key] = stamps
        except (OSError, ValueError, KeyError, TypeError, AttributeError, SafetensorError) as error:
            raise CorruptEntryError(
                f"Store entry {key[:12]} in {self.root} is damaged ({error}); "
                "it is ignored and computed again."
            ) from error
        return Entry(home, manifest)

    def remove(self, key: str) -> None:
        """Remove an entry if it exists."""
        with self._lock(key):
            self._discard(key)

    def _lock(self, key: str) -> FileLock:
        """Return the lock under which the entries of one shard are replaced."""
        shard = self.path(key).parent
        shard.mkdir(parents=True, exist_ok=True)
        return FileLock(shard / ".lock", timeout=60)

    def _discard(self, key: str) -> None:
        home = self.path(key)
        self._verified.pop(key, None)
        if home.exists():
            doomed = Path(tempfile.mkdtemp(dir=home.parent, prefix=".old-"))
            home.rename(doomed / key)
            shutil.rmtree(doomed, ignore_errors=True)


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


@contextmanager
def scratch_directory(store: Store) -> Iterator[Path]:
    """Yield a temporary directory on the store's own disk, removed afterwards."""
    with tempfile.TemporaryDirectory(dir=store.root, prefix=".tmp-") as name:
        yield Path(name)
