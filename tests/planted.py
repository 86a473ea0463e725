"""A small store with planted shared structure: what pages and analyses are tested on."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd

from substrate.representation import sample_digest, table_digest
from substrate.runs import Run, open_run, save_record
from substrate.store import Store, digest

ENCODERS = {"alpha": 40, "beta": 56, "gamma": 32, "delta": 48}
PARADIGMS = {"alpha": "supervised", "beta": "supervised", "gamma": "contrastive", "delta": "masked"}
LAYERS = ("block.0", "block.1", "block.2", "block.3", "penultimate", "logits")
SHARED = 6


def planted_run(
    root: Path, *, seed: int = 0, n: int = 120, groups: int = 30, untrained: int = 3, few: int = 3
) -> Run:
    """Write a store in which trained encoders share latents and untrained twins do not."""
    store = Store(root)
    rng = np.random.default_rng(seed)
    record = {
        "run_id": digest([seed, n, groups])[:16],
        "study": {
            "name": "Planted", "samples": n, "tile": 32, "seed": seed, "components": 16,
            "untrained": untrained, "permutations": 200, "layers": "all", "pooling": "auto",
            "encoders": [{"source": "bundled", "name": name} for name in ENCODERS],
            "domains": [{"source": "packaged", "name": name} for name in ("rich", "few")],
        },
        "resolved": {},
        "encoders": [_encoder(name, width) for name, width in ENCODERS.items()],
        "domains": [],
        "pairs": {},
        "status": "done",
    }  # fmt: skip
    for domain, count in (("rich", groups), ("few", few)):
        group = np.arange(n) * count // n
        latent = rng.normal(size=(count, SHARED))[group] * 0.5 + rng.normal(size=(n, SHARED))
        record["domains"].append(_domain(store, domain, group, latent, rng))
        for name, width in ENCODERS.items():
            record["pairs"][f"{name}/{domain}"] = _features(store, name, domain, width, latent, rng)
            for twin in range(untrained):
                noise = rng.normal(size=(n, SHARED))
                key = _features(store, f"{name}~{twin}", domain, width, noise, rng)
                record["pairs"][f"{name}~{twin}/{domain}"] = key
    save_record(store, record)
    return open_run(store, record["run_id"])


def _encoder(name: str, width: int) -> dict:
    return {
        "name": name, "title": name.title(), "source": "bundled", "family": name,
        "paradigm": PARADIGMS[name], "weights_digest": digest(name), "parameters": 1000 * width,
        "accuracy": "80.0 % test",
        "layers": [
            {"name": layer, "module": layer, "depth": i / (len(LAYERS) - 1), "pooling": "spatial",
             "width": 10 if layer == "logits" else width}
            for i, layer in enumerate(LAYERS)
        ],
    }  # fmt: skip


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
            "box": [f"{32 * (w % 8)},{32 * (w // 8)},{32 * (w % 8 + 1)},{32 * (w // 8 + 1)}"
                    for w in within],
            "source": "planted",
            "licence": "CC0-1.0",
        }
    )  # fmt: skip
    key = digest(["planted samples", table_digest(table)])
    store.put(key, arrays={"thumbnails": pixels, "pixels": pixels}, meta={}, table=table)
    count = len(set(group.tolist()))
    return {
        "name": name, "title": name.title(), "caption": f"{n} tiles of {count} photographs",
        "samples_digest": sample_digest(content), "entry": key, "n": n, "photographs": count,
        "skipped": [], "table": table_digest(table),
    }  # fmt: skip


def _features(
    store: Store, name: str, domain: str, width: int, latent: np.ndarray, rng: np.random.Generator
) -> str:
    mixing = np.random.default_rng(abs(hash_of(name)) % 2**32)
    arrays = {}
    for depth, layer in enumerate(LAYERS):
        units = 10 if layer == "logits" else width
        shared = latent @ mixing.normal(size=(latent.shape[1], units))
        private = rng.normal(size=(len(latent), units)) * (2.5 - 0.35 * depth)
        arrays[layer] = np.maximum(shared + private + 0.5, -1.0).astype(np.float32)
    key = digest(["planted features", name, domain, len(latent), str(arrays["logits"][0, 0])])
    store.put(key, arrays=arrays, meta={"kind": "features"})
    return key


def hash_of(name: str) -> int:
    """Return a number from a name, the same in every process."""
    return int(hashlib.sha256(name.encode()).hexdigest()[:8], 16)
