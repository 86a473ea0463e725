"""Reads every block of a model in one pass: which layers there are, and how each is pooled."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import nn

from substrate.encoders.blocks import blocks
from substrate.encoders.spec import EncoderError, Layer

PENULTIMATE, LOGITS = "penultimate", "logits"
#: A module of this prefix and a name stands for what goes into the module of that name.
INPUT = "input of "


def prefix_tokens(model: nn.Module) -> int:
    """Return how many tokens before the patches (class token, registers) a model carries."""
    return int(getattr(model, "num_prefix_tokens", 0))


def _pooling(model: nn.Module, output: torch.Tensor, wish: str) -> str:
    """Name the pooling of a block's output: by its shape, the model's own head and the wish."""
    if output.ndim == 2:
        return "vector"
    if output.ndim == 4:
        return "spatial"
    own = str(getattr(model, "global_pool", "token"))
    return "cls" if wish == "auto" and prefix_tokens(model) and own == "token" else "tokens"


def channels_first(model: nn.Module, output: torch.Tensor) -> torch.Tensor:
    """Return a four-dimensional output as (batch, channels, height, width)."""
    channels_last = getattr(model, "output_fmt", "NCHW") == "NHWC"
    return output.permute(0, 3, 1, 2) if channels_last and output.ndim == 4 else output


def pooled(model: nn.Module, output: torch.Tensor, pooling: str) -> torch.Tensor:
    """Return one vector per image."""
    if pooling == "spatial":
        return channels_first(model, output).mean(dim=(2, 3))
    if pooling == "cls":
        return output[:, 0]
    if pooling == "tokens":
        return output[:, prefix_tokens(model) :].mean(dim=1)
    return output


Keep = Callable[[str, torch.Tensor], torch.Tensor]


def _whole(_name: str, output: torch.Tensor) -> torch.Tensor:
    """Keep a module's output as it is."""
    return output


@contextmanager
def _hooked(
    model: nn.Module, modules: Sequence[str], kept: Keep = _whole
) -> Iterator[dict[str, torch.Tensor]]:
    """Collect what ``kept`` makes of modules' outputs, or inputs (`INPUT`), while it is open."""
    outputs: dict[str, torch.Tensor] = {}
    handles = []
    for name in modules:

        def keep(_module: nn.Module, _inputs: object, output: object, name: str = name) -> None:
            outputs[name] = kept(name, output[0] if isinstance(output, tuple) else output)  # type: ignore[arg-type]

        def keep_input(_module: nn.Module, inputs: tuple[object, ...], name: str = name) -> None:
            outputs[name] = kept(name, inputs[0])  # type: ignore[arg-type]

        module = model.get_submodule(name.removeprefix(INPUT))
        if name.startswith(INPUT):
            handles.append(module.register_forward_pre_hook(keep_input))
        else:
            handles.append(module.register_forward_hook(keep))
    try:
        yield outputs
    finally:
        for handle in handles:
            handle.remove()


def _outputs(
    model: nn.Module, images: torch.Tensor, modules: Sequence[str], kept: Keep = _whole
) -> dict[str, torch.Tensor]:
    """Run one pass; return what is kept of the modules, the penultimate features, the logits."""
    inner = [name for name in modules if name not in (PENULTIMATE, LOGITS)]
    with _hooked(model, inner, kept) as outputs:
        features = model.forward_features(images)  # type: ignore[operator]
    if PENULTIMATE in modules:
        outputs[PENULTIMATE] = kept(PENULTIMATE, model.forward_head(features, pre_logits=True))  # type: ignore[operator]
    if LOGITS in modules:
        outputs[LOGITS] = kept(LOGITS, model.forward_head(features))  # type: ignore[operator]
    return {name: outputs[name] for name in modules}


