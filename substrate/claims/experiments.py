"""The claims about experiments: their stored repeats, read from data/results, as quantities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int
from scipy import stats

from substrate.analyses.claims.emergence import (
    NO_ACCURACY,
    QUANTITIES,
    at_share,
)
from substrate.analyses.experiments.catalogue import read_results
from substrate.analyses.experiments.distill import (
    ARMS,
    MIN_SEEDS,
    DistillRepeat,
)
from substrate.analyses.experiments.modality import (
    ALL,
    PANEL,
    UNTRAINED,
)
from substrate.analyses.shared.replicates import (
    Replicates,
    independent,
)
from substrate.numerics.nulls import MIN_GROUPS

NO_TWINS_THERE = "Untrained twins took no part in the experiment."
SHARES = (0.01, 0.1, 0.5, 1.0)
#: Epochs of all labels at which figures were published, and how far a run's may be from them.
EPOCHS, NEAR = (100, 200), 0.01
#: Images of CIFAR-10 that students of all labels learn from, and blocks of an interval.
TRAINING_IMAGES, BLOCKS = 50_000, 40


def not_run(name: str) -> str:
    """Say how a result that is not there is made."""
    return f"Not measured: run `python -m substrate experiment {name}`."


def distill(results: Path | None = None) -> Replicates | str:
    """Return the mean accuracy of every arm and share of labels, without each seed."""
    file = read_results("distill", results)
    if file is None:
        return not_run("distill")
    batch = int(file.configuration["batch"])
    cells = _cells(file.repeats) | _after_epochs(file.repeats, batch)
    names = ("all", *map(_short, SHARES), *map(_after, EPOCHS))
    quantities = tuple(f"{arm} {name}" for name in names for arm in ARMS)
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
        missing=_not_distilled(file.repeats, batch),
    )


def _not_distilled(repeats: Sequence[DistillRepeat], batch: int) -> dict[str, str]:
    most = max((_epochs(r, batch) for r in repeats if r.fraction == 1.0), default=0.0)
    seen = (
        f"All labels were seen for {most:.3g} epochs" if most else "It was not run with all labels"
    )
    steps = {e: round(e * TRAINING_IMAGES / batch) for e in EPOCHS}
    epochs = {
        _after(e): f"{seen}; {e} epochs of them are `--fractions 1 --steps {steps[e]}`."
        for e in EPOCHS
    }
    return epochs | {
        f" {_short(s)}": f"It was not run with {100 * s:g} % of the labels." for s in SHARES
    }


def _short(share: float) -> str:
    return f"{share:g}"


def _after(epochs: int) -> str:
    return f"1 after {epochs} epochs"


def _epochs(repeat: DistillRepeat, batch: int) -> float:
    return repeat.steps * batch / repeat.images


def _after_epochs(repeats: Sequence[DistillRepeat], batch: int) -> dict[str, dict[int, float]]:
    """Return the accuracies of students that saw all labels as often as a published figure's."""
    values: dict[str, dict[int, float]] = {}
    for r in repeats:
        for epochs in EPOCHS:
            if r.fraction == 1.0 and abs(_epochs(r, batch) / epochs - 1) <= NEAR:
                values.setdefault(f"{r.arm} {_after(epochs)}", {})[r.seed] = r.accuracy
    return values


def _cells(repeats: tuple[DistillRepeat, ...]) -> dict[str, dict[int, float]]:
    """Return the accuracy by arm and share, then by seed; "all" averages over the shares."""
    cells: dict[str, dict[int, float]] = {}
    together: dict[str, dict[int, list[float]]] = {}
    for r in repeats:
        cells.setdefault(f"{r.arm} {_short(r.fraction)}", {})[r.seed] = r.accuracy
        together.setdefault(f"{r.arm} all", {}).setdefault(r.seed, []).append(r.accuracy)
    means = {
        k: {s: float(np.mean(v)) for s, v in by_seed.items()} for k, by_seed in together.items()
    }
    return cells | means


def _mean(by_seed: Mapping[int, float], chosen: set[int]) -> float:
    """Average over the chosen seeds; NaN unless every one of them was run."""
    if not chosen or not chosen <= set(by_seed):
        return float("nan")
    return float(np.mean([by_seed[s] for s in chosen]))


def emergence(results: Path | None = None) -> Replicates | str:
    """Return a shipped training's alignment at its start, after a tenth and at its end.

    The supervised training on the domain of the most photographs that allows an interval. Steps
    are taken as if they varied independently, which makes intervals of their differences wide.
    """
    file = read_results("emergence", results)
    if file is None:
        return not_run("emergence")
    able = [r for r in file.repeats if not r.within and None not in (*r.low, *r.high)]
    if not able:
        return "None of the shipped trainings was read on ten photographs or more."
    chosen = max(able, key=lambda r: (r.paradigm == "supervised", r.photographs))
    values = _read(chosen.values, chosen.steps)
    shuffled = _read(chosen.null_mean, chosen.steps)
    twins = [v for v in chosen.untrained if v is not None]
    accuracy = _read(chosen.accuracy, chosen.steps)
    rises = accuracy[2] > accuracy[0]
    share = (accuracy[1] - accuracy[0]) / (accuracy[2] - accuracy[0]) if rises else float("nan")
    whole = np.array([*values, *shuffled, np.mean(twins) if twins else np.nan, share])
    counted = chosen.facts.partition(" · ")[0]  # "256 images of 14 writers"
    df = min(BLOCKS, chosen.photographs) - 1
    reach = float(stats.t.ppf(0.975, df))
    errors = np.zeros(len(whole))
    errors[:3] = (_read(chosen.high, chosen.steps) - _read(chosen.low, chosen.steps)) / (2 * reach)
    draws = np.repeat(whole[None, None], len(twins), axis=0)
    draws[:, 0, QUANTITIES.index("untrained")] = twins
    return Replicates(
        settings=(f"{chosen.encoder}, {chosen.domain}, {chosen.metric}",),
        quantities=QUANTITIES,
        whole=whole[None],
        left_out=independent(whole, errors, df),
        draws=draws,
        unit=counted.split()[-1],
        units=chosen.photographs,
        have={"encoders": len(chosen.members) + 1, "draws": len(twins)},
        counted=f"{chosen.domain_title}: {counted}; the shipped training "
        f"of {chosen.title}, {len(chosen.steps)} checkpoints",
        reason="",
        missing={
            "untrained": NO_TWINS_THERE,
            "accuracy share": NO_ACCURACY,
        },
    )


def _read(series: Sequence[float | None], steps: Sequence[int]) -> Float[np.ndarray, " 3"]:
    """Return a series at its start, after a tenth of the steps, and at its end."""
    values = np.array([np.nan if v is None else v for v in series])
    return np.array([values[0], at_share(values, steps), values[-1]])


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
        missing={"untrained": NO_TWINS_THERE},
    )


def _errors(rows: tuple, df: int) -> Float[np.ndarray, " q"]:
    """Return standard errors of the panel and its twin; the null's mean counts as exact."""
    reach = float(stats.t.ppf(0.975, df))
    out = [0.0 if r is None or r.low is None else (r.high - r.low) / (2 * reach) for r in rows]
    return np.array([*out, 0.0])
