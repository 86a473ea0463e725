"""Notes of one's own, kept in the store beside the record of the run that they are on."""

from __future__ import annotations

from pathlib import Path
from unicodedata import category

from substrate.runs import Run, RunError, save_record
from substrate.store import Store, StoreError, write_text

#: Letters of a note and of a name, at most.
NOTE, NAME = 20_000, 80
#: Control characters that a plain text may hold.
_PLAIN = "\n\r\t"


def _path(store: Store, run_id: str, part: str) -> Path:
    if not run_id.isalnum() or (part and not part.isalnum()):
        raise RunError(f"{run_id!r} is not the id of a run.")
    return store.root / "notes" / f"{run_id}{'-' if part else ''}{part}.txt"


def read_note(store: Store, run_id: str, part: str = "") -> str:
    """Return the note on a run, or on a part of it named by a digest; empty where there is none."""
    try:
        return _path(store, run_id, part).read_text(encoding="utf-8", errors="replace")[:NOTE]
    except OSError:
        return ""


def write_note(store: Store, run_id: str, text: str, part: str = "") -> None:
    """Replace the note on a run, or on a part of it; an empty text takes it away.

    Raises
    ------
    RunError
        If the text is no plain text.
    StoreError
        If the store cannot be written to.
    """
    path = _path(store, run_id, part)
    if any(category(c) in ("Cc", "Cs") and c not in _PLAIN for c in text):
        raise RunError("A note is plain text; this one holds control characters.")
    try:
        if text.strip():
            write_text(path, text[:NOTE])
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(
            f"Cannot write to the store {store.root}: {error.strerror or error}."
        ) from error


def remove_notes(store: Store, run_id: str) -> None:
    """Remove the note on a run and those on its parts."""
    _path(store, run_id, "").unlink(missing_ok=True)
    for path in (store.root / "notes").glob(f"{run_id}-*.txt"):
        path.unlink(missing_ok=True)


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
