"""A VGG-11 whose spatial filters are frozen and shared, so that only channels are learned."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import nn

VGG11 = (16, "M", 32, "M", 48, 48, "M", 64, 64, "M", 96, 96, "M")

# The leading spatial eigenvectors of the second to sixth layers of the bundled plain VGG-11, by
# `substrate.zoo.filters.leading_filters`: a blob, the two slopes, a bar and a saddle or crossing.
SPATIAL_FILTERS = (
    ((0.1757, 0.3007, 0.1512), (0.3887, 0.6399, 0.3513), (0.1826, 0.3280, 0.1761)),
    ((-0.3189, -0.5034, -0.3580), (-0.0056, -0.0402, -0.0165), (0.3583, 0.5095, 0.3561)),
    ((-0.3175, -0.0035, 0.3094), (-0.5270, 0.0262, 0.5438), (-0.3314, 0.0210, 0.3450)),
    ((-0.4001, -0.3031, -0.3529), (0.1371, 0.5193, 0.1110), (-0.3471, -0.2433, -0.3782)),
    ((-0.4690, -0.0715, 0.5404), (0.0726, -0.0615, 0.0881), (0.5265, -0.0543, -0.4313)),
)


class FrozenDepthwise(nn.Module):
    """Convolves every channel with the filters f_1..f_5 and -f_1..-f_5, which are never trained."""

    def __init__(self, filters: Float[torch.Tensor, "k h w"]) -> None:
        super().__init__()
        self.filters: torch.Tensor
        self.register_buffer("filters", filters.clone())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the rectified responses of all channels to f_1, ..., f_5, -f_1, ..., -f_5 in turn.

        One depthwise convolution per filter: a grouped one with several outputs per channel takes a
        path several times slower on a CPU.
        """
        channels, (height, width) = x.shape[1], self.filters.shape[1:]
        padding = (height // 2, width // 2)
        kernels = self.filters.to(x.dtype)[:, None, None].expand(-1, channels, -1, -1, -1)
        response = torch.cat(
            [nn.functional.conv2d(x, k, padding=padding, groups=channels) for k in kernels], dim=1
        )
        return torch.cat([response, -response], dim=1).relu()


class FactorisedBlock(nn.Module):
    """Frozen spatial filters, rectifier, normalisation without affine part, 1 x 1 weights."""

    def __init__(self, filters: Float[torch.Tensor, "k h w"], c_in: int, c_out: int) -> None:
        super().__init__()
        expanded = 2 * len(filters) * c_in
        self.spatial = FrozenDepthwise(filters)
        self.norm = nn.BatchNorm2d(expanded, affine=False)
        self.pointwise = nn.Conv2d(expanded, c_out, 1, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the learned channel combinations."""
        return self.pointwise(self.norm(self.spatial(x)))


class FactorisedVgg(nn.Module):
    """VGG-11 of factorised blocks (Guth and Menard, 2024), scaled down in width for 32 x 32 images.

    The frozen filters are `SPATIAL_FILTERS`; they are part of the weights all the same.
    """

    def __init__(
        self,
        num_classes: int,
        config: Sequence[int | str] = VGG11,
    ) -> None:
        super().__init__()
        bank = torch.tensor(SPATIAL_FILTERS)
        layers: list[nn.Module] = []
        channels = 3
        for entry in config:
            if isinstance(entry, str):
                layers.append(nn.MaxPool2d(2))
            else:
                layers.append(FactorisedBlock(bank, channels, entry))
                channels = entry
        self.features = nn.Sequential(*layers)
        self.num_classes, self.num_features = num_classes, channels
        self.global_pool = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.fc = nn.Linear(channels, num_classes)

    def forward_features(self, x: torch.Tensor) -> torch.Tensor:
        """Return the last feature map, (images, channels, height, width)."""
        return self.features(x)

    def forward_head(self, x: torch.Tensor, pre_logits: bool = False) -> torch.Tensor:
        """Pool the feature map and, unless `pre_logits`, classify it."""
        pooled = self.global_pool(x)
        return pooled if pre_logits else self.fc(pooled)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the class scores."""
        return self.forward_head(self.forward_features(x))
