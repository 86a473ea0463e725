"""`python -m benchmarks.unit_worlds`: how often do Units and Maps decide where nothing is shared?

Maps of units at positions whose truth is known go through the analyses and verdicts of both pages.
Nothing is shared between two encoders, or only where a position lies (padding shows at borders), or
what an untrained network shares with another; and, so that silence is not all they can, one world
has the units of one encoder in another order with as much noise.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.rates import Rate, table
from benchmarks.verdicts import keep
from benchmarks.worlds import World, encoder_of, study_of
from substrate.analyses.maps.consensus import compute_consensus, consensus_params
from substrate.analyses.maps.matrix import compute_matrix, matrix_params
from substrate.analyses.maps.pair import compute_maps, maps_params
from substrate.analyses.units.few_to_one import FewToOneParams, compute_few_to_one
from substrate.analyses.units.many_to_many import ManyToManyParams, compute_many_to_many
from substrate.analyses.units.one_to_one import OneToOneParams, compute_one_to_one
from substrate.analyses.units.place import (
    PlaceParams,
    PlacePass,
    block_key,
    passes,
    photographs_of_blocks,
)
from substrate.claims.verdict import LEVEL
from substrate.encoder_ref import EncoderRef
from substrate.exhibits.exhibit import titles
from substrate.exhibits.maps.consensus import verdict as ensemble_verdict
from substrate.exhibits.maps.exhibits import freedom_verdict, matrix_verdict
from substrate.exhibits.units.verdicts import of_clusters, of_few, of_matching
from substrate.exhibits.verdict import Badge, Verdict
from substrate.numerics.units.place import empty_block
from substrate.paired.stored import stand_ins_of
from substrate.representation import sample_digest
from substrate.store import Store, digest

#: Encoders by name, with their number of units.
WIDTHS = {"one": 12, "two": 16, "three": 14}
DOMAIN, CLASSES = "first", 2
SIDE, LATENTS, DRAWS = 4, 10, 5
#: Of nothing; of where a position lies; of what untrained networks share; of the units themselves.
INDEPENDENT, UNEVEN, PLACED = "independent", "independent, uneven", "placed"
UNTRAINED, PLANTED = "untrained", "planted"
WORLDS = (INDEPENDENT, UNEVEN, PLACED, UNTRAINED, PLANTED)
#: Badges that decide. Untrained networks share the images, which is no slip to say.
SAYS = (Badge.BOTH, Badge.SHUFFLING, Badge.TWINS, Badge.BELOW, Badge.CONTROL, Badge.SEVERAL)
SAYS_OF_TRAINING = tuple(badge for badge in SAYS if badge not in (Badge.SHUFFLING, Badge.CONTROL))
#: What is said of two layers, and of the encoders.
VERDICTS = ("matched units", "few units", "clusters", "maps", "who predicts whom", "ensemble")


@dataclass(frozen=True, eq=False)
class UnitWorld(World):
    """A world of maps: what every network gives at every position of every image."""

    maps: dict[str, np.ndarray] = field(default_factory=dict)

    def place(self) -> PlaceParams:
        """Return the layers of the first two encoders."""
        first, second = list(self.encoders)[:2]
        return PlaceParams(first, "penultimate", second, "penultimate", DOMAIN)

    def read(self, params: PlaceParams, one: PlacePass) -> None:
        """Put every block of a pass to the store, as a pass of networks would."""
        a, b = (self.maps[ref.on(DOMAIN)] for ref in (one.first, one.second))
        order = stand_ins_of(self, params, one)
        grids = (SIDE, SIDE), (SIDE, SIDE)
        for index, rows in enumerate(photographs_of_blocks(self, params, one)):
            block = empty_block(a.shape[2], b.shape[2], grids)
            x = a[rows if order is None else order[rows]]
            positions = x.shape[1]
            numbers = np.repeat(rows if order is None else order[rows], positions)
            block.add(
                x.reshape(-1, x.shape[2]),
                b[rows].reshape(-1, b.shape[2]),
                (numbers, np.repeat(rows, positions)),
            )
            for (side, _), extremes in block.ends.items():
                extremes.update((x, b[rows])[side], rows)
            self.store.put(block_key(self, params, one, index), arrays=block.arrays(), meta={})


def unit_world(kind: str, store: Store, seed: int, *, n: int = 60) -> UnitWorld:
    """Draw the maps of three encoders and of their untrained twins, images of two classes."""
    rng = np.random.default_rng([seed, WORLDS.index(kind)])
    images = rng.normal(size=(n, SIDE**2, LATENTS)) + rng.normal(size=(n, 1, LATENTS))
    labels = np.arange(n) % CLASSES
    maps: dict[str, np.ndarray] = {}
    common = rng.normal(size=(n, SIDE**2, max(WIDTHS.values())))
    for name, width in WIDTHS.items():
        for draw in range(-1, DRAWS):
            ref = EncoderRef(name, twin=None if draw < 0 else draw)
            maps[ref.on(DOMAIN)] = _seen(kind, images, common if draw < 0 else None, width, rng)
    features = {name: x.mean(axis=1) for name, x in maps.items()}
    return _described(kind, store, seed, labels, features, maps)


def _seen(
    kind: str,
    images: np.ndarray,
    common: np.ndarray | None,
    width: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return rectified maps of one network: (images, positions, units)."""
    n, positions, _ = images.shape
    if kind in (UNTRAINED, PLANTED):
        x = images @ rng.normal(size=(LATENTS, width)) / np.sqrt(LATENTS)
        if kind == PLANTED and common is not None:
            x = common[:, :, rng.permutation(common.shape[2])[:width]] + 0.5 * rng.normal(
                size=x.shape
            )
        return np.maximum(x + 0.3 * rng.normal(size=x.shape), 0)
    own = rng.uniform(0, 3, size=width) if kind == UNEVEN else np.ones(width)
    x = rng.normal(size=(n, positions, width)) + own * rng.normal(size=(n, 1, width))
    if kind == PLACED:
        border = np.pad(np.zeros((SIDE - 2, SIDE - 2)), 1, constant_values=1.0).ravel()
        x = x + border[:, None] * rng.normal(size=width)
    mixing = np.eye(width) + 0.3 * rng.normal(size=(width, width)) / np.sqrt(width)
    return np.maximum(x @ mixing, 0)


