"""The small networks of the bundled panel, all behind timm's interface."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from torch import nn

import substrate.encoders.torchvision_guard  # noqa: F401  (before timm)

# isort: split
from timm.layers import ClassifierHead
from timm.models._efficientnet_builder import decode_arch_def, round_channels
from timm.models.convnext import ConvNeXt
from timm.models.efficientnet import EfficientNet
from timm.models.mlp_mixer import MlpMixer
from timm.models.resnet import BasicBlock, ResNet
from timm.models.swin_transformer import SwinTransformer
from timm.models.vgg import VGG
from timm.models.vision_transformer import VisionTransformer

from substrate.encoders.networks.factorised import FactorisedVgg
from substrate.encoders.networks.seeding import drawn_with

VGG11 = (32, "M", 64, "M", 96, 96, "M", 128, 128, "M", 160, 160, "M")


class UnknownKindError(ValueError):
    """An architecture was asked for that is not in `KINDS`."""


def _resnet(
    num_classes: int,
    channels: Sequence[int] = (32, 64, 96, 128),
    depths: Sequence[int] = (1,) * 4,
) -> nn.Module:
    """ResNet of basic blocks for small images: its stem is a 3 x 3 convolution and a pooling."""
    # A deep stem of width 16 is asked for only because it makes the stem 32 channels wide, not 64.
    model: Any = ResNet(
        BasicBlock,  # type: ignore[arg-type]
        tuple(depths),
        num_classes=num_classes,
        channels=tuple(channels),
        stem_type="deep",
        stem_width=16,
    )
    model.conv1 = nn.Conv2d(3, 32, 3, padding=1, bias=False)
    nn.init.kaiming_normal_(model.conv1.weight, mode="fan_out", nonlinearity="relu")
    return model


def _convolution(
    kernel: int, c_in: int, c_out: int, kernel_size: int = 3, **kwargs: Any
) -> nn.Conv2d:
    """Give timm's VGG another kernel size than 3."""
    kwargs["padding"] = kernel // 2 if kwargs.get("padding") else 0
    return nn.Conv2d(c_in, c_out, kernel if kwargs["padding"] else 1, **kwargs)


def _vgg(num_classes: int, config: Sequence[int | str] = VGG11, kernel_size: int = 3) -> nn.Module:
    """VGG with batch normalisation, and one linear classifier in place of the 4096-wide one."""
    model: Any = VGG(
        list(config),
        num_classes=num_classes,
        mlp_ratio=1 / 4096,
        conv_layer=partial(_convolution, kernel_size),  # type: ignore[arg-type]
        norm_layer=nn.BatchNorm2d,
    )
    model.pre_logits = nn.Identity()
    model.head = ClassifierHead(model.num_features, num_classes)
    model.head_hidden_size = model.num_features
    return model


def _convnext(
    num_classes: int,
    depths: Sequence[int] = (1, 1, 3, 1),
    dims: Sequence[int] = (32, 64, 128, 160),
    **kwargs: Any,
) -> nn.Module:
    """ConvNeXt for small images: a stem of 2 x 2 patches, and a first stage that keeps its map."""
    options = {"patch_size": 2, "conv_mlp": False, "ls_init_value": 1.0, **kwargs}
    model: Any = ConvNeXt(
        num_classes=num_classes, depths=tuple(depths), dims=tuple(dims), **options
    )
    # Timm halves the map before the first stage if the stem has stride 2, as for larger images.
    model.stages[0].downsample = nn.Identity()
    return model


def _mobilenetv2(
    num_classes: int,
    stages: Sequence[str] = (
        "ds_r1_k3_s1_c16",
        "ir_r2_k3_s1_e4_c24",
        "ir_r2_k3_s2_e4_c48",
        "ir_r2_k3_s2_e4_c80",
        "ir_r1_k3_s1_e4_c112",
    ),
    num_features: int = 256,
    stem_size: int = 16,
) -> nn.Module:
    return EfficientNet(
        decode_arch_def([[stage] for stage in stages]),
        num_classes=num_classes,
        num_features=num_features,
        stem_size=stem_size,
        fix_stem=True,
        act_layer=nn.ReLU6,
        norm_layer=nn.BatchNorm2d,
        round_chs_fn=partial(round_channels, multiplier=1.0),
    )


def _vit(num_classes: int, **kwargs: Any) -> nn.Module:
    options = {
        "patch_size": 4,
        "embed_dim": 96,
        "depth": 6,
        "num_heads": 3,
        "mlp_ratio": 2,
        **kwargs,
    }
    return VisionTransformer(img_size=32, num_classes=num_classes, **options)


def _swin(num_classes: int, **kwargs: Any) -> nn.Module:
    options = {
        "patch_size": 2,
        "embed_dim": 48,
        "depths": (1, 1, 3),
        "num_heads": (2, 4, 6),
        "window_size": 4,
        "mlp_ratio": 2.0,
        "drop_path_rate": 0.0,
        **kwargs,
    }
    return SwinTransformer(img_size=32, num_classes=num_classes, **options)


def _mixer(num_classes: int, **kwargs: Any) -> nn.Module:
    options = {
        "patch_size": 4,
        "num_blocks": 6,
        "embed_dim": 128,
        "mlp_ratio": (0.5, 2.0),
        **kwargs,
    }
    return MlpMixer(img_size=32, num_classes=num_classes, **options)


KINDS: dict[str, Callable[..., nn.Module]] = {
    "resnet": _resnet,
    "convnext": _convnext,
    "vgg": _vgg,
    "mobilenetv2": _mobilenetv2,
    "vit": _vit,
    "swin": _swin,
    "mixer": _mixer,
    "vgg_factorised": FactorisedVgg,
}


def build(kind: str, *, seed: int | None = None, num_classes: int = 10, **kwargs: Any) -> nn.Module:
    """Build an untrained network of the panel; the same seed gives the same weights.

    Every network has timm's `forward_features(x)`, `forward_head(features, pre_logits=...)`,
    `forward(x)` and `num_features`. The global random state is left as it was.
    """
    if kind not in KINDS:
        raise UnknownKindError(
            f"No architecture is called {kind!r}. Known are: {', '.join(KINDS)}."
        )
    with drawn_with(seed):
        return KINDS[kind](num_classes, **kwargs)
