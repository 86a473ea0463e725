"""What every experiment writes down beside its numbers: versions, device, digests; atomically."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

from filelock import FileLock, Timeout

from substrate import __version__
from substrate.analyses.experiments.file import (
    ExperimentFile,
    Strict,
    encode,
    inputs_digest,
)
from substrate.progress import Progress
from substrate.store import write_text

Finished = TypeVar("Finished", bound=Strict)
PACKAGES = ("numpy", "scipy", "scikit-learn", "scikit-image", "torch", "timm")


class ExperimentError(ValueError):
    """An experiment that cannot be run as asked; the message says why and what to do."""


class Watched(Progress):
    """Progress of an experiment: the run that it makes on the way is its own and no page's."""

    def phase(self, text: str, *, run_id: str | None = None) -> None:
        """Say what is being done, and keep the id of a run to itself."""
        del run_id
        super().phase(text)


Keep = Callable[[ExperimentFile[Any]], None]


def versions() -> dict[str, str]:
    """Return the versions that the numbers depend on."""
    return {
        "substrate": __version__,
        "python": platform.python_version(),
        **{name: version(name) for name in PACKAGES},
    }


def processor() -> str:
    """Return the kind of processor."""
    return f"cpu ({platform.machine()})"


def described(
    configuration: dict[str, Any],
    data: dict[str, str],
    encoders: dict[str, str],
    *,
    device: str | None = None,
) -> dict[str, Any]:
    """Return the fields of a file that say what its numbers rest on."""
    return {
        "configuration": configuration,
        "data": data,
        "encoders": encoders,
        "inputs": inputs_digest(configuration, data, encoders),
        "versions": versions(),
        "device": device or processor(),
    }


def run_to_file(
    kind: Any, work: Any, keep: Keep, rests_on: Callable[[], dict[str, Any]], **words: Any
) -> Any:
    """Run work to its end and return its file; ``keep`` gets partial files on the way.

    ``kind`` is the class of the file, ``rests_on`` gives the fields of `described`, ``words`` are
    the rest: the experiment's name and command, its card and its seeds.
    """

    def filed(repeats: list[Any], status: str) -> Any:
        return kind(
            **words,
            status=status,
            **rests_on(),
            wall_s=round(sum(r.seconds for r in repeats), 1),
            repeats=tuple(repeats),
        )

    done = work.run(lambda repeats: keep(filed(repeats, "partial")))
    return filed(done, "complete")


def read_finished(path: Path, kind: type[Finished]) -> Finished | None:
    """Return what was finished before; a damaged one is measured again."""
    try:
        return kind.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None


@contextmanager
def held(state: Path, name: str) -> Iterator[None]:
    """Hold an experiment's state while it is worked on, or say that another process does."""
    state.mkdir(parents=True, exist_ok=True)
    lock = FileLock(state / "lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise ExperimentError(
            f"The experiment {name} is being run by another process (see {state}). "
            "Wait for it, or cancel it on the Study page."
        ) from None
    try:
        yield
    finally:
        lock.release()


def finish(path: Path, file: ExperimentFile[Any]) -> None:
    """Write the results atomically; partial ones never replace complete ones."""
    if file.status == "partial" and _status(path) == "complete":
        return
    try:
        write_text(path, encode(file))
    except OSError as error:
        raise ExperimentError(
            f"The results cannot be written to {path}: {error.strerror}. "
            "Choose another file with --out."
        ) from error


def _status(path: Path) -> str:
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["status"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
