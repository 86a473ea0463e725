"""Encoders that are known by their features alone, which another program has made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from substrate.encoder_ref import UNSTATED, EncoderRef
from substrate.encoders.spec import Encoder, EncoderError, EncoderInfo, Layer, Preprocessing
from substrate.inputs.feature_folder import (
    LOGITS,
    PENULTIMATE,
    FeatureFolderError,
    domains_in,
    layer_files,
    open_array,
    read_features,
    read_table,
    rows_of,
)
from substrate.store import digest, file_digest

#: What an encoder without a network says of its input: there is none.
NO_IMAGES = Preprocessing(0, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))


@dataclass(frozen=True)
class FeatureFiles:
    """The source of features in a folder (`substrate.inputs.feature_folder`)."""

    key: str = "features"
    title: str = "Features from files"

    def infos(self) -> list[EncoderInfo]:
        """List nothing: folders of features are named by their path."""
        return []

    def load(self, config: Mapping[str, Any]) -> Encoder:
        """Find the arrays of the encoder that the configuration names, in every domain."""
        return _encoder(config, str(config["name"]))

    def draws(self, config: Mapping[str, Any], wanted: int) -> int:
        """Return how many untrained twins there are, from 0 on, of those wanted."""
        with _sentences():
            homes = [home for home, _ in _arrays(config, str(config["name"]))]
            for seed in range(wanted):
                twin = str(EncoderRef(config["name"], twin=seed))
                if not all(layer_files(home, twin) for home in homes):
                    return seed
        return wanted

    def untrained(self, config: Mapping[str, Any], seed: int, origin: str = "") -> Encoder:
        """Find the arrays of an untrained twin; ``origin`` is not needed, as nothing is drawn."""
        del origin
        twin, encoder = (
            _encoder(config, str(EncoderRef(config["name"], twin=seed))),
            self.load(config),
        )
        if twin.layers != encoder.layers:
            raise EncoderError(
                f"{twin.name} has other layers or units than {encoder.name}: {_described(twin)} "
                f"against {_described(encoder)}."
            )
        return twin

    def steps(self, config: Mapping[str, Any]) -> list[tuple[int, float]]:
        """Return nothing: checkpoints along training are not read from files."""
        return []

    def checkpoint(self, config: Mapping[str, Any], step: int) -> Encoder:
        """Refuse: there are no checkpoints."""
        raise EncoderError(f"{config['name']} has no checkpoint at step {step}.")


@contextmanager
def _sentences() -> Iterator[None]:
    """Turn what the folder refuses into an encoder's error."""
    try:
        yield
    except FeatureFolderError as error:
        raise EncoderError(str(error)) from error


def _described(encoder: Encoder) -> str:
    return ", ".join(f"{layer.name} ({layer.width})" for layer in encoder.layers)


def _arrays(config: Mapping[str, Any], name: str) -> list[tuple[Path, dict[str, Path]]]:
    """Return the folders of the domains that hold an encoder, with its layers' files in each."""
    root = Path(config["path"]).expanduser()
    homes = [root / domain for domain in domains_in(root)]
    arrays = [(home, files) for home in homes if (files := layer_files(home, name))]
    if not arrays:
        raise FeatureFolderError(
            f"There are no features of {name}: no domain in {root} holds {name}.npy or a folder "
            f"{name} of .npy files."
        )
    return arrays


def _encoder(config: Mapping[str, Any], name: str) -> Encoder:
    with _sentences():
        arrays = _arrays(config, name)
        layers = _layers(arrays, str(config.get("layers", "all")))
        content = {
            f"{home.name}/{path.relative_to(home)}": file_digest(path)
            for home, files in arrays
            for path in (*files.values(), *_twin_files(home, name))
        }
    own = str(config["name"])
    info = EncoderInfo(
        name=name,
        title=str(config.get("title") or own),
        source="features",
        family=str(config.get("family") or own),
        paradigm=str(config.get("paradigm") or UNSTATED),
        recipe=str(config.get("recipe") or own),
    )
    source = Path(config["path"]).expanduser()
    return Encoder(
        info=info,
        model=None,
        preprocessing=NO_IMAGES,
        layers=layers,
        weights_digest=digest(["features", content]),
        stored=_Stored(source, name, tuple(layer.name for layer in layers)),
    )


def _twin_files(home: Path, name: str) -> list[Path]:
    """List the files of an encoder's untrained twins: a run is another one where they differ."""
    twins = (path.name.removesuffix(".npy") for path in home.glob(f"{name}~*"))
    return [path for twin in sorted(twins) for path in layer_files(home, twin).values()]


def _layers(arrays: Sequence[tuple[Path, dict[str, Path]]], which: str) -> tuple[Layer, ...]:
    """Describe the layers, the same and of the same widths in every domain."""
    home, files = arrays[0]
    widths = {layer: open_array(path).shape[1] for layer, path in files.items()}
    for other, theirs in arrays[1:]:
        if list(theirs) != list(files):
            raise FeatureFolderError(
                f"{home} and {other} hold other layers of one encoder: {', '.join(files)} against "
                f"{', '.join(theirs)}."
            )
        for layer, path in theirs.items():
            if (width := open_array(path).shape[1]) != widths[layer]:
                raise FeatureFolderError(
                    f"{files[layer]} has {widths[layer]} units and {path} has {width}; an encoder "
                    "has the same units in every domain."
                )
    last = max(len(files) - 1, 1)
    depths = [i / last if len(files) > 1 else 1.0 for i in range(len(files))]
    return tuple(
        Layer(name, name, depth, "vector", widths[name])
        for name, depth in zip(files, depths, strict=True)
        if which == "all" or name in (PENULTIMATE, LOGITS)
    )


@dataclass(frozen=True)
class _Stored:
    """Reads an encoder's features of the samples of a domain."""

    root: Path
    name: str
    layers: tuple[str, ...]

    def __call__(self, domain: str, samples: Sequence[str]) -> dict[str, Float[np.ndarray, "n p"]]:
        """Return every layer's features of the samples with these ids, in their order."""
        home = self.root / domain
        with _sentences():
            table = read_table(home)
            files = layer_files(home, self.name)
            if not files:
                raise FeatureFolderError(
                    f"There are no features of {self.name} on {domain}: {home} holds neither "
                    f"{self.name}.npy nor a folder {self.name}."
                )
            rows = rows_of(table, samples)
            return {layer: read_features(files[layer], table, rows) for layer in self.layers}


SOURCE = FeatureFiles()
