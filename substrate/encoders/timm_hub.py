"""Any timm architecture by name, with a local weights file or the hub's weights."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from substrate.encoders.spec import (
    Encoder,
    EncoderError,
    EncoderInfo,
    Preprocessing,
    twin_seed,
)

#: Modules of timm whose families have a shorter name here, or share one with another module.
FAMILIES = {
    "vision_transformer": "vit",
    "vision_transformer_relpos": "vit",
    "vision_transformer_sam": "vit",
    "deit": "vit",
    "resnetv2": "resnet",
    "swin_transformer": "swin",
    "swin_transformer_v2": "swin",
    "mlp_mixer": "mixer",
}
#: Said of an encoder where the study does not tell what it learnt from.
UNSTATED = "unstated"


@dataclass(frozen=True)
class TimmHub:
    """The source of timm's architectures."""

    key: str = "timm"
    title: str = "timm architecture"

    def infos(self) -> list[EncoderInfo]:
        """List nothing: timm's thousand names are not offered without loading it."""
        return []

    def load(self, config: Mapping[str, Any]) -> Encoder:
        """Build the architecture with the weights that the configuration names."""
        weights = config.get("weights")
        if weights:
            model, identity = _with_file(config, Path(weights))
        else:
            model, identity = _from_hub(config)
        return _encoder(config, model, identity, name=config["name"])

    def steps(self, config: Mapping[str, Any]) -> list[tuple[int, float]]:
        """Return nothing: timm's architectures come without checkpoints along training."""
        return []

    def checkpoint(self, config: Mapping[str, Any], step: int) -> Encoder:
        """Refuse: there are no checkpoints."""
        raise EncoderError(f"{config['name']} has no checkpoint at step {step}.")

    def untrained(self, config: Mapping[str, Any], seed: int, origin: str = "") -> Encoder:
        """Build the twin of the same architecture with initial weights of its own."""
        from substrate.encoders.seeding import drawn_with
        from substrate.store import digest

        drawn = twin_seed(origin or _weights_digest(config), seed)
        with drawn_with(drawn):
            model = _create(config, pretrained=False, classes=_classes(config))
        identity = digest(["untrained", config["architecture"], config.get("kwargs", {}), drawn])
        return _encoder(config, model, identity, name=f"{config['name']}~{seed}")


def _weights_digest(config: Mapping[str, Any]) -> str:
    from substrate.store import file_digest

    return file_digest(Path(config["weights"])) if config.get("weights") else _from_hub(config)[1]


def family_of(architecture: str) -> str:
    """Return the family of a timm architecture: the module of timm that defines it.

    So `resnet50` and `resnet101` are of one family, and `maxvit_tiny_tf_224` is not of the
    family of `vit_tiny_patch16_224`.
    """
    from timm.models import get_arch_name, model_entrypoint

    module = model_entrypoint(get_arch_name(architecture)).__module__.rpartition(".")[2]
    return FAMILIES.get(module, module)


def _create(config: Mapping[str, Any], *, pretrained: bool, classes: int | None) -> Any:
    """Create the model, or say which names are near."""
    import substrate.encoders.torchvision_guard  # noqa: F401  (before timm)

    # isort: split
    import timm

    name = config["architecture"]
    if not timm.is_model(name.split(".")[0]):
        near = difflib.get_close_matches(name, timm.list_models(), n=3, cutoff=0.3)
        raise EncoderError(f"timm has no architecture {name!r}. Near names: {', '.join(near)}.")
    kwargs = dict(config.get("kwargs") or {})
    if classes is not None:
        kwargs.setdefault("num_classes", classes)
    try:
        return timm.create_model(name, pretrained=pretrained, **kwargs)
    except (TypeError, ValueError, AssertionError, KeyError) as error:
        raise EncoderError(f"{name} cannot be built with {kwargs}: {error}.") from error


def _classes(config: Mapping[str, Any]) -> int | None:
    """Return the number of classes that a local weights file was trained for, if it tells."""
    weights = config.get("weights")
    if not weights or "num_classes" in (config.get("kwargs") or {}):
        return None
    return _file_classes(_tensors(Path(weights)))


