"""The commands of `python -m substrate`: results on stdout, everything else on stderr."""

from __future__ import annotations

import ctypes
import io
import os
import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.text import Text

DONE, BAD_INPUT, CANCELLED, FAILED = 0, 2, 3, 4

#: glibc's M_ARENA_MAX, M_MMAP_THRESHOLD, M_TRIM_THRESHOLD and M_TOP_PAD (malloc.h); bytes but for
#: the first.
MALLOC = {-8: 1, -3: 2**30, -1: 2**31 - 1, -2: 2**26}

app = typer.Typer(
    name="substrate",
    help="Compare vision encoders: what they share, and what only looks shared.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
errors = Console(stderr=True, highlight=False)

StudyPath = Annotated[
    Path | None, typer.Argument(help="A study file [default: examples/default.yaml].")
]
StorePath = Annotated[
    Path | None, typer.Option("--store", help="Directory of results [default: user cache].")
]
Roots = Annotated[
    list[Path] | None,
    typer.Option(
        "--root",
        help="A folder in which a study's images and weights may lie; repeatable "
        "[default: SUBSTRATE_ROOTS, else the current one and the study's own].",
    ),
]


@contextmanager
def _sentences() -> Iterator[None]:
    """Turn the program's own errors into one sentence on stderr and an exit code."""
    try:
        yield
    except ValueError as error:
        _say("error", "red", error)
        raise typer.Exit(BAD_INPUT) from error


def _say(word: str, colour: str, message: object) -> None:
    """Write one line to stderr; nothing in the message is markup or steers the terminal."""
    from substrate.inputs.untrusted import printable

    line = " ".join(str(message).split("\n"))
    errors.print(Text.assemble((f"{word}: ", colour), printable(line)), soft_wrap=True)


def _read_study(given: Path | None, roots: list[Path] | None) -> Any:
    """Read a study file, the folders named in which its images and weights may lie."""
    from substrate import catalogue

    path = given or catalogue.DEFAULT_STUDY
    _name_roots(roots, path.absolute().parent)
    return catalogue.read_study(path)


def _name_roots(given: list[Path] | None, *otherwise: Path) -> None:
    """Name the roots: those given, else those of the environment, else here and ``otherwise``."""
    from substrate.inputs.roots import name_roots, named

    if given or not named():
        name_roots(given or (Path.cwd(), *otherwise))


def _store(path: Path | None) -> Any:
    from substrate.store import Store, default_root

    return Store(path.expanduser() if path else default_root())


@app.callback()
def _group() -> None:
    """Compare vision encoders: what they share, and what only looks shared."""


@app.command()
def run(
    study: StudyPath = None,
    store: StorePath = None,
    root: Roots = None,
    job: Annotated[str | None, typer.Option(hidden=True)] = None,
) -> None:
    """Run a study: extract features, compute every page's default figures, print the run's id."""
    from substrate import jobs

    with _sentences():
        place = _store(store)
        config = _read_study(study, root)
        name = jobs.known(place, job) if job else jobs.new_job(place, config)
    raise typer.Exit(_run(place, config, name, quiet=job is not None))


def _run(place: Any, config: Any, job: str, *, quiet: bool, announce: bool = True) -> int:
    from substrate.progress import Progress

    def work(progress: Progress) -> str:
        from substrate.pipeline import Pipeline

        _use_all_cores()
        return Pipeline(config, place, progress, _warn).run()

    return _watched(place, job, work, Progress, quiet=quiet, announce=announce)


def _watched(
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
            _say("error", "red", error)
            return BAD_INPUT
        except (OSError, MemoryError, RuntimeError, ArithmeticError) as error:
            progress.close("failed", f"The run failed: {type(error).__name__}: {error}")
            errors.print_exception()
            return FAILED
        progress.close("done")
    if announce:
        sys.stdout.write(f"{outcome}\n")
    return DONE


@app.command()
def dashboard(
    port: Annotated[int, typer.Option(help="The port of this machine.", min=1, max=65535)] = 8501,
    store: StorePath = None,
    root: Roots = None,
) -> None:
    """Serve the dashboard on http://127.0.0.1 until it is stopped."""
    from substrate.shipped import shipped

    script = shipped("app.py")
    with _sentences():
        if not script.is_file():
            raise ValueError(f"{script} is missing: install the package again, or clone it anew.")
        if root:
            _name_roots(root)
        if store:
            os.environ["SUBSTRATE_STORE"] = str(store.expanduser().absolute())
    # -P: a file of the present folder may bear the name of a module.
    line = ["-P", "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    os.execv(sys.executable, [sys.executable, *line])


@app.command()
def experiment(
    name: Annotated[
        str,
        typer.Argument(
            help="distill, modality, emergence, panel, stitching, weights, students or all."
        ),
    ],
    resume: Annotated[bool, typer.Option("--resume", help="Keep what is finished.")] = False,
    out: Annotated[
        Path | None,
        typer.Option(help="[default: where the Experiments page reads it]; a folder with all."),
    ] = None,
    store: StorePath = None,
    device: Annotated[str | None, typer.Option(help="distill: auto, cpu or cuda.")] = None,
    data: Annotated[
        Path | None, typer.Option(help="distill, stitching: directory of CIFAR-10.")
    ] = None,
    seeds: Annotated[
        int | None, typer.Option(help="distill: students per arm; students: training sets.")
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
    from substrate.experiments import ALL, Options, known, shipped_options

    with _sentences():
        options = Options(
            device,
            data,
            seeds,
            steps,
            _several(fraction),
            text,
            images,
            _several(domain),
            _several(encoder),
        )
        everything = name == ALL
        asked = shipped_options(options) if everything else {known(name): options}
        place = _store(store)
        _name_roots(root, *([images.absolute()] if images else ()))
        if job:
            jobs.known(place, job)
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

    return _watched(place, watched, work, Watched, quiet=job is not None)


def _several(values: list[Any] | None) -> tuple[Any, ...] | None:
    return tuple(values) if values else None


@app.command()
def score(
    x: Annotated[Path, typer.Argument(help=".npy, .npz, .safetensors or .parquet.")],
    y: Annotated[Path, typer.Argument(help="The same samples, in the same order.")],
    metric: Annotated[list[str] | None, typer.Option(help="A metric's key; repeatable.")] = None,
    null: Annotated[int, typer.Option(help="Permutations of the null; 0 for none.", min=0)] = 0,
    groups: Annotated[
        Path | None,
        typer.Option(
            help="A .npy of one group per sample: permuted as a whole, its pairs left out."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the permutations.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print every metric, or those named, for two arrays (samples, units) given as files."""
    import json

    from substrate.files.metrics import (
        metric_named,
        score_files,
        score_lines,
    )

    with _sentences():
        for key in metric or ():
            metric_named(key)
        scores = score_files(x, y, metric or (), null=null, groups=groups, seed=seed)
    text = json.dumps(scores, indent=1) if as_json else "\n".join(score_lines(scores))
    sys.stdout.write(f"{text}\n")


@app.command()
def weights(
    networks: Annotated[
        list[str] | None,
        typer.Argument(help="A .safetensors file, a bundled encoder's name, or one study file."),
    ] = None,
    images: Annotated[
        Path | None,
        typer.Option(help="A folder of images that two networks see, to align their inputs."),
    ] = None,
    arch: Annotated[
        str | None, typer.Option(help="The timm architecture of weights files, with --images.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of draws and random bases.", min=0)] = 0,
    first: Annotated[str | None, typer.Option(help="Encoder A of a study, to be aligned.")] = None,
    second: Annotated[str | None, typer.Option(help="Encoder B of the study.")] = None,
    store: StorePath = None,
    root: Roots = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    run_id: Annotated[
        str | None, typer.Option("--run", help="A finished run, instead of a study.")
    ] = None,
    job: Annotated[str | None, typer.Option(hidden=True)] = None,
) -> None:
    """Say what is learned in each layer's weights: above noise, in rank, and in spatial filters.

    With --images the weights of two networks of one architecture are compared, through the
    alignment of what each layer sees. Of a study file the weights of its panel are read; with
    --first and --second those of two of its encoders are compared through the study's images. The
    study is run first where it has not been.
    """
    import json

    with _sentences():
        if (first is None) != (second is None):
            raise ValueError("Two encoders are aligned: give both --first and --second.")
    if first is not None and second is not None and (run_id or networks):
        study = Path(networks[0]) if networks else None
        run = _asked_for(study, store, root, run_id)
        raise typer.Exit(_aligned_of_run(run, first, second, _store(store), job, as_json=as_json))
    if not networks:
        with _sentences():
            raise ValueError("Name a network or a study; or a --run with --first and --second.")
        return
    if networks[0].endswith((".yaml", ".yml")):
        _weights_of_study(networks, store, root, as_json=as_json)
        return

    from substrate.files.weights import lines, read_layers, report

    with _sentences():
        found = report({name: read_layers(_weights_of(name)) for name in networks}, seed=seed)
        text = list(lines(found))
        if images is not None:
            found["aligned"], more = _aligned(networks, images, arch, seed)
            text += ["", *more]
    sys.stdout.write(f"{json.dumps(found, indent=1)}\n" if as_json else "\n".join(text) + "\n")


def _weights_of_study(
    networks: list[str], store: Path | None, root: list[Path] | None, *, as_json: bool
) -> None:
    import json

    from substrate.analyses.weights.command import of_study, study_lines

    with _sentences():
        if len(networks) > 1:
            raise ValueError("One study file is read at a time, without further networks.")
    run = _asked_for(Path(networks[0]), store, root, None)
    with _sentences():
        found = of_study(run)
    text = json.dumps(found, indent=1) if as_json else "\n".join(study_lines(found))
    sys.stdout.write(f"{text}\n")


def _aligned(
    networks: list[str], images: Path, arch: str | None, seed: int
) -> tuple[dict[str, Any], list[str]]:
    """Compare two networks' weights through their inputs; return the numbers and the lines."""
    from substrate.paired.weights import aligned_networks, lines

    _use_all_cores()
    found = aligned_networks(
        networks, images, arch, seed=seed, progress=lambda what: _say("", "dim", what)
    )
    return found, list(lines(found))


def _aligned_of_run(
    run: Any, first: str, second: str, place: Any, job: str | None, *, as_json: bool
) -> int:
    """Align two encoders of a run under a job's progress, and print the layers."""
    import json

    from substrate import jobs
    from substrate.analyses.weights.aligned import aligned_params
    from substrate.paired.weights import aligned_of, lines, read_weights_along
    from substrate.progress import Progress

    with _sentences():
        if lost := [name for name in (first, second) if name not in run.encoders]:
            raise ValueError(f"The study has no encoder {lost[0]!r}: {', '.join(run.encoders)}.")
        job = jobs.known(place, job) if job else jobs.new_weights(place, "Weights", ())
    found: list[dict[str, Any]] = []

    def work(progress: Progress) -> str:
        _use_all_cores()
        result = read_weights_along(run, aligned_params(run, first, second), progress)
        found.append(aligned_of(result, "photographs"))
        return str(run.run_id)

    code = _watched(place, job, work, Progress, quiet=False, announce=False)
    if code == DONE:
        text = json.dumps(found[0], indent=1) if as_json else "\n".join(lines(found[0]))
        sys.stdout.write(f"{text}\n")
    return code


def _weights_of(name: str) -> Path:
    """Return the file of a bundled encoder, or the file that is named itself."""
    import difflib

    from substrate.shipped import shipped

    if name.endswith(".safetensors"):
        return Path(name)
    bundled = {path.stem: path for path in shipped("data", "encoders").glob("*.safetensors")}
    if name not in bundled:
        near = difflib.get_close_matches(name, bundled, n=3, cutoff=0.3)
        raise ValueError(
            f"There is no bundled encoder {name!r}. Near names: {', '.join(near)}. A file ends in "
            ".safetensors."
        )
    return bundled[name]


@app.command()
def theory(
    dimension: Annotated[int, typer.Option(help="Dimensions of the inputs.", min=2)] = 60,
    outputs: Annotated[int, typer.Option(help="Outputs of a student.", min=1)] = 8,
    snr: Annotated[
        list[float] | None,
        typer.Option(help="Signal-to-noise ratio of the labels; repeat it for several."),
    ] = None,
    ridge: Annotated[float, typer.Option(help="Ridge of the students; 0 is least squares.")] = 0.0,
    metric: Annotated[
        str | None, typer.Option(help="A metric's key, which compares their outputs.")
    ] = None,
    draws: Annotated[int, typer.Option(help="Training sets at each point.", min=1)] = 40,
    seed: Annotated[int, typer.Option(help="Seed of the training sets.", min=0)] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say how far noise and sample size alone explain that two students agree.

    Students are linear; their training sets differ in the noise of the labels only.
    """
    import json

    from substrate.files.metrics import metric_named
    from substrate.files.theory import lines, report

    with _sentences():
        found = report(
            dimension=dimension,
            outputs=outputs,
            snrs=tuple(snr or ()),
            ridge=ridge,
            metric=None if metric is None else metric_named(metric),
            draws=draws,
            seed=seed,
        )
    sys.stdout.write(f"{json.dumps(found, indent=1) if as_json else chr(10).join(lines(found))}\n")


@app.command()
def transfer(
    features: Annotated[Path, typer.Argument(help=".npy, .npz, .safetensors or .parquet.")],
    labels: Annotated[Path, typer.Argument(help="A .npy of one class per sample.")],
    groups: Annotated[
        Path | None, typer.Option(help="A .npy of one group per sample, never fitted and tested.")
    ] = None,
    logits: Annotated[
        Path | None, typer.Option(help="The encoder's own classifier, for LEEP and NCE.")
    ] = None,
    other: Annotated[
        list[Path] | None,
        typer.Option(help="Another encoder's features, for the consensus; repeatable."),
    ] = None,
    untrained: Annotated[
        Path | None, typer.Option(help="Features of the untrained twin, for its accuracy.")
    ] = None,
    parameters: Annotated[
        int | None, typer.Option(help="Number of weights, for the ranking by size.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the folds.", min=0)] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print every transfer score of features and labels, and what a probe reaches with them."""
    import json

    from substrate.files.transfer import transfer_files

    with _sentences():
        scores = transfer_files(
            features,
            labels,
            groups=groups,
            logits=logits,
            others=tuple(other or ()),
            untrained=untrained,
            parameters=parameters,
            seed=seed,
        )
    text = json.dumps(scores, indent=1) if as_json else "\n".join(_lines(scores))
    sys.stdout.write(f"{text}\n")


def _lines(scores: Any, prefix: str = "") -> Iterator[str]:
    """Yield one line per number of a nested mapping."""
    for name, value in scores.items():
        path = f"{prefix}{name}"
        if isinstance(value, dict):
            yield from _lines(value, f"{path}.")
        else:
            yield f"{path:<42} {_shown(value)}"


def _shown(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(v, float) for v in value):
        return f"[{', '.join(f'{v:.6f}' for v in value)}]"
    return f"{value:.6f}" if isinstance(value, float) else str(value)


@app.command()
def docs() -> None:
    """Write docs/metrics.md again from the registry."""
    from substrate.numerics.metrics import METRICS
    from substrate.numerics.metrics.document import metrics_page
    from substrate.shipped import shipped
    from substrate.store import write_text

    path = shipped("docs", "metrics.md")
    with _sentences():
        if not path.parent.is_dir():
            raise ValueError(
                "There is no docs/metrics.md beside an installed package; make it in a checkout of "
                "the repository."
            )
    write_text(path, metrics_page(METRICS))
    sys.stdout.write(f"{path}\n")


@app.command()
def gallery(store: StorePath = None) -> None:
    """Make the shipped run again: the default study on packaged images, its results alone."""
    import tempfile

    from substrate import jobs
    from substrate.gallery.make import gallery_study, write_archive
    from substrate.gallery.shown import ARCHIVE
    from substrate.runs import open_run
    from substrate.shipped import INSTALLED

    with tempfile.TemporaryDirectory() as scratch, _sentences():
        if INSTALLED:
            raise ValueError(
                "The shipped run is part of the installed package; make it in a checkout of the "
                "repository."
            )
        place = _store(store or Path(scratch))
        config = gallery_study()
        job = jobs.new_job(place, config)
        code = _run(place, config, job, quiet=False, announce=False)
        if code != DONE:
            raise typer.Exit(code)
        status = jobs.read_status(place, job)
        path = write_archive(open_run(place, status.run_id if status else ""), ARCHIVE)
    sys.stdout.write(f"{path}\n")


def _asked_for(
    study: Path | None, store: Path | None, root: list[Path] | None, run_id: str | None
) -> Any:
    """Open the run of this id, or that of a study, which is run first where it has not been."""
    from substrate.runs import open_run

    if run_id is None:
        return _finished(study, store, root)
    _name_roots(root)
    with _sentences():
        return open_run(_store(store), run_id)


def _finished(study: Path | None, store: Path | None, root: list[Path] | None) -> Any:
    """Run a study as far as it is not in the store yet, and open its run."""
    from substrate import jobs
    from substrate.runs import open_run

    with _sentences():
        place = _store(store)
        config = _read_study(study, root)
        job = jobs.new_job(place, config)
    code = _run(place, config, job, quiet=False, announce=False)
    if code != DONE:
        raise typer.Exit(code)
    status = jobs.read_status(place, job)
    with _sentences():
        return open_run(place, status.run_id if status else "")


@app.command()
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

    with _sentences():
        if html is None and figures is None:
            raise ValueError("Name a file with --html, a folder with --figures, or both.")
    run = _finished(study, store, root)
    with _sentences():
        if html is not None:
            write_report(run, html, theme="dark" if dark else "light", every=every)
            sys.stdout.write(f"{html}\n")
        if figures is not None:
            written = write_figures(run, figures, every=every)
            sys.stdout.write("".join(f"{path}\n" for path in written))


@app.command()
def claims(
    study: StudyPath = None,
    store: StorePath = None,
    root: Roots = None,
    settings: Annotated[
        bool, typer.Option("--settings", help="Try every further setting of the switches too.")
    ] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
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

    with _sentences():
        known = register()
    run = _finished(study, store, root)
    with _sentences():
        result = fill(run, known, settings=settings, say=_warn)
    if as_json:
        text = json.dumps(plain(result, known), indent=1, allow_nan=False)
    else:
        text = inert(ledger_table(result, known)).to_csv(index=False) if as_csv else lines(result)
    sys.stdout.write(f"{text.rstrip()}\n")


@app.command()
def maps(
    study: StudyPath = None,
    first: Annotated[str | None, typer.Option(help="Encoder A [default: the first].")] = None,
    second: Annotated[str | None, typer.Option(help="Encoder B [default: the second].")] = None,
    first_layer: Annotated[
        str | None, typer.Option(help="[default: the last pooled layer of A].")
    ] = None,
    second_layer: Annotated[
        str | None, typer.Option(help="[default: the last pooled layer of B].")
    ] = None,
    domain: Annotated[str | None, typer.Option(help="[default: that of most photographs].")] = None,
    everyone: Annotated[
        bool, typer.Option("--all", help="Who predicts whom, over the whole panel.")
    ] = False,
    ensemble: Annotated[
        bool, typer.Option("--ensemble", help="What the panel classifies in a shared space.")
    ] = False,
    store: StorePath = None,
    root: Roots = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    run_id: Annotated[
        str | None, typer.Option("--run", help="A finished run, instead of a study.")
    ] = None,
) -> None:
    """Say how well two encoders predict each other, and what freedom the map needs.

    The study is run first where it has not been. Without --all or --ensemble both directions of
    one pair; --ensemble asks whether encoders classify better together, on a domain with labels.
    """
    import json

    from substrate.analyses.maps import command, consensus_command
    from substrate.analyses.maps.consensus import MAPS_CONSENSUS
    from substrate.analyses.maps.matrix import MAPS_MATRIX, matrix_params
    from substrate.analyses.maps.pair import MAPS
    from substrate.analyses.spec import obtain

    run = _asked_for(study, store, root, run_id)
    if everyone and ensemble:
        raise typer.BadParameter("--all and --ensemble are two questions; choose one.")
    plain: Any
    with _sentences():
        if ensemble:
            asked = consensus_command.ensemble_params(run, domain)
            together = obtain(MAPS_CONSENSUS, run, asked)
            plain = consensus_command.ensemble_as_plain(together)
            lines = consensus_command.ensemble_lines(together)
        elif everyone:
            shown = command.domain_of(run, domain)
            result = obtain(MAPS_MATRIX, run, matrix_params(run, run.panel, shown))
            plain, lines = command.matrix_as_plain(result), command.matrix_lines(result)
        else:
            params = command.pair_params(run, first, first_layer, second, second_layer, domain)
            result = obtain(MAPS, run, params)
            plain, lines = command.pair_as_plain(result), command.pair_lines(result)
    text = json.dumps(plain, indent=1, allow_nan=False) if as_json else "\n".join(lines)
    sys.stdout.write(f"{text}\n")


@app.command()
def units(
    study: StudyPath = None,
    first: Annotated[str | None, typer.Option(help="Encoder A [default: the first].")] = None,
    second: Annotated[str | None, typer.Option(help="Encoder B [default: the second].")] = None,
    first_layer: Annotated[
        str | None, typer.Option(help="[default: the first layer of A].")
    ] = None,
    second_layer: Annotated[
        str | None, typer.Option(help="[default: the first layer of B].")
    ] = None,
    domain: Annotated[str | None, typer.Option(help="[default: that of most photographs].")] = None,
    absolute: Annotated[
        bool, typer.Option("--absolute", help="A unit and its negative go together.")
    ] = False,
    information: Annotated[
        bool, typer.Option("--information", help="Match by mutual information as well.")
    ] = False,
    depth: Annotated[
        bool, typer.Option("--depth", help="Compare all layers of both, from first to last.")
    ] = False,
    copies: Annotated[
        bool,
        typer.Option("--copies", help="All pairs of encoders of one architecture; of --first's."),
    ] = False,
    store: StorePath = None,
    root: Roots = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    run_id: Annotated[
        str | None, typer.Option("--run", help="A finished run, instead of a study.")
    ] = None,
    job: Annotated[str | None, typer.Option(hidden=True)] = None,
) -> None:
    """Match units of two encoders: both read the same images, side by side, with their nulls.

    The study is run first where it has not been. What is read stays in the store.
    """
    import json

    from substrate import jobs
    from substrate.paired.along_depth import compare_depth, depth_as_plain, depth_lines
    from substrate.paired.command import Wanted, compare, place_of
    from substrate.paired.copies import compare_copies, copies_as_plain, copies_lines
    from substrate.paired.printed import as_plain, lines
    from substrate.progress import Progress

    place = _store(store)
    run = _asked_for(study, store, root, run_id)
    with _sentences():
        wanted = Wanted(first, first_layer, second, second_layer, domain)
        params = place_of(run, wanted)
        job = jobs.known(place, job) if job else jobs.new_units(place, "Units", ())
    found: list[Any] = []

    def work(progress: Progress) -> str:
        _use_all_cores()
        if copies:
            each = compare_copies(run, first, first_layer, params.domain, progress)
            found.append((copies_as_plain(each), copies_lines(each, run)))
        elif depth:
            result = compare_depth(run, params, progress)
            found.append((depth_as_plain(result), depth_lines(result, run)))
        else:
            both = compare(run, params, progress, absolute=absolute, information=information)
            found.append((as_plain(both), lines(both)))
        return run.run_id

    code = _watched(place, job, work, Progress, quiet=False, announce=False)
    if code == DONE:
        plain, written = found[0]
        text = json.dumps(plain, indent=1) if as_json else "\n".join(written)
        sys.stdout.write(f"{text}\n")
    raise typer.Exit(code)


@app.command()
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


@app.command()
def evaluate(
    names: Annotated[list[str] | None, typer.Argument(help="Names; all without.")] = None,
    bundled: Annotated[bool, typer.Option("--bundled", help="The bundled encoders.")] = True,
    data: Annotated[Path | None, typer.Option(help="Directory of CIFAR-10.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Measure the bundled encoders again and compare with their cards."""
    from substrate.zoo.evaluate import report as evaluate_cards

    raise typer.Exit(
        evaluate_cards(data=data, device=device, as_json=as_json, names=tuple(names or ()))
    )


def _use_all_cores() -> None:
    import torch

    asked = os.environ.get("OMP_NUM_THREADS", "")  # whoever sets it means it
    torch.set_num_threads(int(asked) if asked.isdigit() and int(asked) else os.cpu_count() or 1)


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


def _warn(message: str) -> None:
    _say("note", "yellow", message)


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
