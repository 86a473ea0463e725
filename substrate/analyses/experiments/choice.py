"""Which photographs and which domain an experiment's figures show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from substrate.analyses.experiments.catalogue import read_results, results_file
from substrate.analyses.spec import AnalysisError


@dataclass(frozen=True)
class ExperimentsChoice:
    """Photographs of `modality`, domains of `emergence` and `polarisation`.

    An empty one gives the first there is, or the one of most photographs.
    """

    scope: str = ""
    domain: str = ""
    images: str = ""


#: Whose results are shown where there are both.
OWN, SHIPPED = "your own", "shipped"


def scopes() -> tuple[str, ...]:
    """Return which photographs the agreement of images and texts was measured on."""
    return tuple(dict.fromkeys(repeat.scope for repeat in _repeats("modality")))


def domains() -> tuple[str, ...]:
    """Return the domains of the emergence experiment."""
    return tuple(dict.fromkeys(repeat.domain for repeat in _repeats("emergence")))


def rich_domain() -> str:
    """Return the first of them that has photographs enough for intervals, or ""."""
    return next((repeat.domain for repeat in _repeats("emergence") if not repeat.within), "")


def polarised_images() -> tuple[str, ...]:
    """Return the domains on which units were classed, the one of most photographs first."""
    rows = sorted(_repeats("polarisation"), key=lambda repeat: -repeat.photographs)
    return tuple(dict.fromkeys(repeat.domain for repeat in rows))


def default_choice() -> ExperimentsChoice:
    """Return what is shown at first."""
    return ExperimentsChoice(
        next(iter(scopes()), ""), rich_domain(), next(iter(polarised_images()), "")
    )


def _repeats(name: str) -> Sequence[Any]:
    path = results_file(name)
    return _read(name, str(path), path.stat().st_mtime_ns) if path.is_file() else ()


@lru_cache(maxsize=8)
def _read(name: str, _path: str, _changed: int) -> Sequence[Any]:
    try:
        results = read_results(name)
    except AnalysisError:
        return ()
    return () if results is None else tuple(results.repeats)
