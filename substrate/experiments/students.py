"""The experiment `students`: pairs that differ in the noise of their training set alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from substrate.analyses.experiments.catalogue import EXPERIMENTS
from substrate.analyses.experiments.file import Card, inputs_digest
from substrate.analyses.experiments.students import (
    CLASSIFICATION,
    LABELS,
    LINEAR,
    NETWORK,
    PIXELS,
    REGRESSION,
    StudentPoint,
    StudentsFile,
    rounded,
    three,
)
from substrate.analyses.shared.effort import scalar_metrics
from substrate.experiments.options import Options
from substrate.experiments.record import (
    ExperimentError,
    Keep,
    Watched,
    described,
    read_finished,
    run_to_file,
)
from substrate.numerics.metrics import METRICS
from substrate.numerics.metrics.spec import FeaturesError, UndefinedScoreError
from substrate.numerics.scales import CORRELATION, PLAIN
from substrate.numerics.theory.linear_students import (
    StudentSetting,
    outputs_of_students,
    simulate,
)
from substrate.numerics.theory.network_students import NetworkSetting, simulate_networks
from substrate.store import digest, write_text

OWN = ("seeds",)
SEED = 0
SNRS = (0.5, 2.0, 10.0)
#: Of linear students: inputs and outputs, samples (the threshold with both neighbours), ridges as
#: shares of the inputs (and those whose outputs metrics compare), training sets, those that metrics
#: see.
DIMENSION, OUTPUTS = 60, 8
SAMPLES = (6, 12, 21, 30, 42, 51, 59, 60, 61, 69, 84, 120, 180, 300, 600)
RIDGES, COMPARED_RIDGES = (0.0, 0.1, 1.0), (0.0, 1.0)
DRAWS, SCORED = 40, 16
#: Of networks: samples over the threshold, training sets, steps, new inputs.
RATIOS = (0.1, 0.25, 0.5, 0.8, 1.0, 1.25, 2.0, 4.0, 10.0)
NETWORK_DRAWS, STEPS, TESTED = 16, 2000, 200

CARD = Card(
    title="Students of noise",
    question=EXPERIMENTS["students"].question,
    protocol="Pairs of students of one teacher. Linear: 60 inputs, 8 outputs, least squares or a "
    "ridge, noise on the labels. Networks: 8 inputs, 16 hidden ReLUs, 4 outputs; the same start "
    "for both, Adam on the whole training set for 2,000 steps; regression, and classes learned as "
    "numbers; noise on the labels or on the inputs. Signal-to-noise ratios 0.5, 2 and 10. The "
    "cosine of the two students' outputs on new inputs, every metric of these outputs, and the "
    "error against the teacher without noise.",
    null="None is needed: nothing but signal, noise and the number of samples enters. Two students "
    "of infinite noise have a cosine of 0.",
    limits=(
        "Inputs are Gaussian and independent, the teacher has the student's form: nothing is said "
        "of images.",
        "2,000 steps of Adam do not reach an exact fit everywhere; the error on the training set "
        "is in the file.",
        "Sizes are small, so that thresholds are soft: they sharpen as networks grow.",
    ),
)


@dataclass(eq=False)
class StudentGrid:
    """One run of the experiment in its state directory."""

    state: Path
    progress: Watched
    draws: int = DRAWS
    network_draws: int = NETWORK_DRAWS
    steps: int = STEPS
    samples: tuple[int, ...] = SAMPLES
    ratios: tuple[float, ...] = RATIOS
    metrics: tuple[str, ...] = field(default_factory=scalar_metrics)

    def __post_init__(self) -> None:
        """Find the place where this configuration keeps what is finished."""
        self.settings: dict[str, Any] = {
            "snrs": list(SNRS),
            "dimension": DIMENSION,
            "outputs": OUTPUTS,
            "samples": list(self.samples),
            "ridges": list(RIDGES),
            "draws": self.draws,
            "scored": SCORED,
            "network": {
                "inputs": self._network(1.0, 1.0).inputs,
                "hidden": self._network(1.0, 1.0).hidden,
                "outputs": self._network(1.0, 1.0).outputs,
                "weights": self._network(1.0, 1.0).weights,
                "steps": self.steps,
                "draws": self.network_draws,
                "ratios": list(self.ratios),
            },
            "tested": TESTED,
            "metrics": list(self.metrics),
            "seed": SEED,
        }
        self.place = self.state / inputs_digest(self.settings, {}, {})[:16]

    def run(self, keep: Callable[[list[StudentPoint]], None]) -> list[StudentPoint]:
        """Simulate every point that is not finished yet; hand over all after each curve."""
        todo = list(self._todo())
        self.progress.declare({key: seconds for key, seconds, _ in todo})
        done: list[StudentPoint] = []
        for place, (key, _, work) in enumerate(todo):
            path = self.place / "repeats" / f"{digest([key])[:16]}.json"
            finished = read_finished(path, StudentPoint)
            if finished is None:
                self.progress.phase(key)
                begun = time.monotonic()
                made = work()
                finished = made.model_copy(update={"seconds": round(time.monotonic() - begun, 2)})
                write_text(path, finished.model_dump_json())
            self.progress.step(key, 1.0)
            done.append(finished)
            if place % 20 == 0:
                keep(done)
        return done

    def _todo(self) -> Iterator[tuple[str, float, Callable[[], StudentPoint]]]:
        """Yield every point with its name and about how long it takes."""
        seed = SEED
        for ridge, snr, n in product(RIDGES, SNRS, self.samples):
            seed += 1
            yield (
                f"Linear, ratio {snr:g}, {n} samples, ridge {ridge:g}",
                1.0 + n / 300,
                lambda ridge=ridge, snr=snr, n=n, seed=seed: self._linear(ridge, snr, n, seed),  # type: ignore[misc]
            )
        kinds = product((REGRESSION, CLASSIFICATION), (LABELS, PIXELS))
        for (task, noise), snr, ratio in product(kinds, SNRS, self.ratios):
            seed += 1
            yield (
                f"Networks, {task}, noise in {noise}, ratio {snr:g}, {ratio:g} of the threshold",
                2.0 + 3 * ratio,
                lambda t=task, e=noise, s=snr, r=ratio, seed=seed: self._networks(t, e, s, r, seed),  # type: ignore[misc]
            )

    def _linear(self, ridge: float, snr: float, samples: int, seed: int) -> StudentPoint:
        at = StudentSetting(
            samples=samples,
            dimension=DIMENSION,
            snr=snr,
            outputs=OUTPUTS,
            ridge=ridge * DIMENSION,
        )
        simulated = simulate(at, draws=self.draws, seed=seed)
        outputs = outputs_of_students(at, draws=SCORED, seed=seed + 10_000, tested=TESTED)
        return StudentPoint(
            student=LINEAR,
            task=REGRESSION,
            noise=LABELS,
            snr=snr,
            ridge=ridge,
            ratio=round(samples / DIMENSION, 4),
            samples=samples,
            draws=self.draws,
            alignment=rounded(simulated.alignment, 4),
            error=rounded(simulated.error, 4),
            scores=self._scores(outputs) if ridge in COMPARED_RIDGES else (),
            seconds=0.0,
        )

    def _network(self, snr: float, ratio: float) -> NetworkSetting:
        at = NetworkSetting(samples=1, snr=snr, steps=self.steps)
        return replace(at, samples=max(1, round(ratio * at.threshold)))

    def _networks(self, task: str, noise: str, snr: float, ratio: float, seed: int) -> StudentPoint:
        at = replace(self._network(snr, ratio), task=task, noise=noise)
        simulated = simulate_networks(at, draws=self.network_draws, seed=seed, tested=TESTED)
        return StudentPoint(
            student=NETWORK,
            task=task,  # type: ignore[arg-type]
            noise=noise,  # type: ignore[arg-type]
            snr=snr,
            ridge=0.0,
            ratio=ratio,
            samples=at.samples,
            draws=self.network_draws,
            alignment=three(simulated.cosines, CORRELATION, 4),
            error=three(simulated.errors, PLAIN, 4),
            fit=float(f"{simulated.fit:.3g}"),
            cosines=tuple(float(f"{v:.3g}") for v in simulated.cosines),
            errors=tuple(float(f"{v:.3g}") for v in simulated.errors),
            scores=self._scores(simulated.outputs),
            seconds=0.0,
        )

    def _scores(self, outputs: Float[np.ndarray, "draws 2 t m"]) -> tuple[float, ...]:
        """Compare the outputs of every pair by every metric: mean and half of the interval."""
        values: list[float] = []
        for key in self.metrics:
            draws = [_score(key, first, second) for first, second in outputs]
            mean, low, high = three(draws, METRICS[key].scale, 6)
            values += [float(f"{mean:.3g}"), float(f"{(high - low) / 2:.2g}")]
        return tuple(values)


def _score(key: str, first: np.ndarray, second: np.ndarray) -> float:
    try:
        return float(METRICS[key].score(first, second))
    except (FeaturesError, UndefinedScoreError):
        return float("nan")


def run(options: Options, progress: Watched, *, state: Path, keep: Keep) -> Any:
    """Run the experiment and return its file; ``keep`` gets partial files on the way."""
    options.only("students", OWN)
    draws = NETWORK_DRAWS if options.seeds is None else options.seeds
    if draws < 1:
        raise ExperimentError(f"{draws} training sets: give at least 1.")
    work = StudentGrid(state, progress, network_draws=draws)

    return run_to_file(
        StudentsFile,
        work,
        keep,
        lambda: described(work.settings, {}, {}),
        experiment="students",
        command=options.command("students"),
        card=CARD,
        seeds=(SEED,),
    )
