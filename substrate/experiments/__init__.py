"""Experiments that take minutes: run by command, resumed, and written down with their cards."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from substrate.analyses.experiments.file import results_folder
from substrate.experiments.options import Options
from substrate.experiments.record import ExperimentError, Watched, finish, held
from substrate.experiments.shipped import ALL, shipped_options
from substrate.store import Store


def _distill(*args: Any, **kwargs: Any) -> Any:
    from substrate.experiments.distill import run

    return run(*args, **kwargs)


def _modality(*args: Any, **kwargs: Any) -> Any:
    from substrate.experiments.modality import run

    return run(*args, **kwargs)


def _emergence(*args: Any, **kwargs: Any) -> Any:
    from substrate.experiments.emergence import run

    return run(*args, **kwargs)


def _panel(*args: Any, **kwargs: Any) -> Any:
    from substrate.experiments.panel import run

    return run(*args, **kwargs)


def _stitching(*args: Any, **kwargs: Any) -> Any:
    from substrate.experiments.stitching import run

    return run(*args, **kwargs)


def _weights(*args: Any, **kwargs: Any) -> Any:
    from substrate.experiments.weights import run

    return run(*args, **kwargs)


def _students(*args: Any, **kwargs: Any) -> Any:
    from substrate.experiments.students import run

    return run(*args, **kwargs)


def _polarisation(*args: Any, **kwargs: Any) -> Any:
    from substrate.experiments.polarisation import run

    return run(*args, **kwargs)


def _concepts(*args: Any, **kwargs: Any) -> Any:
    from substrate.experiments.concepts import run

    return run(*args, **kwargs)


#: Imported when they are run: one of them loads torch.
RUNNERS: Mapping[str, Callable[..., Any]] = {
    "distill": _distill,
    "modality": _modality,
    "emergence": _emergence,
    "panel": _panel,
    "stitching": _stitching,
    "weights": _weights,
    "students": _students,
    "polarisation": _polarisation,
    "concepts": _concepts,
}


def require_experiment(name: str) -> str:
    """Return an experiment's name, or say which there are.

    Raises
    ------
    ExperimentError
        If there is no such experiment.
    """
    if name not in RUNNERS:
        raise ExperimentError(
            f"There is no experiment {name!r}; there are {', '.join(RUNNERS)}, and {ALL}."
        )
    return name


def state_of(store: Store, name: str) -> Path:
    """Return where an experiment keeps what it has finished."""
    return store.root / "experiments" / name


def run_experiment(
    store: Store,
    name: str,
    options: Options,
    progress: Watched,
    *,
    resume: bool,
    out: Path | None = None,
) -> Path:
    """Run an experiment to its end and return the file with its results.

    What is finished is kept in the store's directory; without ``resume`` it is forgotten first.
    """
    path = out or results_folder() / f"{name}.json"
    state = state_of(store, name)
    with held(state, name):
        if not resume:
            _forget(state)
        file = RUNNERS[name](
            options, progress, state=state, keep=lambda partial: finish(path, partial)
        )
        finish(path, file)
    return path


def _forget(state: Path) -> None:
    for entry in state.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)


__all__ = [
    "ALL",
    "RUNNERS",
    "ExperimentError",
    "Options",
    "Watched",
    "require_experiment",
    "run_experiment",
    "shipped_options",
    "state_of",
]
