"""How much memory the pass of a network over one image takes."""

from __future__ import annotations

import torch
from torch import nn


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
