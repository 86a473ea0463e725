"""Studies whose truth is known, in memory: untrained, independent, low-level, planted encoders."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from substrate.encoder_ref import EncoderRef, as_ref
from substrate.representation import Representation, sample_digest
from substrate.runs import Run
from substrate.store import Store, digest

#: Encoders by name: paradigm and width. Each is a recipe of its own.
ENCODERS = {
    "one": ("supervised", 14),
    "two": ("supervised", 18),
    "three": ("contrastive", 12),
    "four": ("supervised", 16),
    "five": ("contrastive", 20),
    "six": ("masked", 15),
    "seven": ("masked", 17),
    "eight": ("autoencoding", 13),
}
DOMAINS = ("first", "second", "third", "fourth")
PIXELS, HIDDEN, LATENTS, MEANINGS = 24, 32, 12, 6
#: What trained encoders are: a further untrained draw, features that have nothing to do with the
#: images, images' brightness and contrast without anything learned, or six shared meanings.
UNTRAINED, INDEPENDENT, LOW_LEVEL, PLANTED = "untrained", "independent", "low-level", "planted"
WORLDS = (UNTRAINED, INDEPENDENT, LOW_LEVEL, PLANTED)


@dataclass(frozen=True, eq=False)
class World(Run):
    """A run whose features and samples are held in memory; results go to its store."""

    held: dict[str, np.ndarray] = field(default_factory=dict)
    pictures: dict[str, np.ndarray] = field(default_factory=dict)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)

    def samples(self, domain: str) -> pd.DataFrame:
        """Return the ordered table of a domain's samples."""
        return self.tables[domain]

    def pixels(self, domain: str) -> np.ndarray:
        """Return a domain's pictures."""
        return self.pictures[domain]

    def thumbnails(self, domain: str) -> np.ndarray:
        """Return a domain's pictures."""
        return self.pictures[domain]

    def side(self, domain: str) -> int:
        """Return the side of a domain's pictures, in pixels."""
        return self.pictures[domain].shape[1]

    def representation(
        self,
        encoder: str | EncoderRef,
        domain: str,
        layer: str = "penultimate",
    ) -> Representation:
        """Return the features of an encoder or of one draw of its untrained twin."""
        ref = as_ref(encoder)
        x = self.held[ref.on(domain)]
        return Representation(str(ref), layer, domain, self.domains[domain].samples_digest, x)


def world(kind: str, store: Store, seed: int, *, n: int = 100, draws: int = 5) -> World:
    """Draw images of four domains and a panel of eight encoders with their untrained twins.

    Every image is a photograph. Untrained networks are two random layers on the pixels; a trained
    encoder is what ``kind`` says.
    """
    rng = np.random.default_rng([seed, WORLDS.index(kind)])
    features: dict[str, np.ndarray] = {}
    pictures, tables, records = {}, {}, []
    networks = {
        (name, draw): _Network.of(width, np.random.default_rng([seed, i, draw + 1]))
        for i, (name, (_, width)) in enumerate(ENCODERS.items())
        for draw in range(-1, draws)
    }
    for domain in DOMAINS:
        images = _Images.of(n, rng)
        pictures[domain], tables[domain], record = images.described(domain)
        records.append(record)
        for (name, draw), network in networks.items():
            label = name if draw < 0 else f"{name}~{draw}"
            features[f"{label}/{domain}"] = network.sees(kind, images, rng, trained=draw < 0)
    identity = digest([kind, seed, n, draws])[:16]
    record = {
        "run_id": identity,
        "study": study_of(kind, seed, draws, ENCODERS, DOMAINS),
        "resolved": {},
        "status": "done",
        "encoders": [encoder_of(*item) for item in ENCODERS.items()],
        "domains": records,
        "pairs": {name: digest([identity, name]) for name in features},
    }
    return World(identity, store, record, held=features, pictures=pictures, tables=tables)