def _file_classes(tensors: Mapping[str, Any]) -> int | None:
    heads = ("classifier.bias", "head.bias", "fc.bias", "head.fc.bias", "classifier.weight")
    return next((int(tensors[name].shape[0]) for name in heads if name in tensors), None)


def _tensors(path: Path) -> dict[str, Any]:
    """Read a safetensors file; other formats are refused with the reason."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if path.suffix != ".safetensors":
        raise EncoderError(
            f"{path.name}: only .safetensors weights are read, because a {path.suffix or 'bare'} "
            "file can run code when opened. Convert it with safetensors.torch.save_file."
        )
    try:
        tensors = load_file(path)
    except FileNotFoundError as error:
        raise EncoderError(f"There is no weights file {path}.") from error
    except (SafetensorError, OSError) as error:
        raise EncoderError(f"{path.name} is not a readable safetensors file ({error}).") from error
    return {k: v.float() if v.is_floating_point() else v for k, v in tensors.items()}


def _with_file(config: Mapping[str, Any], path: Path) -> tuple[Any, str]:
    from substrate.store import file_digest

    tensors = _tensors(path)
    classes = None
    if "num_classes" not in (config.get("kwargs") or {}):
        classes = _file_classes(tensors)
    model = _create(config, pretrained=False, classes=classes)
    try:
        missing, unexpected = model.load_state_dict(tensors, strict=False)
    except RuntimeError as error:
        detail = str(error).splitlines()[-1].strip()
        raise EncoderError(
            f"{path.name} does not fit {config['architecture']}: {detail} "
            "Check the architecture and its kwargs."
        ) from error
    missing = [name for name in missing if not name.endswith("num_batches_tracked")]
    if missing or unexpected:
        first = (missing or unexpected)[0]
        raise EncoderError(
            f"{path.name} does not fit {config['architecture']}: {len(missing)} tensors are "
            f"missing and {len(unexpected)} are unknown, {first!r} first. Check the architecture "
            "and its kwargs."
        )
    return model, file_digest(path)


def _from_hub(config: Mapping[str, Any]) -> tuple[Any, str]:
    import hashlib

    name = config["architecture"]
    try:
        model = _create(config, pretrained=True, classes=None)
    except EncoderError:
        raise
    except (OSError, RuntimeError) as error:
        raise EncoderError(
            f"The weights of {name} could not be fetched from the model hub "
            f"({type(error).__name__}). Go online, or give a local file with `weights:`."
        ) from error
    content = hashlib.sha256()
    for key, value in model.state_dict().items():
        content.update(key.encode())
        content.update(value.contiguous().numpy().tobytes())
    return model, content.hexdigest()


def _encoder(config: Mapping[str, Any], model: Any, identity: str, *, name: str) -> Encoder:
    import timm

    from substrate.encoders.readout import find_layers

    own = timm.data.resolve_model_data_config(model)
    size = int(config.get("size") or own["input_size"][-1])
    preprocessing = Preprocessing(
        size,
        tuple(config.get("mean") or own["mean"]),
        tuple(config.get("std") or own["std"]),
        crop_fraction=float(own.get("crop_pct") or 1.0),
        interpolation=str(own.get("interpolation") or "bilinear"),
    )
    layers = find_layers(
        model,
        size,
        which=config.get("layers", "all"),
        pooling=config.get("pooling", "auto"),
        logits=int(getattr(model, "num_classes", 0)) > 0,
    )
    info = EncoderInfo(
        name=name,
        title=config["name"],
        source="timm",
        family=str(config.get("family") or family_of(config["architecture"])),
        paradigm=str(config.get("paradigm") or UNSTATED),
        recipe=str(config.get("recipe") or recipe_of(config)),
        parameters=sum(p.numel() for p in model.parameters()),
    )
    return Encoder(info, model, preprocessing, layers, identity)


def recipe_of(config: Mapping[str, Any]) -> str:
    """Return what an encoder has in common with its copies: architecture, weights' tag, paradigm.

    Two local weights files of one architecture and paradigm are taken for seeds of one recipe
    unless the study says otherwise.
    """
    return f"{config['architecture']}, {config.get('paradigm') or UNSTATED}"


SOURCE = TimmHub()
