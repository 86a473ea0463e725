"""The commands about the inside of networks: their weights, their units, maps between them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from substrate.commands.shared import (
    DONE,
    AsJson,
    DomainName,
    First,
    Roots,
    RunId,
    Second,
    StorePath,
    StudyPath,
    run_asked_for,
    sentences,
    store_at,
    under_progress,
    use_all_cores,
    write_line,
)


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
        str | None,
        typer.Option(
            help="Architecture of weights files, with --images: a bundled encoder or kind (vgg, "
            "resnet …), or timm's name."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of draws and random bases.", min=0)] = 0,
    first: Annotated[str | None, typer.Option(help="Encoder A of a study, to be aligned.")] = None,
    second: Annotated[str | None, typer.Option(help="Encoder B of the study.")] = None,
    store: StorePath = None,
    root: Roots = None,
    as_json: AsJson = False,
    run_id: RunId = None,
    job: Annotated[str | None, typer.Option(hidden=True)] = None,
) -> None:
    """Say what is learned in each layer's weights: above noise, in rank, and in spatial filters.

    With --images the weights of two networks of one architecture are compared, through the
    alignment of what each layer sees. Of a study file the weights of its panel are read; with
    --first and --second those of two of its encoders are compared through the study's images. The
    study is run first where it has not been.
    """
    import json

    with sentences():
        if (first is None) != (second is None):
            raise ValueError("Two encoders are aligned: give both --first and --second.")
    if first is not None and second is not None and (run_id or networks):
        study = Path(networks[0]) if networks else None
        run = run_asked_for(study, store, root, run_id)
        raise typer.Exit(_aligned_of_run(run, first, second, store_at(store), job, as_json=as_json))
    if not networks:
        with sentences():
            raise ValueError("Name a network or a study; or a --run with --first and --second.")
        return
    if networks[0].endswith((".yaml", ".yml")):
        _weights_of_study(networks, store, root, as_json=as_json)
        return

    from substrate.files.layers import read_layers
    from substrate.files.weights import lines, report

    with sentences():
        _require_different(networks, images, arch)
        agreement = report({name: read_layers(_weights_of(name)) for name in networks}, seed=seed)
        text = list(lines(agreement))
        if images is not None:
            agreement["aligned"], more = _aligned(networks, images, arch, seed)
            text += ["", *more]
    sys.stdout.write(f"{json.dumps(agreement, indent=1)}\n" if as_json else "\n".join(text) + "\n")


def _require_different(networks: list[str], images: Path | None, arch: str | None) -> None:
    """Refuse a network that is named twice where it is not aligned, and --arch without images."""
    if images is not None:
        return
    if arch is not None:
        raise ValueError("--arch is asked for where two networks see images: give --images too.")
    names: dict[Path, str] = {}
    for name in networks:
        path = _weights_of(name).resolve()
        if path in names:
            raise ValueError(
                f"{names[path]} and {name} are one file, and its filters agree with themselves: "
                "name another network, or this one once."
            )
        names[path] = name


def _weights_of_study(
    networks: list[str], store: Path | None, root: list[Path] | None, *, as_json: bool
) -> None:
    import json

    from substrate.exhibits.weights.command import of_study, study_lines

    with sentences():
        if len(networks) > 1:
            raise ValueError("One study file is read at a time, without further networks.")
    run = run_asked_for(Path(networks[0]), store, root, None)
    with sentences():
        study = of_study(run)
    text = json.dumps(study, indent=1) if as_json else "\n".join(study_lines(study))
    sys.stdout.write(f"{text}\n")


def _aligned(
    networks: list[str], images: Path, arch: str | None, seed: int
) -> tuple[dict[str, Any], list[str]]:
    """Compare two networks' weights through their inputs; return the numbers and the lines."""
    from substrate.analyses.weights.command import aligned_lines
    from substrate.paired.weights import aligned_networks

    use_all_cores()
    alignments = aligned_networks(
        networks, images, arch, seed=seed, progress=lambda what: write_line("aligning", "dim", what)
    )
    return alignments, list(aligned_lines(alignments))