@dataclass(frozen=True, eq=False)
class _Images:
    """Pixels, their brightness and contrast, and what they mean, which no pixel says linearly."""

    pixels: np.ndarray
    light: np.ndarray
    meanings: np.ndarray

    @classmethod
    def of(cls, n: int, rng: np.random.Generator) -> _Images:
        latents = rng.normal(size=(n, LATENTS))
        light = rng.normal(size=(n, 2))
        scale = np.geomspace(2.0, 0.3, LATENTS)[:, None]
        loadings = scale * rng.normal(size=(LATENTS, PIXELS)) / np.sqrt(LATENTS)
        pixels = latents @ loadings * np.exp(0.3 * light[:, 1:]) + light[:, :1]
        meanings = latents[:, :MEANINGS] * latents[:, MEANINGS : 2 * MEANINGS]
        return cls(pixels, light, meanings)

    def described(self, domain: str) -> tuple[np.ndarray, pd.DataFrame, dict[str, Any]]:
        """Return small pictures, the table of samples, and the domain's record."""
        n = len(self.pixels)
        shade = np.clip(128 + 40 * self.pixels, 0, 255).astype(np.uint8)
        grey = np.repeat(np.repeat(shade[:, :16].reshape(n, 4, 4), 8, axis=1), 8, axis=2)
        content = [digest([domain, row.tolist()]) for row in shade]
        table = pd.DataFrame(
            {
                "sample_id": [f"{domain}/{i}" for i in range(n)],
                "content_sha256": content,
                "domain": domain,
                "label": "",
                "group": [f"{domain}/{i}" for i in range(n)],
                "box": "",
                "source": "simulated",
                "licence": "CC0-1.0",
            }
        )
        record = {
            "name": domain,
            "title": domain.title(),
            "caption": f"{n} photographs",
            "samples_digest": sample_digest(content),
            "entry": digest(content),
            "n": n,
            "photographs": n,
            "skipped": [],
        }
        return np.repeat(grey[..., None], 3, axis=3), table, record


@dataclass(frozen=True, eq=False)
class _Network:
    """Two random layers, and the directions along which a trained encoder would say a meaning."""

    first: np.ndarray
    second: np.ndarray
    light: np.ndarray
    says: np.ndarray

    @classmethod
    def of(cls, width: int, rng: np.random.Generator) -> _Network:
        return cls(
            rng.normal(size=(PIXELS, HIDDEN)) / np.sqrt(PIXELS),
            rng.normal(size=(HIDDEN, width)) / np.sqrt(HIDDEN),
            rng.normal(size=(2, width)),
            rng.normal(size=(MEANINGS, width)) / np.sqrt(MEANINGS),
        )

    def sees(
        self, kind: str, images: _Images, rng: np.random.Generator, *, trained: bool
    ) -> np.ndarray:
        """Return features of the images."""
        pixels = images.pixels
        if kind == INDEPENDENT:
            pixels = rng.normal(size=pixels.shape)
        x = np.maximum(pixels @ self.first, 0) @ self.second
        if kind == LOW_LEVEL:
            x = x + images.light @ self.light
        if kind == PLANTED and trained:
            x = x + images.meanings @ self.says
        return x


def study_of(
    kind: str, seed: int, draws: int, encoders: Iterable[str], domains: Iterable[str]
) -> dict[str, Any]:
    """Return the study that a world stands for."""
    return {
        "name": f"World {kind}",
        "samples": 1000,
        "tile": 32,
        "seed": seed,
        "components": 16,
        "untrained": draws,
        "permutations": 40,
        "layers": "penultimate",
        "pooling": "auto",
        "encoders": [{"source": "bundled", "name": name} for name in encoders],
        "domains": [{"source": "packaged", "name": name} for name in domains],
    }


def encoder_of(name: str, item: tuple[str, int]) -> dict[str, Any]:
    """Return the record of an encoder of one pooled layer, from its paradigm and width."""
    paradigm, width = item
    return {
        "name": name,
        "title": name.title(),
        "source": "bundled",
        "family": name,
        "recipe": name,
        "paradigm": paradigm,
        "weights_digest": digest(name),
        "parameters": 1000 * width,
        "layers": [
            {
                "name": "penultimate",
                "module": "penultimate",
                "depth": 1.0,
                "pooling": "vector",
                "width": width,
            }
        ],
    }
