"""The encoders that are shipped with the program, in data/encoders, each with its card."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from substrate.encoder_ref import EncoderRef
from substrate.encoders.spec import (
    Encoder,
    EncoderError,
    EncoderInfo,
    Preprocessing,
    twin_seed,
)
from substrate.shipped import shipped, shipped_yaml
from substrate.store import digest, file_digest

DIRECTORY = shipped("data", "encoders")


#: Families of the kinds of architecture that do not bear their family's name: a factorised VGG has
#: VGG's own filters, and timm's MobileNetV2 is of the family EfficientNet.
FAMILIES = {"vgg_factorised": "vgg", "mobilenetv2": "efficientnet"}


@lru_cache(maxsize=4)
def _cards(directory: Path) -> dict[str, dict[str, Any]]:
    cards = {}
    for path in directory.glob("*.yaml"):
        card = shipped_yaml(path.read_text(encoding="utf-8"))
        if path.with_suffix(".safetensors").exists():
            cards[path.stem] = card
    return dict(sorted(cards.items(), key=lambda item: (item[1]["order"], item[0])))


@dataclass(frozen=True)
class Bundled:
    """The source of bundled encoders: small networks trained on 32 x 32 images."""

    key: str = "bundled"
    title: str = "Bundled"
    directory: Path = DIRECTORY

    def cards(self) -> dict[str, dict[str, Any]]:
        """Return every card by name, in the panel's order."""
        return _cards(self.directory)

    def infos(self) -> list[EncoderInfo]:
        """List the bundled encoders from their cards."""
        return [self._info(name, card) for name, card in self.cards().items()]

    def _info(self, name: str, card: Mapping[str, Any]) -> EncoderInfo:
        return EncoderInfo(
            name=name,
            title=str(card["title"]),
            source=self.key,
            family=family_of(card),
            paradigm=str(card["paradigm"]),
            recipe=recipe_of(card),
            parameters=card.get("parameters"),
            accuracy=accuracy_text(card["accuracy"]),
            preset=str(card.get("preset", "panel")),
            card=card,
        )

    def card(self, name: str) -> dict[str, Any]:
        """Return one card, or say which names there are."""
        cards = self.cards()
        if name not in cards:
            raise EncoderError(
                f"There is no bundled encoder {name!r}. Choose one of: {', '.join(cards)}."
            )
        return cards[name]

    def load(self, config: Mapping[str, Any]) -> Encoder:
        """Build the encoder and load its shipped weights, checked against the card's digest."""
        name = config["name"]
        card = self.card(name)
        weights = {"file": f"{name}.safetensors", "sha256": card["sha256"]}
        return self._with_weights(name, card, weights, config)

    def checkpoint(self, config: Mapping[str, Any], step: int) -> Encoder:
        """Build the encoder with its weights at one stored step of its training."""
        name = config["name"]
        card = self.card(name)
        steps = {int(item["step"]): item for item in card.get("trajectory") or ()}
        if step not in steps:
            raise EncoderError(
                f"{name} has no checkpoint at step {step}. It has: "
                f"{', '.join(map(str, steps)) or 'none'}."
            )
        return self._with_weights(str(EncoderRef(name, step=step)), card, steps[step], config)

    def steps(self, config: Mapping[str, Any]) -> list[tuple[int, float]]:
        """Return the stored steps of an encoder's training, each with its accuracy."""
        stored = self.card(config["name"]).get("trajectory") or ()
        return [(int(item["step"]), float(item["accuracy"])) for item in stored]

    def _with_weights(
        self, name: str, card: Mapping[str, Any], file: Mapping[str, Any], config: Mapping[str, Any]
    ) -> Encoder:
        from safetensors.torch import load_file

        path = self.directory / file["file"]
        measured = file_digest(path)
        if measured != file["sha256"]:
            raise EncoderError(
                f"{path.name} does not match the digest on its card. Restore the file from the "
                "repository, or train it again with `python -m substrate train`."
            )
        model = _built(_architecture(card), classes=_classes(card), seed=0)
        model.load_state_dict(
            {k: v.float() if v.is_floating_point() else v for k, v in load_file(path).items()}
        )
        return self._encoder(name, card, model, measured, config)

    def from_file(self, path: Path, shape: str, config: Mapping[str, Any]) -> Encoder:
        """Build the architecture of a bundled encoder, or of a kind of them, with a file's weights.

        A kind has its usual width and depth, and sees images as the first encoder of it does.
        """
        from substrate.encoders.weight_files import count_classes, load_into, read_weights

        cards = self.cards()
        like = [card for card in cards.values() if _architecture(card)["kind"] == shape]
        card = cards[shape] if shape in cards else like[0]
        architecture = _architecture(card) if shape in cards else {"kind": shape}
        tensors = read_weights(path)
        model = _built(architecture, classes=count_classes(tensors) or 0, seed=0)
        load_into(model, tensors, file=path.name, architecture=shape)
        return self._encoder(config["name"], card, model, file_digest(path), config)

    def shapes(self) -> list[str]:
        """Return the names that `from_file` knows: of bundled encoders, and of their kinds."""
        kinds = [str(_architecture(card)["kind"]) for card in self.cards().values()]
        return list(dict.fromkeys([*kinds, *self.cards()]))

    def draws(self, config: Mapping[str, Any], wanted: int) -> int:
        """Return all that are wanted: initial weights are drawn."""
        del config
        return wanted

    def untrained(self, config: Mapping[str, Any], seed: int, origin: str = "") -> Encoder:
        """Build the twin of the same architecture with initial weights of its own."""
        name = config["name"]
        card = self.card(name)
        drawn = twin_seed(origin or str(card["sha256"]), seed)
        identity = digest(["untrained", card["recipe"]["architecture"], drawn])
        model = _built(_architecture(card), classes=_classes(card), seed=drawn)
        return self._encoder(str(EncoderRef(name, twin=seed)), card, model, identity, config)

    def _encoder(
        self,
        name: str,
        card: Mapping[str, Any],
        model: Any,
        identity: str,
        config: Mapping[str, Any],
    ) -> Encoder:
        from substrate.encoders.readout import find_layers

        layers = find_layers(
            model,
            int(card["input_size"]),
            which=config.get("layers", "all"),
            pooling=config.get("pooling", "auto"),
            logits=bool(card["has_classifier"]),
        )
        mean, std = (tuple(float(v) for v in card[key]) for key in ("mean", "std"))
        preprocessing = Preprocessing(int(card["input_size"]), mean, std)  # type: ignore[arg-type]
        info = replace(self._info(name, card), name=name)
        return Encoder(info, model, preprocessing, layers, identity)


