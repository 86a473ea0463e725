"""Weights from a local file: safetensors only, every damage said in one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from substrate.encoders.spec import EncoderError

_HEADS = ("classifier.bias", "head.bias", "fc.bias", "head.fc.bias", "classifier.weight")


def read_weights(path: Path) -> dict[str, Any]:
    """Read a safetensors file as float32; other formats are refused with the reason.

    Raises
    ------
    EncoderError
        If there is no such file, it is no safetensors file, or it holds no real numbers.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if path.suffix != ".safetensors":
        raise EncoderError(
            f"{path.name}: only .safetensors weights are read, because a {path.suffix or 'bare'} "
            "file can run code when opened. Convert it with safetensors.torch.save_file."
        )
    try:
        if not path.is_file():  # a pipe would wait for its writer
            raise EncoderError(f"There is no weights file {path}.")
        tensors = load_file(path)
    except (SafetensorError, OSError, ValueError, LookupError, AttributeError) as error:
        if isinstance(error, EncoderError):
            raise
        raise EncoderError(f"{path.name} is not a readable safetensors file ({error}).") from error
    for name, tensor in tensors.items():
        if tensor.is_complex():
            raise EncoderError(f"{path.name}: the tensor {name!r} holds complex numbers.")
    return {k: v.float() if v.is_floating_point() else v for k, v in tensors.items()}


def count_classes(tensors: Mapping[str, Any]) -> int | None:
    """Return how many classes the head in a weights file has, if it tells."""
    heads = (tensors[name] for name in _HEADS if name in tensors)
    return next((int(tensor.shape[0]) for tensor in heads if tensor.ndim), None)


def load_into(model: Any, tensors: Mapping[str, Any], *, file: str, architecture: str) -> None:
    """Load weights into a model, every tensor of either side accounted for.

    Raises
    ------
    EncoderError
        If a tensor is missing, unknown or of another shape.
    """
    advice = "Check the architecture and its kwargs."
    try:
        missing, unexpected = model.load_state_dict(tensors, strict=False)
    except RuntimeError as error:
        detail = str(error).splitlines()[-1].strip()
        raise EncoderError(f"{file} does not fit {architecture}: {detail} {advice}") from error
    missing = [name for name in missing if not name.endswith("num_batches_tracked")]
    if missing or unexpected:
        first = (missing or unexpected)[0]
        raise EncoderError(
            f"{file} does not fit {architecture}: {len(missing)} tensors are missing and "
            f"{len(unexpected)} are unknown, {first!r} first. {advice}"
        )
