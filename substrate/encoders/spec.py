"""What an encoder is to the rest: a model, its preprocessing, its layers, its identity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from substrate.store import digest

if TYPE_CHECKING:
    import numpy as np
    import torch
    from jaxtyping import Float


class EncoderError(ValueError):
    """An encoder that cannot be built or loaded; the message says which, why and what to do."""


def twin_seed(origin: str, seed: int) -> int:
    """Return what the initial weights of an encoder's untrained twin are drawn with.

    ``origin`` (of `twin_origins`) identifies the encoder by its weights: two encoders of one
    architecture must not have one and the same network as their twins, or a panel of twins would
    agree because it holds copies; and an encoder's name may change nothing.
    """
    return int(digest(["untrained", origin, seed])[:15], 16)


def twin_origins(weights: Mapping[str, str]) -> dict[str, str]:
    """Return what each encoder's twins are drawn from, given the digests of all their weights.

    That is the digest itself; where several encoders of a study have the same weights, the later
    ones get a counter, so that their twins differ.
    """
    seen: dict[str, int] = {}
    origins = {}
    for name, weights_digest in weights.items():
        repeat = seen[weights_digest] = seen.get(weights_digest, -1) + 1
        origins[name] = f"{weights_digest}+{repeat}" if repeat else weights_digest
    return origins


@dataclass(frozen=True)
class Preprocessing:
    """From a uint8 RGB image to the model's input: resize, crop, scale to [0, 1], normalise.

    ``crop_fraction``, ``crop_mode`` (center, squash or border) and ``interpolation`` mean what they
    do in timm; mean and std are in the order of the model's channels.
    """

    size: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    crop_fraction: float = 1.0
    crop_mode: str = "center"
    interpolation: str = "bilinear"
    channel_order: str = "RGB"


@dataclass(frozen=True)
class Layer:
    """One place where an encoder is read out.

    ``module`` is the dotted name of the block, or "penultimate" or "logits"; ``depth`` is relative,
    0 at the input and 1 at the last layer; ``pooling`` is "cls", "tokens" (mean of the patch
    tokens), "spatial" (mean over positions) or "vector" (already one vector per image).
    """

    name: str
    module: str
    depth: float
    pooling: str
    width: int


@dataclass(frozen=True)
class EncoderInfo:
    """What is known of an encoder without loading it.

    ``family`` is the kind of architecture, ``paradigm`` what it learnt from; encoders of one
    ``recipe`` are copies of each other, which differ by their seed, width or weights alone.
    ``preset`` is the set of bundled encoders that it belongs to; empty for others. ``assumed``
    says what of its preprocessing was not given and taken from elsewhere.
    """

    name: str
    title: str
    source: str
    family: str
    paradigm: str
    recipe: str
    parameters: int | None = None
    accuracy: str = ""
    preset: str = ""
    assumed: str = ""
    card: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Encoder:
    """A loaded encoder, in evaluation mode.

    ``weights_digest`` identifies the weights (a file's SHA-256, or architecture, arguments and
    seed of an untrained twin), so that results follow content and not names. An encoder that is
    known by features from files has no model; ``stored`` reads those of a domain's samples.
    """

    info: EncoderInfo
    model: torch.nn.Module | None
    preprocessing: Preprocessing
    layers: tuple[Layer, ...]
    weights_digest: str
    stored: ReadFeatures | None = None

    @property
    def network(self) -> torch.nn.Module:
        """Return the network in evaluation mode, or say that there is none."""
        if self.model is None:
            raise EncoderError(
                f"{self.name} has no network to run: its features were read from files."
            )
        return self.model.eval()

    @property
    def name(self) -> str:
        """Return the encoder's short name."""
        return self.info.name

    @cached_property
    def image_bytes(self) -> int:
        """Return the bytes of what the busiest module reads and writes for one image."""
        from substrate.encoders.blocks import image_bytes  # torch

        return image_bytes(self.network, self.preprocessing.size)

    @property
    def weight_bytes(self) -> int:
        """Return the bytes of the weights in memory."""
        return sum(p.numel() * p.element_size() for p in self.network.parameters())

    def only(self, names: tuple[str, ...]) -> Encoder:
        """Return the same encoder restricted to some of its layers."""
        by_name = {layer.name: layer for layer in self.layers}
        missing = [name for name in names if name not in by_name]
        if missing:
            raise EncoderError(
                f"{self.name} has no layer {missing[0]!r}. It has: {', '.join(by_name)}."
            )
        return replace(self, layers=tuple(by_name[name] for name in names))


class ReadFeatures(Protocol):
    """How features that another program made are read."""

    def __call__(self, domain: str, samples: Sequence[str]) -> dict[str, Float[np.ndarray, "n p"]]:
        """Return every layer's features of a domain's samples, given by their ids, in order."""


class EncoderSource(Protocol):
    """Where encoders come from: a module with these names, importable without torch."""

    @property
    def key(self) -> str:
        """Name of the source in study files."""

    @property
    def title(self) -> str:
        """Name of the source on pages."""

    def infos(self) -> list[EncoderInfo]:
        """List what can be chosen by name, without loading any weights."""

    def load(self, config: Mapping[str, Any]) -> Encoder:
        """Build the encoder that a study's configuration names."""

    def draws(self, config: Mapping[str, Any], wanted: int) -> int:
        """Return how many untrained twins there are of those wanted: all, where they are drawn."""

    def untrained(self, config: Mapping[str, Any], seed: int, origin: str = "") -> Encoder:
        """Build its twin: the same architecture, initial weights of `twin_seed`.

        ``origin`` is the encoder's of `twin_origins`; without it, the digest of its weights.
        """

    def steps(self, config: Mapping[str, Any]) -> list[tuple[int, float]]:
        """Return the stored steps of its training, each with its accuracy; mostly none."""

    def checkpoint(self, config: Mapping[str, Any], step: int) -> Encoder:
        """Build the encoder with its weights at one stored step."""
