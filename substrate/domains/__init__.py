"""Where images come from. To add a source: write its module, then name it in `DOMAIN_SOURCES`."""

from collections.abc import Mapping
from typing import Any

from substrate.domains.features import FEATURES
from substrate.domains.folder import FOLDER
from substrate.domains.packaged import PACKAGED
from substrate.domains.parquet import PARQUET
from substrate.domains.spec import (
    SAMPLE_COLUMNS,
    Domain,
    DomainError,
    DomainInfo,
    DomainSource,
    Skipped,
    nearest_name,
)
from substrate.domains.splits import split

DOMAIN_SOURCES = {"packaged": PACKAGED, "folder": FOLDER, "parquet": PARQUET, "features": FEATURES}


def load_domain(
    config: Mapping[str, Any], *, limit: int | None = None, seed: int = 0, tile: int = 32
) -> Domain:
    """Read the domain that a configuration with the key `source` describes."""
    key = str(config.get("source", ""))
    if key not in DOMAIN_SOURCES:
        raise DomainError(
            f"there is no domain source {key!r}{nearest_name(key, DOMAIN_SOURCES)} "
            f"Sources are {', '.join(DOMAIN_SOURCES)}."
        )
    return DOMAIN_SOURCES[key].load(config, limit=limit, seed=seed, tile=tile)


__all__ = [
    "DOMAIN_SOURCES",
    "SAMPLE_COLUMNS",
    "Domain",
    "DomainError",
    "DomainInfo",
    "DomainSource",
    "Skipped",
    "load_domain",
    "split",
]
