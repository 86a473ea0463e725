"""The commands of `python -m substrate`: results on stdout, everything else on stderr."""

from __future__ import annotations

import os
import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

DONE, BAD_INPUT, CANCELLED, FAILED = 0, 2, 3, 4

app = typer.Typer(
    name="substrate",
    help="Compare vision encoders: what they share, and what only looks shared.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
errors = Console(stderr=True, highlight=False)

StorePath = Annotated[
    Path | None, typer.Option("--store", help="Directory of results [default: user cache].")
]


@contextmanager
def _sentences() -> Iterator[None]:
    """Turn the program's own errors into one sentence on stderr and an exit code."""
    try:
        yield
    except ValueError as error:
        errors.print(f"[red]error:[/red] {_plain(error)}", soft_wrap=True)
        raise typer.Exit(BAD_INPUT) from error


def _plain(error: BaseException) -> str:
    return str(error).replace("[", r"\[")


def _store(path: Path | None) -> Any:
    from substrate.store import Store, default_root

    return Store(path.expanduser() if path else default_root())


@app.command()
def run(
    study: Annotated[Path, typer.Argument(help="A study file, such as examples/default.yaml.")],
    store: StorePath = None,
    job: Annotated[str | None, typer.Option(hidden=True)] = None,
) -> None:
    """Run a study: extract features, compute every page's default figures, print the run's id."""
    from substrate import catalogue, jobs

    with _sentences():
        place = _store(store)
        config = catalogue.read_study(study)
        name = job or jobs.new_job(place, config)
    raise typer.Exit(_run(place, config, name, quiet=job is not None))


def _run(place: Any, config: Any, job: str, *, quiet: bool) -> int:
    from substrate.progress import CancelledError, Progress

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with Bar(
        TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(),
        console=errors, disable=quiet or not sys.stderr.isatty(),
    ) as bar:  # fmt: skip
        task = bar.add_task("Starting", total=1.0)
        progress = Progress(
            place, job,
            lambda s: bar.update(task, description=s.phase, completed=s.done, total=s.total),
        )  # fmt: skip
        try:
            from substrate.pipeline import Pipeline

            _use_all_cores()
            run_id = Pipeline(config, place, progress, _warn).run()
        except (CancelledError, KeyboardInterrupt):
            progress.close("cancelled", "Cancelled.")
            return CANCELLED
        except ValueError as error:
            progress.close("failed", str(error))
            errors.print(f"[red]error:[/red] {_plain(error)}", soft_wrap=True)
            return BAD_INPUT
        except (OSError, MemoryError, RuntimeError) as error:
            progress.close("failed", f"The run failed: {type(error).__name__}: {error}")
            errors.print_exception()
            return FAILED
        progress.close("done")
    sys.stdout.write(f"{run_id}\n")
    return DONE


def _use_all_cores() -> None:
    import torch

    torch.set_num_threads(os.cpu_count() or 1)


def _warn(message: str) -> None:
    errors.print(f"[yellow]note:[/yellow] {_plain(ValueError(message))}", soft_wrap=True)


def main() -> None:
    """Run the command line."""
    warnings.simplefilter("ignore")
    app()


if __name__ == "__main__":
    main()
