"""A VGG-11 whose spatial filters are frozen and shared, so that only channels are learned."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import nn

from substrate.encoders.networks.factorised_filters import FILTERS

VGG11 = (16, "M", 32, "M", 48, 48, "M", 64, 64, "M", 96, 96, "M")


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

    `filters` names the frozen filters, a key of `FILTERS`; they are part of the weights all the
    same. The learned weights are drawn alike whatever the filters are.
    """

    def __init__(
        self,
        num_classes: int,
        config: Sequence[int | str] = VGG11,
        filters: str = "universal",
    ) -> None:
        super().__init__()
        if filters not in FILTERS:
            raise ValueError(f"No filters are called {filters!r}. Known are: {', '.join(FILTERS)}.")
        bank = torch.tensor(FILTERS[filters])
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
