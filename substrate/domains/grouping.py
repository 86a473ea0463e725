"""The CSV in which a user says which files belong to one photograph, patient or video."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from substrate.domains.spec import DomainError
from substrate.inputs.roots import lies_inside, resolved, roots


@dataclass(frozen=True)
class Assignment:
    """What the CSV says of one file; None where it says nothing."""

    group: str | None
    label: str | None


@dataclass(frozen=True)
class Groups:
    """A CSV of groups: where it lies, and its rows by path inside the folder."""

    source: Path
    rows: Mapping[str, Assignment]


def read_groups(root: Path, given: str | Path) -> Groups:
    """Read the columns `file` and `group`, and `label` where there is one.

    The path may be given as it is or inside the folder; `file` is a path inside the folder. An
    empty group makes the file its own group; without a column `label` the folders decide.
    """
    source = _find(root, Path(given).expanduser())
    try:
        with source.open(newline="", encoding="utf-8-sig") as lines:
            reader = csv.DictReader(lines)
            columns = [c.strip().lower() for c in reader.fieldnames or []]
            reader.fieldnames = columns
            table = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DomainError(f"{source} cannot be read as a UTF-8 CSV: {error}.") from error
    if not {"file", "group"} <= set(columns):
        raise DomainError(
            f"{source} has the columns {', '.join(columns) or 'none'}; it needs file and group."
        )
    rows: dict[str, Assignment] = {}
    for number, row in enumerate(table, start=2):
        path = _inside(root, row["file"] or "")
        label = (row["label"] or "").strip() if "label" in columns else None
        assignment = Assignment((row["group"] or "").strip() or None, label)
        if rows.setdefault(path, assignment) != assignment:
            raise DomainError(
                f"{source}, line {number}: {path} is given a second, different group or label."
            )
    return Groups(source, rows)


def _find(root: Path, given: Path) -> Path:
    if given.is_file():  # inside the folders that are read: checked with the study
        return given
    inner = root / given
    if not inner.is_file():
        raise DomainError(f"there is no file {given} for the groups, neither here nor in {root}.")
    if not lies_inside(inner, (resolved(root), *roots())):
        raise DomainError(f"{inner} is a link that leads outside the folders that are read.")
    return inner


def _inside(root: Path, written: str) -> str:
    """Bring a path as people write it to the form used for files of the folder."""
    path = PurePosixPath(written.strip().replace("\\", "/"))
    if path.is_absolute() and path.is_relative_to(root.as_posix()):
        path = path.relative_to(root.as_posix())
    return path.as_posix()
