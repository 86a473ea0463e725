"""The shipped run as pages and the command find it."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from substrate.gallery.archive import open_archive
from substrate.runs import Run
from substrate.shipped import shipped
from substrate.store import StoreError

#: Where the archive lies.
ARCHIVE = shipped("data", "gallery", "run.zip")
#: Set to "off", pages show nothing until there is a run of one's own.
VARIABLE = "SUBSTRATE_GALLERY"
OFF = "off"


def shipped_run() -> Run | None:
    """Return the shipped run; None where it is missing, damaged, or turned off."""
    return None if os.environ.get(VARIABLE) == OFF else _opened(ARCHIVE)


@cache
def _opened(path: Path) -> Run | None:
    try:
        return open_archive(path)
    except StoreError:
        return None


def is_shipped(run: Run) -> bool:
    """Say whether a run is the shipped one, which holds results alone."""
    return not run.store.writable
