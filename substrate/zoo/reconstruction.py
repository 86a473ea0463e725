"""Objectives that give the image back: from visible patches, from a code, or from a noisy code."""

from typing import Any

import torch
from torch import nn

import substrate.encoders.torchvision_guard  # noqa: F401  (before timm)

# isort: split
from timm.models.vision_transformer import Block

from substrate.zoo.objective import Objective
from substrate.zoo.recipe import Recipe


class MaskedAutoencoder(Objective):
    """Predict the standardised pixels of hidden patches from the visible ones (He et al., 2022).

    `predicted_share` is the share of the hidden patches that is decoded; the others stay unseen.
    """

    def __init__(
        self,
        encoder: Any,
        recipe: Recipe,
        hidden_share: float = 0.75,
        decoder_width: int = 64,
        decoder_depth: int = 2,
        predicted_share: float = 1.0,
    ) -> None:
        super().__init__(encoder, recipe)
        patches, width = encoder.patch_embed.num_patches, encoder.embed_dim
        self.patch = encoder.patch_embed.patch_size[0]
        self.visible = round(patches * (1 - hidden_share))
        self.predicted = round((patches - self.visible) * predicted_share)
        self.narrow = nn.Linear(width, decoder_width)
        self.hidden_token = nn.Parameter(torch.zeros(1, 1, decoder_width))
        self.position = nn.Parameter(torch.randn(1, patches, decoder_width) * 0.02)
        blocks = [Block(decoder_width, 2, mlp_ratio=2) for _ in range(decoder_depth)]
        for block in blocks:
            block.attn.fused_attn = False  # type: ignore[assignment]
        self.decoder = nn.Sequential(*blocks, nn.LayerNorm(decoder_width))
        self.to_pixels = nn.Linear(decoder_width, 3 * self.patch**2)

    def forward(self, pixels: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Return the mean squared error on the decoded patches, each standardised by itself."""
        del labels
        view = self.view(pixels)
        order = torch.rand(len(view), len(self.position[0]), device=view.device).argsort(1)
        kept = order[:, : self.visible]
        hidden = order[:, self.visible : self.visible + self.predicted]
        decoded = self._decode(self._encode(view, kept), kept, hidden)
        target = _rows(self._patches(view), hidden)
        target = nn.functional.layer_norm(target, target.shape[-1:])
        return nn.functional.mse_loss(self.to_pixels(decoded).float(), target)

    def _encode(self, view: torch.Tensor, kept: torch.Tensor) -> torch.Tensor:
        """Run the encoder on the visible patches and its class token; return the patches."""
        encoder = self.encoder
        tokens = encoder.patch_embed(view) + encoder.pos_embed[:, 1:]
        first = (encoder.cls_token + encoder.pos_embed[:, :1]).expand(len(view), -1, -1)
        tokens = torch.cat([first, _rows(tokens, kept)], dim=1)
        return encoder.norm(encoder.blocks(tokens))[:, 1:]

    def _decode(
        self, tokens: torch.Tensor, kept: torch.Tensor, hidden: torch.Tensor
    ) -> torch.Tensor:
        """Fill the hidden places and return the decoder's tokens there."""
        position = self.position.expand(len(tokens), -1, -1)
        seen = self.narrow(tokens) + _rows(position, kept)
        unseen = self.hidden_token + _rows(position, hidden)
        return self.decoder(torch.cat([seen, unseen], dim=1))[:, self.visible :]

    def _patches(self, view: torch.Tensor) -> torch.Tensor:
        """Cut images into flat patches in the encoder's order."""
        return nn.functional.unfold(view, self.patch, stride=self.patch).transpose(1, 2)


def _rows(tokens: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
    """Pick for each image the tokens with the given numbers."""
    return tokens.gather(1, index.unsqueeze(-1).expand(-1, -1, tokens.shape[-1]))


def _decoder(features: int, size: int, width: int) -> nn.Sequential:
    """Return a stack of doublings from a feature map of `size` pixels to an image of 32."""
    layers: list[nn.Module] = []
    while size < 32:
        size *= 2
        channels = max(16, width * 2 // size)
        layers += [nn.Conv2d(features, 4 * channels, 3, padding=1), nn.PixelShuffle(2)]
        layers += [nn.BatchNorm2d(channels), nn.ReLU()]
        features = channels
    return nn.Sequential(*layers, nn.Conv2d(features, 3, 3, padding=1))


class Autoencoder(Objective):
    """Give the image back from a narrow code of the last feature map; `noise` makes it denoise."""

    def __init__(
        self, encoder: Any, recipe: Recipe, code: int = 32, width: int = 128, noise: float = 0.0
    ) -> None:
        super().__init__(encoder, recipe)
        size = _map_size(encoder)
        self.noise = noise
        self.to_code = nn.Conv2d(encoder.num_features, code, 1)
        self.decoder = _decoder(code, size, width)

    def forward(self, pixels: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Return the mean squared error of the standardised pixels."""
        del labels
        view = self.view(pixels)
        noisy = view + self.noise * torch.randn_like(view)
        code = self.to_code(self.encoder.forward_features(noisy))
        return nn.functional.mse_loss(self.decoder(code).float(), view)


class VariationalAutoencoder(Objective):
    """Maximise the evidence bound of a Gaussian code of the last feature map (Kingma, Welling)."""

    def __init__(
        self, encoder: Any, recipe: Recipe, code: int = 32, width: int = 128, beta: float = 1.0
    ) -> None:
        super().__init__(encoder, recipe)
        self.beta = beta
        self.to_code = nn.Conv2d(encoder.num_features, 2 * code, 1)
        self.decoder = _decoder(code, _map_size(encoder), width)

    def forward(self, pixels: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Return squared error plus beta times the divergence, both per pixel value."""
        del labels
        view = self.view(pixels)
        mean, log_variance = self.to_code(self.encoder.forward_features(view)).float().chunk(2, 1)
        code = mean + (log_variance / 2).exp() * torch.randn_like(mean)
        error = nn.functional.mse_loss(self.decoder(code).float(), view)
        divergence = (mean**2 + log_variance.exp() - 1 - log_variance).sum() / 2
        return error + self.beta * divergence / view.numel()


def _map_size(encoder: Any) -> int:
    """Return the side of the encoder's last feature map for an image of 32 pixels."""
    training = encoder.training
    with torch.no_grad():
        size = encoder.eval().forward_features(torch.zeros(1, 3, 32, 32)).shape[-1]
    encoder.train(training)
    return size
