"""Training a small student with a second wish: align to given scores, or follow a teacher."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import nn

from substrate.encoders.networks.architectures import build
from substrate.zoo import loop
from substrate.zoo.data import LabelledImages
from substrate.zoo.objective import Objective
from substrate.zoo.recipe import Architecture, Augmentation, Optimiser, Recipe, Schedule
from substrate.zoo.train import mixed_precision

#: The student: four convolutions with batch normalisation, about 80,000 parameters.
STUDENT = Architecture(kind="vgg", kwargs={"config": [16, "M", 32, "M", 64, "M", 96, "M"]})


def linear_cka(
    x: Float[torch.Tensor, "n p"], y: Float[torch.Tensor, "n q"]
) -> Float[torch.Tensor, ""]:
    r"""Biased linear CKA of two batches, in [0, 1], with a gradient; NaN if one has no variance.

    .. math:: \|Y^\top X\|_F^2 / (\|X^\top X\|_F \, \|Y^\top Y\|_F)

    The value of `substrate.numerics.metrics.cka.linear_cka`. It is computed in float32 at least:
    products in bfloat16 would lose the second digit of a score.
    """
    with torch.autocast(x.device.type, enabled=False):
        x, y = (_centred(v if v.dtype == torch.float64 else v.float()) for v in (x, y))
        cross = (y.T @ x).square().sum()
        return cross / torch.sqrt((x.T @ x).square().sum() * (y.T @ y).square().sum())


def _centred(x: Float[torch.Tensor, "n p"]) -> Float[torch.Tensor, "n p"]:
    x = x - x.mean(0)
    return x / torch.linalg.matrix_norm(x)


def teacher_loss(
    logits: Float[torch.Tensor, "n c"], teacher: Float[torch.Tensor, "n c"], temperature: float
) -> Float[torch.Tensor, ""]:
    """Divergence of the student's softened classes from the teacher's, times T squared.

    Hinton, Vinyals, Dean 2015: the factor keeps the size of the gradient when T changes.
    """
    student = (logits.float() / temperature).log_softmax(1)
    wanted = (teacher.float() / temperature).log_softmax(1)
    divergence = nn.functional.kl_div(student, wanted, reduction="batchmean", log_target=True)
    return temperature**2 * divergence


@dataclass(frozen=True, eq=False)
class Teacher:
    """What a student is asked for beside its labels: scores to align to, or logits to follow.

    Rows belong to the student's training images, in their order. With neither the student has
    cross-entropy alone.
    """

    scores: Float[np.ndarray, "n k"] | None = None
    logits: Float[np.ndarray, "n c"] | None = None


class Distillation(Objective):
    """Cross-entropy plus a weighted wish. The loop hands it row numbers in place of labels."""

    labels: torch.Tensor
    scores: torch.Tensor | None
    logits: torch.Tensor | None

    def __init__(
        self,
        encoder: Any,
        recipe: Recipe,
        labels: Int64[np.ndarray, " n"],
        wish: Teacher,
        *,
        weight: float,
        temperature: float,
    ) -> None:
        super().__init__(encoder, recipe)
        self.weight, self.temperature = weight, temperature
        for name, values in (("labels", labels), ("scores", wish.scores), ("logits", wish.logits)):
            # Not persistent: they follow from data and settings, and no checkpoint repeats them.
            tensor = None if values is None else torch.from_numpy(np.ascontiguousarray(values))
            if tensor is not None and tensor.is_floating_point():
                tensor = tensor.float()
            self.register_buffer(name, tensor, persistent=False)

    def forward(self, pixels: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Return the loss of a batch of pixels in [0, 1], given the rows that they come from."""
        rows = labels
        maps = self.encoder.forward_features(self.view(pixels))
        logits = self.encoder.forward_head(maps)
        loss = nn.functional.cross_entropy(logits.float(), self.labels[rows])
        if self.scores is not None:
            features = self.encoder.forward_head(maps, pre_logits=True)
            loss = loss + self.weight * (1 - linear_cka(features, self.scores[rows]))
        if self.logits is not None:
            wish = teacher_loss(logits, self.logits[rows], self.temperature)
            loss = loss + self.weight * wish
        return loss


@dataclass
class FixedSteps(loop.Training):
    """A training of a given number of steps, however few images there are."""

    fixed: int = field(default=1, kw_only=True)

    @property
    def steps(self) -> int:
        """The number of optimiser steps of the whole training."""
        return self.fixed


def student_recipe(*, name: str, batch: int, seed: int) -> Recipe:
    """Return how every student is trained, the same whatever it is asked for."""
    return Recipe(
        name=name,
        architecture=STUDENT,
        augmentation=Augmentation(name="crop_flip", chunk=4),
        optimiser=Optimiser(name="sgd", learning_rate=0.1, weight_decay=5e-4, momentum=0.9),
        schedule=Schedule(warmup=0.2),
        epochs=1,
        batch=batch,
        seed=seed,
    )


def train_student(
    data: LabelledImages,
    wish: Teacher,
    *,
    recipe: Recipe,
    steps: int,
    weight: float,
    temperature: float,
    folder: Path,
    device: torch.device,
    report: Callable[[loop.TrainingProgress], None],
) -> tuple[Any, loop.History]:
    """Train a student for some steps, from the folder's checkpoint if there is one."""
    encoder = build(STUDENT.kind, seed=recipe.seed, **recipe.model_kwargs)
    objective = Distillation(
        encoder, recipe, data.labels, wish, weight=weight, temperature=temperature
    )
    training = FixedSteps(
        recipe=recipe,
        data=LabelledImages(data.images, np.arange(len(data.labels))),
        objective=objective,
        folder=folder,
        device=device,
        mixed_precision=mixed_precision(device),
        fixed=steps,
    )
    history = loop.run(training, report)
    return objective.encoder, history


def device_name(device: torch.device) -> str:
    """Return what the students were trained on."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    threads = torch.get_num_threads()
    return f"cpu ({platform.machine()}), {threads} thread{'' if threads == 1 else 's'}"
