"""What a network can be trained to do: each objective turns a batch into a loss."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from substrate.zoo.errors import ZooInputError
from substrate.zoo.objective import Objective
from substrate.zoo.recipe import Recipe
from substrate.zoo.reconstruction import Autoencoder, MaskedAutoencoder, VariationalAutoencoder
from substrate.zoo.self_distillation import Dino


class Supervised(Objective):
    """Cross-entropy with smoothed labels."""

    def __init__(self, encoder: nn.Module, recipe: Recipe, label_smoothing: float = 0.1) -> None:
        super().__init__(encoder, recipe)
        self.criterion = nn.CrossEntropyLoss(label_smoothing=label_smoothing)

    def forward(self, pixels: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Return the smoothed cross-entropy."""
        return self.criterion(self.encoder(self.view(pixels)).float(), labels)


class Rotation(Objective):
    """Tell by which multiple of a right angle an image was turned (Gidaris et al., 2018)."""

    def __init__(self, encoder: Any, recipe: Recipe) -> None:
        super().__init__(encoder, recipe)
        self.angle = nn.Linear(encoder.num_features, 4)

    def forward(self, pixels: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Return the cross-entropy of the four angles, one drawn for each image."""
        del labels
        view = self.view(pixels)
        turns = torch.arange(len(view), device=view.device) % 4
        turned = torch.cat([view[turns == k].rot90(k, (2, 3)) for k in range(4)])
        scores = self.angle(self.embed(turned)).float()
        return nn.functional.cross_entropy(scores, turns.sort().values)


class SimClr(Objective):
    """Recognise the other view of an image among the batch (Chen et al., 2020)."""

    def __init__(
        self,
        encoder: Any,
        recipe: Recipe,
        temperature: float = 0.2,
        hidden: int = 256,
        projection: int = 64,
    ) -> None:
        super().__init__(encoder, recipe)
        self.temperature = temperature
        self.projector = nn.Sequential(
            nn.Linear(encoder.num_features, hidden, bias=False),
            nn.BatchNorm1d(hidden),
            nn.ReLU(),
            nn.Linear(hidden, projection),
        )

    def forward(self, pixels: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Return the normalised-temperature cross-entropy over the 2 n views of n images."""
        del labels
        views = torch.cat([self.view(pixels), self.view(pixels)])
        codes = nn.functional.normalize(self.projector(self.embed(views)).float(), dim=1)
        similarity = codes @ codes.T / self.temperature
        similarity = similarity.masked_fill(
            torch.eye(len(views), dtype=torch.bool, device=views.device), -torch.inf
        )
        partner = torch.arange(len(views), device=views.device).roll(len(pixels))
        return nn.functional.cross_entropy(similarity, partner)


OBJECTIVES: dict[str, Callable[..., Objective]] = {
    "supervised": Supervised,
    "simclr": SimClr,
    "dino": Dino,
    "mae": MaskedAutoencoder,
    "autoencoder": Autoencoder,
    "vae": VariationalAutoencoder,
    "rotation": Rotation,
}


def build_objective(encoder: nn.Module, recipe: Recipe) -> Objective:
    """Wrap an encoder in the objective of its recipe."""
    try:
        return OBJECTIVES[recipe.objective.name](encoder, recipe, **recipe.objective.kwargs)
    except TypeError as error:
        raise ZooInputError(f"{recipe.name}: objective {recipe.objective.name}: {error}") from None
