"""What every command is made of: the application, its options, its words and its exit codes."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.text import Text

DONE, BAD_INPUT, CANCELLED, FAILED = 0, 2, 3, 4


errors = Console(stderr=True, highlight=False)


StudyPath = Annotated[
    Path | None, typer.Argument(help="A study file (default: examples/default.yaml).")
]


StorePath = Annotated[
    Path | None, typer.Option("--store", help="Directory of results (default: user cache).")
]


Roots = Annotated[
    list[Path] | None,
    typer.Option(
        "--root",
        help="A folder in which a study's images and weights may lie; repeatable "
        "(default: SUBSTRATE_ROOTS, else the current one and the study's own).",
    ),
]
RunId = Annotated[str | None, typer.Option("--run", help="A finished run, instead of a study.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
First = Annotated[str | None, typer.Option(help="Encoder A (default: the first).")]
Second = Annotated[str | None, typer.Option(help="Encoder B (default: the second).")]
DomainName = Annotated[str | None, typer.Option(help="(default: that of most photographs).")]


@contextmanager
def sentences() -> Iterator[None]:
    """Turn the program's own errors into one sentence on stderr and an exit code."""
    try:
        yield
    except ValueError as error:
        write_line("error", "red", error)
        raise typer.Exit(BAD_INPUT) from error


def write_line(word: str, colour: str, message: object) -> None:
    """Write one line to stderr; nothing in the message is markup or steers the terminal."""
    from substrate.inputs.untrusted import printable

    line = " ".join(str(message).split("\n"))
    errors.print(Text.assemble((f"{word}: ", colour), printable(line)), soft_wrap=True)


def study_of(given: Path | None, roots: list[Path] | None) -> Any:
    """Read a study file, the folders named in which its images and weights may lie."""
    from substrate import catalogue

    path = given or catalogue.DEFAULT_STUDY
    name_given_roots(roots, path.absolute().parent)
    return catalogue.read_study(path)


def name_given_roots(given: list[Path] | None, *otherwise: Path) -> None:
    """Name the roots: those given, else those of the environment, else here and ``otherwise``."""
    from substrate.inputs.roots import name_roots, named

    if given or not named():
        name_roots(given or (Path.cwd(), *otherwise))


def store_at(path: Path | None) -> Any:
    """Return the store at a path, or that of the user where none is given."""
    from substrate.store import Store, default_root

    return Store(path.expanduser() if path else default_root())


def run_study(place: Any, config: Any, job: str, *, quiet: bool, announce: bool = True) -> int:
    """Run a study as a job; return the exit code."""
    from substrate.progress import Progress

    def work(progress: Progress) -> str:
        from substrate.pipeline import Pipeline

        use_all_cores()
        return Pipeline(config, place, progress, warn).run()

    return under_progress(place, job, work, Progress, quiet=quiet, announce=announce)


def under_progress(
    place: Any, job: str, work: Any, watch: Any, *, quiet: bool, announce: bool = True
) -> int:
    """Do a job's work under its progress; return the exit code, the job's status written."""
    from substrate.progress import CancelledError

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeRemainingColumn(),
        console=errors,
        disable=quiet or not sys.stderr.isatty(),
    ) as bar:
        task = bar.add_task("Starting", total=1.0)
        progress = watch(
            place,
            job,
            lambda s: bar.update(task, description=s.phase, completed=s.done, total=s.total),
        )
        try:
            outcome = work(progress)
        except (CancelledError, KeyboardInterrupt):
            progress.close("cancelled", "Cancelled.")
            return CANCELLED
        except ValueError as error:
            progress.close("failed", str(error))
            write_line("error", "red", error)
            return BAD_INPUT
        except (OSError, MemoryError, RuntimeError, ArithmeticError) as error:
            progress.close("failed", f"The run failed: {type(error).__name__}: {error}")
            errors.print_exception()
            return FAILED
        progress.close("done")
    if announce:
        sys.stdout.write(f"{outcome}\n")
    return DONE


def several(values: list[Any] | None) -> tuple[Any, ...] | None:
    """Return what a repeatable option was given, or none where it was not."""
    return tuple(values) if values else None


def run_asked_for(
    study: Path | None, store: Path | None, root: list[Path] | None, run_id: str | None
) -> Any:
    """Open the run of this id, or that of a study, which is run first where it has not been."""
    from substrate.runs import open_run

    if run_id is None:
        return finished_run(study, store, root)
    name_given_roots(root)
    with sentences():
        return open_run(store_at(store), run_id)


def finished_run(study: Path | None, store: Path | None, root: list[Path] | None) -> Any:
    """Run a study as far as it is not in the store yet, and open its run."""
    from substrate import jobs
    from substrate.runs import open_run

    with sentences():
        place = store_at(store)
        config = study_of(study, root)
        job = jobs.new_job(place, config)
    code = run_study(place, config, job, quiet=False, announce=False)
    if code != DONE:
        raise typer.Exit(code)
    status = jobs.read_status(place, job)
    with sentences():
        return open_run(place, status.run_id if status else "")


def use_all_cores() -> None:
    """Let torch compute on every core, unless OMP_NUM_THREADS says how many."""
    import torch

    asked = os.environ.get("OMP_NUM_THREADS", "")  # whoever sets it means it
    torch.set_num_threads(int(asked) if asked.isdigit() and int(asked) else os.cpu_count() or 1)


def warn(message: str) -> None:
    """Write a note to stderr."""
    write_line("note", "yellow", message)
