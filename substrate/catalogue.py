"""What a study can be made of, listed without loading torch: bundled encoders, packaged domains."""

from __future__ import annotations

from pathlib import Path

from substrate.domains import DOMAIN_SOURCES
from substrate.domains.spec import DomainInfo
from substrate.encoders import ENCODER_SOURCES
from substrate.encoders.spec import EncoderInfo
from substrate.encoders.timm_names import architectures, unknown_architecture
from substrate.shipped import shipped
from substrate.study import StudyConfig, parse, read

__all__ = [
    "DEFAULT_STUDY",
    "architectures",
    "default_study",
    "domains",
    "encoders",
    "names",
    "parse_study",
    "presets",
    "read_study",
    "unknown_architecture",
]

DEFAULT_STUDY = shipped("examples", "default.yaml")


def encoders() -> list[EncoderInfo]:
    """List the encoders that can be chosen by name."""
    return [info for source in ENCODER_SOURCES.values() for info in source.infos()]


def domains() -> list[DomainInfo]:
    """List the domains that can be chosen by name."""
    return [info for source in DOMAIN_SOURCES.values() for info in source.names()]


def presets() -> dict[str, list[str]]:
    """Return the sets of bundled encoders by name: the panel, and those for single questions."""
    presets: dict[str, list[str]] = {"panel": []}
    for info in encoders():
        if info.preset:
            presets.setdefault(info.preset, []).append(info.name)
    return presets


def names() -> dict[str, list[str]]:
    """Return what the "all" forms of a study stand for.

    "All bundled" are those of the panel; the sets that were trained for one question each are
    presets of their own, see `presets`, so that a study does not grow with them.
    """
    return {
        "bundled": presets()["panel"],
        "packaged": [info.name for info in DOMAIN_SOURCES["packaged"].names()],
        "at_hand": [info.name for info in domains()],
    }


def read_study(path: Path) -> StudyConfig:
    """Read a study file, its "all" forms expanded."""
    return read(path, presets=presets(), **names())


def parse_study(data: object) -> StudyConfig:
    """Validate a study given as plain data, its "all" forms expanded."""
    return parse(data, presets=presets(), **names())


def default_study() -> StudyConfig:
    """Return the study that a newcomer starts with."""
    return read_study(DEFAULT_STUDY)
