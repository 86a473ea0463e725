"""Where images come from. To add a source: write its module, then name it in `DOMAIN_SOURCES`."""

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
)
from substrate.domains.splits import split

DOMAIN_SOURCES = {"packaged": PACKAGED, "folder": FOLDER, "parquet": PARQUET, "features": FEATURES}


__all__ = [
    "DOMAIN_SOURCES",
    "SAMPLE_COLUMNS",
    "Domain",
    "DomainError",
    "DomainInfo",
    "DomainSource",
    "Skipped",
    "split",
]
