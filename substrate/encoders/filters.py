"""The filters of a first layer that is one convolution of the image."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from torch import nn

from substrate.encoders.spec import Encoder


@torch.inference_mode()
def first_filters(encoder: Encoder, size: int) -> Float[np.ndarray, "p c k l"] | None:
    """Return the weights behind the first listed layer, None where it is no single convolution.

    It is one where a convolution of the image, wider than a pixel and with as many outputs as the
    layer has units, is all that has weights to mix channels or pixels with on the way there:
    normalisation and rectification may follow.
    """
    layer = encoder.layers[0]
    ran: list[nn.Module] = []
    handles = [
        module.register_forward_hook(lambda module, _i, _o: ran.append(module))
        for module in encoder.network.modules()
        if isinstance(module, nn.Conv2d | nn.Linear)
    ]
    counted: list[int] = []
    try:
        target = encoder.network.get_submodule(layer.module)
    except AttributeError:
        return None
    handles.append(target.register_forward_hook(lambda *_: counted.append(len(ran))))
    try:
        encoder.network.eval()(torch.zeros(1, 3, size, size))
    finally:
        for handle in handles:
            handle.remove()
    before = ran[: counted[0]] if counted else []
    if len(before) != 1 or not isinstance(before[0], nn.Conv2d):
        return None
    conv = before[0]
    single = conv.in_channels == 3 and conv.groups == 1 and conv.out_channels == layer.width
    if not single or max(conv.kernel_size) < 2:
        return None
    return conv.weight.float().numpy().astype(np.float64)
