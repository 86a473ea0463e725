"""A small store with planted shared structure: what pages and analyses are tested on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from substrate.analyses.weights.stored import store_weights, weights_key
from substrate.encoder_ref import EncoderRef
from substrate.encoders.weights import LayerWeights
from substrate.representation import sample_digest, table_digest
from substrate.runs import Run, open_run, save_record
from substrate.store import Store, digest

ENCODERS = {"alpha": 40, "beta": 56, "gamma": 32, "delta": 48}
PARADIGMS = {"alpha": "supervised", "beta": "supervised", "gamma": "contrastive", "delta": "masked"}
LAYERS = ("block.0", "block.1", "block.2", "block.3", "penultimate", "logits")
SHARED = 6
_OBJECTIVES = tuple(dict.fromkeys(PARADIGMS.values()))
#: A panel as large, and named as long, as pages must hold.
LARGE_PANEL = {
    f"{kind}, {what}": 24 + 2 * i
    for i, (kind, what) in enumerate(
        [
            (k, w)
            for k in ("ResNet-50", "ConvNeXt-Tiny", "ViT-Small/16", "Swin-Tiny")
            for w in ("supervised", "SimCLR", "masked", "seed 2")
        ]
        + [("MLP-Mixer", "rotation")]
    )
}
LARGE_DOMAINS = (
    "natural photographs",
    "paintings",
    "textures",
    "faces",
    "digits",
    "satellite",
    "microscopy",
    "chest X-ray",
    "sketches",
    "galaxies",
)
#: What is true of a planted store: see `planted_run`.
WORLDS = ("learnt", "nothing learnt", "low-level", "copies", "near-dead")
COPY, ORIGINAL = "delta", "alpha"
#: Worlds in which untrained twins share something.
OWN_TWINS = ("nothing learnt", "low-level")


def planted_run(
    root: Path,
    *,
    seed: int = 0,
    n: int = 120,
    groups: int = 30,
    untrained: int = 3,
    few: int = 3,
    world: str = "learnt",
    encoders: Mapping[str, int] | None = None,
    domains: Sequence[str] = (),
    permutations: int = 200,
) -> Run:
    """Write a store whose truth is known.

    "learnt": trained encoders share latents and untrained twins do not. "nothing learnt": the
    twins of a seed share latents of their own, as strong as the encoders'. "low-level": encoders
    and twins all follow latents of the images. "copies": encoders share nothing, but one is
    another one turned, which its recipe says. "near-dead": as "learnt", with a unit of beta and of
    its twins that is silent but for a trace of noise, and loud on one photograph.
    ``encoders`` are names with their numbers of units; ``domains``, if given, stand in for "rich",
    all with as many photographs.
    """
    assert world in WORLDS
    store = Store(root)
    own, encoders = encoders is not None, encoders or ENCODERS
    rng = np.random.default_rng(seed)
    record: dict[str, Any] = {
        "run_id": digest(
            [
                seed,
                n,
                groups,
                *([] if world == "learnt" else [world]),
                *(encoders if own else []),
                *domains,
            ]
        )[:16],
        "study": {
            "name": "Planted",
            "samples": n,
            "tile": 32,
            "seed": seed,
            "components": 16,
            "untrained": untrained,
            "permutations": permutations,
            "layers": "all",
            "pooling": "auto",
            "encoders": [{"source": "bundled", "name": name} for name in encoders],
            "domains": [
                {"source": "packaged", "name": name} for name in (domains or ("rich", "few"))
            ],
        },
        "resolved": {},
        "encoders": [_encoder(name, width) for name, width in encoders.items()],
        "domains": [],
        "pairs": {},
        "status": "done",
    }
    counts = [(name, groups) for name in domains] or [("rich", groups), ("few", few)]
    for domain, count in counts:
        group = np.arange(n) * count // n
        latent = first = _grouped(rng, group)
        record["domains"].append(_domain(store, domain, group, latent, rng))
        of_twins = [_grouped(rng, group) for _ in range(untrained if world in OWN_TWINS else 0)]
        for name, width in encoders.items():
            seen = _grouped(rng, group) if world == "copies" else latent
            arrays = _arrays(name, width, seen, rng)
            if world == "copies" and name == COPY:
                arrays = _turned(_arrays(ORIGINAL, width, first, rng))
            first = seen if name == ORIGINAL else first
            record["pairs"][f"{name}/{domain}"] = _put(store, name, domain, world, arrays, group)
            for twin in range(untrained):
                noise = rng.normal(size=(n, SHARED))
                if world in OWN_TWINS:
                    noise = latent if world == "low-level" else of_twins[twin]
                arrays = _arrays(f"{name}~{twin}", width, noise, rng)
                key = _put(store, f"{name}~{twin}", domain, world, arrays, group)
                record["pairs"][f"{name}~{twin}/{domain}"] = key
    if world == "copies":
        next(e for e in record["encoders"] if e["name"] == COPY)["recipe"] = ORIGINAL
    save_record(store, record)
    run = open_run(store, record["run_id"])
    plant_weights(run, untrained)
    return run


#: Layers of planted encoders, but for `UNSPATIAL`, which has its matrix alone.
KERNELS = {"conv1": (40, 3, 3, 3), "conv2": (40, 40, 3, 3), "conv3": (48, 40, 3, 3)}
UNSPATIAL, ODD_ONE_OUT = "delta", ("gamma", "conv1")


def plant_weights(run: Run, untrained: int) -> None:
    """Keep weights whose truth is known: trained kernels are of one bank, but in one layer.

    Twins have white kernels; matrices have three directions above their noise.
    """
    bank = np.linalg.qr(np.random.default_rng(7).normal(size=(9, 9)))[0] * 1.6 ** -np.arange(9)
    for name in run.encoders:
        for ref in (EncoderRef(name), *(EncoderRef(name, twin=t) for t in range(untrained))):
            rng = np.random.default_rng(hash_of(f"weights of {ref}"))
            layers = []
            for layer, shape in {} if name == UNSPATIAL else KERNELS.items():
                w = rng.normal(size=(*shape[:2], 9))
                if ref.twin is None:
                    own = np.linalg.qr(rng.normal(size=(9, 9)))[0] * 1.6 ** -np.arange(9)
                    w = w @ (own if (name, layer) == ODD_ONE_OUT else bank).T
                layers.append(LayerWeights(layer, w.reshape(shape)))
            matrix = rng.normal(size=(96, 64))
            if ref.twin is None:
                matrix[:, :3] *= (6, 5, 4)
            layers.append(LayerWeights("fc", matrix))
            store_weights(run.store, weights_key(run, ref), layers, raw=ref.twin is None)


def _grouped(rng: np.random.Generator, group: np.ndarray) -> np.ndarray:
    """Draw latents, a fifth of whose variance a photograph's tiles share."""
    of_group = rng.normal(size=(group.max() + 1, SHARED))[group]
    return of_group * 0.5 + rng.normal(size=of_group.shape)


