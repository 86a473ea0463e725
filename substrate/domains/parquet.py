"""A domain from a parquet file of labelled images, such as CIFAR-10's test images."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8
from platformdirs import user_cache_path

from substrate.domains.decoding import Unreadable, decode, verify
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

CIFAR10 = "cifar10"
_KEYS = ("source", "name", "path")
_IMAGES = ("image", "img")


@dataclass(frozen=True)
class _Row:
    """One image: its name, the bytes of its file, class and group."""

    name: str
    data: bytes
    sha256: str
    label: str
    group: str


def cifar10() -> Path:
    """Return where CIFAR-10's test images are looked for: SUBSTRATE_CIFAR10, else the cache."""
    named = os.environ.get("SUBSTRATE_CIFAR10")
    folder = Path(named) if named else user_cache_path("substrate") / "training" / "cifar10"
    return folder.expanduser() / "test.parquet"


def names() -> list[DomainInfo]:
    """List CIFAR-10 where it is present; other files are named by their path."""
    if not cifar10().is_file():
        return []
    text = "The 10,000 test images, ten classes; the bundled encoders were trained on the others."
    return [DomainInfo(CIFAR10, "CIFAR-10", text, "not stated (for research)", 10_000)]


def load(
    config: str | Mapping[str, Any], *, limit: int | None = None, seed: int = 0, tile: int = 32
) -> Domain:
    """Read a parquet file by its path or `{path: ..., name: ...}`, or `cifar10` by its name.

    The column `image` (or `img`) holds the bytes of an image file; `label`, `group` and `id` may
    stand beside it. Without `group` each image is its own. Images are taken whole, so `tile` has
    no effect.
    """
    if isinstance(config, str | Path):
        config = {"name": CIFAR10} if str(config) == CIFAR10 else {"path": config}
    check_keys(config, _KEYS, "parquet")
    check_sizes(limit=limit, tile=tile)
    path = _path(config)
    name = str(config.get("name") or path.stem)
    rows = _rows(path)
    kept = spread(
        [r.label for r in rows],
        [r.group for r in rows],
        [r.sha256 for r in rows],
        limit=limit,
        seed=seed,
    )
    chosen, skipped = _readable([rows[i] for i in kept])
    if not chosen:
        raise DomainError(f"{path} holds no image that can be read.")
    return Domain(
        name=name,
        title="CIFAR-10" if name == CIFAR10 else name,
        samples=sample_table([_sample(name, path, row) for row in chosen]),
        skipped=tuple(skipped),
        available=len(rows),
        read=partial(_read, chosen),
        of="photograph" if all(r.group == r.name for r in rows) else "group",
    )


def _path(config: Mapping[str, Any]) -> Path:
    if config.get("path"):
        path = Path(config["path"]).expanduser()
    elif config.get("name") == CIFAR10:
        path = cifar10()
    else:
        raise DomainError("a parquet domain needs a path; give the file that holds the images.")
    if not path.is_file():
        raise DomainError(
            f"there is no file {path}; check the path"
            + ("." if config.get("path") else ", or name CIFAR-10's folder in SUBSTRATE_CIFAR10.")
        )
    return path


def _rows(path: Path) -> list[_Row]:
    """Read the distinct images of a file."""
    from pyarrow import ArrowException
    from pyarrow.parquet import read_table

    try:
        table = read_table(path)
    except (ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise DomainError(f"{path} cannot be read as parquet: {reason}") from error
    column = next((c for c in _IMAGES if c in table.column_names), None)
    if column is None:
        raise DomainError(
            f"{path} has the columns {table.column_names}; images are expected in 'image'."
        )
    columns = {
        key: table[key].to_pylist() if key in table.column_names else [None] * len(table)
        for key in ("id", "label", "group")
    }
    rows: dict[str, _Row] = {}
    for i, value in enumerate(table[column].to_pylist()):
        data = value.get("bytes") if isinstance(value, dict) else value
        if not isinstance(data, bytes):
            raise DomainError(f"row {i} of {path} holds no bytes of an image in {column!r}.")
        name = f"{i:06d}" if columns["id"][i] is None else str(columns["id"][i])
        sha256 = hashlib.sha256(data).hexdigest()
        label, group = (_text(columns[key][i]) for key in ("label", "group"))
        rows.setdefault(sha256, _Row(name, data, sha256, label, group or name))
    return list(rows.values())


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _readable(rows: list[_Row]) -> tuple[list[_Row], list[Skipped]]:
    good, skipped = [], []
    for row in rows:
        try:
            verify(row.data)
        except Unreadable as error:
            skipped.append(Skipped(row.name, str(error)))
        else:
            good.append(row)
    return good, skipped


def _sample(name: str, path: Path, row: _Row) -> dict[str, str]:
    return {
        "sample_id": f"{name}/{row.name}",
        "content_sha256": row.sha256,
        "domain": name,
        "label": row.label,
        "group": row.group,
        "box": "",
        "source": f"{path.name}#{row.name}",
        "licence": "",
    }


def _read(rows: list[_Row], row: int) -> UInt8[np.ndarray, "h w 3"]:
    return decode(rows[row].data)


PARQUET = DomainSource("parquet", "A parquet file of images", names, load)
