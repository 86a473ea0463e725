"""Finished encoders: the shipped weights with what was measured on exactly those weights."""

import hashlib
import platform
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from torch import nn

import substrate
import substrate.encoders.torchvision_guard  # (before timm)

# isort: split
import timm

from substrate.encoders.networks.architectures import build
from substrate.inputs.untrusted import UntrustedError, read_yaml
from substrate.zoo import probe
from substrate.zoo.checkpoint import half_precision, read_tensors, write_tensors
from substrate.zoo.data import MEAN, SIZE, STD, Cifar, fewer, select
from substrate.zoo.errors import ZooInputError
from substrate.zoo.loop import History, Training, trajectory_steps
from substrate.zoo.recipe import Recipe, panel_recipes, parse_recipe

QUICK_PROBE_IMAGES = 5_000
LICENCE = "the licence of this project; trained on CIFAR-10 (Krizhevsky, 2009)"
FAMILIES = {
    "resnet": "convolutional",
    "convnext": "convolutional",
    "vgg": "convolutional",
    "mobilenetv2": "convolutional",
    "vgg_factorised": "convolutional",
    "vit": "transformer",
    "swin": "transformer",
    "mixer": "mlp",
}
PARADIGMS = {
    "supervised": "supervised",
    "simclr": "contrastive",
    "dino": "self-distilled",
    "mae": "masked",
    "autoencoder": "autoencoding",
    "vae": "autoencoding",
    "rotation": "rotation",
}

_FILTERS = {
    "universal": "leading eigenvectors of layers 2 to 6 of vgg, frozen",
    "untrained": "leading eigenvectors of layers 2 to 6 of vgg before its training, frozen",
    "random": "orthonormal, drawn uniformly, frozen",
}


def paradigm(recipe: Recipe) -> str:
    """Return the word for what a recipe learns from."""
    return "random labels" if recipe.label_seed is not None else PARADIGMS[recipe.objective.name]


def untrained(recipe: Recipe) -> nn.Module:
    """Return the network of a recipe before training."""
    return build(recipe.architecture.kind, seed=recipe.seed, **recipe.model_kwargs)


def initial_sums(recipe: Recipe) -> dict[str, float]:
    """Return two sums over the weights that a recipe starts from, tensors in order of their names.

    ``norm`` is the square root of their summed squares, ``cosine`` their inner product with the
    cosine of 1, 2, 3, ... over that norm. The weights follow from the recipe, so they are not
    stored; this tells whether a machine makes the same ones again. Their last digits differ between
    processors, so that a digest of their bytes would not.
    """
    state = sorted(untrained(recipe).state_dict().items())
    values = np.concatenate([value.double().numpy().ravel() for _, value in state])
    norm = float(np.linalg.norm(values))
    cosine = float(values @ np.cos(np.arange(1, len(values) + 1))) / norm
    return {"norm": round(norm, 4), "cosine": round(cosine, 6)}


def load_weights(recipe: Recipe, path: Path) -> nn.Module:
    """Return the network of a recipe with the weights of a file, in float32."""
    tensors, _ = read_tensors(path)
    model = untrained(recipe)
    model.load_state_dict(tensors)
    return model.eval()


def load_card(path: Path) -> tuple[dict[str, Any], Recipe]:
    """Read a card and the recipe in it."""
    try:
        content = read_yaml(path)
    except UntrustedError as error:
        raise ZooInputError(f"The card cannot be read: {error}") from None
    if not isinstance(content, dict) or "recipe" not in content or "accuracy" not in content:
        raise ZooInputError(
            f"{path} is not the card of a finished encoder: it has no recipe or accuracy."
        )
    return content, parse_recipe(content, str(path))


def measure(recipe: Recipe, model: nn.Module, cifar: Cifar, device: torch.device) -> dict[str, Any]:
    """Measure what a card states: test, training (random labels) or linear-probe accuracy."""
    model = model.to(device)
    if recipe.objective.name != "supervised":
        value = probe.probe_accuracy(model, cifar.train, cifar.test, device)
        return {"kind": "linear probe", "value": value, "images": len(cifar.test.labels)}
    memorised = recipe.label_seed is not None
    chosen = select(cifar.train if memorised else cifar.test, recipe, training=memorised)
    correct = probe.predict(model, chosen.images, device) == chosen.labels
    kind = "training, random labels" if memorised else "test"
    return {"kind": kind, "value": float(correct.mean()), "images": len(chosen.labels)}