def _encoder(name: str, width: int) -> dict:
    return {
        "name": name,
        "title": name if "," in name else name.title(),
        "source": "bundled",
        "family": name,
        "paradigm": PARADIGMS.get(name) or _OBJECTIVES[hash_of(name) % len(_OBJECTIVES)],
        "weights_digest": digest(name),
        "parameters": 1000 * width,
        "accuracy": "80.0 % test",
        "layers": [
            {
                "name": layer,
                "module": layer,
                "depth": i / (len(LAYERS) - 1),
                "pooling": "spatial",
                "width": 10 if layer == "logits" else width,
            }
            for i, layer in enumerate(LAYERS)
        ],
    }


def _domain(store: Store, name: str, group: np.ndarray, latent: np.ndarray, rng) -> dict:
    n = len(group)
    shade = (latent - latent.min()) / np.ptp(latent) * 255
    pixels = np.clip(
        shade[:, None, None, :3] + rng.normal(scale=20, size=(n, 32, 32, 3)), 0, 255
    ).astype(np.uint8)
    content = [hashlib.sha256(picture.tobytes()).hexdigest() for picture in pixels]
    within = np.array([np.sum(group[:i] == g) for i, g in enumerate(group)])
    table = pd.DataFrame(
        {
            "sample_id": [f"{name}/{g:03d}@{i:03d}" for i, g in enumerate(group)],
            "content_sha256": content,
            "domain": name,
            "label": [f"class{g % 3}" for g in group],
            "group": [f"{name}/{g:03d}" for g in group],
            "box": [
                f"{32 * (w % 8)},{32 * (w // 8)},{32 * (w % 8 + 1)},{32 * (w // 8 + 1)}"
                for w in within
            ],
            "source": "planted",
            "licence": "CC0-1.0",
        }
    )
    key = digest(["planted samples", table_digest(table)])
    store.put(key, arrays={"thumbnails": pixels, "pixels": pixels}, meta={}, table=table)
    count = len(set(group.tolist()))
    return {
        "name": name,
        "title": name if "," in name else name.title(),
        "caption": f"{n} tiles of {count} photographs",
        "samples_digest": sample_digest(content),
        "entry": key,
        "n": n,
        "photographs": count,
        "skipped": [],
        "table": table_digest(table),
    }


def _arrays(
    name: str, width: int, latent: np.ndarray, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    mixing = np.random.default_rng(abs(hash_of(name)) % 2**32)
    arrays = {}
    for depth, layer in enumerate(LAYERS):
        units = 10 if layer == "logits" else width
        shared = latent @ mixing.normal(size=(latent.shape[1], units))
        private = rng.normal(size=(len(latent), units)) * (2.5 - 0.35 * depth)
        arrays[layer] = np.maximum(shared + private + 0.5, -1.0).astype(np.float32)
    return arrays


def _turned(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Turn every layer in the space of its units."""
    rng = np.random.default_rng(11)
    return {
        layer: (x @ np.linalg.qr(rng.normal(size=(x.shape[1],) * 2))[0]).astype(np.float32)
        for layer, x in arrays.items()
    }


def _put(
    store: Store,
    name: str,
    domain: str,
    world: str,
    arrays: dict[str, np.ndarray],
    group: np.ndarray,
) -> str:
    if world == "near-dead" and name.split("~")[0] == "beta":
        rng = np.random.default_rng(hash_of(name + domain))
        unit = 1e-6 * rng.normal(size=len(group))
        arrays["penultimate"][:, 0] = unit + 3.0 * (group == rng.integers(group.max() + 1))
    key = digest(
        [
            "planted features",
            name,
            domain,
            len(group),
            str(arrays["logits"][0, 0]),
            *([] if world == "learnt" else [world]),
        ]
    )
    store.put(key, arrays=arrays, meta={"kind": "features"})
    return key


def hash_of(name: str) -> int:
    """Return a number from a name, the same in every process."""
    return int(hashlib.sha256(name.encode()).hexdigest()[:8], 16)
