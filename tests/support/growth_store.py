"""A planted panel whose encoders follow what all share the more closely, the larger they are."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from substrate.runs import Run, open_run, runs_directory
from substrate.store import digest
from tests.support.planted import planted_run

#: Nine encoders of recipes of their own, a wider copy of the last, and one of random labels.
PANEL = tuple(f"e{i}" for i in range(9))
COPY, CONTROL = "e8_wide", "e8_random"


def growth_run(root: Path, *, grows: bool = True, seed: int = 0, few: int = 3) -> Run:
    """Plant the panel; where nothing grows, how much each follows the others has no order."""
    names = {name: 24 for name in (*PANEL, COPY, CONTROL)}
    run = planted_run(root, n=60, groups=20, untrained=5, few=few, encoders=names, seed=seed)
    record = json.loads(json.dumps(run.record))
    rng = np.random.default_rng(seed + 1)
    places = {name: i for i, name in enumerate((*PANEL, COPY, CONTROL))}
    follow = np.linspace(0.25, 0.85, len(places))
    if not grows:
        follow = rng.permutation(follow)
    for item in record["encoders"]:
        place = places[item["name"]]
        item["parameters"] = 1000 * 2**place
        item["accuracy"], item["accuracy_kind"] = f"{40 + 4 * place}.0 % test", "test"
        item["recipe"] = "e8" if item["name"] in (COPY, CONTROL) else item["name"]
        if item["name"] == CONTROL:
            item["paradigm"] = "random labels"
    for domain in ("rich", "few"):
        latent = rng.normal(size=(60, 6))
        for name, place in places.items():
            _plant(run, record, f"{name}/{domain}", latent, follow[place], rng)
    (runs_directory(run.store) / f"{run.run_id}.json").write_text(json.dumps(record))
    return open_run(run.store, run.run_id)


def _plant(run: Run, record: dict, pair: str, latent: np.ndarray, share: float, rng) -> None:
    entry = run.store.get(run.pairs[pair])
    arrays = {layer: np.array(entry.array(layer)) for layer in entry.names}
    seen = share * latent + (1 - share) * rng.normal(size=latent.shape)
    arrays["penultimate"] = (seen @ rng.normal(size=(6, 24))).astype(np.float32)
    key = digest(["growth", pair, float(share), float(seen[0, 0])])
    run.store.put(key, arrays=arrays, meta={"kind": "features"})
    record["pairs"][pair] = key
