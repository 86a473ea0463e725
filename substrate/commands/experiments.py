"""The commands that take minutes or hours: experiments, and the training of encoders."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from substrate.commands.shared import (
    CANCELLED,
    DONE,
    AsJson,
    Roots,
    StorePath,
    name_given_roots,
    sentences,
    several,
    store_at,
    under_progress,
)


def experiment(
    name: Annotated[
        str,
        typer.Argument(
            help="distill, modality, emergence, panel, stitching, weights, students, "
            "polarisation, concepts or all."
        ),
    ],
    resume: Annotated[bool, typer.Option("--resume", help="Keep what is finished.")] = False,
    out: Annotated[
        Path | None,
        typer.Option(help="(default: where the Experiments page reads it); a folder with all."),
    ] = None,
    store: StorePath = None,
    device: Annotated[str | None, typer.Option(help="distill: auto, cpu or cuda.")] = None,
    data: Annotated[
        Path | None, typer.Option(help="distill, stitching: directory of CIFAR-10.")
    ] = None,
    seeds: Annotated[
        int | None,
        typer.Option(help="distill: students per arm; students: training sets; concepts: codes."),
    ] = None,
    steps: Annotated[int | None, typer.Option(help="distill: steps of each student.")] = None,
    fraction: Annotated[
        list[float] | None, typer.Option(help="distill: share of the labels; repeatable.")
    ] = None,
    encoder: Annotated[
        list[str] | None, typer.Option(help="A bundled encoder of the panel; repeatable.")
    ] = None,
    domain: Annotated[
        list[str] | None, typer.Option(help="emergence: a packaged domain; repeatable.")
    ] = None,
    text: Annotated[
        Path | None, typer.Option(help="modality: captions or features, a row per photograph.")
    ] = None,
    images: Annotated[
        Path | None, typer.Option(help="modality: a folder of photographs of your own.")
    ] = None,
    root: Roots = None,
    job: Annotated[str | None, typer.Option(hidden=True)] = None,
) -> None:
    """Run an experiment of minutes and write its results; print the file's path.

    `all` runs every experiment with the options of the shipped results, one after the other; one
    that fails does not keep the next from being run.
    """
    from substrate import jobs
    from substrate.experiments import ALL, Options, require_experiment, shipped_options

    with sentences():
        options = Options(
            device,
            data,
            seeds,
            steps,
            several(fraction),
            text,
            images,
            several(domain),
            several(encoder),
        )
        everything = name == ALL
        asked = shipped_options(options) if everything else {require_experiment(name): options}
        place = store_at(store)
        name_given_roots(root, *([images.absolute()] if images else ()))
        if job:
            jobs.require_job(place, job)
    failed = DONE
    for one, its in asked.items():
        path = out / f"{one}.json" if out and everything else out
        code = _experiment(place, one, its, resume=resume, out=path, job=job)
        if code == CANCELLED:
            raise typer.Exit(code)
        failed = failed or code
    raise typer.Exit(failed)


def _experiment(
    place: Any, name: str, options: Any, *, resume: bool, out: Path | None, job: str | None
) -> int:
    """Run one experiment as a job of its own, or as the one that waits for it."""
    from substrate import jobs
    from substrate.experiments import Watched, run_experiment

    watched = job or jobs.new_experiment(place, name, options.arguments())

    def work(progress: Watched) -> Path:
        return run_experiment(place, name, options, progress, resume=resume, out=out)

    return under_progress(place, watched, work, Watched, quiet=job is not None)


def train(
    card: Annotated[Path | None, typer.Argument(help="A recipe or card (YAML).")] = None,
    panel: Annotated[bool, typer.Option("--panel", help="Train every bundled recipe.")] = False,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the checkpoint.")] = False,
    data: Annotated[Path | None, typer.Option(help="Directory of CIFAR-10.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where weights and cards go.")] = None,
) -> None:
    """Train one encoder of the panel, or the whole panel, again."""
    from substrate.zoo.train import train as train_encoders

    raise typer.Exit(
        train_encoders(card, panel=panel, device=device, resume=resume, data=data, out=out)
    )


def evaluate(
    names: Annotated[list[str] | None, typer.Argument(help="Names; all without.")] = None,
    bundled: Annotated[bool, typer.Option("--bundled", help="The bundled encoders.")] = True,
    data: Annotated[Path | None, typer.Option(help="Directory of CIFAR-10.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    as_json: AsJson = False,
) -> None:
    """Measure the bundled encoders again and compare with their cards."""
    from substrate.zoo.evaluate import report as evaluate_cards

    raise typer.Exit(
        evaluate_cards(data=data, device=device, as_json=as_json, names=tuple(names or ()))
    )
