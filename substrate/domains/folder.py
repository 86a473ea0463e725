"""A domain from any directory of images; what cannot be read is listed with its reason."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8

from substrate.domains.decoding import Unreadable, decode, file_bytes, verify
from substrate.domains.grouping import Assignment, Groups, read_groups
from substrate.domains.selection import spread
from substrate.domains.spec import (
    Domain,
    DomainError,
    DomainInfo,
    DomainSource,
    Skipped,
    check_keys,
    check_sizes,
    sample_table,
)
from substrate.domains.walk import walk

_KEYS = ("source", "path", "name", "groups")


@dataclass(frozen=True)
class _File:
    """A readable image: its path inside the folder, content, class and group."""

    path: str
    sha256: str
    label: str
    group: str


def names() -> list[DomainInfo]:
    """List nothing: a folder is named by its path."""
    return []


def load(
    config: str | Mapping[str, Any], *, limit: int | None = None, seed: int = 0, tile: int = 32
) -> Domain:
    """Read a folder of images, given its path or `{path: ..., name: ..., groups: ...}`.

    The first folder below the root is the class. `groups` is a CSV with the columns `file` and
    `group`, and optionally `label`; without it every file is its own group. Every file is read
    once and checked; images are taken whole, so `tile` has no effect.
    """
    config = {"path": config} if isinstance(config, str | Path) else config
    check_keys(config, _KEYS, "folder")
    check_sizes(limit=limit, tile=tile)
    root = _root(config)
    name = str(config.get("name") or root.resolve().name)
    listed = read_groups(root, config["groups"]) if config.get("groups") else None
    files, skipped = _readable(root, listed)
    if not files:
        raise DomainError(_nothing(root, skipped))
    kept = spread(
        [f.label for f in files],
        [f.group for f in files],
        [f.path for f in files],
        limit=limit,
        seed=seed,
    )
    chosen = [files[i] for i in kept]
    return Domain(
        name=name,
        title=name,
        samples=sample_table([_row(name, file) for file in chosen]),
        skipped=tuple(sorted(skipped, key=lambda s: s.path)),
        available=len(files),
        read=partial(_read, root, chosen),
        of="photograph" if listed is None else "group",
    )


def _root(config: Mapping[str, Any]) -> Path:
    """Find the folder, or say in one sentence why it is none."""
    if not config.get("path"):
        raise DomainError("a folder domain needs a path; give the directory that holds the images.")
    root = Path(config["path"]).expanduser()
    if not root.exists():
        raise DomainError(f"the folder {root} does not exist; check the path.")
    if not root.is_dir():
        raise DomainError(f"{root} is a file; give the directory that holds the images.")
    return root


def _readable(root: Path, listed: Groups | None) -> tuple[list[_File], list[Skipped]]:
    """Sort what lies in the folder into distinct readable images and the rest."""
    paths, skipped = walk(root)
    files: list[_File] = []
    first: dict[str, str] = {}
    for path in paths:
        if listed is not None and (root / path).samefile(listed.source):
            continue
        try:
            file = _file(root, path, listed)
        except Unreadable as error:
            skipped.append(Skipped(path, str(error)))
            continue
        if file.sha256 in first:
            skipped.append(Skipped(path, f"same content as {first[file.sha256]}"))
            continue
        first[file.sha256] = path
        files.append(file)
    if listed is not None:
        skipped += [
            Skipped(path, f"listed in {listed.source.name}, but not in the folder")
            for path in sorted(set(listed.rows) - set(paths))
        ]
    return files, skipped


def _file(root: Path, path: str, listed: Groups | None) -> _File:
    """Check one file and find its class and group."""
    if listed is not None and path not in listed.rows:
        raise Unreadable(f"not listed in {listed.source.name}")
    data = file_bytes(root / path)
    verify(data)
    folders = path.split("/")[:-1]
    row = listed.rows[path] if listed is not None else Assignment(None, None)
    return _File(
        path=path,
        sha256=hashlib.sha256(data).hexdigest(),
        label=row.label if row.label is not None else folders[0] if folders else "",
        group=row.group or path,
    )


def _row(name: str, file: _File) -> dict[str, str]:
    return {
        "sample_id": f"{name}/{file.path}",
        "content_sha256": file.sha256,
        "domain": name,
        "label": file.label,
        "group": file.group,
        "box": "",
        "source": file.path,
        "licence": "",
    }


def _read(root: Path, files: list[_File], row: int) -> UInt8[np.ndarray, "h w 3"]:
    """Decode an image, refusing a file that is no longer the one that was listed."""
    file = files[row]
    try:
        data = file_bytes(root / file.path)
        if hashlib.sha256(data).hexdigest() != file.sha256:
            raise DomainError(f"{root / file.path} has changed since it was listed; load it again.")
        return decode(data)
    except Unreadable as error:
        raise DomainError(f"{root / file.path}: {error}.") from error


def _nothing(root: Path, skipped: list[Skipped]) -> str:
    """Say in one sentence that there is nothing to read."""
    if not skipped:
        return f"the folder {root} is empty; put images in it, or choose another."
    return (
        f"the folder {root} holds no image that can be read ({len(skipped)} skipped; the first is "
        f"{skipped[0].path}: {skipped[0].reason})."
    )


FOLDER = DomainSource("folder", "A folder of images", names, load)
