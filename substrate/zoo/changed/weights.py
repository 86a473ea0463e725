"""Networks with other weights: projected on some directions, or with neurons that are drawn anew.

The published tests are Guth & Ménard's projection on eigenvectors (arXiv:2409.19460) and Guth et
al.'s redrawing of neurons (arXiv:2305.18512). The statistics of batch normalisation are measured
anew, on images that are not tested.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from copy import deepcopy
from typing import Literal

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64, UInt8
from torch import nn

from substrate.numerics.weights.alignment import joint_sum, turned_inputs
from substrate.numerics.weights.spectrum import leading_vectors, neurons
from substrate.zoo.data import LabelledImages, as_pixels, normalise
from substrate.zoo.probe import predict

#: Images in one batch.
BATCH = 500
#: Samples (images times positions) that an alignment is fitted to, for each input.
SAMPLES = 4
CPU = torch.device("cpu")
Kept = Literal["leading", "others", "random"]
Drawn = Literal["fitted", "isotropic"]


def learned_layers(model: nn.Module) -> list[tuple[str, nn.Conv2d]]:
    """Return the convolutions that mix channels, in their order."""
    return [
        (name, module)
        for name, module in model.named_modules()
        if isinstance(module, nn.Conv2d) and module.groups == 1
    ]


def right(model: nn.Module, test: LabelledImages) -> Bool[np.ndarray, " n"]:
    """Return which test images are classified rightly."""
    predicted: Int64[np.ndarray, " n"] = predict(model, test.images, CPU)
    return predicted == test.labels


def widest(model: nn.Module) -> int:
    """Return the number of inputs of the widest layer."""
    return max(int(module.weight.shape[1]) for _, module in learned_layers(model))


@torch.no_grad()
def projected(
    model: nn.Module, rank: int, kept: Kept, images: UInt8[np.ndarray, "n h w 3"], *, seed: int = 0
) -> nn.Module:
    """Keep of every layer's weights what lies along some channel directions.

    Its first ``rank`` eigenvectors, all others, or as many orthonormal directions drawn at random;
    all of them where a layer has no more inputs.
    """
    changed, rng = deepcopy(model), np.random.default_rng(seed)
    for _, module in learned_layers(changed):
        w = neurons(module.weight.double().numpy())
        d = w.shape[1]
        axes = leading_vectors(w, min(rank, d))
        if kept == "random":
            axes = np.linalg.qr(rng.standard_normal((d, min(rank, d))))[0]
        onto = torch.from_numpy(axes @ axes.T)
        if kept == "others":
            onto = torch.eye(d, dtype=torch.float64) - onto
        moved = torch.einsum("oiyx,ij->ojyx", module.weight.double(), onto)
        module.weight.copy_(moved.to(module.weight.dtype))
    return normalised_anew(changed, images)


@torch.no_grad()
def redrawn(
    model: nn.Module,
    drawn: Drawn,
    images: UInt8[np.ndarray, "n h w 3"],
    aligning: UInt8[np.ndarray, "m h w 3"],
    *,
    seed: int,
) -> nn.Module:
    r"""Draw every layer's neurons anew, from the first to the last; the classifier stays.

    Neurons are Gaussian with the covariance W'W / n of the layer's own, or white with its trace. A
    layer above a redrawn one sees other inputs: they are aligned to those that it saw (orthogonal
    A, fitted on as many of the images ``aligning``, which are in random order, as give `SAMPLES`
    samples for each input), and its neurons w are replaced by w A. Gains and shifts of batch
    normalisation, where it has any, stay in their places; its statistics are measured on
    ``images``.
    """
    changed, rng = deepcopy(model), np.random.default_rng(seed)
    layers = learned_layers(changed)
    for place, (name, module) in enumerate(layers):
        w = module.weight.double().numpy().reshape(len(module.weight), -1)
        if drawn == "fitted":
            fresh = rng.standard_normal((len(w), len(w))) @ w / np.sqrt(len(w))
        else:
            fresh = rng.standard_normal(w.shape) * np.sqrt(np.square(w).mean())
        if place:
            turned = _alignment(model, changed, name, aligning)
            kernels = fresh.reshape(module.weight.shape)
            fresh = np.einsum("oiyx,ij->ojyx", kernels, turned)
        module.weight.copy_(torch.from_numpy(fresh.reshape(module.weight.shape)))
        normalised_anew(changed, images)
    name, head = _classifier(changed)
    turned = _alignment(model, changed, name, aligning)
    head.weight.copy_(torch.from_numpy(head.weight.double().numpy() @ turned))
    return changed


def _classifier(model: nn.Module) -> tuple[str, nn.Linear]:
    """Return the last linear layer, which reads classes."""
    return [(n, one) for n, one in model.named_modules() if isinstance(one, nn.Linear)][-1]


def _alignment(
    model: nn.Module, changed: nn.Module, name: str, images: UInt8[np.ndarray, "n h w 3"]
) -> Float[np.ndarray, "d d"]:
    """Return A with A x' nearest to x, of what goes into a module before and after the change."""
    sums: np.ndarray = np.zeros(())
    samples = 0
    for batch in _batches(images):
        x, y = (_inputs(one, name, batch).numpy() for one in (model, changed))
        sums, samples = sums + joint_sum(x, y), samples + len(x)
        if samples >= SAMPLES * x.shape[1]:
            break
    return turned_inputs(sums)


class _Seen(Exception):  # noqa: N818 - no error
    """What goes into a module is known, and the rest of the network need not run."""


@torch.inference_mode()
def _inputs(model: nn.Module, name: str, batch: torch.Tensor) -> torch.Tensor:
    """Return what goes into a module, a row per image and position."""
    seen: list[torch.Tensor] = []
    module = model.get_submodule(name)

    def keep(_module: nn.Module, given: tuple[torch.Tensor, ...]) -> None:
        seen.append(given[0])
        raise _Seen

    handle = module.register_forward_pre_hook(keep)
    try:
        with suppress(_Seen):
            model.eval()(batch)
    finally:
        handle.remove()
    (x,) = seen
    return x if x.ndim == 2 else x.permute(0, 2, 3, 1).flatten(0, 2)


@torch.no_grad()
def normalised_anew(model: nn.Module, images: UInt8[np.ndarray, "n h w 3"]) -> nn.Module:
    """Measure the statistics of batch normalisation on some images; nothing else changes."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_running_stats()
            module.momentum = None  # the mean over batches
    model.train()
    for batch in _batches(images):
        model(batch)
    return model.eval()


def _batches(images: UInt8[np.ndarray, "n h w 3"]) -> Iterator[torch.Tensor]:
    for start in range(0, len(images), BATCH):
        yield normalise(as_pixels(images[start : start + BATCH]))
