"""The commands about a study: run it, look at it, report it, hold published claims against it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from substrate.commands.shared import (
    DONE,
    AsJson,
    Roots,
    StorePath,
    StudyPath,
    finished_run,
    name_given_roots,
    run_study,
    sentences,
    store_at,
    study_of,
    under_progress,
    warn,
)


def run(
    study: StudyPath = None,
    store: StorePath = None,
    root: Roots = None,
    job: Annotated[str | None, typer.Option(hidden=True)] = None,
) -> None:
    """Run a study: extract features, compute every page's default figures, print the run's id."""
    from substrate import jobs

    with sentences():
        place = store_at(store)
        config = study_of(study, root)
        name = jobs.require_job(place, job) if job else jobs.new_job(place, config)
    raise typer.Exit(run_study(place, config, name, quiet=job is not None))


def dashboard(
    port: Annotated[int, typer.Option(help="The port of this machine.", min=1, max=65535)] = 8501,
    store: StorePath = None,
    root: Roots = None,
) -> None:
    """Serve the dashboard on http://127.0.0.1 until it is stopped."""
    from substrate.shipped import shipped

    script = shipped("app.py")
    with sentences():
        if not script.is_file():
            raise ValueError(f"{script} is missing: install the package again, or clone it anew.")
        if root:
            name_given_roots(root)
        if store:
            os.environ["SUBSTRATE_STORE"] = str(store.expanduser().absolute())
    # -P: a file of the present folder may bear the name of a module.
    line = ["-P", "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    os.execv(sys.executable, [sys.executable, *line])


def gallery(store: StorePath = None) -> None:
    """Make the shipped run again: the default study on packaged images, its results alone."""
    import tempfile
    from functools import partial

    from substrate import jobs
    from substrate.gallery.make import gallery_study, read_units, write_archive
    from substrate.gallery.shown import ARCHIVE
    from substrate.progress import Progress
    from substrate.runs import open_run
    from substrate.shipped import INSTALLED

    with tempfile.TemporaryDirectory() as scratch, sentences():
        if INSTALLED:
            raise ValueError(
                "The shipped run is part of the installed package; make it in a checkout of the "
                "repository."
            )
        place = store_at(store or Path(scratch))
        config = gallery_study()
        job = jobs.new_job(place, config)
        code = run_study(place, config, job, quiet=False, announce=False)
        if code != DONE:
            raise typer.Exit(code)
        status = jobs.read_status(place, job)
        run = open_run(place, status.run_id if status else "")
        code = under_progress(
            place,
            jobs.new_units(place, "Units", ()),
            partial(read_units, run),
            Progress,
            quiet=False,
            announce=False,
        )
        if code != DONE:
            raise typer.Exit(code)
        path = write_archive(run, ARCHIVE)
    sys.stdout.write(f"{path}\n")


def report(
    study: StudyPath = None,
    html: Annotated[Path | None, typer.Option(help="The file to write.")] = None,
    figures: Annotated[
        Path | None,
        typer.Option(help="A folder for the figures as PDF and SVG, 89 and 183 mm wide."),
    ] = None,
    store: StorePath = None,
    root: Roots = None,
    dark: Annotated[bool, typer.Option("--dark", help="Dark figures.")] = False,
    every: Annotated[
        bool, typer.Option("--all", help="All views of every page, which takes longer.")
    ] = False,
) -> None:
    """Write the default figures of a study, or all views: as one HTML file, for papers, or both.

    The study is run first where it has not been.
    """
    from substrate.report import write_figures, write_report

    with sentences():
        if html is None and figures is None:
            raise ValueError("Name a file with --html, a folder with --figures, or both.")
    run = finished_run(study, store, root)
    with sentences():
        if html is not None:
            write_report(run, html, theme="dark" if dark else "light", every=every)
            sys.stdout.write(f"{html}\n")
        if figures is not None:
            written = write_figures(run, figures, every=every)
            sys.stdout.write("".join(f"{path}\n" for path in written))


def claims(
    study: StudyPath = None,
    store: StorePath = None,
    root: Roots = None,
    settings: Annotated[
        bool, typer.Option("--settings", help="Try every further setting of the switches too.")
    ] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    as_json: AsJson = False,
) -> None:
    """Fill the ledger of claims: published figures beside those of this study, with verdicts.

    The study is run first where it has not been.
    """
    import json

    from substrate.claims.command import fill, lines
    from substrate.claims.preregistered import register
    from substrate.claims.table import as_json as plain
    from substrate.claims.table import ledger_table
    from substrate.figures.export import inert

    with sentences():
        registered = register()
    run = finished_run(study, store, root)
    with sentences():
        result = fill(run, registered, settings=settings, report=warn)
    if as_json:
        text = json.dumps(plain(result, registered), indent=1, allow_nan=False)
    else:
        text = (
            inert(ledger_table(result, registered)).to_csv(index=False) if as_csv else lines(result)
        )
    sys.stdout.write(f"{text.rstrip()}\n")
