"""The layers whose weights a safetensors file holds; every damage is said in one sentence."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from substrate.wording import not_finite

#: What a file's own names of types are in NumPy; a bfloat16 is the upper half of a float32.
FLOATS = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}
#: What to do where a file cannot be used as it is.
SAVE_AGAIN = "save the network's weights again with safetensors.torch.save_file"


class WeightsError(ValueError):
    """Weights that cannot be read or measured; the message says which file, and what to do."""


@dataclass(frozen=True, eq=False)
class LearnedLayer:
    """The weights of one layer: (outputs, inputs) or (outputs, inputs, height, width)."""

    name: str
    weights: np.ndarray

    @property
    def spatial(self) -> bool:
        """Tell whether its kernels have a square extent of more than one pixel."""
        shape = self.weights.shape
        return len(shape) == 4 and shape[2] == shape[3] > 1


def read_layers(path: Path | str) -> list[LearnedLayer]:
    """Read the weights of a safetensors file, by name: matrices and kernels, no norms or biases.

    A joint matrix of queries, keys and values is divided into the three.

    Raises
    ------
    WeightsError
        If there is no such file, it is no safetensors file, or it holds no weights of two or four
        dimensions, or some that are empty, no floating-point numbers, or not finite.
    """
    path = Path(path)
    _require_file(path)
    layers = [layer for name, tensor in _tensors(path) for layer in _layers(name, tensor)]
    for layer in layers:
        if not np.isfinite(layer.weights).all():
            count = int(np.count_nonzero(~np.isfinite(layer.weights)))
            raise WeightsError(not_finite(f"{path}: {layer.name}", count, layer.weights.size))
    return layers


def _require_file(path: Path) -> None:
    """Refuse what is no safetensors file, before it is opened."""
    advice = "give one, or a bundled encoder's name."
    if path.is_dir():
        raise WeightsError(f"{path} is a folder and no .safetensors file: {advice}")
    if path.suffix == ".safetensors" and not path.exists():
        raise WeightsError(f"There is no file {path}: {advice}")
    if path.suffix != ".safetensors" or not path.is_file():
        raise WeightsError(f"{path} is no .safetensors file: {advice}")


def _tensors(path: Path) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the matrices and kernels of floating-point numbers, in the order of people."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as held:
            parts = {name: held.get_slice(name) for name in held.keys()}  # noqa: SIM118
            types = {
                name: (part.get_dtype(), tuple(part.get_shape()))
                for name, part in parts.items()
                if name.endswith(".weight") and len(part.get_shape()) in (2, 4)
            }
            _require_weights(path, types)
            names = sorted((n for n, (kind, _) in types.items() if kind in FLOATS), key=_order)
            tensors = [(name, _read(path, held, name, types[name][0])) for name in names]
    except PermissionError as error:
        raise WeightsError(f"{path} may not be read: change its permissions.") from error
    except (SafetensorError, TypeError, ValueError, OSError) as error:
        if isinstance(error, WeightsError):
            raise
        raise WeightsError(
            f"{path} cannot be read as .safetensors ({error}): {SAVE_AGAIN}."
        ) from error
    yield from tensors


def _require_weights(path: Path, types: dict[str, tuple[str, tuple[int, ...]]]) -> None:
    """Refuse a file that has no weights, or weights that are empty or no real numbers."""
    if not types:
        raise WeightsError(
            f"{path} holds no matrices or kernels that end in “.weight”: {SAVE_AGAIN}, under its "
            "own names."
        )
    for name, (kind, shape) in types.items():
        layer = name.removesuffix(".weight")
        if kind not in FLOATS:
            raise WeightsError(
                f"{path}: {layer} holds {kind}, and weights are read as "
                f"{', '.join(FLOATS)}: save them as float32."
            )
        if 0 in shape:
            size = " x ".join(map(str, shape))
            raise WeightsError(f"{path}: {layer} is empty ({size}): {SAVE_AGAIN}.")


def _read(path: Path, held: Any, name: str, kind: str) -> np.ndarray:
    if kind != "BF16":
        tensor: np.ndarray = held.get_tensor(name)
        return tensor
    with path.open("rb") as file:  # NumPy has no such numbers: their bytes are read as they lie
        size = int.from_bytes(file.read(8), "little")
        entry = json.loads(file.read(size))[name]
        start, end = entry["data_offsets"]
        file.seek(8 + size + start)
        halves = np.frombuffer(file.read(end - start), FLOATS[kind]).astype(np.uint32)
    return (halves << 16).view(np.float32).reshape(entry["shape"])


def _order(name: str) -> list[tuple[int, str]]:
    """Order names as people do: layer 2 before layer 10."""
    parts = re.split(r"(\d+)", name)
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]


def _layers(name: str, tensor: np.ndarray) -> Iterator[LearnedLayer]:
    weights, name = tensor.astype(np.float64), name.removesuffix(".weight")
    if name.endswith("qkv") and weights.ndim == 2 and len(weights) % 3 == 0:
        for part, one in zip("qkv", np.split(weights, 3), strict=True):
            yield LearnedLayer(f"{name.removesuffix('qkv')}{part}", one)
    else:
        yield LearnedLayer(name, weights)
