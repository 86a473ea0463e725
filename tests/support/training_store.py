"""A planted store with a trajectory: an encoder that grows into shared structure step by step."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from substrate.runs import Run, open_run, runs_directory
from substrate.store import digest
from tests.support.planted import (
    LAYERS,
    planted_run,
)

STEPS = (0, 10, 32, 100, 316, 1000, 3162)
#: Share of the way to the final features, and accuracy: structure comes before accuracy.
PROGRESS = np.array([0.0, 0.25, 0.6, 0.85, 0.95, 1.0, 1.0])
ACCURACY = np.array([0.10, 0.12, 0.20, 0.35, 0.55, 0.75, 0.80])


def training_run(
    root: Path, *, n: int = 96, groups: int = 24, untrained: int = 2, few: int = 3
) -> Run:
    """Plant a store and add the checkpoints of alpha, from noise to its end."""
    run = planted_run(root, n=n, groups=groups, untrained=untrained, few=few)
    record = json.loads(json.dumps(run.record))
    for item in record["encoders"]:
        if item["name"] == "alpha":
            item["accuracy_kind"] = "test"
            item["trajectory"] = [
                {"step": step, "accuracy": float(value)}
                for step, value in zip(STEPS, ACCURACY, strict=True)
            ]
    for domain in ("rich", "few"):
        for step, share in zip(STEPS, PROGRESS, strict=True):
            record["pairs"][f"alpha@{step}/{domain}"] = _checkpoint(run, domain, step, share)
    (runs_directory(run.store) / f"{run.run_id}.json").write_text(json.dumps(record))
    return open_run(run.store, run.run_id)


def _checkpoint(run: Run, domain: str, step: int, share: float) -> str:
    arrays, rng = {}, np.random.default_rng(0)
    for layer in LAYERS:
        end = run.representation("alpha", domain, layer).features
        start = rng.normal(size=end.shape)
        arrays[layer] = ((1 - share) * start + share * end).astype(np.float32)
    key = digest(["planted checkpoint", run.run_id, domain, step])
    run.store.put(key, arrays=arrays, meta={"kind": "features"})
    return key
