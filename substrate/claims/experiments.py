"""The claims about experiments: their stored repeats, read from data/results, as quantities."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int
from scipy import stats

from substrate.analyses.experiment_distill import ARMS, MIN_SEEDS, DistillRepeat
from substrate.analyses.experiment_modality import ALL, PANEL, UNTRAINED
from substrate.analyses.experiments import read_results
from substrate.analyses.replicates import Replicates, independent
from substrate.nulls import MIN_GROUPS

SHARES = (0.01, 0.1, 0.5, 1.0)


def not_run(name: str) -> str:
    """Say how a result that is not there is made."""
    return f"Not measured: run `python -m substrate experiment {name}`."


def distill(results: Path | None = None) -> Replicates | str:
    """Return the mean accuracy of every arm and share of labels, without each seed."""
    file = read_results("distill", results)
    if file is None:
        return not_run("distill")
    cells = _cells(file.repeats)
    quantities = tuple(f"{arm} {share}" for share in ("all", *map(_short, SHARES)) for arm in ARMS)
    seeds = sorted({r.seed for r in file.repeats})

    def table(kept: Int[np.ndarray, " k"]) -> Float[np.ndarray, "s q"]:
        chosen = {seeds[i] for i in kept}
        return np.array([[_mean(cells.get(q, {}), chosen) for q in quantities]])

    every = np.arange(len(seeds))
    reason = ""
    if len(seeds) < MIN_SEEDS:
        reason = f"{len(seeds)} seeds, and at least {MIN_SEEDS} are needed."
    return Replicates(
        settings=("as run",),
        quantities=quantities,
        whole=table(every),
        left_out=() if reason else (np.array([table(every[every != i]) for i in every]),),
        unit="seeds",
        units=len(seeds),
        counted=f"{len(seeds)} seeds; {file.configuration['test_images']:,} test images",
        reason=reason,
        missing={
            f" {_short(s)}": f"It was not run with {100 * s:g} % of the labels." for s in SHARES
        },
    )


def _short(share: float) -> str:
    return f"{share:g}"


def _cells(repeats: tuple[DistillRepeat, ...]) -> dict[str, dict[int, float]]:
    """Return the accuracy by arm and share, then by seed; "all" averages over the shares."""
    found: dict[str, dict[int, float]] = {}
    together: dict[str, dict[int, list[float]]] = {}
    for r in repeats:
        found.setdefault(f"{r.arm} {_short(r.fraction)}", {})[r.seed] = r.accuracy
        together.setdefault(f"{r.arm} all", {}).setdefault(r.seed, []).append(r.accuracy)
    means = {k: {s: float(np.mean(v)) for s, v in each.items()} for k, each in together.items()}
    return found | means


def _mean(by_seed: Mapping[int, float], chosen: set[int]) -> float:
    """Average over the chosen seeds; NaN unless every one of them was run."""
    if not chosen or not chosen <= set(by_seed):
        return float("nan")
    return float(np.mean([by_seed[s] for s in chosen]))


def modality(results: Path | None = None) -> Replicates | str:
    """Return the agreement of image and text features, and of the untrained control."""
    file = read_results("modality", results)
    if file is None:
        return not_run("modality")
    rows = {r.kind: r for r in file.repeats if r.scope == ALL and r.kind in (PANEL, UNTRAINED)}
    panel, twin = rows.get(PANEL), rows.get(UNTRAINED)
    if panel is None:
        return f"The panel is missing from its results. {not_run('modality')}"
    values = np.array([panel.value, twin.value if twin else np.nan, panel.null_mean])
    reason = panel.reason
    left_out: tuple[np.ndarray, ...] = ()
    if not reason and panel.photographs < MIN_GROUPS:
        reason = f"{panel.photographs} photographs, and at least {MIN_GROUPS} are needed."
    if not reason and panel.low is not None and panel.high is not None:
        df = panel.photographs - 1
        left_out = independent(values, _errors((panel, twin), df), df)
    return Replicates(
        settings=("all photographs",),
        quantities=("panel", "untrained", "null"),
        whole=values[None],
        left_out=left_out,
        unit="photographs",
        units=panel.photographs,
        counted=f"{panel.tiles} tiles of {panel.photographs} photographs",
        reason=reason,
        missing={"untrained": "Untrained twins took no part in the experiment."},
    )


def _errors(rows: tuple, df: int) -> Float[np.ndarray, " q"]:
    """Return standard errors of the panel and its twin; the null's mean counts as exact."""
    reach = float(stats.t.ppf(0.975, df))
    out = [
        0.0 if r is None or r.low is None else (r.high - r.low) / (2 * reach) for r in rows
    ]  # fmt: skip
    return np.array([*out, 0.0])
