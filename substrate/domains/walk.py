"""Every file of a directory tree in a stable order, safely: links, loops, odd names."""

import os
from collections.abc import Iterator
from pathlib import Path

from substrate.domains.spec import Skipped
from substrate.inputs.roots import lies_inside, resolved, roots


def walk(root: Path) -> tuple[list[str], list[Skipped]]:
    """List the files below `root` as sorted POSIX paths, and what was passed over.

    Links to files and folders are followed as far as they lead inside `root` or the folders that
    the operator named. Passed over are a folder reached a second time, by a link or a loop, hidden
    files and folders, broken links, devices, and names that are not valid UTF-8 and could not be
    stored.
    """
    inside = (resolved(root), *roots())
    files: list[str] = []
    skipped: list[Skipped] = []
    for entries in _entries(root, "", {_identity(root): "."}, inside):
        if isinstance(entries, Skipped):
            skipped.append(entries)
        else:
            files.append(entries)
    return sorted(files), skipped


def _entries(
    folder: Path,
    prefix: str,
    visited: dict[tuple[int, int], str],
    inside: tuple[Path, ...],
) -> Iterator[str | Skipped]:
    """Go through one folder by name, real folders before links, so that links lose."""
    try:
        entries = sorted(os.scandir(folder), key=lambda e: (e.is_symlink(), e.name))
    except OSError as error:
        yield Skipped(prefix or ".", f"folder cannot be read: {error.strerror}")
        return
    for entry in entries:
        path = prefix + entry.name
        reason = _refusal(entry, inside)
        if reason:
            yield Skipped(os.fsencode(path).decode("utf-8", "backslashreplace"), reason)
        elif not entry.is_dir():
            yield path
        elif (earlier := visited.setdefault(_identity(Path(entry.path)), path)) != path:
            yield Skipped(path, f"the same folder as {earlier}")
        else:
            yield from _entries(Path(entry.path), path + "/", visited, inside)


def _refusal(entry: os.DirEntry[str], inside: tuple[Path, ...]) -> str:
    """Say why an entry is passed over, or nothing."""
    if entry.name.startswith("."):
        return "hidden"
    if not _storable(entry.name):
        return "name is not valid UTF-8; rename it"
    try:
        if entry.is_dir() or entry.is_file():
            strays = entry.is_symlink() and not lies_inside(Path(entry.path), inside)
            return "a link that leads outside the folders that are read" if strays else ""
        return "broken link" if entry.is_symlink() else "not a regular file"
    except OSError as error:
        return f"cannot be read: {error.strerror}"


def _storable(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _identity(folder: Path) -> tuple[int, int]:
    status = folder.stat()
    return status.st_dev, status.st_ino
