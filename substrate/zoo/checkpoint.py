"""Saving the state of a training atomically, and finding it again after a kill."""

import json
import os
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn
from torch.optim import Optimizer

from substrate.zoo.errors import ZooInputError


def write_tensors(path: Path, tensors: dict[str, torch.Tensor], metadata: dict[str, str]) -> None:
    """Write a safetensors file so that a reader sees all of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}.partial")
    save_file(
        {k: v.detach().cpu().contiguous() for k, v in tensors.items()}, partial, metadata=metadata
    )
    partial.replace(path)


def read_tensors(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    """Read a safetensors file and its metadata."""
    try:
        with safe_open(path, framework="pt") as file:
            return {key: file.get_tensor(key) for key in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise ZooInputError(f"{path} cannot be read as safetensors: {error}") from None


def half_precision(model: nn.Module) -> dict[str, torch.Tensor]:
    """Return the state of a model with its floating-point tensors in float16."""
    state = model.state_dict()
    return {k: v.half() if v.is_floating_point() else v for k, v in state.items()}


def save_checkpoint(
    path: Path, objective: nn.Module, optimiser: Optimizer, state: dict[str, Any]
) -> None:
    """Write the objective, the optimiser's moments and the JSON-able `state` into one file."""
    tensors = {f"model.{k}": v.clone() for k, v in objective.state_dict().items()}
    for index, moments in optimiser.state_dict()["state"].items():
        for key, value in moments.items():
            if isinstance(value, torch.Tensor):
                tensors[f"optimiser.{index}.{key}"] = value.clone()
    write_tensors(path, tensors, {"state": json.dumps(state)})


def read_state(path: Path) -> dict[str, Any]:
    """Return the `state` that a checkpoint was saved with."""
    return json.loads(read_tensors(path)[1]["state"])


def load_checkpoint(path: Path, objective: nn.Module, optimiser: Optimizer) -> None:
    """Put the tensors of a checkpoint back into the objective and its optimiser."""
    tensors, _ = read_tensors(path)
    model = {k.removeprefix("model."): v for k, v in tensors.items() if k.startswith("model.")}
    objective.load_state_dict(model)
    moments: dict[int, dict[str, torch.Tensor]] = {}
    for key, value in tensors.items():
        if key.startswith("optimiser."):
            _, index, name = key.split(".", 2)
            moments.setdefault(int(index), {})[name] = value
    full = optimiser.state_dict()
    optimiser.load_state_dict({"state": moments, "param_groups": full["param_groups"]})
