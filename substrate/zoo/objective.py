"""The common part of all objectives: an encoder with what only its training needs."""

from typing import Any

import torch
from torch import nn

from substrate.zoo.augment import augment
from substrate.zoo.data import normalise
from substrate.zoo.recipe import Recipe


class Objective(nn.Module):
    """An encoder with whatever its training needs beside it, which is thrown away afterwards."""

    def __init__(self, encoder: Any, recipe: Recipe) -> None:
        super().__init__()
        self.encoder = encoder
        self.recipe = recipe

    def view(self, pixels: torch.Tensor) -> torch.Tensor:
        """Return an augmented, standardised view of a batch of pixels in [0, 1]."""
        return normalise(augment(pixels, self.recipe.augmentation))

    def embed(self, images: torch.Tensor) -> torch.Tensor:
        """Return the pooled features before any classifier."""
        return self.encoder.forward_head(self.encoder.forward_features(images), pre_logits=True)

    def forward(self, pixels: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Return the loss of a batch of pixels in [0, 1] and its class numbers."""
        raise NotImplementedError

    def after_step(self, progress: float) -> None:
        """Update what follows the optimiser; `progress` is the share of steps done."""