def ship(training: Training, cifar: Cifar, history: History, out: Path) -> Path:
    """Write weights, trajectory and, last, the card; return the card's path."""
    recipe, device = training.recipe, training.device
    weights = out / f"{recipe.name}.safetensors"
    write_tensors(weights, half_precision(training.objective.encoder), {"name": recipe.name})
    model = load_weights(recipe, weights)
    accuracy = measure(recipe, model, cifar, device)
    if accuracy["kind"] == "linear probe":
        accuracy["untrained"] = measure(recipe, untrained(recipe), cifar, device)["value"]
    card = header(recipe, model) | {
        "accuracy": _floor(accuracy),
        "sha256": sha256(weights),
        "initial": initial_sums(recipe),
        "training": _provenance(training, cifar, history),
    }
    if recipe.architecture.kind == "vgg_factorised":
        card["spatial_filters"] = _FILTERS[recipe.architecture.kwargs.get("filters", "universal")]
    if recipe.trajectory:
        card["trajectory"] = _trajectory(training, cifar, out)
    card["recipe"] = _resolved(recipe)
    path = out / f"{recipe.name}.yaml"
    partial = path.with_suffix(".yaml.partial")
    partial.write_text(yaml.safe_dump(card, sort_keys=False, width=110, allow_unicode=True))
    partial.replace(path)
    return path


def header(recipe: Recipe, model: nn.Module) -> dict[str, Any]:
    """Return what a reader of the card needs before anything else."""
    return {
        "name": recipe.name,
        "title": recipe.title or recipe.name,
        "order": panel_order(recipe),
        "family": FAMILIES[recipe.architecture.kind],
        "paradigm": paradigm(recipe),
        "preset": recipe.preset,
        "control_of": recipe.control_of,
        "differs_in": list(recipe.differs_in),
        "parameters": sum(p.numel() for p in model.parameters()),
        "has_classifier": recipe.objective.name == "supervised",
        "input_size": SIZE,
        "mean": list(MEAN),
        "std": list(STD),
        "dtype": "float16",
        "licence": LICENCE,
    }


def panel_order(recipe: Recipe) -> int:
    """Return the place of a recipe in the bundled panel, after all of them if it is not of it."""
    names = [one.name for one in panel_recipes()]
    return names.index(recipe.name) + 1 if recipe.name in names else len(names) + 1


def _resolved(recipe: Recipe) -> dict[str, Any]:
    """Return a recipe as a mapping in which the network's arguments are complete."""
    architecture = recipe.architecture.model_copy(update={"kwargs": recipe.model_kwargs})
    return recipe.model_copy(update={"architecture": architecture}).model_dump(mode="json")


def _floor(accuracy: dict[str, Any]) -> dict[str, Any]:
    """Cut accuracies to four digits, never upwards."""
    return {
        k: int(v * 10_000 + 1e-9) / 10_000 if isinstance(v, float) else v
        for k, v in accuracy.items()
    }


def _provenance(training: Training, cifar: Cifar, history: History) -> dict[str, Any]:
    """Return how the weights came about."""
    return {
        "data": "CIFAR-10",
        "data_sha256": cifar.digest,
        "images": len(training.data.labels),
        "steps": history.step,
        "seconds": round(history.seconds),
        "device": f"{training.device.type} ({platform.machine()})",
        "threads": torch.get_num_threads(),
        "precision": "bfloat16 autocast" if training.mixed_precision else "float32",
        "torch": str(torch.__version__),
        "timm": timm.__version__,
        "substrate": substrate.__version__,
        "curve": history.curve,
    }


def _trajectory(training: Training, cifar: Cifar, out: Path) -> list[dict[str, Any]]:
    """Copy the checkpoints along training and measure each."""
    recipe, entries = training.recipe, []
    for step in trajectory_steps(training.steps):
        tensors, metadata = read_tensors(training.trajectory_file(step))
        path = out / "trajectories" / recipe.name / f"step-{step:06d}.safetensors"
        write_tensors(path, tensors, metadata)
        accuracy = _quick_measure(recipe, load_weights(recipe, path), cifar, training.device)
        file = path.relative_to(out).as_posix()
        entries.append({"step": step, "accuracy": accuracy, "file": file, "sha256": sha256(path)})
    return entries


def _quick_measure(recipe: Recipe, model: nn.Module, cifar: Cifar, device: torch.device) -> float:
    """Measure a checkpoint: like the final weights, but a probe sees 5,000 images of each half."""
    if recipe.objective.name != "supervised":
        train, test = (fewer(half, QUICK_PROBE_IMAGES) for half in (cifar.train, cifar.test))
        cifar = Cifar(train, test, cifar.digest)
    return _floor(measure(recipe, model, cifar, device))["value"]


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
