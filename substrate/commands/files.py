"""The commands that need no study: scores of files, theory, the list of metrics."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from substrate.commands.shared import AsJson, sentences


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
    as_json: AsJson = False,
) -> None:
    """Print every metric, or those named, for two arrays (samples, units) given as files."""
    import json

    from substrate.files.metrics import (
        metric_named,
        score_files,
        score_lines,
    )

    with sentences():
        for key in metric or ():
            metric_named(key)
        scores = score_files(x, y, metric or (), null=null, groups=groups, seed=seed)
    text = json.dumps(scores, indent=1) if as_json else "\n".join(score_lines(scores))
    sys.stdout.write(f"{text}\n")


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
    as_json: AsJson = False,
) -> None:
    """Say how far noise and sample size alone explain that two students agree.

    Students are linear; their training sets differ in the noise of the labels only.
    """
    import json

    from substrate.files.metrics import metric_named
    from substrate.files.theory import lines, report

    with sentences():
        curves = report(
            dimension=dimension,
            outputs=outputs,
            snrs=tuple(snr or ()),
            ridge=ridge,
            metric=None if metric is None else metric_named(metric),
            draws=draws,
            seed=seed,
        )
    sys.stdout.write(
        f"{json.dumps(curves, indent=1) if as_json else chr(10).join(lines(curves))}\n"
    )


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
    as_json: AsJson = False,
) -> None:
    """Print every transfer score of features and labels, and what a probe reaches with them."""
    import json

    from substrate.files.transfer import transfer_files

    with sentences():
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


def docs() -> None:
    """Write docs/metrics.md again from the registry."""
    from substrate.numerics.metrics import METRICS
    from substrate.numerics.metrics.support.document import metrics_page
    from substrate.shipped import shipped
    from substrate.store import write_text

    path = shipped("docs", "metrics.md")
    with sentences():
        if not path.parent.is_dir():
            raise ValueError(
                "There is no docs/metrics.md beside an installed package; make it in a checkout of "
                "the repository."
            )
    write_text(path, metrics_page(METRICS))
    sys.stdout.write(f"{path}\n")
