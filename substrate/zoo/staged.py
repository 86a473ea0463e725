"""Networks taken apart: stages that follow each other, and where two networks may be joined."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import UInt8
from torch import nn

from substrate.encoders.spec import Encoder
from substrate.zoo.data import as_pixels
from substrate.zoo.errors import ZooInputError

Stage = Callable[[torch.Tensor], torch.Tensor]


@dataclass(frozen=True, eq=False)
class Staged:
    """A network as stages that follow each other, and the head that classifies the last output.

    ``names`` are those of the last module of each stage, as the network calls it.
    """

    encoder: Encoder
    stages: tuple[Stage, ...]
    names: tuple[str, ...]
    head: Stage

    @classmethod
    def of(cls, encoder: Encoder) -> Staged:
        """Take a ResNet, VGG, ConvNeXt or ViT apart; its weights take no gradient.

        Raises
        ------
        ZooInputError
            If it is of another kind.
        """
        model: Any = encoder.model
        model.eval().requires_grad_(False)
        if hasattr(model, "layer1"):
            stem = nn.Sequential(model.conv1, model.bn1, model.act1, model.maxpool)
            parts = [(stem, "maxpool"), *((getattr(model, n), n) for n in _RESNET)]
            head = model.forward_head
        elif hasattr(model, "features"):
            parts, head = _vgg(model), _Then(model.features[-1], model.forward_head)
        elif hasattr(model, "stem") and hasattr(model, "stages"):
            parts = [(model.stem, "stem")]
            parts += [(stage, f"stages.{i}") for i, stage in enumerate(model.stages)]
            head = _Then(model.norm_pre, model.forward_head)
        elif hasattr(model, "blocks") and hasattr(model, "patch_embed"):
            embed = _Then(model.patch_embed, _Then(model._pos_embed, model.norm_pre))
            parts = [(embed, "patch_embed")]
            parts += [(block, f"blocks.{i}") for i, block in enumerate(model.blocks)]
            head = _Then(model.norm, model.forward_head)
        else:
            raise ZooInputError(
                f"{encoder.name} cannot be cut into stages: it is no ResNet, VGG, ConvNeXt or ViT."
            )
        stages, names = zip(*parts, strict=True)
        return cls(encoder, stages, names, head)

    def lower(self, x: torch.Tensor, cut: int) -> torch.Tensor:
        """Return the output of a stage, given images."""
        for stage in self.stages[: cut + 1]:
            x = stage(x)
        return x

    def upper(self, x: torch.Tensor, cut: int) -> torch.Tensor:
        """Return the classes' scores, given what stands for the output of a stage."""
        for stage in self.stages[cut + 1 :]:
            x = stage(x)
        return self.head(x)

    def shapes(self) -> list[tuple[int, ...]]:
        """Return the shape of each stage's output for one image, channels first of maps."""
        size, shapes = self.encoder.preprocessing.size, []
        with torch.inference_mode():
            x = torch.zeros(1, 3, size, size)
            for stage in self.stages:
                x = stage(x)
                shapes.append(tuple(x.shape[1:]))
        return shapes

    def seen(self, images: UInt8[np.ndarray, "n h w 3"]) -> torch.Tensor:
        """Return images as the network sees them."""
        preprocessing = self.encoder.preprocessing
        mean, std = (
            torch.tensor(v).view(1, 3, 1, 1) for v in (preprocessing.mean, preprocessing.std)
        )
        return (as_pixels(images) - mean) / std


_RESNET = ("layer1", "layer2", "layer3", "layer4")


@dataclass(frozen=True, eq=False)
class _Then:
    """One step after another."""

    first: Stage
    second: Stage

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        return self.second(self.first(x))


def _vgg(model: Any) -> list[tuple[Stage, str]]:
    """Return what lies between a VGG's poolings, each pooling with what follows it."""
    parts: list[tuple[Stage, str]] = []
    begun: list[nn.Module] = []
    for place, layer in enumerate(model.features):
        if isinstance(layer, nn.MaxPool2d):
            parts.append((nn.Sequential(*begun), f"features.{place - 1}"))
            begun = []
        begun.append(layer)
    return parts


@dataclass(frozen=True)
class Cut:
    """A stage of the lower network and one of the upper, whose outputs have one grid."""

    lower: int
    upper: int
    grid: str


def cuts(lower: Staged, upper: Staged, *, most: int = 4) -> list[Cut]:
    """Return where two networks may be joined: the last stages of each grid that both have.

    Networks of tokens are joined after as many blocks, spread over their depth.

    Raises
    ------
    ZooInputError
        If no stages have one grid.
    """
    a, b = ([(_grid(shape), i) for i, shape in enumerate(n.shapes())] for n in (lower, upper))
    if len({grid for grid, _ in (*a, *b)}) == 1 and len(a) == len(b):
        blocks = np.unique(np.linspace(1, len(a) - 1, most).round().astype(int))
        return [Cut(int(i), int(i), a[0][0]) for i in blocks]
    last_a, last_b = dict(a), dict(b)
    pairs = [Cut(last_a[grid], last_b[grid], grid) for grid in last_a if grid in last_b]
    if not pairs:
        raise ZooInputError(
            f"{lower.encoder.name} and {upper.encoder.name} cannot be stitched: no stages of the "
            "two have outputs of one size."
        )
    return pairs[-most:]


def _grid(shape: tuple[int, ...]) -> str:
    return f"{shape[1]} x {shape[2]}" if len(shape) == 3 else f"{shape[0]} tokens"
