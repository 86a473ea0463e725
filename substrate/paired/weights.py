"""The weights of two networks of one architecture, compared through the inputs that they see."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from substrate.domains import folder
from substrate.domains.spec import Domain
from substrate.encoders import ENCODER_SOURCES
from substrate.encoders.readout import INPUT
from substrate.encoders.spec import Encoder, EncoderError, Layer
from substrate.numerics.moments import Moments
from substrate.numerics.nulls import group_permutations
from substrate.numerics.weights.alignment import aligned_layer, input_moments
from substrate.numerics.weights.noise import NoiseError
from substrate.numerics.weights.spectrum import neurons, weight_spectrum
from substrate.paired.passes import PairedPass, Place

#: Alignments that are fitted to photographs that do not belong together; draws of rotations.
SHUFFLES, DRAWS = 5, 10
#: Photographs that an alignment needs: half of them fit it, half of them judge it.
FEWEST = 20


def common_layers(first: Encoder, second: Encoder) -> list[str]:
    """Return the modules whose kernels have one shape in both networks, in their order.

    Raises
    ------
    EncoderError
        If there is none.
    """
    shapes = [
        {
            name: tuple(module.weight.shape)
            for name, module in encoder.network.named_modules()
            if isinstance(module, nn.Conv2d) and module.groups == 1
        }
        for encoder in (first, second)
    ]
    names = [name for name, shape in shapes[0].items() if shapes[1].get(name) == shape]
    if not names:
        raise EncoderError(
            f"{first.name} and {second.name} have no convolutions of one name and shape: weights "
            "are compared between networks of one architecture."
        )
    return names


def _reading_inputs(encoder: Encoder, names: list[str]) -> Encoder:
    """Return the encoder with the inputs of some modules as its layers."""
    modules = dict(encoder.network.named_modules())
    layers = [
        Layer(name, f"{INPUT}{name}", 0.0, "spatial", int(modules[name].weight.shape[1]))  # type: ignore[index]
        for name in names
    ]
    return replace(encoder, layers=tuple(layers))


def aligned_weights(
    first: Encoder,
    second: Encoder,
    domain: Domain,
    *,
    seed: int = 0,
    progress: Callable[[str], None] = lambda _what: None,
) -> dict[str, Any]:
    """Compare every common layer through the alignment of its inputs, ready for JSON.

    Returns
    -------
    dict
        ``layers``: by name ``error`` and ``error_permuted`` of the alignment on held-out
        photographs, ``similarity`` (S, both orders, its interval over draws), ``unaligned``,
        ``permuted``; or ``reason`` where the weights have nothing above their noise.
    """
    groups = domain.groups
    photographs = np.unique(groups)
    if len(photographs) < FEWEST:
        raise EncoderError(
            f"{domain.name} has {len(photographs)} {domain.nouns.groups}, and an alignment needs "
            f"{FEWEST}: half of them fit it and half judge it."
        )
    chosen = np.random.default_rng(seed).permutation(photographs)[: len(photographs) // 2]
    fitted = np.isin(groups, chosen)
    rows = [np.flatnonzero(fitted), np.flatnonzero(~fitted)]
    names = common_layers(first, second)
    sides = [_reading_inputs(encoder, names) for encoder in (first, second)]
    paired = PairedPass(sides[0], sides[1], [Place(name, name) for name in names], domain, rows)
    progress("Aligning inputs")
    true = [_moments(paired, index) for index in range(2)]
    inner = group_permutations(groups[rows[0]], SHUFFLES, seed)
    nulls = []
    for shuffle, order in enumerate(inner):
        progress(f"Photographs shuffled, {shuffle + 1} of {SHUFFLES}")
        stand_ins = np.arange(len(groups))
        stand_ins[rows[0]] = rows[0][order]
        nulls.append(_moments(paired, 0, stand_ins))
    weights = [dict(_weights(encoder, names)) for encoder in (first, second)]
    return {
        "images": f"{len(groups)} images of {len(photographs)} {domain.nouns.groups}",
        "shuffles": SHUFFLES,
        "layers": {name: _compared(name, weights, true, nulls, seed=seed) for name in names},
    }


def aligned_networks(
    networks: Sequence[str],
    images: Path,
    architecture: str | None,
    *,
    seed: int,
    progress: Callable[[str], None],
) -> dict[str, Any]:
    """Load two networks by name or file, read a folder of images, and compare their weights.

    Raises
    ------
    EncoderError
        If there are not two, or the architecture of a weights file is not given.
    """
    if len(networks) != 2:
        raise EncoderError(f"Images align two networks, and {len(networks)} are named.")
    loaded = []
    for name in networks:
        config = {"source": "bundled", "name": name, "layers": "last", "pooling": "auto"}
        if name.endswith(".safetensors"):
            if architecture is None:
                raise EncoderError(f"{name}: say with --arch which architecture it is of.")
            own = {"architecture": architecture, "weights": name, "name": Path(name).stem}
            config |= {"source": "timm", **own}
        loaded.append(ENCODER_SOURCES[config["source"]].load(config))
    first, second = loaded
    return aligned_weights(first, second, folder.load(str(images)), seed=seed, progress=progress)


def _moments(
    paired: PairedPass, index: int, stand_ins: np.ndarray | None = None
) -> dict[str, Moments]:
    block = paired.block(index, stand_ins)
    return {place.first: one.moments for place, one in block.items()}


@torch.inference_mode()
def _weights(encoder: Encoder, names: list[str]) -> Iterator[tuple[str, np.ndarray]]:
    modules = dict(encoder.network.named_modules())
    for name in names:
        kernels = modules[name].weight.double().numpy()  # type: ignore[operator, union-attr]
        yield name, neurons(kernels)


def _compared(
    name: str,
    weights: list[dict[str, np.ndarray]],
    true: list[dict[str, Moments]],
    nulls: list[dict[str, Moments]],
    *,
    seed: int,
) -> dict[str, Any]:
    try:
        spectra = [weight_spectrum(side[name]) for side in weights]
    except NoiseError as error:
        return {"reason": str(error)}
    found = aligned_layer(
        spectra[0],
        spectra[1],
        input_moments(true[0][name]),
        input_moments(true[1][name]),
        [input_moments(one[name]) for one in nulls],
        seed=seed,
        draws=DRAWS,
    )
    out: dict[str, Any] = {
        "error": found.error,
        "error_permuted": found.error_permuted.tolist(),
        "reason": "",
    }
    doubtful = [s for s in spectra if not s.noise.described]
    if doubtful:
        return out | {"reason": "The eigenvalues do not follow one law of noise."}
    if not all(len(s.learned) for s in spectra):
        return out | {"reason": "No eigenvalue stands out of the noise of one of the two."}
    return out | {
        "similarity": {**asdict(found.similarity), "value": found.similarity.value},
        "unaligned": found.unaligned,
        "permuted": found.permuted.tolist(),
    }


def lines(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the command prints of two networks' layers."""
    yield f"Inputs aligned on half of {found['images']}, judged on the other half"
    yield f"  {'layer':<32} {'error (permuted)':>18} {'S through it':>24} {'permuted':>9}"
    for name, row in found["layers"].items():
        if "error" not in row:
            yield f"  {name[-32:]:<32} {row['reason']}"
            continue
        error = f"{row['error']:.2f} ({np.mean(row['error_permuted']):.2f})"
        if "similarity" not in row:
            yield f"  {name[-32:]:<32} {error:>18}   {row['reason']}"
            continue
        s = row["similarity"]
        reached = f"{s['value']:.2f} [{s['low']:.2f}, {s['high']:.2f}]"
        null = f"{np.mean(row['permuted']):.2f}"
        yield f"  {name[-32:]:<32} {error:>18} {reached:>24} {null:>9}"
    yield ""
    yield (
        "Error: of the inputs of the layer, 0 for a perfect alignment. S: 1 for fresh samples of "
        "one learned covariance, 0 for a rotated one, both at this size; its range is over random "
        "rotations and Gaussian resamples."
    )
