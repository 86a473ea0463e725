"""A run of an experiment's own: features of some encoders and domains, kept in its directory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from substrate import catalogue
from substrate.experiments.record import ExperimentError, Watched
from substrate.pipeline import Pipeline
from substrate.runs import RANDOM_LABELS, Run, open_run
from substrate.store import Store


def extract(study: Mapping[str, Any], state: Path, progress: Watched) -> Run:
    """Extract what a study names, as far as it is not there yet, and open it as a run."""
    store, skipped = Store(state), list[str]()
    pipeline = Pipeline(
        catalogue.parse_study(dict(study)), store, progress, skipped.append, analyses=False
    )
    return open_run(store, pipeline.run())


def bundled(chosen: Iterable[str] | None) -> list[str]:
    """Return the encoders that were chosen, else those of the panel but for random labels."""
    infos = {info.name: info for info in catalogue.encoders() if info.source == "bundled"}
    bundled_names, panel = list(infos), catalogue.presets()["panel"]
    names = list(chosen or (n for n in panel if infos[n].paradigm != RANDOM_LABELS))
    unknown = [name for name in names if name not in bundled_names]
    if unknown:
        raise ExperimentError(
            f"There is no bundled encoder {unknown[0]!r}; there are "
            f"{', '.join(bundled_names) or 'none'}."
        )
    return names


def weights(run: Run) -> dict[str, str]:
    """Return the digests of the encoders' weights."""
    return {name: record.weights_digest for name, record in run.encoders.items()}


def samples(run: Run) -> dict[str, str]:
    """Return the digests of the domains' samples."""
    return {name: record.samples_digest for name, record in run.domains.items()}