@torch.inference_mode()
def find_layers(
    model: nn.Module, size: int, *, which: str, pooling: str, logits: bool
) -> tuple[Layer, ...]:
    """List a model's layers with relative depth, pooling and width, by one pass over a blank image.

    Raises
    ------
    EncoderError
        If the model has not timm's ``forward_features`` and ``forward_head``.
    """
    if not (hasattr(model, "forward_features") and hasattr(model, "forward_head")):
        raise EncoderError(
            f"{type(model).__name__} has no forward_features and forward_head, which are needed "
            "to read its layers. Choose a timm classification architecture."
        )
    inner = blocks(model) if which == "all" else []
    modules = [*inner, PENULTIMATE, *([LOGITS] if logits else [])]
    model.eval()
    try:
        outputs = _outputs(model, torch.zeros(1, 3, size, size), modules)
    except (RuntimeError, ValueError, AssertionError, TypeError) as error:
        reason = str(error).splitlines()[0]
        raise EncoderError(
            f"{type(model).__name__} does not accept an image of {size} x {size} pixels: {reason}"
        ) from error
    last = max(len(modules) - 1 - logits, 1)
    layers = []
    for index, name in enumerate(modules):
        how = _pooling(model, outputs[name], pooling)
        width = int(pooled(model, outputs[name], how).shape[1])
        layers.append(Layer(name, name, min((index + 1) / (last + 1), 1.0), how, width))
    return tuple(layers)


@torch.inference_mode()
def read(
    model: nn.Module, images: torch.Tensor, layers: Sequence[Layer]
) -> dict[str, torch.Tensor]:
    """Return the pooled output (images, width) of every layer from one pass.

    A map is pooled as soon as its block is done, so that no two blocks' maps are held at a time.
    """
    pooling = {layer.module: layer.pooling for layer in layers}

    def vector(name: str, output: torch.Tensor) -> torch.Tensor:
        return pooled(model, output, pooling[name]).float()

    outputs = _outputs(model, images, list(pooling), vector)
    return {layer.name: outputs[layer.module] for layer in layers}


@torch.inference_mode()
def read_map(
    model: nn.Module, image: torch.Tensor, layer: Layer
) -> tuple[torch.Tensor | None, torch.Tensor]:
    """Return a layer's (height, width, channels) map of one image, and its pooled vector.

    Penultimate features and logits are read from the last block's map where the channels agree;
    the map is None where the layer has no positions.
    """
    inner = blocks(model)
    module = layer.module if layer.module not in (PENULTIMATE, LOGITS) else inner[-1]
    outputs = _outputs(model, image[None], [*{module: 0, layer.module: 0}])
    vector = pooled(model, outputs[layer.module], layer.pooling)[0].float()
    grid = positions(model, outputs[module])
    there = grid is not None and grid.shape[-1] == layer.width
    return (grid[0].float() if there and grid is not None else None), vector


def positions(model: nn.Module, output: torch.Tensor) -> torch.Tensor | None:
    """Return an output as (images, height, width, units); None where it has no grid of positions.

    Patch tokens are laid out as the square that they were; class and register tokens are left out.
    """
    if output.ndim == 4:
        return channels_first(model, output).permute(0, 2, 3, 1)
    if output.ndim != 3:
        return None
    tokens = output[:, prefix_tokens(model) :]
    side = int(tokens.shape[1] ** 0.5)
    return tokens.unflatten(1, (side, side)) if side * side == tokens.shape[1] else None


def grids_with_gradient(model: nn.Module, images: torch.Tensor, layer: Layer) -> torch.Tensor:
    """Return a layer's units at positions, (images, height, width, units), to be differentiated."""
    output = _outputs(model, images, [layer.module])[layer.module]
    maps = positions(model, output)
    return pooled(model, output, layer.pooling)[:, None, None] if maps is None else maps


@torch.inference_mode()
def read_grids(
    model: nn.Module, images: torch.Tensor, layers: Sequence[Layer]
) -> dict[str, torch.Tensor]:
    """Return every layer's units at positions, (images, height, width, units), from one pass.

    A layer without positions gives its pooled output as a single one.
    """
    pooling = {layer.module: layer.pooling for layer in layers}

    def grid(name: str, output: torch.Tensor) -> torch.Tensor:
        maps = positions(model, output)
        if maps is None:
            maps = pooled(model, output, pooling[name])[:, None, None]
        return maps.float()

    outputs = _outputs(model, images, list(pooling), grid)
    return {layer.name: outputs[layer.module] for layer in layers}
