"""A run of results alone in one archive: read as a store is, and never written to.

The archive holds the run's record, its results and its sample tables. It holds no features, and no
images: those of the packaged domains are read again from where the program always reads them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from io import BytesIO
from pathlib import Path
from typing import Any, NoReturn
from zipfile import BadZipFile, ZipFile

import numpy as np
import pandas as pd
from safetensors.numpy import load

from substrate.domains import DOMAIN_SOURCES
from substrate.domains.pictures import small_pictures
from substrate.representation import sample_digest
from substrate.runs import Run, RunError, read_run
from substrate.store import ARRAYS, DAMAGE, MANIFEST, TABLE, Entry, Store, StoreError

RECORD, REFUSALS, ENTRIES = "record.json", "refusals.json", "entries"
#: What a page says where the shipped run lacks something.
RESULTS_ONLY = (
    "The shipped run holds results alone: run the study yourself, on the Study page, for what it "
    "lacks."
)


class ResultsOnlyError(StoreError):
    """Something was asked for that the shipped run does not hold."""


@dataclass(frozen=True, eq=False)
class ShippedEntry(Entry):
    """An entry of the archive; ``made`` gives the arrays of one that is not stored whole."""

    read: Callable[[str], bytes]
    made: Callable[[], Mapping[str, np.ndarray]] | None = None

    @cached_property
    def _arrays(self) -> Mapping[str, np.ndarray]:
        arrays = dict(self.made() if self.made else load(self.read(ARRAYS)))
        for array in arrays.values():
            array.flags.writeable = False
        return arrays

    def array(self, name: str) -> np.ndarray:
        """Return one array by name, read-only."""
        return self._arrays[name]

    def table(self) -> pd.DataFrame:
        """Return the entry's table."""
        return pd.read_parquet(BytesIO(self.read(TABLE)))


@dataclass(eq=False)
class Archive(Store):
    """The store of a shipped run; ``root`` is the archive's file.

    Raises
    ------
    StoreError
        If the archive is missing or damaged.
    """

    writable = False
    _files: dict[str, bytes] = field(default_factory=dict, repr=False)
    _opened: dict[str, ShippedEntry] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        """Read the whole archive: it is small, and is read once in a server's life."""
        try:
            with ZipFile(self.root) as archive:
                self._files = {name: archive.read(name) for name in archive.namelist()}
            self.refusals = dict(json.loads(self._files[REFUSALS]))
            self.run = read_run(self, self._files[RECORD].decode())
        except (*DAMAGE, BadZipFile, RunError) as error:
            raise StoreError(f"The shipped run {self.root} cannot be read: {error}.") from error

    def __contains__(self, key: str) -> bool:
        """Say whether the archive holds an entry."""
        return self._name(key, MANIFEST) in self._files

    def get(self, key: str) -> ShippedEntry | None:
        """Return an entry, or None where there is none."""
        if key not in self:
            return None
        if key not in self._opened:
            self._opened[key] = self._open(key)
        return self._opened[key]

    def _open(self, key: str) -> ShippedEntry:
        manifest = json.loads(self._files[self._name(key, MANIFEST)])
        made = None
        if self._name(key, ARRAYS) not in self._files and manifest["arrays"]:
            name = next(d.name for d in self.run.domains.values() if d.entry == key)
            made = partial(pictures_of, self.run, name)
        return ShippedEntry(
            self.root / key, manifest, lambda file: self._files[self._name(key, file)], made
        )

    @staticmethod
    def _name(key: str, file: str) -> str:
        return f"{ENTRIES}/{key}/{file}"

    def put(self, key: str, **_content: Any) -> NoReturn:
        """Refuse: nothing is written to a shipped run."""
        raise ResultsOnlyError(self.refusals.get(key, RESULTS_ONLY))

    @contextmanager
    def computing(self, key: str, **_waiting: Any) -> Iterator[None]:
        """Refuse to compute, with what the computation itself said when the run was made."""
        raise ResultsOnlyError(self.refusals.get(key, RESULTS_ONLY))
        yield

    def remove(self, key: str) -> None:
        """Leave everything in its place."""

    def remove_damaged(self, key: str) -> None:
        """Leave everything in its place."""


def pictures_of(run: Run, name: str) -> Mapping[str, np.ndarray]:
    """Return the small pictures of a packaged domain, read again from the installed packages.

    Raises
    ------
    RunError
        If the installed packages bring other images along than those of the run.
    """
    study = run.study
    config = dict(next(item for item in study["domains"] if item["name"] == name))
    config.pop("tag", None)  # it says what the images are of, not how to read them
    domain = DOMAIN_SOURCES[config["source"]].load(
        config, limit=study["samples"], seed=study["seed"], tile=study["tile"]
    )
    if sample_digest(domain.samples["content_sha256"]) != run.domains[name].samples_digest:
        raise RunError(
            f"The installed packages bring other images of {name} along than the shipped run saw. "
            "Run the study again."
        )
    return small_pictures(domain)


def open_archive(path: Path) -> Run:
    """Open the run of an archive.

    Raises
    ------
    StoreError
        If the archive is missing or damaged.
    """
    return Archive(path).run
