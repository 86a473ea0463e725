"""What a domain of images is: a table of samples, a reader, and the source it came from."""

import difflib
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
import pandas as pd
from jaxtyping import UInt8

from substrate.wording import Nouns, samples_of

SAMPLE_COLUMNS = (
    "sample_id",
    "content_sha256",
    "domain",
    "label",
    "group",
    "box",
    "source",
    "licence",
)


class DomainError(ValueError):
    """A domain cannot be read as asked; the message says what arrived and what to do."""


@dataclass(frozen=True)
class Skipped:
    """A file or folder that was found and not used, and why."""

    path: str
    reason: str


@dataclass(frozen=True)
class DomainInfo:
    """A domain that a source offers by name; `photographs` is None until it has been read."""

    name: str
    title: str
    description: str
    licence: str
    photographs: int | None = None


@dataclass(frozen=True, eq=False)
class Domain:
    """Images of one kind: an ordered table of samples and the way to read each of them.

    `samples` has the columns `SAMPLE_COLUMNS`, all strings. `group` is what makes samples
    dependent (the photograph, the patient); `box` is `left,top,right,bottom` in pixels of the
    photograph, empty for a whole file; `label` is empty where there is none. `available` counts
    the distinct samples that were there before a limit was applied. Where `pictured` is False
    there are no images to read, only features made elsewhere. `of` names what a group is.
    """

    name: str
    title: str
    samples: pd.DataFrame
    skipped: tuple[Skipped, ...]
    available: int
    read: Callable[[int], UInt8[np.ndarray, "h w 3"]]
    pictured: bool = True
    of: str = "photograph"

    def __post_init__(self) -> None:
        """Refuse a table that the rest of the program could not rely on."""
        if tuple(self.samples.columns) != SAMPLE_COLUMNS:
            raise DomainError(
                f"domain {self.name!r} has the columns {list(self.samples.columns)}; "
                f"it needs {list(SAMPLE_COLUMNS)}, in this order."
            )
        if self.samples["sample_id"].duplicated().any():
            raise DomainError(f"domain {self.name!r} names one sample twice; make the ids unique.")

    def __len__(self) -> int:
        return len(self.samples)

    @property
    def groups(self) -> np.ndarray:
        """The group of each sample, as an array of strings."""
        return self.samples["group"].to_numpy(dtype=str)

    @property
    def photographs(self) -> int:
        """How many distinct groups the samples come from."""
        return int(self.samples["group"].nunique())

    @property
    def nouns(self) -> Nouns:
        """What a sample is (a tile, an image, a sample without a picture) and what a group is."""
        if not self.pictured:
            return Nouns("sample", self.of)
        return Nouns("tile" if (self.samples["box"] != "").all() else "image", self.of)

    @property
    def caption(self) -> str:
        """How many samples of how many photographs, in words."""
        return samples_of(len(self), self.photographs, self.nouns)

    @property
    def digest(self) -> str:
        """SHA-256 over the ordered contents, groups and labels; no name and no path enters it."""
        table = self.samples[["content_sha256", "group", "label"]].to_numpy().tolist()
        return hashlib.sha256(json.dumps(table, separators=(",", ":")).encode()).hexdigest()

    def images(self, rows: Iterable[int] | None = None) -> Iterator[UInt8[np.ndarray, "h w 3"]]:
        """Yield the images of `rows`, or of every sample, in order."""
        for row in range(len(self)) if rows is None else rows:
            yield self.read(int(row))


@runtime_checkable
class LoadDomain(Protocol):
    """How a source turns a name or a configuration into a domain."""

    def __call__(
        self, config: str | Mapping[str, Any], *, limit: int | None, seed: int, tile: int
    ) -> Domain:
        """Read at most `limit` samples, cut to `tile` where the source cuts."""
        ...


@dataclass(frozen=True)
class DomainSource:
    """A place that domains come from; `names` lists those it knows by name."""

    key: str
    title: str
    names: Callable[[], list[DomainInfo]]
    load: LoadDomain


def sample_table(rows: Sequence[Mapping[str, str]]) -> pd.DataFrame:
    """Put rows of samples into the table that a `Domain` carries."""
    return pd.DataFrame(rows, columns=list(SAMPLE_COLUMNS), dtype=object).astype(str)


def nearest_name(name: str, names: Iterable[str]) -> str:
    """Return `; did you mean 'x'?` for the known name closest to `name`, or nothing."""
    close = difflib.get_close_matches(name, list(names), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def check_keys(config: Mapping[str, Any], keys: Sequence[str], source: str) -> None:
    """Refuse a configuration key that the source does not have."""
    for key in config:
        if key not in keys:
            raise DomainError(
                f"{source} domain: unknown key {key!r}{nearest_name(str(key), keys)} "
                f"Known keys: {', '.join(keys)}."
            )


def check_sizes(*, limit: int | None, tile: int) -> None:
    """Refuse a limit or a tile side that leaves nothing to read."""
    if limit is not None and limit < 1:
        raise DomainError(f"limit is {limit}; give a whole number of samples from 1, or none.")
    if tile < 4:
        raise DomainError(f"tile is {tile} pixels; give a side of at least 4.")
