"""The modules of a network: which are its blocks, whose outputs are layers, and what they take."""

from __future__ import annotations

import torch
from torch import nn

_CONTAINERS = (nn.Sequential, nn.ModuleList)
_OUTSIDE = (
    "stem",
    "patch_embed",
    "head",
    "norm_pre",
    "classifier",
    "pos_embed",
    "downsample",
    "pre_logits",
)
_ACTIVATIONS = (nn.ReLU, nn.ReLU6, nn.GELU, nn.SiLU, nn.Hardswish, nn.LeakyReLU)


def blocks(model: nn.Module) -> list[str]:
    """Return the dotted names of a network's repeated blocks, in forward order.

    A block is a composite module inside a `Sequential` or `ModuleList` that holds no block itself
    (resnet ``layer1.0``, vit ``blocks.3``, convnext ``stages.2.blocks.1``). A network of plain
    layers, such as VGG, is read after each of its activations instead.
    """
    candidates = [
        f"{path}.{name}".lstrip(".")
        for path, module in model.named_modules()
        if type(module) in _CONTAINERS or isinstance(module, _CONTAINERS)
        for name, child in module.named_children()
        if not isinstance(child, _CONTAINERS) and next(child.children(), None) is not None
    ]
    inside = [name for name in candidates if not any(part in _OUTSIDE for part in name.split("."))]
    innermost = [
        name for name in inside if not any(other.startswith(f"{name}.") for other in inside)
    ]
    return innermost or _named_blocks(model) or _activations(model)


def _named_blocks(model: nn.Module) -> list[str]:
    """Return modules that are blocks by the name of their class, as in RegNet's stages."""
    named = [
        name
        for name, module in model.named_modules()
        if type(module).__name__.endswith(("Block", "Bottleneck")) and name
    ]
    return [name for name in named if not any(other.startswith(f"{name}.") for other in named)]


def _activations(model: nn.Module) -> list[str]:
    return [
        name
        for name, module in model.named_modules()
        if isinstance(module, _ACTIVATIONS)
        and not any(part in _OUTSIDE for part in name.split("."))
    ]


@torch.inference_mode()
def image_bytes(model: nn.Module, size: int) -> int:
    """Return the bytes of what the busiest module reads and writes for one image of `size`."""
    most = 0

    def count(_module: nn.Module, inputs: tuple[object, ...], output: object) -> None:
        nonlocal most
        arrays = [a for a in (*inputs, output) if isinstance(a, torch.Tensor)]
        most = max(most, sum(a.numel() * a.element_size() for a in arrays))

    handles = [
        module.register_forward_hook(count)
        for module in model.modules()
        if next(module.children(), None) is None
    ]
    try:
        model.eval().forward_features(torch.zeros(1, 3, size, size))  # type: ignore[operator]
    finally:
        for handle in handles:
            handle.remove()
    return max(most, 12 * size * size)
