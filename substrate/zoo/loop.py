"""The training loop: a step depends on recipe, data and step number only, so it can be resumed."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.optim import Optimizer

import substrate.encoders.torchvision_guard  # noqa: F401  (before timm)

# isort: split
from timm.optim import create_optimizer_v2
from timm.scheduler import CosineLRScheduler

from substrate.zoo.checkpoint import (
    half_precision,
    load_checkpoint,
    read_state,
    save_checkpoint,
    write_tensors,
)
from substrate.zoo.data import LabelledImages, as_pixels
from substrate.zoo.errors import ZooInputError
from substrate.zoo.objective import Objective
from substrate.zoo.recipe import Recipe

TRAJECTORY_POINTS = 12
CURVE_POINTS = 20


@dataclass(frozen=True)
class TrainingProgress:
    """What a training reports after a step."""

    step: int
    steps: int
    loss: float
    accuracy: float | None
    seconds_left: float


@dataclass
class History:
    """What a training remembers across interruptions."""

    step: int = 0
    seconds: float = 0.0
    curve: list[dict[str, float]] = field(default_factory=list)


@dataclass
class Training:
    """A recipe with its data, objective and optimiser on a device, and the folder of its state."""

    recipe: Recipe
    data: LabelledImages
    objective: Objective
    folder: Path
    device: torch.device
    mixed_precision: bool
    quick_accuracy: Callable[[Objective], float] | None = None
    checkpoint_seconds: float = 60.0

    def __post_init__(self) -> None:
        self.objective.to(self.device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        options = self.recipe.optimiser
        more: dict[str, Any] = {"momentum": options.momentum} if options.name == "sgd" else {}
        self.optimiser: Optimizer = create_optimizer_v2(
            self.objective,
            opt=options.name,
            lr=options.learning_rate,
            weight_decay=options.weight_decay,
            **more,
        )
        self.history = History()

    @property
    def steps_per_epoch(self) -> int:
        """The number of full batches in the data."""
        return len(self.data.images) // self.recipe.batch

    @property
    def steps(self) -> int:
        """The number of optimiser steps of the whole training."""
        return self.recipe.epochs * self.steps_per_epoch

    @property
    def checkpoint(self) -> Path:
        """The file that holds the latest state."""
        return self.folder / "checkpoint.safetensors"

    def trajectory_file(self, step: int) -> Path:
        """Return the file that holds the encoder after `step` steps."""
        return self.folder / "trajectory" / f"step-{step:06d}.safetensors"


def trajectory_steps(steps: int) -> list[int]:
    """Return 0 and up to twelve log-spaced steps that end with the last."""
    return [0, *sorted({round(s) for s in np.geomspace(min(10, steps), steps, TRAJECTORY_POINTS)})]


def run(training: Training, report: Callable[[TrainingProgress], None]) -> History:
    """Train to the end, from the checkpoint if there is one."""
    if training.checkpoint.is_file():
        _resume(training)
    schedule = _schedule(training)
    wanted = set(trajectory_steps(training.steps)) if training.recipe.trajectory else set()
    _keep_trajectory(training, wanted)
    saved, begun, first = time.monotonic(), time.monotonic(), training.history.step
    seconds_before = training.history.seconds
    while training.history.step < training.steps:
        schedule.step_update(training.history.step)
        loss = _step(training)
        history = training.history
        history.step += 1
        now = time.monotonic()
        history.seconds = seconds_before + now - begun
        accuracy = _curve_point(training, loss)
        _keep_trajectory(training, wanted)
        left = (now - begun) / (history.step - first) * (training.steps - history.step)
        report(TrainingProgress(history.step, training.steps, loss, accuracy, left))
        if now - saved > training.checkpoint_seconds or history.step == training.steps:
            _save(training)
            saved = now
    return training.history


def _save(training: Training) -> None:
    """Write the state of the training with the digest of its recipe."""
    state = asdict(training.history) | {"recipe": training.recipe.digest}
    save_checkpoint(training.checkpoint, training.objective, training.optimiser, state)


def _resume(training: Training) -> None:
    """Read the state of the training back, unless it is that of another recipe."""
    metadata = read_state(training.checkpoint)
    if metadata.pop("recipe", training.recipe.digest) != training.recipe.digest:
        raise ZooInputError(
            f"The unfinished training {training.checkpoint} was begun with another recipe for "
            f"{training.recipe.name}: finish it with that one, or start anew without --resume."
        )
    load_checkpoint(training.checkpoint, training.objective, training.optimiser)
    training.history = History(**metadata)


def _schedule(training: Training) -> CosineLRScheduler:
    """Return timm's cosine schedule with warm-up, counted in steps."""
    recipe, steps = training.recipe, training.steps
    peak = recipe.optimiser.learning_rate
    return CosineLRScheduler(
        training.optimiser,
        t_initial=steps,
        lr_min=peak * recipe.schedule.final,
        warmup_t=max(1, round(recipe.schedule.warmup * steps)),
        warmup_lr_init=peak * 0.01,
        warmup_prefix=True,
        t_in_epochs=False,
        cycle_limit=1,
    )


def _batch(training: Training, step: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the batch of a step: the order of each epoch follows from the seed and its number."""
    epoch, position = divmod(step, training.steps_per_epoch)
    order = np.random.default_rng([training.recipe.seed, epoch]).permutation(
        len(training.data.images)
    )
    rows = order[position * training.recipe.batch : (position + 1) * training.recipe.batch]
    pixels = as_pixels(training.data.images[rows])
    return pixels.to(training.device), torch.from_numpy(training.data.labels[rows]).to(
        training.device
    )


def _step(training: Training) -> float:
    """Do one optimiser step with random numbers that depend on the seed and the step only."""
    step = training.history.step
    seed = np.random.SeedSequence([training.recipe.seed, step]).generate_state(1, np.uint64)[0]
    torch.manual_seed(int(seed >> np.uint64(1)))
    pixels, labels = _batch(training, step)
    training.objective.train()
    with torch.autocast(training.device.type, torch.bfloat16, enabled=training.mixed_precision):
        loss = training.objective(pixels, labels)
    if not torch.isfinite(loss):
        raise FloatingPointError(
            f"{training.recipe.name}: the loss is {loss.item()} at step {step}."
        )
    training.optimiser.zero_grad(set_to_none=True)
    loss.backward()
    training.optimiser.step()
    training.objective.after_step((step + 1) / training.steps)
    return loss.item()


def _curve_point(training: Training, loss: float) -> float | None:
    """Add a point to the curve at twenty even steps; return its accuracy where one is measured."""
    history = training.history
    every = max(1, training.steps // CURVE_POINTS)
    if history.step % every:
        return None
    point: dict[str, float] = {"step": history.step, "loss": round(loss, 4)}
    if training.quick_accuracy is not None:
        point["accuracy"] = round(training.quick_accuracy(training.objective), 4)
    history.curve.append(point)
    return point.get("accuracy")


def _keep_trajectory(training: Training, wanted: set[int]) -> None:
    """Write the encoder's weights if this step belongs to the trajectory."""
    step = training.history.step
    if step in wanted and not training.trajectory_file(step).is_file():
        write_tensors(
            training.trajectory_file(step),
            half_precision(training.objective.encoder),
            {"step": str(step)},
        )
