"""Any timm architecture by name, with a local weights file or the hub's weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from substrate.encoder_ref import UNSTATED, EncoderRef
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
        if weights := _weights(config):
            model, identity = _with_file(config, weights)
        else:
            model, identity = _from_hub(config)
        return _encoder(config, model, identity, name=config["name"])

    def steps(self, config: Mapping[str, Any]) -> list[tuple[int, float]]:
        """Return nothing: timm's architectures come without checkpoints along training."""
        return []

    def checkpoint(self, config: Mapping[str, Any], step: int) -> Encoder:
        """Refuse: there are no checkpoints."""
        raise EncoderError(f"{config['name']} has no checkpoint at step {step}.")

    def draws(self, config: Mapping[str, Any], wanted: int) -> int:
        """Return all that are wanted: initial weights are drawn."""
        del config
        return wanted

    def untrained(self, config: Mapping[str, Any], seed: int, origin: str = "") -> Encoder:
        """Build the twin of the same architecture with initial weights of its own."""
        from substrate.encoders.networks.seeding import drawn_with
        from substrate.encoders.timm_arguments import build
        from substrate.encoders.weight_files import read_weights
        from substrate.store import digest

        kwargs = _arguments(config)
        if weights := _weights(config):  # the twin has as many classes as the encoder
            kwargs = _classes(read_weights(weights)) | kwargs
        drawn = twin_seed(origin or _weights_digest(config), seed)
        with drawn_with(drawn):
            model = build(config["architecture"], kwargs)
        identity = digest(["untrained", config["architecture"], config.get("kwargs", {}), drawn])
        return _encoder(config, model, identity, name=str(EncoderRef(config["name"], twin=seed)))


def _weights(config: Mapping[str, Any]) -> Path | None:
    """Return the weights file that the study names, if it names one."""
    return Path(config["weights"]).expanduser() if config.get("weights") else None


def _weights_digest(config: Mapping[str, Any]) -> str:
    from substrate.store import file_digest

    weights = _weights(config)
    return file_digest(weights) if weights else _from_hub(config)[1]


def family_of(architecture: str) -> str:
    """Return the family of a timm architecture: the module of timm that defines it.

    So `resnet50` and `resnet101` are of one family, and `maxvit_tiny_tf_224` is not of the
    family of `vit_tiny_patch16_224`.
    """
    import substrate.encoders.torchvision_guard  # noqa: F401  (before timm)

    # isort: split
    from timm.models import get_arch_name, model_entrypoint

    module = model_entrypoint(get_arch_name(architecture)).__module__.rpartition(".")[2]
    return FAMILIES.get(module, module)


def _arguments(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of the architecture, checked."""
    from substrate.encoders.timm_arguments import check_arguments

    kwargs = dict(config.get("kwargs") or {})
    check_arguments(config["architecture"], kwargs)
    return kwargs


def _classes(tensors: Mapping[str, Any]) -> dict[str, int]:
    """Return the number of classes that a weights file was trained for, if it tells, by name."""
    from substrate.encoders.weight_files import count_classes

    count = count_classes(tensors)
    return {} if count is None else {"num_classes": count}


def _with_file(config: Mapping[str, Any], path: Path) -> tuple[Any, str]:
    from substrate.encoders.timm_arguments import build
    from substrate.encoders.weight_files import load_into, read_weights
    from substrate.store import file_digest

    kwargs = _arguments(config)
    tensors = read_weights(path)
    model = build(config["architecture"], _classes(tensors) | kwargs)
    load_into(model, tensors, file=path.name, architecture=config["architecture"])
    return model, file_digest(path)


def _from_hub(config: Mapping[str, Any]) -> tuple[Any, str]:
    from substrate.encoders.timm_fetch import fetch

    return fetch(config["architecture"], _arguments(config))


def _encoder(config: Mapping[str, Any], model: Any, identity: str, *, name: str) -> Encoder:
    import timm

    from substrate.encoders.readout import find_layers

    own = timm.data.resolve_model_data_config(model)
    size = int(config.get("size") or own["input_size"][-1])
    preprocessing = Preprocessing(
        size,
        tuple(config.get("mean") or own["mean"]),
        tuple(config.get("std") or own["std"]),
        crop_fraction=float(config.get("crop_pct") or own["crop_pct"]),
        crop_mode=str(own["crop_mode"]),
        interpolation=str(config.get("interpolation") or own["interpolation"]),
        channel_order=str(config.get("channel_order") or "RGB"),
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
        assumed=_assumed(config, preprocessing),
        parameters=sum(p.numel() for p in model.parameters()),
    )
    return Encoder(info, model, preprocessing, layers, identity)


def _assumed(config: Mapping[str, Any], how: Preprocessing) -> str:
    """Say what timm's defaults were taken for although a local weights file may ask for others."""
    if not config.get("weights"):
        return ""
    left = [key for key in ("mean", "std") if not config.get(key)]
    values = "; ".join(f"{key} ({', '.join(f'{v:g}' for v in getattr(how, key))})" for key in left)
    said = [f"{values} as timm has for {config['architecture']}"] if left else []
    if "pad_type" not in (config.get("kwargs") or {}) and _pads(config["architecture"]):
        said.append("symmetric padding (weights from TensorFlow need kwargs: {pad_type: same})")
    return f"Assumed, since the study does not say: {', and '.join(said)}." if said else ""


def _pads(architecture: str) -> bool:
    """Tell whether an architecture can be built with TensorFlow's padding."""
    from substrate.encoders.timm_arguments import shape_arguments

    return "pad_type" in shape_arguments(architecture)


def recipe_of(config: Mapping[str, Any]) -> str:
    """Return what an encoder has in common with its copies: architecture, weights' tag, paradigm.

    Two local weights files of one architecture and paradigm are taken for seeds of one recipe
    unless the study says otherwise.
    """
    return f"{config['architecture']}, {config.get('paradigm') or UNSTATED}"


SOURCE = TimmHub()
