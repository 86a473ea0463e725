"""Self-distillation without labels: a student follows a slow average of itself across views."""

import copy
import math
from typing import Any, cast

import torch
from torch import nn

from substrate.zoo.objective import Objective
from substrate.zoo.recipe import Recipe


class Dino(Objective):
    """Match a centred, sharpened teacher on the other view (Caron et al., 2021); two views."""

    def __init__(
        self,
        encoder: Any,
        recipe: Recipe,
        prototypes: int = 512,
        momentum: float = 0.99,
        student_temperature: float = 0.1,
        teacher_temperature: float = 0.04,
        center_momentum: float = 0.9,
    ) -> None:
        super().__init__(encoder, recipe)
        self.momentum = momentum
        self.center_momentum = center_momentum
        self.center: torch.Tensor
        self.temperatures = student_temperature, teacher_temperature
        self.projector = _projector(encoder.num_features, prototypes)
        self.teacher = copy.deepcopy(nn.ModuleList([encoder, self.projector])).requires_grad_(False)
        self.register_buffer("center", torch.zeros(prototypes))

    def forward(self, pixels: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Return the cross-entropy of each view's student under the other view's teacher."""
        del labels
        views = torch.cat([self.view(pixels), self.view(pixels)])
        student = (self.projector(self.embed(views)).float() / self.temperatures[0]).log_softmax(1)
        with torch.no_grad():
            encoder, projector = cast("list[Any]", list(self.teacher))
            scores = projector(
                encoder.forward_head(encoder.forward_features(views), pre_logits=True)
            ).float()
            target = ((scores - self.center) / self.temperatures[1]).softmax(1)
            self.center.lerp_(scores.mean(0), 1 - self.center_momentum)
        return -(target.roll(len(pixels), 0) * student).sum(1).mean()

    @torch.no_grad()
    def after_step(self, progress: float) -> None:
        """Move the teacher towards the student, ever more slowly."""
        keep = 1 - (1 - self.momentum) * (math.cos(math.pi * progress) + 1) / 2
        student = nn.ModuleList([self.encoder, self.projector])
        for slow, fast in zip(self.teacher.parameters(), student.parameters(), strict=True):
            slow.lerp_(fast, 1 - keep)
        for old, new in zip(self.teacher.buffers(), student.buffers(), strict=True):
            old.copy_(new)


class _Normalise(nn.Module):
    """Scales each row to unit length."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return nn.functional.normalize(x, dim=-1)


def _projector(features: int, prototypes: int) -> nn.Sequential:
    """Return DINO's head: a perceptron to a unit sphere, then one direction per prototype."""
    last = nn.utils.parametrizations.weight_norm(nn.Linear(64, prototypes, bias=False))
    last.parametrizations.weight.original0.data.fill_(1)
    last.parametrizations.weight.original0.requires_grad_(False)
    return nn.Sequential(
        nn.Linear(features, 256), nn.GELU(), nn.Linear(256, 64), _Normalise(), last
    )
