"""Augmentation by torchvision's transforms, drawn anew for every few images."""

from collections.abc import Callable

import torch

import substrate.encoders.torchvision_guard  # noqa: F401  (before torchvision)

# isort: split
from torchvision.transforms import v2

from substrate.zoo.recipe import Augmentation


def _crop_flip() -> Callable[[torch.Tensor], torch.Tensor]:
    return v2.Compose([v2.RandomCrop(32, padding=4), v2.RandomHorizontalFlip()])


def _strong() -> Callable[[torch.Tensor], torch.Tensor]:
    """Crop, flip, colour and grey as in SimCLR's CIFAR-10 setting, without blur."""
    return v2.Compose(
        [
            v2.RandomResizedCrop(32, scale=(0.2, 1.0), antialias=False),
            v2.RandomHorizontalFlip(),
            v2.RandomApply([v2.ColorJitter(0.4, 0.4, 0.4, 0.1)], p=0.8),
            v2.RandomGrayscale(p=0.2),
        ]
    )


TRANSFORMS: dict[str, Callable[[], Callable[[torch.Tensor], torch.Tensor]]] = {
    "none": v2.Identity,
    "crop_flip": _crop_flip,
    "strong": _strong,
}


def augment(pixels: torch.Tensor, augmentation: Augmentation) -> torch.Tensor:
    """Transform a batch of pixels in [0, 1] with torch's global random state.

    torchvision draws one set of parameters per call. One call per image costs as much as the small
    networks themselves on a CPU, so `chunk` neighbours of the shuffled batch share a draw.
    """
    if augmentation.name == "none":
        return pixels
    transform = TRANSFORMS[augmentation.name]()
    return torch.cat([transform(chunk) for chunk in pixels.split(augmentation.chunk)])
