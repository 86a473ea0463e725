"""The experiment `modality`: do image features agree with features of texts?"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from substrate.analyses.experiments.file import (
    Card,
)
from substrate.analyses.experiments.modality import (
    ALL,
    PANEL,
    PIXELS,
    UNTRAINED,
    WITHIN,
    Kind,
    ModalityFile,
    ModalityRepeat,
)
from substrate.analyses.experiments.text_agreement import (
    TextAgreement,
    agreement,
    even_rows,
)
from substrate.encoder_ref import EncoderRef
from substrate.experiments.extracted import bundled, extract, samples, weights
from substrate.experiments.options import Options
from substrate.experiments.record import ExperimentError, Keep, Watched, described
from substrate.experiments.texts import CAPTIONS, Texts, read_texts
from substrate.numerics.panel import substrate_basis
from substrate.numerics.whitening import standardisation
from substrate.runs import Run

OWN = ("text", "images", "encoders")
KINDS = ("natural", "fundus", "histology", "astronomy", "texture", "document", "cells")
TILES, COMPONENTS, TEXT_COMPONENTS, PERMUTATIONS, SEED = 8, 16, 8, 200, 0

CARD = Card(
    title="Images and texts",
    question="Does what the panel's encoders share agree with what is said of the images?",
    protocol="Every photograph gives the same number of tiles. The substrate is the 16 leading "
    "principal scores of the z-scored last features of these tiles, side by side, of one encoder "
    "per recipe. Texts are captions written for this project, as term frequencies times inverse "
    "document frequencies and their 8 leading components, or features from a file. Linear CKA "
    "between the scores of a tile and the text of its photograph.",
    null="Photographs are permuted whole, 200 times; within kinds of picture only among their "
    "own. Beside it stand the substrate of untrained twins and raw pixels. Intervals leave out "
    "one photograph at a time and hold basis and text features.",
    limits=(
        "Eighteen photographs of seven kinds: pictures of one kind look alike and are described "
        "alike, so that agreement over all kinds says little. Within kinds there are seven at "
        "most, and the question cannot be tested here.",
        "The captions are one person's, and short.",
        "Encoders of 32 x 32 images see tiles, the captions describe whole photographs.",
        "With photographs of your own (--images FOLDER --text FILE) the same machinery has as "
        "many units as you have photographs.",
    ),
)


def _study(options: Options) -> dict[str, Any]:
    own = options.images is not None
    domains: list[Any] = (
        [{"source": "folder", "path": str(options.images), "name": "own"}] if own else list(KINDS)
    )
    return {
        "name": "Images and texts",
        "encoders": bundled(options.encoders),
        "domains": domains,
        "samples": 2_000 if own else 96,
        "untrained": 1,
        "layers": "penultimate",
        "seed": SEED,
    }


class _Tiles:
    """All domains side by side: which photograph and kind each tile is of, and its features."""

    def __init__(self, run: Run) -> None:
        self.run = run
        groups = {kind: run.groups(kind) for kind in run.domains}
        self.groups = np.concatenate(list(groups.values()))
        self.kinds = np.concatenate([np.full(len(g), kind) for kind, g in groups.items()])
        self.order = tuple(sorted(set(self.groups.tolist())))

    def keep(self, photographs: tuple[str, ...]) -> None:
        """Choose the same number of tiles of each of these photographs."""
        tiles = np.flatnonzero(np.isin(self.groups, photographs))
        self.rows = tiles[even_rows(self.groups[tiles], TILES, SEED)]

    def features(self, encoder: str, untrained: int | None = None) -> Float[np.ndarray, "n d"]:
        """Return an encoder's z-scored last features of the chosen tiles."""
        x = np.concatenate(
            [
                self.run.representation(EncoderRef(encoder, twin=untrained), kind).features
                for kind in self.run.domains
            ]
        )[self.rows]
        return standardisation(x, groups=self.groups[self.rows]).apply(x)

    def pixels(self) -> Float[np.ndarray, "n d"]:
        """Return the raw pixels of the chosen tiles."""
        x = np.concatenate([self.run.pixels(kind) for kind in self.run.domains])[self.rows]
        return x.reshape(len(x), -1).astype(np.float64)


