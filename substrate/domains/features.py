"""A domain without images: samples whose features another program has made."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8

from substrate.domains.selection import spread
from substrate.domains.spec import (
    Domain,
    DomainError,
    DomainInfo,
    DomainSource,
    check_keys,
    check_sizes,
    sample_table,
)
from substrate.inputs.feature_folder import FeatureFolderError, read_table
from substrate.wording import no_images

_KEYS = ("source", "name", "path")


def names() -> list[DomainInfo]:
    """List nothing: folders of features are named by their path."""
    return []


def load(
    config: str | Mapping[str, Any], *, limit: int | None = None, seed: int = 0, tile: int = 32
) -> Domain:
    """Read the sample table of `{path: FOLDER, name: DOMAIN}`, a folder of features.

    A sample is identified by its domain and its id, since there is no content to identify it by.
    There are no images, so `tile` has no effect.
    """
    if not isinstance(config, Mapping):
        raise DomainError("a domain of features needs a path and a name: {path: ..., name: ...}.")
    check_keys(config, _KEYS, "features")
    check_sizes(limit=limit, tile=tile)
    name = str(config["name"])
    try:
        table = read_table(Path(config["path"]).expanduser() / name)
    except FeatureFolderError as error:
        raise DomainError(str(error)) from error
    contents = [sample_content(name, sample) for sample in table.ids]
    kept = spread(table.labels, table.groups, contents, limit=limit, seed=seed)
    rows = [
        {
            "sample_id": f"{name}/{table.ids[i]}",
            "content_sha256": contents[i],
            "domain": name,
            "label": table.labels[i],
            "group": table.groups[i],
            "box": "",
            "source": table.source.name,
            "licence": "",
        }
        for i in kept
    ]
    return Domain(
        name=name,
        title=name,
        samples=sample_table(rows),
        skipped=(),
        available=len(table),
        read=lambda _row: _no_image(name),
        pictured=False,
        of="group",
    )


def sample_content(domain: str, sample: str) -> str:
    """Return what stands for the content of a sample that has only a name."""
    return hashlib.sha256(f"features\0{domain}\0{sample}".encode()).hexdigest()


def _no_image(name: str) -> UInt8[np.ndarray, "h w 3"]:
    raise DomainError(no_images(name))


FEATURES = DomainSource("features", "Features from files", names, load)