def _aligned_of_run(
    run: Any, first: str, second: str, place: Any, job: str | None, *, as_json: bool
) -> int:
    """Align two encoders of a run under a job's progress, and print the layers."""
    import json

    from substrate import jobs
    from substrate.analyses.weights.alignable import aligned_params
    from substrate.analyses.weights.command import aligned_lines, aligned_of
    from substrate.paired.weights import read_weights_along
    from substrate.progress import Progress

    with sentences():
        if lost := [name for name in (first, second) if name not in run.encoders]:
            raise ValueError(f"The study has no encoder {lost[0]!r}: {', '.join(run.encoders)}.")
        job = jobs.require_job(place, job) if job else jobs.new_weights(place, "Weights", ())
    alignments: list[dict[str, Any]] = []

    def work(progress: Progress) -> str:
        use_all_cores()
        result = read_weights_along(run, aligned_params(run, first, second), progress)
        alignments.append(aligned_of(result, "photographs"))
        return str(run.run_id)

    code = under_progress(place, job, work, Progress, quiet=False, announce=False)
    if code == DONE:
        text = (
            json.dumps(alignments[0], indent=1)
            if as_json
            else "\n".join(aligned_lines(alignments[0]))
        )
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
        hint = f" Near names: {', '.join(near)}." if near else ""
        raise ValueError(
            f"There is no bundled encoder {name!r}.{hint} A file of weights ends in .safetensors."
        )
    return bundled[name]


def maps(
    study: StudyPath = None,
    first: First = None,
    second: Second = None,
    first_layer: Annotated[
        str | None, typer.Option(help="(default: the last pooled layer of A).")
    ] = None,
    second_layer: Annotated[
        str | None, typer.Option(help="(default: the last pooled layer of B).")
    ] = None,
    domain: DomainName = None,
    everyone: Annotated[
        bool, typer.Option("--all", help="Who predicts whom, over the whole panel.")
    ] = False,
    ensemble: Annotated[
        bool, typer.Option("--ensemble", help="What the panel classifies in a shared space.")
    ] = False,
    store: StorePath = None,
    root: Roots = None,
    as_json: AsJson = False,
    run_id: RunId = None,
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

    run = run_asked_for(study, store, root, run_id)
    if everyone and ensemble:
        raise typer.BadParameter("--all and --ensemble are two questions; choose one.")
    plain: Any
    with sentences():
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


def units(
    study: StudyPath = None,
    first: First = None,
    second: Second = None,
    first_layer: Annotated[
        str | None, typer.Option(help="(default: the first layer of A).")
    ] = None,
    second_layer: Annotated[
        str | None, typer.Option(help="(default: the first layer of B).")
    ] = None,
    domain: DomainName = None,
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
    as_json: AsJson = False,
    run_id: RunId = None,
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

    place = store_at(store)
    run = run_asked_for(study, store, root, run_id)
    with sentences():
        wanted = Wanted(first, first_layer, second, second_layer, domain)
        params = place_of(run, wanted)
        job = jobs.require_job(place, job) if job else jobs.new_units(place, "Units", ())
    printed: list[Any] = []

    def work(progress: Progress) -> str:
        use_all_cores()
        if copies:
            compared = compare_copies(run, first, first_layer, params.domain, progress)
            printed.append((copies_as_plain(compared), copies_lines(compared, run)))
        elif depth:
            result = compare_depth(run, params, progress)
            printed.append((depth_as_plain(result), depth_lines(result, run)))
        else:
            both = compare(run, params, progress, absolute=absolute, information=information)
            printed.append((as_plain(both), lines(both)))
        return run.run_id

    code = under_progress(place, job, work, Progress, quiet=False, announce=False)
    if code == DONE:
        plain, written = printed[0]
        text = json.dumps(plain, indent=1) if as_json else "\n".join(written)
        sys.stdout.write(f"{text}\n")
    raise typer.Exit(code)
