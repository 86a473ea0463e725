"""A folder of features made by any other program: sample tables, and an array per encoder.

The layout (docs/features.md)::

    FOLDER/DOMAIN/samples.csv           id, and where there are any group and label; or .parquet
    FOLDER/DOMAIN/ENCODER.npy           (samples, units), rows in the table's order
    FOLDER/DOMAIN/ENCODER/LAYER.npy     instead, where there are several layers
    FOLDER/DOMAIN/ENCODER~0.npy         untrained twin 0, or a folder ENCODER~0
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from substrate.inputs.roots import lies_inside, roots
from substrate.inputs.untrusted import UntrustedError, name_problem, printable, read_text

COLUMNS = ("id", "group", "label")
PENULTIMATE, LOGITS = "penultimate", "logits"
#: Limits on what is read: bytes of a table, samples, units of a layer, characters of an id.
MOST_BYTES, MOST_SAMPLES, MOST_UNITS, LONGEST_ID = 2**26, 1_000_000, 100_000, 200
#: What NumPy may raise on a file that is no array.
UNREADABLE = (OSError, ValueError, EOFError, SyntaxError, TypeError, OverflowError, MemoryError)


class FeatureFolderError(ValueError):
    """A folder of features that cannot be read; the message says which file, why, what to do."""


@dataclass(frozen=True)
class SampleTable:
    """The samples of a domain in order: ids, each its own; groups; labels, empty where unknown."""

    source: Path
    ids: tuple[str, ...]
    groups: tuple[str, ...]
    labels: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ids)


def read_table(home: Path) -> SampleTable:
    """Read a domain's sample table: ``samples.csv`` or ``samples.parquet`` in its folder.

    A sample without a group is a group of its own.

    Raises
    ------
    FeatureFolderError
        If there is none or there are two, a column is unknown, or an id is empty or stands twice.
    """
    if not home.is_dir():
        raise FeatureFolderError(
            f"There is no folder {printable(home)}; a domain of features is a folder of .npy files "
            "with a sample table."
        )
    there = [path for n in ("samples.csv", "samples.parquet") if (path := home / n).exists()]
    if len(there) != 1:
        what = "both samples.csv and samples.parquet" if there else "no samples.csv (or .parquet)"
        raise FeatureFolderError(f"{printable(home)} holds {what}; it needs one sample table.")
    source = _inside(there[0], home)
    columns = _csv(source) if source.suffix == ".csv" else _parquet(source)
    return _checked(source, columns)


def _csv(source: Path) -> dict[str, list[str]]:
    try:
        lines = csv.reader(io.StringIO(read_text(source, most=MOST_BYTES), newline=""))
        head, *rows = [row for row in lines if row]
    except UntrustedError as error:
        raise FeatureFolderError(str(error)) from error
    except (csv.Error, ValueError) as error:
        raise FeatureFolderError(
            f"{printable(source)} cannot be read as a CSV with a row of names: {error}."
        ) from error
    head = [name.strip().lstrip("\ufeff") for name in head]
    for number, row in enumerate(rows, start=2):
        if len(row) != len(head):
            raise FeatureFolderError(
                f"{printable(source)}: row {number} has {len(row)} values, the names {len(head)}."
            )
    if len(set(head)) < len(head):
        raise FeatureFolderError(f"{printable(source)} names a column twice.")
    return {name: [row[i].strip() for row in rows] for i, name in enumerate(head)}


def _parquet(source: Path) -> dict[str, list[str]]:
    from pyarrow import ArrowException
    from pyarrow.parquet import read_table as read

    try:
        if source.stat().st_size > MOST_BYTES:
            raise FeatureFolderError(
                f"{printable(source)} is larger than a sample table may be ({MOST_BYTES:,} bytes)."
            )
        table = read(source)
        names = [name for name in table.column_names if name in COLUMNS]
        columns = {name: table[name].to_pylist() for name in names}
        unknown: dict[str, list[str]] = {
            name: [] for name in table.column_names if name not in COLUMNS
        }
    except (ArrowException, OSError) as error:
        reason = (str(error).splitlines() or ["unknown"])[0]
        raise FeatureFolderError(
            f"{printable(source)} cannot be read as parquet: {reason}"
        ) from error
    return {
        n: ["" if v is None else str(v).strip() for v in values] for n, values in columns.items()
    } | unknown


def _checked(source: Path, columns: Mapping[str, list[str]]) -> SampleTable:
    where = printable(source)
    if unknown := [name for name in columns if name not in COLUMNS]:
        raise FeatureFolderError(
            f"{where} has a column {printable(unknown[0])[:60]!r}; known are {', '.join(COLUMNS)}."
        )
    if "id" not in columns:
        raise FeatureFolderError(f"{where} lacks the column 'id'.")
    ids = columns["id"]
    if not 2 <= len(ids) <= MOST_SAMPLES:
        raise FeatureFolderError(
            f"{where} lists {len(ids)} samples; 2 to {MOST_SAMPLES:,} can be read."
        )
    first: dict[str, int] = {}
    for number, name in enumerate(ids, start=1):
        if not name or len(name) > LONGEST_ID or not name.isprintable():
            raise FeatureFolderError(
                f"{where}: sample {number} has the id {printable(name)[:40]!r}; give 1 to "
                f"{LONGEST_ID} printable characters."
            )
        if name in first:
            raise FeatureFolderError(
                f"{where}: samples {first[name]} and {number} have one id, {printable(name)[:40]!r}"
                "; make the ids unique."
            )
        first[name] = number
    groups = columns.get("group", ids)
    labels = columns.get("label", [""] * len(ids))
    return SampleTable(
        source,
        tuple(ids),
        tuple(group or name for group, name in zip(groups, ids, strict=True)),
        tuple(labels),
    )


def domains_in(root: Path) -> tuple[str, ...]:
    """List the domains of a folder: the folders in it that hold a sample table."""
    if not root.is_dir():
        raise FeatureFolderError(f"There is no folder {printable(root)} of features.")
    return tuple(
        sorted(home.name for home in root.iterdir() if any(home.glob("samples.[cp][sa][vr]*")))
    )


def layer_files(home: Path, encoder: str) -> dict[str, Path]:
    """Return the array of each layer of an encoder (or its twin) on a domain, from first to last.

    Layers are ordered by the numbers in their names; "penultimate" and "logits" come last. An
    encoder of one file has that one layer, "penultimate". Empty where there is none.
    """
    single, several = home / f"{encoder}.npy", home / encoder
    if single.exists() and several.exists():
        raise FeatureFolderError(
            f"{printable(home)} holds both {single.name} and a folder {printable(several.name)}; "
            "an encoder has one of them."
        )
    if single.exists():
        return {PENULTIMATE: _inside(single, home)}
    if not several.is_dir():
        return {}
    names = sorted((path.stem for path in several.glob("*.npy")), key=_natural)
    for name in names:
        if problem := name_problem(name):
            raise FeatureFolderError(f"{printable(several)}: layer {printable(name)!r} {problem}.")
    if names and PENULTIMATE not in names:
        raise FeatureFolderError(
            f"{printable(several)} holds no {PENULTIMATE}.npy, the layer that every page starts "
            "from; name the last layer before a classifier so."
        )
    return {name: _inside(several / f"{name}.npy", home) for name in names}


def _natural(name: str) -> tuple[int, list[tuple[int, str]]]:
    late = {PENULTIMATE: 1, LOGITS: 2}.get(name, 0)
    return late, [(int(n) if n else -1, text) for n, text in re.findall(r"(\d+)|(\D+)", name)]


def open_array(path: Path) -> Float[np.ndarray, "n p"]:
    """Open an array without reading it: of shape (samples, units), real numbers, no pickle.

    Raises
    ------
    FeatureFolderError
        If it is anything else.
    """
    where = printable(path)
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except UNREADABLE as error:
        reason = (str(error).splitlines() or ["unknown"])[0][:200]
        raise FeatureFolderError(f"{where} cannot be read as a .npy array: {reason}.") from error
    if not isinstance(array, np.ndarray):
        raise FeatureFolderError(f"{where} holds several arrays; give one .npy per layer.")
    if array.ndim != 2:
        raise FeatureFolderError(f"{where} has shape {array.shape}; expected (samples, units).")
    if array.dtype.kind not in "fiu":
        raise FeatureFolderError(f"{where} holds {array.dtype} values; expected real numbers.")
    if not 1 <= array.shape[1] <= MOST_UNITS:
        raise FeatureFolderError(
            f"{where} has {array.shape[1]} units; 1 to {MOST_UNITS:,} can be read."
        )
    return array


def read_features(
    path: Path, table: SampleTable, rows: Int[np.ndarray, " k"]
) -> Float[np.ndarray, "k p"]:
    """Return some rows of an array as float32, all of them finite.

    Raises
    ------
    FeatureFolderError
        If the array has another number of rows than the table, or holds NaN or infinite values:
        how many, and where the first one stands.
    """
    array = open_array(path)
    if len(array) != len(table):
        raise FeatureFolderError(
            f"{printable(path)} has {len(array)} rows and {printable(table.source)} lists "
            f"{len(table)} samples."
        )
    with np.errstate(over="ignore"):
        values = np.asarray(array[rows], dtype=np.float32)
    if bad := int(values.size - np.count_nonzero(np.isfinite(values))):
        first = int(rows[np.flatnonzero(~np.isfinite(values).all(axis=1))[0]])
        raise FeatureFolderError(
            f"{printable(path)} holds {bad} values of {values.size} that are NaN, infinite or too "
            f"large for float32; the first is of sample {first + 1}, "
            f"{printable(table.ids[first])[:40]!r}."
        )
    return values


def rows_of(table: SampleTable, ids: Sequence[str]) -> Int[np.ndarray, " k"]:
    """Return where the samples with these ids stand in a table."""
    position = {name: row for row, name in enumerate(table.ids)}
    if lost := [name for name in ids if name not in position]:
        raise FeatureFolderError(
            f"{printable(table.source)} does not list {len(lost)} of {len(ids)} samples, the first "
            f"{printable(lost[0])[:40]!r}."
        )
    return np.array([position[name] for name in ids], dtype=np.int64)


def _inside(path: Path, home: Path) -> Path:
    """Refuse a link that leads out of the domain's folder, and what is no regular file."""
    try:
        real = path.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise FeatureFolderError(f"{printable(path)} cannot be read: {error}.") from error
    if not real.is_relative_to(home.resolve()):
        raise FeatureFolderError(f"{printable(path)} is a link out of {printable(home)}.")
    if not lies_inside(real, (home.parent.resolve(), *roots())):
        raise FeatureFolderError(
            f"{printable(home)} is a link that leads outside the folders that are read; name the "
            "folder that it leads to with --root or SUBSTRATE_ROOTS."
        )
    if not real.is_file():
        raise FeatureFolderError(f"{printable(path)} is no regular file.")
    return path
