"""The encoders that are shipped with the program, in data/encoders, each with its card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from substrate.encoders.spec import Encoder, EncoderError, EncoderInfo, Preprocessing

DIRECTORY = Path(__file__).parents[2] / "data" / "encoders"


@lru_cache(maxsize=4)
def _cards(directory: Path) -> dict[str, dict[str, Any]]:
    cards = {}
    for path in sorted(directory.glob("*.yaml")):
        card = yaml.safe_load(path.read_text(encoding="utf-8"))
        if (directory / f"{path.stem}.safetensors").exists():
            cards[path.stem] = card
    return cards


@dataclass(frozen=True)
class Bundled:
    """The source of bundled encoders: small networks trained on 32 x 32 images."""

    key: str = "bundled"
    title: str = "Bundled"
    directory: Path = DIRECTORY

    def cards(self) -> dict[str, dict[str, Any]]:
        """Return every card by name, in the panel's order."""
        cards = _cards(self.directory)
        return dict(sorted(cards.items(), key=lambda item: (item[1].get("order", 99), item[0])))

    def infos(self) -> list[EncoderInfo]:
        """List the bundled encoders from their cards."""
        return [self._info(name, card) for name, card in self.cards().items()]

    def _info(self, name: str, card: Mapping[str, Any]) -> EncoderInfo:
        return EncoderInfo(
            name=name,
            title=str(card.get("title", name)),
            source=self.key,
            family=str(card.get("family", "")),
            paradigm=str(card.get("paradigm", "")),
            parameters=card.get("parameters"),
            accuracy=accuracy_text(card),
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
        from safetensors.torch import load_file

        from substrate.store import file_digest

        name = config["name"]
        card = self.card(name)
        path = self.directory / f"{name}.safetensors"
        found = file_digest(path)
        if found != card["sha256"]:
            raise EncoderError(
                f"{path.name} does not match the digest on its card. Restore the file from the "
                "repository, or train it again with `python -m substrate train`."
            )
        model = self._build(card, seed=0)
        model.load_state_dict({k: v.float() if v.is_floating_point() else v
                               for k, v in load_file(path).items()})  # fmt: skip
        return self._encoder(name, card, model, found, config)

    def checkpoint(self, config: Mapping[str, Any], step: int) -> Encoder:
        """Build the encoder with its weights at one stored step of its training."""
        from safetensors.torch import load_file

        from substrate.store import file_digest

        name = config["name"]
        card = self.card(name)
        steps = {int(item["step"]): item for item in card.get("trajectory") or ()}
        if step not in steps:
            raise EncoderError(
                f"{name} has no checkpoint at step {step}. It has: "
                f"{', '.join(map(str, steps)) or 'none'}."
            )
        path = self.directory / steps[step]["file"]
        model = self._build(card, seed=0)
        model.load_state_dict({k: v.float() if v.is_floating_point() else v
                               for k, v in load_file(path).items()})  # fmt: skip
        return self._encoder(f"{name}@{step}", card, model, file_digest(path), config)

    def untrained(self, config: Mapping[str, Any], seed: int) -> Encoder:
        """Build the twin with the same architecture and seeded initial weights."""
        from substrate.store import digest

        name = config["name"]
        card = self.card(name)
        identity = digest(["untrained", card["recipe"]["architecture"], seed])
        return self._encoder(f"{name}~{seed}", card, self._build(card, seed=seed), identity, config)

    @staticmethod
    def _build(card: Mapping[str, Any], *, seed: int) -> Any:
        from substrate.encoders.architectures import build

        architecture = card["recipe"]["architecture"]
        return build(architecture["kind"], seed=seed, **architecture.get("kwargs", {}))

    def _encoder(
        self, name: str, card: Mapping[str, Any], model: Any, digest: str, config: Mapping[str, Any]
    ) -> Encoder:
        from substrate.encoders.readout import find_layers

        size = int(card["input_size"])
        layers = find_layers(
            model,
            size,
            which=config.get("layers", "all"),
            pooling=config.get("pooling", "auto"),
            logits=bool(card.get("has_classifier", card.get("paradigm") == "supervised")),
        )
        mean, std = (tuple(float(v) for v in card[key]) for key in ("mean", "std"))
        preprocessing = Preprocessing(size, mean, std)  # type: ignore[arg-type]
        info = self._info(name.split("~")[0], card)
        if "~" in name or "@" in name:
            info = EncoderInfo(**{**vars(info), "name": name})
        return Encoder(info, model, preprocessing, layers, digest)


def accuracy_text(card: Mapping[str, Any]) -> str:
    """Return what a card reached, in words, as measured."""
    accuracy = card.get("accuracy")
    if not isinstance(accuracy, Mapping):
        return "" if accuracy is None else str(accuracy)
    kind = str(accuracy.get("kind", "test"))
    return f"{100 * float(accuracy['value']):.1f} % {kind}"


SOURCE = Bundled()
