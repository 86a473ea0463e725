"""The commands of `python -m substrate`: results on stdout, everything else on stderr."""

from __future__ import annotations

import ctypes
import io
import sys
import warnings
from contextlib import suppress

import typer

from substrate.commands import experiments, files, networks, studies

#: glibc's M_ARENA_MAX, M_MMAP_THRESHOLD, M_TRIM_THRESHOLD and M_TOP_PAD (malloc.h); bytes but for
#: the first.
MALLOC = {-8: 1, -3: 2**30, -1: 2**31 - 1, -2: 2**26}


app = typer.Typer(
    name="substrate",
    help="Compare vision encoders: what they share, and what only looks shared.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    add_completion=False,
)
for command in (
    studies.run,
    studies.dashboard,
    studies.report,
    studies.claims,
    networks.units,
    networks.maps,
    networks.weights,
    files.score,
    files.transfer,
    files.theory,
    experiments.experiment,
    experiments.train,
    experiments.evaluate,
    files.docs,
    studies.gallery,
):
    app.command()(command)


@app.callback()
def _group() -> None:
    """Compare vision encoders: what they share, and what only looks shared."""


def _keep_freed_memory() -> None:
    """Let glibc keep what large arrays free: getting it back each time costs a tenth of a run.

    It keeps it in one place for all threads: a place for each would be filled with what others
    could use, which took a gigabyte more where large images were extracted.
    Other C libraries have no such setting and need none.
    """
    with suppress(AttributeError, OSError):
        set_option = ctypes.CDLL(None).mallopt
        for option, value in MALLOC.items():
            set_option(option, value)


def main() -> None:
    """Run the command line."""
    warnings.simplefilter("ignore")
    _keep_freed_memory()
    for stream in (sys.stdout, sys.stderr):  # a path may hold bytes that are no UTF-8
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    app()


if __name__ == "__main__":
    main()
