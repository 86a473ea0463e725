"""Write three worlds whose truth is known, as folders of features with a study file each.

    python examples/planted/make_worlds.py worlds
    python -m substrate run worlds/three/study.yaml
    python -m substrate claims worlds/three/study.yaml

"nothing"  encoders with structure of their own, and nothing in common.
"three"    the same, and three directions that all trained encoders share and no twin does.
"copies"   nothing in common, but a copy of one encoder (said by its recipe), and a unit of another
           one that is all but dead: silent but for a trace of noise, and loud on one photograph.

Photographs have four tiles each, which share half of every latent's variance.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np

WORLDS = ("nothing", "three", "copies")
WIDTHS = {"alpha": 24, "beta": 32, "gamma": 40, "delta": 28}
PARADIGMS = dict(zip(WIDTHS, ("supervised", "contrastive", "masked", "supervised"), strict=True))
DOMAINS = ("day", "night")
PHOTOGRAPHS, TILES, TWINS = 40, 4, 5
#: Latents of an encoder's own, directions that world "three" shares, and the noise per unit.
OWN, SHARED, NOISE = 8, 3, 0.5
COPY = "beta-again"


def latents(rng: np.random.Generator, count: int) -> np.ndarray:
    """Draw latents (tiles, count) of variance 1, half of it common to a photograph's tiles."""
    of_photograph = rng.normal(size=(PHOTOGRAPHS, count)).repeat(TILES, axis=0)
    return np.sqrt(0.5) * (of_photograph + rng.normal(size=of_photograph.shape))


def mixing(rng: np.random.Generator, count: int, width: int) -> np.ndarray:
    """Draw orthogonal loadings (count, width) of falling strength."""
    basis = np.linalg.qr(rng.normal(size=(width, count)))[0].T
    return np.sqrt(width) * basis * np.linspace(1.0, 0.5, count)[:, None]


def features(
    rng: np.random.Generator, shared: np.ndarray, name: str, width: int, *, trained: bool
) -> np.ndarray:
    """Return the features of one encoder on one domain: shared and own latents, and noise."""
    weights = np.random.default_rng([*name.encode()])  # one network in every domain
    own = latents(rng, OWN) @ mixing(weights, OWN, width) * 0.6
    common = shared @ mixing(weights, SHARED, width) if trained and shared.size else 0.0
    return common + own + NOISE * rng.normal(size=own.shape)


def write(folder: Path, world: str, seed: int = 0) -> Path:
    """Write one world; return its study file."""
    rng = np.random.default_rng([seed, WORLDS.index(world)])
    for domain in DOMAINS:
        home = folder / world / domain
        home.mkdir(parents=True, exist_ok=True)
        shared = latents(rng, SHARED) if world == "three" else np.empty((0, 0))
        arrays = {n: features(rng, shared, n, w, trained=True) for n, w in WIDTHS.items()}
        if world == "copies":
            arrays[COPY] = copied(rng, arrays["beta"])
            arrays["alpha"] = np.hstack([arrays["alpha"], nearly_dead(rng)])
        for name, array in list(arrays.items()):
            for seed_of_twin in range(TWINS):
                twin = f"{name}~{seed_of_twin}"
                arrays[twin] = features(rng, shared, twin, array.shape[1], trained=False)
        for name, array in arrays.items():
            np.save(home / f"{name}.npy", array.astype(np.float32))
        write_table(home / "samples.csv")
    study = folder / world / "study.yaml"
    study.write_text(study_text(world), encoding="utf-8")
    return study


def copied(rng: np.random.Generator, array: np.ndarray) -> np.ndarray:
    """Turn an encoder's features at random and add a little noise."""
    turn = np.linalg.qr(np.random.default_rng(7).normal(size=(array.shape[1],) * 2))[0]
    return array @ turn + 0.05 * rng.normal(size=array.shape)


def nearly_dead(rng: np.random.Generator) -> np.ndarray:
    """Return a unit (tiles, 1) with a trace of noise that answers to one photograph."""
    unit = 1e-6 * rng.normal(size=(PHOTOGRAPHS * TILES, 1))
    loud = rng.integers(PHOTOGRAPHS) * TILES
    unit[loud : loud + TILES] += 3.0
    return unit


def write_table(path: Path) -> None:
    """Write the sample table: ids, photographs, and a label that nothing depends on."""
    with path.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow(["id", "group", "label"])
        for photograph in range(PHOTOGRAPHS):
            for tile in range(TILES):
                lines.writerow(
                    [
                        f"p{photograph:02d}-{tile}",
                        f"p{photograph:02d}",
                        "odd" if photograph % 2 else "even",
                    ]
                )


def study_text(world: str) -> str:
    """Return the study of a world as YAML."""
    encoders = [
        f"  - {{source: features, path: ., name: {name}, paradigm: {PARADIGMS[name]}}}"
        for name in WIDTHS
    ]
    if world == "copies":
        encoders.append(
            f"  - {{source: features, path: ., name: {COPY}, "
            f"paradigm: {PARADIGMS['beta']}, recipe: beta}}"
        )
    domains = [f"  - {{source: features, path: ., name: {name}}}" for name in DOMAINS]
    lines = [
        f"name: Planted, {world}",
        "encoders:",
        *encoders,
        "domains:",
        *domains,
        f"samples: {PHOTOGRAPHS * TILES}",
        "components: 8",
        f"untrained: {TWINS}",
        "permutations: 200",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    target = Path(sys.argv[1] if len(sys.argv) > 1 else "worlds")
    for each in WORLDS:
        sys.stdout.write(f"{write(target, each)}\n")