def _described(
    kind: str,
    store: Store,
    seed: int,
    labels: np.ndarray,
    features: dict[str, np.ndarray],
    maps: dict[str, np.ndarray],
) -> UnitWorld:
    """Return the world with its tables and records."""
    n, identity = len(labels), digest([kind, seed, len(labels)])[:16]
    content = [digest([identity, i]) for i in range(n)]
    table = pd.DataFrame(
        {
            "sample_id": [f"{DOMAIN}/{i}" for i in range(n)],
            "content_sha256": content,
            "domain": DOMAIN,
            "label": [f"class {label}" for label in labels],
            "group": [f"{DOMAIN}/{i}" for i in range(n)],
            "box": "",
            "source": "simulated",
            "licence": "CC0-1.0",
        }
    )
    domain = {
        "name": DOMAIN,
        "title": DOMAIN.title(),
        "caption": f"{n} photographs",
        "samples_digest": sample_digest(content),
        "entry": digest(content),
        "n": n,
        "photographs": n,
        "skipped": [],
    }
    panel = {name: ("supervised", width) for name, width in WIDTHS.items()}
    study = study_of(kind, seed, DRAWS, panel, (DOMAIN,)) | {"components": 4}
    record = {
        "run_id": identity,
        "study": study,
        "resolved": {},
        "status": "done",
        "encoders": [encoder_of(*item) for item in panel.items()],
        "domains": [domain],
        "pairs": {name: digest([identity, name]) for name in features},
    }
    return UnitWorld(identity, store, record, held=features, tables={DOMAIN: table}, maps=maps)


def says(world: UnitWorld) -> dict[str, Callable[[], Verdict | None]]:
    """Return what gives each of `VERDICTS`."""
    place, panel, named = world.place(), tuple(world.encoders), titles(world)
    return {
        "matched units": lambda: of_matching(compute_one_to_one(world, OneToOneParams(place))),
        "few units": lambda: of_few(compute_few_to_one(world, FewToOneParams(place))),
        "clusters": lambda: of_clusters(compute_many_to_many(world, ManyToManyParams(place))),
        "maps": lambda: freedom_verdict(
            compute_maps(world, maps_params(world, panel[:2], DOMAIN)), named
        ),
        "who predicts whom": lambda: matrix_verdict(
            compute_matrix(world, matrix_params(world, panel, DOMAIN))
        ),
        "ensemble": lambda: ensemble_verdict(
            compute_consensus(world, consensus_params(world, panel, DOMAIN))
        ),
    }


def trial(kind: str, seed: int, *, wanted: Sequence[str] = VERDICTS) -> dict[str, str]:
    """Return the badges of some verdicts in one world."""
    with tempfile.TemporaryDirectory() as folder:
        world = unit_world(kind, Store(Path(folder)), seed)
        for one in passes(world, world.place()):
            world.read(world.place(), one)
        found = {name: of() for name, of in says(world).items() if name in wanted}
    return {name: one.badge.value for name, one in found.items() if one is not None}


def rates(kind: str, trials: Sequence[dict[str, str]]) -> Iterator[Rate]:
    """Return how often each verdict decides, and which badges it gives."""
    decides = {one.value for one in (SAYS_OF_TRAINING if kind == UNTRAINED else SAYS)}
    for name in VERDICTS:
        badges = Counter(one[name] for one in trials if name in one)
        count = sum(badges.values())
        if not count:
            continue
        share = sum(badges[badge] for badge in decides) / count
        nominal = 1.0 if kind == PLANTED else LEVEL
        yield Rate("units and maps", f"{kind} encoders", f"{name} decides", share, nominal, count)


def main() -> None:
    """Simulate, print, and keep the rates where asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.unit_worlds", description=__doc__)
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--worlds", nargs="*", default=list(WORLDS), choices=WORLDS)
    parser.add_argument("--verdicts", nargs="*", default=list(VERDICTS), choices=VERDICTS)
    parser.add_argument("--workers", type=int, default=1, help="trials that run side by side")
    parser.add_argument("--save", action="store_true", help="write the rates to the results")
    options = parser.parse_args()
    found: list[Rate] = []
    with ProcessPoolExecutor(options.workers) as pool:
        for kind in options.worlds:
            one = partial(trial, kind, wanted=options.verdicts)
            trials = list(pool.map(one, range(options.trials)))
            found += rates(kind, trials)
            for name in options.verdicts:
                print(f"{kind}: {name}:", dict(Counter(t.get(name, "-") for t in trials)))
    print(table(found))
    if options.save:
        keep(found)


if __name__ == "__main__":
    main()
