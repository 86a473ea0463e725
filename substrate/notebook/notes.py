"""Notes of one's own, kept in the store beside the record of the run that they are on."""

from __future__ import annotations

from pathlib import Path

from substrate.runs import Run, RunError, save_record
from substrate.store import Store, StoreError, write_text

#: Letters of a note and of a name, at most.
NOTE, NAME = 20_000, 80


def _path(store: Store, run_id: str) -> Path:
    if not run_id.isalnum():
        raise RunError(f"{run_id!r} is not the id of a run.")
    return store.root / "notes" / f"{run_id}.txt"


def read_note(store: Store, run_id: str) -> str:
    """Return the note on a run, empty where there is none."""
    try:
        return _path(store, run_id).read_text(encoding="utf-8", errors="replace")[:NOTE]
    except OSError:
        return ""


def write_note(store: Store, run_id: str, text: str) -> None:
    """Replace the note on a run; an empty text takes it away.

    Raises
    ------
    StoreError
        If the store cannot be written to.
    """
    path = _path(store, run_id)
    try:
        if text.strip():
            write_text(path, text[:NOTE])
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(
            f"Cannot write to the store {store.root}: {error.strerror or error}."
        ) from error


def rename(run: Run, name: str) -> None:
    """Give a run another name, in its record; no result depends on it.

    Raises
    ------
    RunError
        If the name is empty or too long.
    """
    name = name.strip()
    if not name or len(name) > NAME:
        raise RunError(f"A run's name has 1 to {NAME} letters, this one {len(name)}.")
    save_record(run.store, {**run.record, "study": {**run.study, "name": name}})