def _representations(tiles: _Tiles) -> Iterator[tuple[Kind, str, Float[np.ndarray, "n d"]]]:
    """Yield the panel, its controls and every encoder: kind, name, features."""
    panel = tiles.run.panel
    trained = {name: tiles.features(name) for name in tiles.run.encoders}
    twins = [tiles.features(name, untrained=0) for name in panel]
    yield PANEL, "Substrate of the panel", _scores([trained[name] for name in panel])
    yield UNTRAINED, "Substrate of untrained twins", _scores(twins)
    yield PIXELS, "Raw pixels", tiles.pixels()
    for name, x in trained.items():
        yield "encoder", tiles.run.encoders[name].title, x


def _scores(blocks: list[Float[np.ndarray, "n d"]]) -> Float[np.ndarray, "n k"]:
    most = min(COMPONENTS, len(blocks[0]) - 1)
    return np.hstack(blocks) @ substrate_basis(blocks, most).vectors


def _agreements(tiles: _Tiles, texts: Texts, progress: Watched) -> list[ModalityRepeat]:
    groups, kinds = tiles.groups[tiles.rows], tiles.kinds[tiles.rows]
    place = {name: i for i, name in enumerate(texts.photographs)}
    text = texts.features[[place[group] for group in groups.tolist()]]
    several = [
        kind for kind in dict.fromkeys(kinds.tolist()) if len(set(groups[kinds == kind])) > 2
    ]
    scopes: list[tuple[str, np.ndarray | None, np.ndarray]] = [
        (ALL, None, np.ones(len(groups), dtype=bool))
    ]
    if len(set(kinds.tolist())) > 1:
        scopes += [(WITHIN, kinds, np.ones(len(groups), dtype=bool))] if several else []
        scopes += [(kind, None, kinds == kind) for kind in several]
    agreements = []
    for kind, name, x in _representations(tiles):
        progress.phase(f"{name} beside the texts")
        for scope, keep, rows in scopes:
            one = agreement(
                x[rows],
                text[rows],
                groups[rows],
                kinds=None if keep is None else keep[rows],
                permutations=PERMUTATIONS,
                seed=SEED,
            )
            agreements.append(_repeat(scope, kind, name, one))
        progress.step("agreement", len(agreements) / ((3 + len(tiles.run.encoders)) * len(scopes)))
    return agreements


def _repeat(scope: str, kind: Kind, name: str, one: TextAgreement) -> ModalityRepeat:
    estimate, null = one.estimate, one.estimate.null
    assert null is not None and null.low is not None and null.high is not None
    assert null.level is not None
    return ModalityRepeat(
        scope=scope,
        kind=kind,
        features=name,
        photographs=one.photographs,
        tiles=one.tiles,
        value=estimate.value,
        calibrated=one.calibrated,
        null_mean=null.mean,
        null_low=null.low,
        null_high=null.high,
        tau=null.level,
        p=null.p,
        low=estimate.low,
        high=estimate.high,
        reason=estimate.reason,
        naive_p=one.naive_p,
    )


def run(options: Options, progress: Watched, *, state: Path, keep: Keep) -> Any:
    """Run the experiment and return its file."""
    del keep  # it takes a minute
    options.only("modality", OWN)
    if options.images is not None and options.text is None:
        raise ExperimentError("Photographs of your own need --text FILE with what they show.")
    begun = time.monotonic()
    progress.declare({"agreement": 10.0})
    tiles = _Tiles(extract(_study(options), state, progress))
    order = tiles.order if options.images is not None else _packaged()
    texts = read_texts(options.text or CAPTIONS, order, k=TEXT_COMPONENTS, seed=SEED)
    tiles.keep(texts.photographs)
    repeats = _agreements(tiles, texts, progress)
    configuration = {
        "tiles": TILES,
        "components": COMPONENTS,
        "text_components": texts.features.shape[1],
        "texts": texts.origin,
        "photographs": list(texts.photographs),
        "metric": "linear CKA",
        "permutations": PERMUTATIONS,
        "seed": SEED,
        "panel": list(tiles.run.panel),
    }
    data = {**samples(tiles.run), "texts": texts.digest}
    encoders = weights(tiles.run)
    return ModalityFile(
        experiment="modality",
        status="complete",
        command=options.command("modality"),
        card=CARD,
        seeds=(SEED,),
        **described(configuration, data, encoders),
        wall_s=round(time.monotonic() - begun, 1),
        repeats=tuple(repeats),
    )


def _packaged() -> tuple[str, ...]:
    """Return the packaged photographs in the order of their captions."""
    rows = CAPTIONS.read_text(encoding="utf-8").splitlines()[1:]
    return tuple(row.split(",")[0] for row in rows if row)