def _architecture(card: Mapping[str, Any]) -> dict[str, Any]:
    """Return the kind of architecture of a card, with what shapes it."""
    architecture: dict[str, Any] = card["recipe"]["architecture"]
    return architecture


def _built(architecture: Mapping[str, Any], *, classes: int, seed: int) -> Any:
    from substrate.encoders.networks.architectures import build

    kwargs = {"num_classes": classes, **architecture.get("kwargs", {})}
    return build(architecture["kind"], seed=seed, **kwargs)


def require_architecture(name: str) -> None:
    """Refuse a name that is neither a bundled encoder's or kind's nor an architecture of timm.

    Raises
    ------
    EncoderError
        With the names that are near.
    """
    from substrate.encoders.timm_arguments import check_name, load_timm

    own = SOURCE.shapes()
    if name in own:
        return
    try:
        check_name(name)
    except EncoderError as error:
        names = dict.fromkeys([*own, *load_timm().list_models()])
        near = difflib.get_close_matches(name, names, n=4, cutoff=0.3)
        hint = f" Near names: {', '.join(near)}." if near else ""
        raise EncoderError(
            f"No architecture is called {name[:80]!r}, here or in timm.{hint}"
        ) from error


def _classes(card: Mapping[str, Any]) -> int:
    """Return the number of classes of an encoder's own head; 0 where it was trained without one."""
    recipe = card["recipe"]
    if recipe["objective"]["name"] != "supervised":
        return 0
    labels = str(recipe.get("labels", "true"))
    return len(labels.split(",")) if labels.startswith("classes:") else 10


def family_of(card: Mapping[str, Any]) -> str:
    """Return the family of architectures of a card, in the words used for timm's."""
    kind = str(card["recipe"]["architecture"]["kind"])
    return FAMILIES.get(kind, kind)


def recipe_of(card: Mapping[str, Any]) -> str:
    """Return what an encoder has in common with its copies: architecture and objective.

    Seed, width, kernel size and choice of classes make no other recipe: they are the copies and
    controls that a panel would count twice. Two objectives of one paradigm (autoencoders) do.
    """
    return f"{family_of(card)}, {card['recipe']['objective']['name']}"


def accuracy_text(accuracy: Mapping[str, Any]) -> str:
    """Return what a card reached, in words, as measured."""
    text = f"{100 * float(accuracy['value']):.1f} % {accuracy['kind']}"
    if "untrained" in accuracy:
        text += f" (untrained {100 * float(accuracy['untrained']):.1f} %)"
    return text


SOURCE = Bundled()
